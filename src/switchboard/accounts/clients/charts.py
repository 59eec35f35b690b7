"""Charts of a client's usage: its requests and how long they took, day by day.

`width` is in points; a page asks for a wide and a narrow one of the same figures.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from switchboard.accounts.clients.records import CountedOn, Usage
from switchboard.foundation.charts import Definition

HEIGHT = 210
NARROW = 420  # points, below which few names of days fit
Row = dict[str, object]


def requests_by_day(usage: Usage, zone: ZoneInfo, *, width: int) -> Definition:
    """A column for each day; what was not done stands on it, lighter."""
    rows: list[Row] = []
    for day, counted in _days(usage, zone):
        told = f"{counted.requests:,} requests, {counted.requests - counted.done:,} not done" if counted else "none"
        done = counted.done if counted else 0
        rest = counted.requests - counted.done if counted else 0
        for order, (state, amount) in enumerate((("done", done), ("not done", rest))):
            rows.append({**_named(day), "requests": amount, "state": state, "order": order, "told": told})
    return {
        "description": _told_requests(usage),
        "width": width, "height": HEIGHT,
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": _day_axis(rows, width),
            "y": {"field": "requests", "type": "quantitative", "axis": {"title": None, "format": "~s"}},
            "order": {"field": "order"},
            "opacity": {
                "field": "state", "type": "nominal", "scale": {"domain": ["done", "not done"], "range": [1, 0.4]},
                "legend": {"title": None},
            },
        },
    }  # fmt: skip


def latency_by_day(usage: Usage, zone: ZoneInfo, *, width: int) -> Definition:
    """How long 95 % of a day's requests took at most, and, dashed, how long half of them did; in milliseconds."""
    rows: list[Row] = []
    for day, counted in _days(usage, zone):
        told = (
            f"95 % within {counted.p95_ms or 0:,.0f} ms, half within {counted.p50_ms or 0:,.0f} ms" if counted else ""
        )
        for name, took_ms in (("95 %", counted and counted.p95_ms), ("half", counted and counted.p50_ms)):
            rows.append({**_named(day), "ms": took_ms, "part": name, "told": told})
    return {
        "description": _told_latency(usage),
        "width": width, "height": HEIGHT,
        "data": {"values": rows},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": _day_axis(rows, width),
            "y": {"field": "ms", "type": "quantitative", "axis": {"title": "ms"}, "scale": {"zero": True}},
            "strokeDash": {
                "field": "part", "type": "nominal", "scale": {"domain": ["95 %", "half"], "range": [[1, 0], [5, 4]]},
                "legend": {"title": None, "symbolType": "stroke"},
            },
        },
    }  # fmt: skip


def _days(usage: Usage, zone: ZoneInfo) -> Iterator[tuple[date, CountedOn | None]]:
    """Every day of the time that is looked at, with its figures where there are any."""
    known = {each.day: each for each in usage.days}
    day = usage.since.astimezone(zone).date()
    last = (usage.until - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day, known.get(day)
        day += timedelta(days=1)


def _day_axis(rows: list[Row], width: int) -> dict[str, object]:
    days = sorted({str(row["day"]) for row in rows})
    step = max(1, round(len(days) / (4 if width < NARROW else 10)))
    return {
        "field": "day", "type": "ordinal",
        "axis": {"title": None, "values": days[::step], "labelExpr": "timeFormat(datetime(datum.value), '%-d %b')"},
    }  # fmt: skip


def _named(day: date) -> Row:
    return {"day": day.isoformat(), "label": f"{day.day} {day:%B %Y}"}


def _told_requests(usage: Usage) -> str:
    return f"{usage.total.requests:,} requests in the time shown, {usage.total.done:,} of them done."


def _told_latency(usage: Usage) -> str:
    if usage.total.p95_ms is None:
        return "No requests in the time shown."
    p95, p50 = f"{usage.total.p95_ms:,.0f} ms", f"{usage.total.p50_ms or 0:,.0f} ms"
    return f"95 % of all requests took at most {p95}, half of them {p50}."
