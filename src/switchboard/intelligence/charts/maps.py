"""Charts of archetypes side by side, of one over time, and of the shapes of segments."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log, log10, pi, sqrt

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import (
    PERCENT,
    THOUSANDS,
    amount,
    joined,
    nothing,
    percent,
    short,
    signed,
)
from switchboard.intelligence.charts.placing import LABEL, LEADING, SIDES, Box, Label, Mark, Side, placed
from switchboard.intelligence.map_records import ArchetypeMap, ArchetypeTrend, Placed, Shape, Shapes
from switchboard.intelligence.segments import AXES

MOST_LABELS, FEWEST_POINTS = 10, 2
TIMES = 9.0  # a growth from which on it is told as how many times
RISKS = (-0.25, 1.3)  # of the scale: below nobody and above all at risk there is room for names
EDGE, AXIS_ROOM = 40, 90  # points: left and right of the first and the last mark; what axes and legend take
STEPS = ((2, (1, 2, 5)), (4.5, (1, 3)))  # of a power of ten, where values span so many at most; else 1 alone
WAYS, STEADY = ("steady", "grows", "shrinks"), 0.05
LEAST_VALUE = 0.01  # of a logarithm
DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [1, 5])


def archetype_map(of: ArchetypeMap, *, width: int, height: int = 460) -> Definition:
    """A mark for each archetype: right is worth more, higher is riskier, larger has more members."""
    if not of.archetypes:
        return nothing("There are no archetypes yet.", width)
    labels = _labels(of.archetypes, width, height)
    largest = max(of.archetypes, key=lambda each: each.member_count)
    rows = [
        {
            "value": _worth(each), "risk": each.at_risk_share, "members": each.member_count,
            "told": _placed(each, of.currency), "grows": _way(each), **_beside(label),
        }
        for each, label in zip(of.archetypes, labels, strict=True)
    ]  # fmt: skip
    riskiest = max(of.archetypes, key=lambda each: each.at_risk_count)
    told = (
        f"{len(rows)} archetypes by what a member is worth, by risk and size: the largest is"
        f" {short(largest.name, 60)} with {largest.member_count:,} members; most of those at risk"
        f" are in {short(riskiest.name, 60)}, {riskiest.at_risk_count:,}."
    )
    place = {
        "x": {"field": "value", "type": "quantitative", "scale": {"type": "log", "nice": False, "padding": EDGE},
              "axis": {"title": f"Average lifetime value, {of.currency}{', logarithmic' if width > 500 else ''}",
                       "labelExpr": THOUSANDS, **_steps([_worth(each) for each in of.archetypes])}},
        "y": {"field": "risk", "type": "quantitative", "scale": {"domain": list(RISKS), "nice": False},
              "axis": {"title": "At risk of leaving", "labelExpr": PERCENT, "values": [0, 0.25, 0.5, 0.75, 1]}},
    }  # fmt: skip
    return {
        "description": told, "width": width, "height": height, "data": {"values": rows},
        "layer": [{
            "mark": {"type": "point", "filled": True, "opacity": 0.72, "aria": True, "strokeWidth": 1},
            "encoding": {
                **place,
                "size": {"field": "members", "type": "quantitative", "legend": None,
                         "scale": {"domain": [0, largest.member_count], "range": list(_sizes(width))}},
                "shape": {"field": "grows", "type": "nominal", "legend": {"title": "Over 90 days", "orient": "top"},
                          "scale": {"domain": list(WAYS), "range": ["circle", "triangle-up", "triangle-down"]}},
                "color": {"field": "grows", "type": "nominal", "legend": {"title": "Over 90 days", "orient": "top"},
                          "scale": {"domain": list(WAYS)}},
                "description": {"field": "told"},
            },
        }, *(_names(side, place) for side in SIDES)],
    }  # fmt: skip


def _names(side: Side, place: Mapping[str, object]) -> dict[str, object]:
    """The names that stand on this side of their marks."""
    align = {"right": "left", "left": "right"}.get(side, "center")
    return {
        "transform": [{"filter": f"datum.side === '{side}'"}],
        "mark": {"type": "text", "fontSize": LABEL, "align": align, "baseline": "middle", "lineBreak": "\n",
                 "lineHeight": LEADING, "dx": {"expr": "datum.dx"}, "dy": {"expr": "datum.dy"}},
        "encoding": {**place, "text": {"field": "label"}},
    }  # fmt: skip


def archetype_trend(of: ArchetypeTrend, *, width: int, height: int = 220) -> Definition:
    """Members of an archetype at each month's last snapshot."""
    if len(of.points) < FEWEST_POINTS:
        return nothing("There is one snapshot so far; the trend begins with the second.", width)
    first, last = of.points[0], of.points[-1]
    told = (
        f"Members of {short(of.name, 60)}: {last.members:,} on {last.as_of:%d %B %Y}, after {first.members:,} on"
        f" {first.as_of:%d %B %Y}."
    )
    return {
        "description": told, "width": width, "height": height,
        "data": {"values": [{"day": f"{each.as_of:%Y-%m-%d}", "members": each.members,
                             "told": f"{each.as_of:%d %B %Y}\n{each.members:,} members"} for each in of.points]},
        "mark": {"type": "line", "point": {"size": 50, "filled": True, "aria": True}},
        "encoding": {
            "x": {"field": "day", "type": "temporal",
                  "axis": {"title": None, "format": "%b %Y", "tickCount": max(width // 90, 2)}},
            "y": {"field": "members", "type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}},
            "description": {"field": "told"},
        },
    }  # fmt: skip


def axis_shapes(of: Shapes, *, width: int, height: int = 230) -> Definition:
    """A curve for each segment: how far somebody who stands there belongs to it."""
    places = [point.at for shape in of.shapes for point in shape.points]
    even = AXES[of.axis_name].into.__name__ == "unchanged"
    scale = {"type": "linear" if even or min(places) <= 0 else "log", "nice": False, "zero": False}
    rows = [
        {"segment": shape.segment.replace("_", " "), "at": point.at, "share": point.share}
        for shape in of.shapes
        for point in shape.points
    ]
    tops = [{"segment": shape.segment.replace("_", " "), "at": _top(shape), "share": 1.06} for shape in of.shapes]
    names = [each["segment"] for each in tops]
    told = (
        f"How far somebody belongs to the segments of {of.axis_name.replace('_', ' ')} by where they stand, in"
        f" {of.unit}: " + joined((f"{shape.segment.replace('_', ' ')} around {amount(_top(shape))}" for shape in
        of.shapes), 6)
    )  # fmt: skip
    place = {
        "x": {"field": "at", "type": "quantitative", "scale": scale, "axis": {"title": of.unit, "tickCount": 6}},
        "y": {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1.1]},
              "axis": {"title": None, "labelExpr": PERCENT, "values": [0, 0.25, 0.5, 0.75, 1]}},
        "color": {"field": "segment", "type": "nominal", "legend": None, "scale": {"domain": names}},
    }  # fmt: skip
    return {
        "description": f"{told}.", "width": width, "height": height, "data": {"values": rows},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2.5},
             "encoding": {**place, "strokeDash": {"field": "segment", "type": "nominal", "legend": None,
                                                  "scale": {"domain": names, "range": list(DASHES[: len(names)])}}}},
            {"data": {"values": tops}, "mark": {"type": "text", "fontSize": 12, "baseline": "bottom",
                                                "limit": width / max(len(names), 1) - 6},
             "encoding": {**{side: place[side] for side in ("x", "y")}, "text": {"field": "segment"}}},
        ],
    }  # fmt: skip


def _placed(of: Placed, currency: str) -> str:
    return (
        f"{short(of.name, 80)}\n{of.member_count:,} members, {amount(of.average_lifetime_value)} {currency} each\n"
        f"{percent(of.at_risk_share)} at risk, {_grown(of)}"
    )


def _grown(of: Placed) -> str:
    """How it grew; from ten times on as how many times, for of a few members per cent say little."""
    if of.growth is None:
        return "growth not known yet"
    if of.growth >= TIMES and of.members_before:
        return f"{of.growth + 1:,.0f} times the {of.members_before:,} of 90 days before"
    return f"{signed(of.growth)} in 90 days"


def _labels(of: Sequence[Placed], width: int, height: int) -> list[Label | None]:
    """The names of the largest that have a place beside their marks, worked out for about the room a plot has."""
    wide, high = width - AXIS_ROOM, height - AXIS_ROOM
    worth = [log(_worth(each)) for each in of]
    low, span = min(worth), (max(worth) - min(worth)) or 1
    least, most = _sizes(width)
    members = max(*(each.member_count for each in of), 1)
    marks = [
        Mark(
            x=EDGE + (wide - 2 * EDGE) * (at - low) / span,
            y=high * (RISKS[1] - each.at_risk_share) / (RISKS[1] - RISKS[0]),
            reach=sqrt((least + (most - least) * each.member_count / members) / pi), name=short(each.name, 80),
        )
        for each, at in zip(of, worth, strict=True)
    ]  # fmt: skip
    is_wide = width > 500
    return placed(
        marks, Box(left=0, top=0, right=wide, bottom=high), most=MOST_LABELS if is_wide else 3,
        width=150 if is_wide else 110,
    )  # fmt: skip


def _beside(label: Label | None) -> dict[str, object]:
    if label is None:
        return {"side": None, "label": "", "dx": 0, "dy": 0}
    return {"side": label.side, "label": "\n".join(label.lines), "dx": label.dx, "dy": label.dy}


def _worth(of: Placed) -> float:
    return max(of.average_lifetime_value, LEAST_VALUE)


def _sizes(width: int) -> tuple[int, int]:
    """Square points of nobody's mark, and of the largest."""
    return 40, 1600 if width > 500 else 700


def _steps(values: Sequence[float]) -> dict[str, object]:
    """The parts of an axis that has round steps of each power of ten that lies among the values."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    steps = next((each for most, each in STEPS if log10(max(values) / min(values)) <= most), (1,))
    found = [step * 10.0**power for power in range(low, high + 1) for step in steps]
    shown = [each for each in found if min(values) / 1.5 <= each <= max(values) * 1.5]
    return {"values": shown, "tickCount": len(shown)}


def _way(of: Placed) -> str:
    """Steady is within five per cent, and as long as nothing is known."""
    if of.growth is None:
        return WAYS[0]
    return WAYS[1] if of.growth > STEADY else WAYS[2] if of.growth < -STEADY else WAYS[0]


def _top(of: Shape) -> float:
    return max(of.points, key=lambda point: point.share).at
