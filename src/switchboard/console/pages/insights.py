"""Cohorts, what is bought together, how categories sell, and what is ahead: each of the time its picker says."""

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from switchboard.console.drawings import draw
from switchboard.console.tables import as_file, may_take, wanted
from switchboard.console.visits import Visit
from switchboard.foundation.reading import read_values
from switchboard.intelligence.charts import cohorts as drawn_cohorts
from switchboard.intelligence.charts import groups as drawn_groups
from switchboard.intelligence.charts import months as drawn_months
from switchboard.intelligence.charts import products as drawn_products
from switchboard.intelligence.forecast_records import ArchetypeGrowthAsked, MonthsAhead
from switchboard.intelligence.operations.forecasts import (
    archetype_growth_projection,
    growth_projection,
    revenue_forecast,
)
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.operations.questions import cohorts
from switchboard.intelligence.operations.selling import category_trends, product_affinity
from switchboard.intelligence.past_records import MonthsAsked
from switchboard.intelligence.product_question_records import Affinity, AffinityAsked, CategoryTrend, TrendsAsked
from switchboard.intelligence.question_records import Cohorts, CohortsAsked

WIDE = 1180
MONTHS_BACK = [(count, f"Last {count} months") for count in (6, 12, 18, 24, 36)]
MONTHS_AHEAD = [(count, f"{count} months ahead") for count in (3, 6, 12, 18, 24)]
MONTHS_AGAINST = [(count, f"{count} months against {count} before") for count in (1, 3, 6, 12)]
DAYS = [(30, "Last 30 days"), (90, "Last 90 days"), (365, "Last 12 months"), (1095, "Last 3 years")]
SHOWS = [("retained", "Who came back"), ("value", "What a customer brought")]
SORTS = [("lift", "Strongest first"), ("orders", "Most orders first"), ("confidence", "Most certain first")]
PAIRS, MOST_CATEGORIES = 200, 20_000  # in a file
CATEGORIES_AT_ONCE = 200
DRAWN_PAIRS = 10


async def retention(visit: Visit) -> Response:
    """The triangle of cohorts: who came back, or what they were worth."""
    months, show = _said(visit, "months", "12"), _said(visit, "show", "retained")
    found = await visit.ask(cohorts, read_values(CohortsAsked, {"months": months}))
    if name := wanted(visit):
        return as_file(name, _cohort_tables(found))
    define = drawn_cohorts.revenue if show == "value" else drawn_cohorts.retention
    shown = {
        "cohorts": found,
        "show": show,
        "choices": [("months", "Time", MONTHS_BACK, months), ("show", "What is shown", SHOWS, show)],
        "chart": await draw(visit.console.charts, lambda width: define(found, width=width), WIDE, visit.words),
        **_around(visit, found.as_of),
    }
    return visit.page("cohorts.html", shown)


async def affinity(visit: Visit) -> Response:
    """Pairs of products that are bought together more often than chance explains."""
    product = visit.request.query_params.get("product", "").strip()
    said = {"days": _said(visit, "days", "365"), "sort_by": _said(visit, "sort_by", "lift")}
    more = ({"product_id": product} if product else {}) | ({"limit": PAIRS} if wanted(visit) else {})
    asked = read_values(AffinityAsked, said | more)  # as it is asked most, the answer is there
    found = await visit.ask(product_affinity, asked)
    if name := wanted(visit):
        return as_file(name, {"affinity": _affinity_table(found)})
    top = found.model_copy(update={"pairs": found.pairs[:DRAWN_PAIRS]})
    shown = {
        "found": found,
        "product": product,
        "choices": [("days", "Time", DAYS, said["days"]), ("sort_by", "Order", SORTS, said["sort_by"])],
        "chart": await draw(
            visit.console.charts, lambda width: drawn_products.affinity(top, width=width), WIDE, visit.words
        ),
        **_around(visit, found.as_of),
    }
    return visit.page("affinity.html", shown)


async def categories(visit: Visit) -> Response:
    """Categories now against as many months before."""
    months, cursor = _said(visit, "months", "3"), visit.request.query_params.get("cursor")
    if name := wanted(visit):
        return as_file(name, {"categories": _category_table(await _every_category(visit, months))})
    asked = read_values(TrendsAsked, {"months": months, **({"cursor": cursor} if cursor else {})})
    found = await visit.ask(category_trends, asked)
    here = {"months": months}
    shown = {
        "found": found,
        "choices": [("months", "Time", MONTHS_AGAINST, months)],
        "first": f"/categories?{urlencode(here)}" if cursor else None,
        "more": f"/categories?{urlencode({**here, 'cursor': found.next_cursor})}" if found.next_cursor else None,
        "chart": await draw(
            visit.console.charts, lambda width: drawn_products.category_trends(found, width=width), WIDE, visit.words
        ),
        **_around(visit, found.as_of),
    }
    return visit.page("categories.html", shown)


async def forecasts(visit: Visit) -> Response:
    """Revenue, customers and archetypes in the months ahead, each with the interval that holds four of five."""
    months = _said(visit, "months", "12")
    asked = read_values(MonthsAhead, {"months": months})
    of_each = read_values(ArchetypeGrowthAsked, {"months": months})
    revenue, growth, archetypes = await asyncio.gather(
        visit.ask(revenue_forecast, asked), visit.ask(growth_projection, asked),
        visit.ask(archetype_growth_projection, of_each),
    )  # fmt: skip
    if name := wanted(visit):
        ahead = ("month", "expected", "low", "high")
        grown = [(each.name, each.current, each.expected, each.low, each.high) for each in archetypes.archetypes]
        return as_file(name, {
            "revenue": (ahead, [tuple(each.model_dump().values()) for each in revenue.points]),
            "customers": (ahead, [tuple(each.model_dump().values()) for each in growth.points]),
            "archetypes": (("archetype", "members", "expected", "low", "high"), grown),
        })  # fmt: skip
    past = await visit.ask(revenue_by_month, MonthsAsked())
    charts = visit.console.charts
    shown = {
        "revenue": revenue,
        "growth": growth,
        "archetypes": archetypes,
        "choices": [("months", "Time", MONTHS_AHEAD, months)],
        "months": months,
        "charts": {
            "revenue": await draw(
                charts, lambda width: drawn_months.revenue_forecast(revenue, past, width=width), WIDE, visit.words
            ),
            "customers": await draw(charts, lambda width: drawn_months.growth(growth, width=width), 560, visit.words),
            "archetypes": await draw(
                charts, lambda width: drawn_groups.archetype_growth(archetypes, width=width), 560, visit.words
            ),
        },
        **_around(visit, revenue.as_of),
    }
    return visit.page("forecasts.html", shown)


async def _every_category(visit: Visit, months: str) -> list[CategoryTrend]:
    """All of them, on whichever page the reader is, as far as a file goes."""
    found, cursor = list[CategoryTrend](), None
    while len(found) < MOST_CATEGORIES:
        said = {"months": months, "limit": CATEGORIES_AT_ONCE, **({"cursor": cursor} if cursor else {})}
        page = await visit.ask(category_trends, read_values(TrendsAsked, said))
        found += page.categories
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _said(visit: Visit, name: str, usual: str) -> str:
    return visit.request.query_params.get(name) or usual


def _around(visit: Visit, as_of: object) -> Mapping[str, object]:
    """What each of these pages shows: of which moment it is, and where its tables are taken out."""
    query = [(name, said) for name, said in visit.request.query_params.multi_items() if name != "csv"]
    path = visit.request.scope["path"]
    return {
        "as_of": as_of, "may_take": may_take(visit), "file": f"{path}?{urlencode([*query, ('csv', '')])}",
    }  # fmt: skip


def _cohort_tables(found: Cohorts) -> dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]]:
    rows: list[tuple[object, ...]] = [
        (each.month, each.customers, month.after, month.month, month.is_over, month.active, month.retained, month.net,
         month.value_so_far)
        for each in found.cohorts
        for month in each.months
    ]  # fmt: skip
    head = (
        "cohort", "customers", "after", "month", "is_over", "active", "retained", "net", "value_so_far",
    )  # fmt: skip
    overall: list[tuple[object, ...]] = [(each.after, each.customers, each.retained) for each in found.retention]
    return {"cohorts": (head, rows), "retention": (("after", "customers", "retained"), overall)}


def _affinity_table(found: Affinity) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    head = (
        "first_id", "first", "second_id", "second", "orders", "support", "confidence", "confidence_back", "lift",
        "p_value",
    )  # fmt: skip
    return head, [
        (each.first.product_id, each.first.name, each.second.product_id, each.second.name, each.orders, each.support,
         each.confidence, each.confidence_back, each.lift, each.p_value)
        for each in found.pairs
    ]  # fmt: skip


def _category_table(found: Iterable[CategoryTrend]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    figures = ("net", "lines", "orders", "buyers")
    head = ("category", *figures, *(f"{name}_before" for name in figures), "net_change", "net_share", "trend")
    return head, [
        (each.category, *each.now.model_dump().values(), *each.before.model_dump().values(), each.net_change,
         each.net_share, each.trend)
        for each in found
    ]  # fmt: skip


PAGES = (
    ("/cohorts", "GET", retention),
    ("/affinity", "GET", affinity),
    ("/categories", "GET", categories),
    ("/forecasts", "GET", forecasts),
)
