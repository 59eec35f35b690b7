"""Archetypes: all of them on a map, one, two or three side by side; and the axes they are made of."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from switchboard.console import listed
from switchboard.console.bars import compared
from switchboard.console.drawings import Drawing, draw
from switchboard.console.filled import Filled
from switchboard.console.tables import Row, as_file, may_take, wanted
from switchboard.console.visits import Visit
from switchboard.customers.filters.operations import filters
from switchboard.customers.filters.records import FiltersAsked
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.reading import read_values
from switchboard.intelligence.charts import groups as drawn_groups
from switchboard.intelligence.charts import maps as drawn
from switchboard.intelligence.custom_records import ArchetypeLabel
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.group_records import BehaviourAsked, ComparisonAsked, GroupBehaviour
from switchboard.intelligence.map_records import ArchetypeMap, ArchetypeTrend, ArchetypeTrendAsked, Placed, ShapesAsked
from switchboard.intelligence.operations.archetypes import archetype
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.groups import compare_groups, group_behaviour
from switchboard.intelligence.operations.history import segment_trends
from switchboard.intelligence.operations.labelling import label_archetype
from switchboard.intelligence.operations.maps import archetype_map, archetype_trend, axis_shapes
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.past_records import TrendAsked
from switchboard.intelligence.records import Archetype, ArchetypeAsked, Asked, SearchAsked
from switchboard.intelligence.shop_records import Axes, AxisShown

EVERY_ARCHETYPE = 60
MEMBERS, MEMBERS_FILE = 25, "members"
AT_FIRST = 25  # archetypes in the table before all are asked for
WIDE = 1180
WIDTHS: Mapping[int, int] = {1: WIDE, 2: 540, 3: 345}  # points of each of so many charts beside each other
MOST_COMPARED, PAIR = 3, 2
AUDIENCES = 200
ORDERS: Mapping[str, tuple[str, Callable[[Placed], float]]] = {
    "member_count": ("Members", lambda each: each.member_count),
    "avg_ltv": ("Average value", lambda each: each.average_lifetime_value),
    "total_ltv": ("Total value", lambda each: each.total_revenue),
    "growth": ("Growth", lambda each: each.growth if each.growth is not None else -2.0),
    "risk": ("Risk", lambda each: each.at_risk_share),
}


async def all_of_them(visit: Visit) -> Response:
    """Every archetype on a map of value, risk, size and growth, and in one table in the order asked for."""
    query = visit.request.query_params
    by, is_whole = query.get("by", "member_count"), query.get("show") == "all"
    if by not in ORDERS:
        raise Invalid(f"there is no order {by[:40]!r}; there are {', '.join(ORDERS)}", field="by")
    found = await visit.ask(archetype_map, Asked())
    rows = sorted(found.archetypes, key=lambda each: (each.is_pinned, ORDERS[by][1](each)), reverse=True)
    if name := wanted(visit):
        return as_file(name, {"archetypes": (list(Placed.model_fields), _placed(rows))})
    shown = {
        "map": found,
        "archetypes": rows if is_whole else rows[:AT_FIRST],
        "more": None if is_whole or len(rows) <= AT_FIRST else f"/archetypes?{urlencode({'by': by, 'show': 'all'})}",
        "show": "&show=all" if is_whole else "",
        "orders": [(key, title) for key, (title, _) in ORDERS.items()],
        "by": by,
        "as_of": found.as_of,
        "may_take": may_take(visit),
        "chart": await _map(visit, found),
        "most": MOST_COMPARED,
    }
    return visit.page("archetypes.html", shown)


async def one(visit: Visit) -> Response:
    """One archetype: who they are, over time, and its members that ordered last; those for who may list customers."""
    return await _one(visit, Filled(), 200)


async def _one(visit: Visit, filled: Filled, status: int) -> Response:
    asked = read_values(ArchetypeAsked, {"archetype_id": visit.request.path_params["archetype_id"]})
    found = await visit.ask(archetype, asked)
    trend = await visit.ask(archetype_trend, ArchetypeTrendAsked(archetype_id=found.archetype_id))
    if name := wanted(visit):
        return as_file(name, await _tables(visit, name, found, trend))
    on_map = await visit.ask(archetype_map, Asked())
    meanings = segment_meanings(await visit.ask(axes, Asked()))
    members = None
    if visit.caller.may(search.permission):
        members = await visit.ask(search, SearchAsked(archetype_id=found.archetype_id, limit=MEMBERS))
    shown = {
        "archetype": found,
        "placed": next((each for each in on_map.archetypes if each.archetype_id == found.archetype_id), None),
        "filled": filled,
        "may_label": visit.caller.may(label_archetype.permission),
        "grown_since": on_map.grown_since,
        "meanings": meanings,
        "traits": [compared(trait) for trait in found.traits],
        "features": FEATURES,
        "members": members,
        "as_of": found.as_of,
        "may_take": may_take(visit),
        "trend_chart": await draw(
            visit.console.charts, lambda width: drawn.archetype_trend(trend, width=width), WIDE, visit.words
        ),
    }
    return visit.page("archetype.html", shown, status)


async def _tables(
    visit: Visit, name: str, of: Archetype, trend: ArchetypeTrend
) -> dict[str, tuple[Row, Iterable[Row]]]:
    """The page's tables; of all its members, as far as a file goes, when they are the one that is wanted."""
    traits = [(each.feature, each.unit, each.mean, each.shop_mean, each.lift) for each in of.traits]
    points = [(each.as_of.isoformat(), each.members) for each in trend.points]
    asked = SearchAsked(archetype_id=of.archetype_id)
    members = await listed.everybody(visit, asked) if name == MEMBERS_FILE else ()
    return {
        "traits": (("feature", "unit", "mean", "shop_mean", "lift"), traits),
        "trend": (("as_of", "members"), points),
        MEMBERS_FILE: (listed.HEAD, listed.rows(members)),
    }


async def label(visit: Visit) -> Response:
    """Call it so, and pin it or not."""
    fields = await visit.form()
    archetype_id = visit.request.path_params["archetype_id"]
    said = {"archetype_id": archetype_id, "is_pinned": fields.get("pinned") == "yes"}
    name = fields.get("name", "").strip()
    here = f"/archetypes/{archetype_id}"
    try:
        called = await visit.ask(label_archetype, read_values(ArchetypeLabel, said | ({"name": name} if name else {})))
    except (Invalid, Conflict) as error:
        return await _one(visit, Filled(values=fields, errors={"name": str(error).removeprefix("name: ")}), 422)
    return visit.after(here, f"It is called “{called.name}” everywhere now{' and pinned' if called.is_pinned else ''}.")


async def compare(visit: Visit) -> Response:
    """Two or three groups side by side: archetypes, segments, saved audiences, the whole shop."""
    asked = [each for each in visit.request.query_params.getlist("of") if each][:MOST_COMPARED]
    found = await _behaviours(visit, asked)
    if name := wanted(visit):
        head = ("figure", "unit", *(each.group.name for each in found), "shop")
        return as_file(name, {"comparison": (head, _lines(found))})
    known = await visit.ask(archetype_map, Asked())
    audiences = None
    if visit.caller.may(filters.permission):
        audiences = (await visit.ask(filters, FiltersAsked(limit=AUDIENCES))).filters
    shown = {
        "asked": [*asked, *([""] * (MOST_COMPARED - len(asked)))],
        "groups": found,
        "features": FEATURES,
        "rows": _rows(found),
        "archetypes": known.archetypes,
        "axes": (await visit.ask(axes, Asked())).axes,
        "audiences": audiences or (),
        "as_of": known.as_of,
        "may_take": may_take(visit),
        "file": f"/archetypes/compare?{urlencode([('of', each) for each in asked] + [('csv', 'comparison')])}",
        "charts": await _beside(visit, [each for each in found if each.group.kind != "shop"]),
    }  # fmt: skip
    return visit.page("compare.html", shown)


async def explore(visit: Visit) -> Response:
    """One axis: what its segments mean, their shapes, how many are in each, and one of them over time."""
    known = await visit.ask(axes, Asked())
    axis = _axis(visit, known)
    segment = visit.request.query_params.get("segment") or max(axis.segments, key=lambda each: each.members).name
    trend = await visit.ask(segment_trends, read_values(TrendAsked, {"axis_name": axis.name, "segment_name": segment}))
    if name := wanted(visit):
        points = [(each.as_of.isoformat(), each.members, each.share) for each in trend.points]
        return as_file(name, {"segments": _segments_of(known), "trend": (("as_of", "members", "share"), points)})
    shapes = await visit.ask(axis_shapes, ShapesAsked(axis_name=axis.name))
    charts = visit.console.charts
    shown = {
        "known": known,
        "axis": axis,
        "segment": segment,
        "total": sum(each.members for each in axis.segments),
        "trend": trend,
        "as_of": known.as_of,
        "may_take": may_take(visit),
        "shapes_chart": await draw(charts, lambda width: drawn.axis_shapes(shapes, width=width), WIDE, visit.words),
        "trend_chart": await draw(
            charts, lambda width: drawn_groups.segment_trend(trend, width=width), WIDE, visit.words
        ),
    }
    return visit.page("axis.html", shown)


def segment_meanings(known: Axes) -> dict[str, dict[str, str]]:
    """What each segment means, by axis."""
    return {axis.name: {segment.name: segment.meaning for segment in axis.segments} for axis in known.axes}


async def _map(visit: Visit, found: ArchetypeMap) -> Drawing:
    return await draw(visit.console.charts, lambda width: drawn.archetype_map(found, width=width), WIDE, visit.words)


async def _beside(visit: Visit, of: Sequence[GroupBehaviour]) -> list[tuple[str, Drawing]]:
    """Each group's name and its chart against the shop, all on one scale."""
    most, charts = drawn_groups.farthest(of), visit.console.charts
    return [
        (each.group.name, await draw(
            charts, lambda width, of=each: drawn_groups.behaviour(of, width=width, most=most), WIDTHS[len(of)],
            visit.words,
        ))
        for each in of
    ]  # fmt: skip


async def _behaviours(visit: Visit, asked: Sequence[str]) -> list[GroupBehaviour]:
    """How each group buys: two in one pass over the lines, as most ask for."""
    groups = [_named(each) for each in asked]
    if len(groups) == PAIR and groups[0] != groups[1]:
        both = await visit.ask(compare_groups, read_values(ComparisonAsked, {"one": groups[0], "other": groups[1]}))
        return [
            GroupBehaviour(**dict(each), currency=both.currency, as_of=both.as_of) for each in (both.one, both.other)
        ]
    return await asyncio.gather(*(visit.ask(group_behaviour, read_values(BehaviourAsked, each)) for each in groups))


def _named(said: str) -> dict[str, str]:
    """The group of `archetype:4feeea72`, `segment:purchase_value:large_baskets`, `audience:Name` or `shop`."""
    kind, _, name = said.partition(":")
    axis, _, segment = name.partition(":")
    named = {
        "archetype": {"archetype_id": name}, "audience": {"audience": name}, "shop": {},
        "segment": {"axis_name": axis, "segment_name": segment},
    }.get(kind)  # fmt: skip
    if named is None:
        raise Invalid(f"of: there is no group {said[:60]!r}; choose one from the lists of the page", field="of")
    return named


def _rows(found: Sequence[GroupBehaviour]) -> list[tuple[str, str, list[float | None], float | None]]:
    """Each feature with its mean in every group, and in the shop."""
    if not found:
        return []
    by_name = [{each.feature: each for each in group.features} for group in found]
    return [
        (each.feature, each.unit, [of[each.feature].mean if each.feature in of else None for of in by_name],
         each.shop_mean)
        for each in found[0].features
    ]  # fmt: skip


def _lines(found: Sequence[GroupBehaviour]) -> list[tuple[object, ...]]:
    return [(feature, unit, *means, shop) for feature, unit, means, shop in _rows(found)]


def _placed(rows: Sequence[Placed]) -> list[tuple[object, ...]]:
    return [
        tuple(_segments(each) if name == "dominant_segments" else getattr(each, name) for name in Placed.model_fields)
        for each in rows
    ]


def _segments_of(known: Axes) -> tuple[Row, list[Row]]:
    """The segments of all axes with their rules."""
    return ("axis", "segment", "meaning", "rule", "low", "high", "members"), [
        (axis.name, each.name, each.meaning, each.rule, each.low, each.high, each.members)
        for axis in known.axes
        for each in axis.segments
    ]


def _segments(of: Placed) -> str:
    return "; ".join(f"{axis}: {segment}" for axis, segment in of.dominant_segments.items())


def _axis(visit: Visit, known: Axes) -> AxisShown:
    name = visit.request.path_params.get("axis", known.axes[0].name)
    found = next((each for each in known.axes if each.name == name), None)
    if found is None:
        raise NotFound(f"there is no axis {name[:40]!r}; there are {', '.join(each.name for each in known.axes)}")
    return found


PAGES = (
    ("/archetypes", "GET", all_of_them),
    ("/archetypes/compare", "GET", compare),
    ("/archetypes/{archetype_id}", "GET", one),
    ("/archetypes/{archetype_id}/label", "POST", label),
    ("/axes", "GET", explore),
    ("/axes/{axis}", "GET", explore),
)
