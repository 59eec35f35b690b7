"""The shop at a glance."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.responses import Response

from switchboard.console.drawings import draw
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Conflict
from switchboard.intelligence.charts import customers, groups
from switchboard.intelligence.charts import months as drawn_months
from switchboard.intelligence.charts.months import months_over
from switchboard.intelligence.operations.archetypes import churn_aggregate, top_archetypes
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.operations.shop import data_health
from switchboard.intelligence.past_records import Month, MonthsAsked, Revenue
from switchboard.intelligence.records import Archetype, Asked, TopAsked
from switchboard.intelligence.words import EVERYONE

MONTHS, YEAR = 25, 12
EVERY_ARCHETYPE = 60
FIRST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """Net revenue of the last whole month and year; shares of change are None where nothing is there to compare."""

    month: Month | None
    month_change: float | None  # on the same month a year before
    year: float
    months: int  # of the year that there are
    year_change: float | None


async def page(visit: Visit) -> Response:
    """The overview, or what to do first."""
    try:
        churn = await visit.ask(churn_aggregate, Asked())
    except Conflict as error:
        if error.code != "not_segmented":
            raise
        return visit.page("not_segmented.html", {})
    zone = ZoneInfo(visit.shop.time_zone)
    top = await visit.ask(top_archetypes, TopAsked(limit=EVERY_ARCHETYPE))
    revenue = await visit.ask(revenue_by_month, MonthsAsked(months=MONTHS))
    health = await visit.ask(data_health, Asked())
    drawn = visit.console.charts
    shown = {
        "churn": churn,
        "archetypes": top.archetypes,
        "first": top.archetypes[:FIRST],
        "named": named(top.archetypes),
        "takings": takings(revenue, zone),
        "running": revenue.months[-1] if len(months_over(revenue, zone)) < len(revenue.months) else None,
        "health": health,
        "as_of": churn.as_of,
        "revenue_chart": await draw(
            drawn, lambda width: drawn_months.revenue_by_month(revenue, zone, width=width), 720, visit.words
        ),
        "churn_chart": await draw(drawn, lambda width: customers.churn_levels(churn, width=width), 340, visit.words),
        "archetype_chart": await draw(
            drawn, lambda width: groups.archetypes_by_members(top.archetypes, width=width), 720, visit.words
        ),
    }
    return visit.page("overview.html", shown)


def takings(revenue: Revenue, zone: ZoneInfo) -> Takings:
    """The whole months of the revenue, summed up."""
    over = months_over(revenue, zone)
    year, before = over[-YEAR:], over[-2 * YEAR : -YEAR]
    return Takings(
        month=over[-1] if over else None,
        month_change=_change(over[-1].net, over[-1 - YEAR].net) if len(over) > YEAR else None,
        year=sum(each.net for each in year),
        months=len(year),
        year_change=_change(_sum(year), _sum(before)) if len(before) == YEAR else None,
    )


def named(archetypes: tuple[Archetype, ...]) -> tuple[int, float]:
    """How many archetypes have a name of their own, and the share of customers (0 to 1) they hold."""
    own = [each for each in archetypes if each.name != EVERYONE]
    return len(own), sum(each.population_percent for each in own) / 100


def _sum(months: tuple[Month, ...]) -> float:
    return sum(each.net for each in months)


def _change(now: float, before: float) -> float | None:
    return (now - before) / before if before > 0 else None
