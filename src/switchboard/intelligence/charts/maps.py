"""Charts of archetypes side by side, of one over time, and of the shapes of segments."""

from collections.abc import Sequence
from math import log

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
from switchboard.intelligence.map_records import ArchetypeMap, ArchetypeTrend, Placed, Shape, Shapes
from switchboard.intelligence.segments import AXES

MOST_LABELS, FEWEST_POINTS = 8, 2
WAYS, STEADY = ("steady", "grows", "shrinks"), 0.05
LEAST_VALUE = 0.01  # of a logarithm
NEAR = 0.09  # of the height: names nearer than this stand on each other
DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [1, 5])


def archetype_map(of: ArchetypeMap, *, width: int, height: int = 380) -> Definition:
    """A circle for each archetype: right is worth more, higher is riskier, larger has more members."""
    if not of.archetypes:
        return nothing("There are no archetypes yet.", width)
    named = _named(of.archetypes, width)
    rows = [
        {
            "value": max(each.average_lifetime_value, LEAST_VALUE), "risk": each.at_risk_share,
            "members": each.member_count, "told": _placed(each, of.currency), "grows": _way(each),
            "label": short(each.name, 30) if each.archetype_id in named else "",
        }
        for each in of.archetypes
    ]  # fmt: skip
    largest = max(of.archetypes, key=lambda each: each.member_count)
    riskiest = max(of.archetypes, key=lambda each: each.at_risk_count)
    told = (
        f"{len(rows)} archetypes by what a member is worth, by risk and size: the largest is"
        f" {short(largest.name, 60)} with {largest.member_count:,} members; most of those at risk"
        f" are in {short(riskiest.name, 60)}, {riskiest.at_risk_count:,}."
    )
    place = {
        "x": {"field": "value", "type": "quantitative", "scale": {"type": "log", "nice": False, "padding": 40},
              "axis": {"title": f"Average lifetime value, {of.currency}", "labelExpr": THOUSANDS, "tickCount": 5}},
        "y": {"field": "risk", "type": "quantitative", "scale": {"domain": [-0.06, 1.1], "nice": False},
              "axis": {"title": "At risk of leaving", "labelExpr": PERCENT, "values": [0, 0.25, 0.5, 0.75, 1]}},
    }  # fmt: skip
    return {
        "description": told, "width": width, "height": height, "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "opacity": 0.72, "aria": True, "strokeWidth": 1},
                "encoding": {
                    **place,
                    "size": {"field": "members", "type": "quantitative", "legend": None,
                             "scale": {"range": [40, 1600 if width > 500 else 700]}},
                    "shape": {"field": "grows", "type": "nominal", "legend": {"title": "Over 90 days", "orient": "top"},
                              "scale": {"domain": list(WAYS),
                                        "range": ["circle", "triangle-up", "triangle-down"]}},
                    "color": {"field": "grows", "type": "nominal", "legend": {"title": "Over 90 days", "orient": "top"},
                              "scale": {"domain": list(WAYS)}},
                    "description": {"field": "told"},
                },
            },
            {
                "transform": [{"filter": "datum.label !== ''"}],
                "mark": {"type": "text", "fontSize": 12, "dy": -20, "limit": 190},
                "encoding": {**place, "text": {"field": "label"}},
            },
        ],
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
    grown = f"{signed(of.growth)} in 90 days" if of.growth is not None else "growth not known yet"
    return (
        f"{short(of.name, 80)}\n{of.member_count:,} members, {amount(of.average_lifetime_value)} {currency} each\n"
        f"{percent(of.at_risk_share)} at risk, {grown}"
    )


def _named(of: Sequence[Placed], width: int) -> frozenset[str]:
    """The largest whose names have room beside each other."""
    most, found = (MOST_LABELS if width > 500 else 3), list[Placed]()
    worth = [log(max(each.average_lifetime_value, LEAST_VALUE)) for each in of]
    span = (max(worth) - min(worth)) or 1
    for each, at in zip(of, worth, strict=True):
        room = 200 / max(width - 80, 1) * span
        near = (
            abs(log(max(other.average_lifetime_value, LEAST_VALUE)) - at) < room
            and abs(other.at_risk_share - each.at_risk_share) < NEAR
            for other in found
        )
        if len(found) < most and not any(near):
            found.append(each)
    return frozenset(each.archetype_id for each in found)


def _way(of: Placed) -> str:
    """Steady is within five per cent, and as long as nothing is known."""
    if of.growth is None:
        return WAYS[0]
    return WAYS[1] if of.growth > STEADY else WAYS[2] if of.growth < -STEADY else WAYS[0]


def _top(of: Shape) -> float:
    return max(of.points, key=lambda point: point.share).at
