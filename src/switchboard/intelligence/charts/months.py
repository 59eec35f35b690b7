"""Charts of months: revenue as it was, and the months ahead with their band."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import LETTER, THOUSANDS, amount, lacking, nothing
from switchboard.intelligence.forecast_records import GrowthProjection, MonthExpected, RevenueForecast
from switchboard.intelligence.past_records import Month, Revenue

UTC = ZoneInfo("UTC")


def months_over(revenue: Revenue, zone: ZoneInfo) -> tuple[Month, ...]:
    """The months that have ended by the moment the revenue is of; the one that runs is left out."""
    running = f"{revenue.as_of.astimezone(zone):%Y-%m}"
    return tuple(each for each in revenue.months if each.month < running)


def month_name(month: str, *, short: bool = False) -> str:
    """2026-11 as November 2026, or as Nov 2026."""
    return f"{date.fromisoformat(f'{month}-01'):{'%b' if short else '%B'} %Y}"


def revenue_by_month(revenue: Revenue, zone: ZoneInfo, *, width: int, height: int = 250) -> Definition:
    """A column for each month; the one that is not over is lighter."""
    over = {each.month for each in months_over(revenue, zone)}
    months = [each.month for each in revenue.months]
    rows = [
        {"month": each.month, "net": each.net, "state": "over" if each.month in over else "running"}
        for each in revenue.months
    ]
    return {
        "description": _months_told(revenue, over),
        "width": width,
        "height": height,
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "axis": month_axis(months, width)},
            "y": {"field": "net", "type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}},
            "opacity": {
                "field": "state",
                "type": "nominal",
                "scale": {"domain": ["over", "running"], "range": [1, 0.45]},
                "legend": None,
            },
        },
    }  # fmt: skip


def revenue_forecast(forecast: RevenueForecast, past: Revenue, *, width: int, height: int = 280) -> Definition:
    """What the months brought as a full line, what is expected as a dashed one in its band."""
    if not forecast.points:
        return nothing(lacking("No forecast of revenue", forecast.not_enough_data), width)
    begun = forecast.points[0].month
    before = [(each.month, each.net) for each in past.months if each.month < begun]
    first, whole = forecast.points[0], sum(each.expected for each in forecast.points)
    last_year = [net for _, net in before][-len(forecast.points) :]
    against = ""
    if len(last_year) == len(forecast.points):
        against = f", after {amount(sum(last_year))} in as many months before"
    told = (
        f"Net revenue expected in {forecast.currency}: {amount(first.expected)} in {month_name(first.month)} (four"
        f" of five"
        f" cases between {amount(first.low)} and {amount(first.high)}), {amount(whole)} over {len(forecast.points)}"
        f" months{against}."
    )
    return _band(before, forecast.points, told, width=width, height=height)


def growth(projection: GrowthProjection, *, width: int, height: int = 280) -> Definition:
    """How many customers there will be at the end of each month, in a band."""
    if not projection.points:
        return nothing(lacking("No projection of customers", projection.not_enough_data), width)
    last = projection.points[-1]
    told = (
        f"Customers with an order: {projection.customers:,} now, {amount(last.expected)} expected by the end of"
        f" {month_name(last.month)} (four of five cases between {amount(last.low)} and {amount(last.high)})."
    )
    return _band([], projection.points, told, width=width, height=height)


def _band(
    past: Sequence[tuple[str, float]], ahead: Sequence[MonthExpected], told: str, *, width: int, height: int
) -> Definition:
    months = [*(month for month, _ in past), *(each.month for each in ahead)]
    rows = [dict[str, object](month=month, figure=net, kind="was") for month, net in past]
    if past:  # so that the two lines meet
        rows.append({"month": past[-1][0], "figure": past[-1][1], "low": past[-1][1], "high": past[-1][1],
                     "kind": "expected"})  # fmt: skip
    rows += [
        {"month": each.month, "figure": each.expected, "low": each.low, "high": each.high, "kind": "expected"}
        for each in ahead
    ]
    x = {"field": "month", "type": "ordinal", "axis": month_axis(months, width), "scale": {"padding": 0.2}}
    y = {"type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}, "scale": {"zero": bool(past)}}
    expected = {"filter": "datum.kind == 'expected'"}
    return {
        "description": told,
        "width": width,
        "height": height,
        "data": {"values": rows},
        "layer": [
            {
                "transform": [expected],
                "mark": {"type": "area", "fillOpacity": 0.22, "line": False},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {
                    "x": x, "y": {**y, "field": "figure"},
                    "strokeDash": {
                        "field": "kind", "type": "nominal", "legend": None,
                        "scale": {"domain": ["was", "expected"], "range": [[1, 0], [6, 4]]},
                    },
                },
            },
            {
                "transform": [expected],
                "mark": {"type": "point", "size": 36, "filled": True},
                "encoding": {"x": x, "y": {**y, "field": "figure"}},
            },
        ],
    }  # fmt: skip


def month_axis(months: Sequence[str], width: int) -> dict[str, object]:
    """Every month is named where there is room, else every third or January alone; the year stands below January."""
    step = next((step for step in (1, 3, 6) if len(months) / step * LETTER * 5 <= width), 12)
    named = [month for month in months if (int(month[5:]) - 1) % step == 0]
    with_year = {month for month in named if month.endswith("-01")} | set(named[:1])
    year = " || ".join(f"datum.label == '{month}'" for month in sorted(with_year)) or "false"
    name = "monthAbbrevFormat(toNumber(slice(datum.label, 5)) - 1)"
    return {
        "title": None,
        "labelAngle": 0,
        "values": named,
        "labelExpr": f"({year}) ? [{name}, slice(datum.label, 0, 4)] : {name}",
        "labelFlush": False,
        "labelOverlap": False,
    }


def _months_told(revenue: Revenue, over: set[str]) -> str:
    """The revenue in words: span, lowest, highest and last month."""
    whole = [each for each in revenue.months if each.month in over]
    if not whole:
        return f"Net revenue by month in {revenue.currency}: no month is over yet."
    low, high, last = min(whole, key=_net), max(whole, key=_net), whole[-1]
    return (
        f"Net revenue by month in {revenue.currency}, {month_name(whole[0].month)} to {month_name(last.month)}:"
        f" lowest {low.net:,.0f} in {month_name(low.month)}, highest {high.net:,.0f} in {month_name(high.month)},"
        f" {last.net:,.0f} in {month_name(last.month)}, the last whole month."
    )


def _net(month: Month) -> float:
    return month.net
