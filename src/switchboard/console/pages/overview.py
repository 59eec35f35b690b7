"""The shop at a glance, and what needs attention in it."""

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from switchboard.console import tables
from switchboard.console.drawings import draw
from switchboard.console.sparks import Spark, spark
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.reading import read_values
from switchboard.intelligence.attention_records import DismissAsked, Insight, RestoreAsked
from switchboard.intelligence.charts import groups
from switchboard.intelligence.charts import months as drawn_months
from switchboard.intelligence.forecast_records import MonthsAhead
from switchboard.intelligence.operations.archetypes import churn_aggregate, top_archetypes
from switchboard.intelligence.operations.attention import dismiss_insight, insights, restore_insight
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.forecasts import revenue_forecast
from switchboard.intelligence.operations.history import movement, revenue_by_month
from switchboard.intelligence.operations.overview import overview
from switchboard.intelligence.operations.shop import data_health
from switchboard.intelligence.overview_records import Figure, Overview, OverviewAsked
from switchboard.intelligence.past_records import MonthsAsked, Movement, MovementAsked
from switchboard.intelligence.records import Asked, TopAsked

PATH = "/"
MONTHS, AHEAD = 24, 12
EVERY_ARCHETYPE, FIRST, MOVES = 60, 8, 6
PERIODS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "12 months"))
USUAL = "30"
FIGURES = (
    ("revenue", "Net revenue"), ("active_customers", "Active customers"), ("repeat_rate", "Repeat rate"),
    ("at_risk_share", "At risk of leaving"), ("average_lifetime_value", "Lifetime value"),
)  # fmt: skip
WORSE = {"at_risk_share"}  # figures of which less is better
LEADS = {
    "value_at_risk": ("/customers?risk=CRITICAL", "The customers at critical risk"),
    "behind_forecast": ("/forecasts", "The forecast"),
    "one_time_buyers": ("/customers?segment=purchase_frequency:one_time", "Who bought once"),
    "rising_returns": ("/customers?segment=return_behavior:heavy_returns", "Who sends much back"),
    "falling_category": ("/categories", "The categories"),
    "concentration": ("/customers?sort=value", "The most valuable customers"),
    "guests": ("/import", "Import customers"),
    "discount_dependency": ("/customers?segment=price_sensitivity:deal_hunter", "Who waits for discounts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure on top: its name, its line, and whether its change is good news; None where it did not change."""

    name: str
    title: str
    figure: Figure
    spark: Spark | None
    is_good: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What needs attention, and where it leads whoever looks at it."""

    insight: Insight
    path: str
    label: str


async def page(visit: Visit) -> Response:
    """The overview, or what to do first."""
    days = visit.request.query_params.get("days", USUAL)
    asked = read_values(OverviewAsked, {} if days == USUAL else {"days": days})
    try:
        seen = await visit.ask(overview, asked)
    except Conflict as error:
        if error.code != "not_segmented":
            raise
        return visit.page("not_segmented.html", {})
    top = await visit.ask(top_archetypes, TopAsked(limit=EVERY_ARCHETYPE))
    if name := tables.wanted(visit):
        return tables.as_file(name, {
            "figures": (("figure", "until", "value"), _points(seen)),
            "archetypes": (
                ("archetype_id", "name", "member_count", "population_percent", "average_lifetime_value",
                 "total_revenue"),
                [(each.archetype_id, each.name, each.member_count, each.population_percent,
                  each.average_lifetime_value, each.total_revenue) for each in top.archetypes],
            ),
        })  # fmt: skip
    revenue, forecast, churn = await asyncio.gather(
        visit.ask(revenue_by_month, MonthsAsked(months=MONTHS)),
        visit.ask(revenue_forecast, MonthsAhead(months=AHEAD)),
        visit.ask(churn_aggregate, Asked()),
    )
    attention, health, moved = await asyncio.gather(
        visit.ask(insights, Asked()), visit.ask(data_health, Asked()), _moved(visit)
    )
    drawn = visit.console.charts
    shown = {
        "cards": [_card(name, title, getattr(seen, name)) for name, title in FIGURES],
        "periods": PERIODS,
        "days": seen.days,
        "churn": churn,
        "archetypes": top.archetypes,
        "first": top.archetypes[:FIRST],
        "attention": [_told(visit, each) for each in attention.insights],
        "dismissed": attention.dismissed,
        "summary": attention.summary,
        "rules": {each.rule: each.meaning for each in attention.rules},
        "moved": moved,
        "moves": [each for each in moved.moves if each.was != each.became][:MOVES] if moved else [],
        "health": health,
        "may_dismiss": visit.caller.may(dismiss_insight.permission),
        "may_take": tables.may_take(visit),
        "as_of": seen.as_of,
        "revenue_chart": await draw(
            drawn, lambda width: drawn_months.revenue_forecast(forecast, revenue, width=width), 720, visit.words
        ),
        "archetype_chart": await draw(
            drawn, lambda width: groups.archetypes_by_members(top.archetypes, width=width), 720, visit.words
        ),
    }
    return visit.page("overview.html", shown)


async def dismiss(visit: Visit) -> Response:
    """Leave an insight out for a month."""
    fields = await visit.form()
    await visit.ask(dismiss_insight, read_values(DismissAsked, {"rule": fields.get("rule", "")}))
    return visit.after(PATH, "It is not shown for 30 days.")


async def restore(visit: Visit) -> Response:
    """Show an insight again."""
    fields = await visit.form()
    await visit.ask(restore_insight, read_values(RestoreAsked, {"rule": fields.get("rule", "")}))
    return visit.after(PATH, "It is shown again.")


async def _moved(visit: Visit) -> Movement | None:
    """Who moved between the newest two snapshots; None before there are two."""
    try:
        return await visit.ask(movement, MovementAsked())
    except NotFound:
        return None


def _card(name: str, title: str, figure: Figure) -> Card:
    difference = figure.difference
    is_good = None if not difference else (difference > 0) != (name in WORSE)
    return Card(
        name=name, title=title, figure=figure, spark=spark([each.value for each in figure.points]), is_good=is_good
    )  # fmt: skip


def _told(visit: Visit, insight: Insight) -> Told:
    path, label = LEADS[insight.rule]
    closed = (path.startswith("/customers") and not visit.caller.may(search.permission)) or (
        path == "/import" and not visit.caller.may("customers:import")
    )
    return Told(insight=insight, path="" if closed else path, label=label)


def _points(of: Overview) -> list[tables.Row]:
    return [
        (name, point.until.isoformat(), point.value) for name, _ in FIGURES for point in getattr(of, name).points
    ]  # fmt: skip


PAGES = ((PATH, "GET", page), ("/insights/dismiss", "POST", dismiss), ("/insights/restore", "POST", restore))
