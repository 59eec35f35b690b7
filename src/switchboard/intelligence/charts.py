"""Charts of what was worked out: figures in, Vega-Lite definitions out, each with its text alternative.

`width` is in points; a page asks for a wide and a narrow one of the same figures.
"""

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from switchboard.foundation.charts import Definition
from switchboard.intelligence.past_records import Month, Revenue
from switchboard.intelligence.records import Archetype, ChurnAggregate

AT_RISK = ("HIGH", "CRITICAL")
LEVELS = ("LOW", "MEDIUM", *AT_RISK)
MOST_BARS = 10
LETTER = 6.5  # points of width of a letter at the size of labels, on average
ROW, LINE = 44, 15  # points of height of a row with a name of one line, and of each more
ROOM_FOR_TOLD = 105  # points beside the bars
THOUSANDS = "datum.value == 0 ? '0' : replace(format(datum.value, '~s'), 'G', 'B')"
RISK_COLOURS = {"domain": ["not at risk", "at risk"]}


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
            "x": {"field": "month", "type": "ordinal", "axis": _month_axis(months, width)},
            "y": {"field": "net", "type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}},
            "opacity": {
                "field": "state",
                "type": "nominal",
                "scale": {"domain": ["over", "running"], "range": [1, 0.45]},
                "legend": None,
            },
        },
    }  # fmt: skip


def churn_levels(churn: ChurnAggregate, *, width: int, height: int = 190) -> Definition:
    """A bar for each level of risk with its customers and their share; those at risk stand out."""
    whole = max(churn.customers, 1)
    counts = {level.capitalize(): churn.by_level.get(level, 0) for level in LEVELS}
    rows = [
        {
            "level": level,
            "label": level,
            "customers": count,
            "told": f"{count:,} · {count / whole:.1%}",
            "state": "at risk" if level.upper() in AT_RISK else "not at risk",
        }
        for level, count in counts.items()
    ]
    told = ", ".join(f"{level} {count:,} or {count / whole:.1%}" for level, count in counts.items())
    return {
        "description": f"Customers by risk of leaving: {told}.",
        "width": width,
        "height": height,
        "data": {"values": rows},
        **_named_bars("level", "customers", width=width, per_row=height / len(rows)),
    }


def archetypes_by_members(archetypes: Iterable[Archetype], *, width: int, most: int = MOST_BARS) -> Definition:
    """A bar for each of the largest archetypes, its name above it."""
    ordered = sorted(archetypes, key=lambda each: -each.member_count)
    shown = ordered[:most]
    names = [textwrap.wrap(each.name, int(width / LETTER)) for each in shown]
    lines_high = max((len(lines) for lines in names), default=1)
    per_row = ROW + LINE * (lines_high - 1)
    rows = [
        {
            "name": each.name,
            "label": "\n".join(["\N{NO-BREAK SPACE}"] * (lines_high - len(lines)) + lines),
            "members": each.member_count,
            "told": f"{each.member_count:,} · {each.population_percent:.1f}%",
            "state": "not at risk",
        }
        for each, lines in zip(shown, names, strict=True)
    ]
    told = "; ".join(f"{row['name']}, {row['members']:,} members" for row in rows)
    which = f"The {len(shown)} largest of {len(ordered)} archetypes" if len(ordered) > most else "The archetypes"
    return {
        "description": f"{which} by members: {told}.",
        "width": width,
        "height": per_row * max(len(rows), 1),
        "data": {"values": rows},
        **_named_bars("name", "members", width=width, per_row=per_row, lines=lines_high),
    }


def _named_bars(name: str, value: str, *, width: int, per_row: float, lines: int = 1) -> dict[str, object]:
    """Horizontal bars in the order of the rows: above each its name, on its right what is told of it."""
    y = {"field": name, "type": "nominal", "sort": None, "axis": None, "scale": {"padding": 0}}
    top = 4 - per_row / 2  # offsets are from the middle of a row
    low = top + LINE * lines + 8
    words = {"type": "text", "baseline": "middle", "fontSize": 13}
    to = {"domainMin": 0, "range": [0, width - ROOM_FOR_TOLD]}
    return {
        "layer": [
            {
                "mark": {"type": "bar", "height": 10, "yOffset": low, "cornerRadius": 2},
                "encoding": {
                    "y": y,
                    "x": {"field": value, "type": "quantitative", "axis": None, "scale": to},
                    "color": {"field": "state", "type": "nominal", "scale": RISK_COLOURS, "legend": None},
                },
            },
            {
                "mark": {
                    **words,
                    "align": "left",
                    "baseline": "top",
                    "yOffset": top,
                    "lineBreak": "\n",
                },
                "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "label"}},
            },
            {
                "mark": {**words, "align": "right", "yOffset": low},
                "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "told"}},
            },
        ]
    }


def _month_axis(months: Sequence[str], width: int) -> dict[str, object]:
    """Every month is named where there is room, else every third or January alone; the year stands below January."""
    step = next((step for step in (1, 3, 6) if len(months) / step * LETTER * 5 <= width), 12)
    named = [month for month in months if (int(month[5:]) - 1) % step == 0]
    with_year = {month for month in named if month.endswith("-01")} | set(named[:1])
    year = " || ".join(f"datum.label == '{month}'" for month in sorted(with_year)) or "false"
    name = "monthAbbrevFormat(toNumber(slice(datum.label, 5)) - 1)"
    return {
        "title": None,
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
