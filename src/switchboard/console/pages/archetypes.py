"""Archetypes: all of them, and one."""

from starlette.responses import Response

from switchboard.console.bars import compared
from switchboard.console.visits import Visit
from switchboard.foundation.reading import read_values
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.operations.archetypes import archetype, top_archetypes
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.records import ArchetypeAsked, Asked, SearchAsked, TopAsked
from switchboard.intelligence.shop_records import Axes

EVERY_ARCHETYPE = 60
MEMBERS = 50


async def all_of_them(visit: Visit) -> Response:
    """Every archetype in one table, by the metric asked for."""
    by = visit.request.query_params.get("by", "total_ltv")
    top = await visit.ask(top_archetypes, read_values(TopAsked, {"metric": by, "limit": EVERY_ARCHETYPE}))
    return visit.page("archetypes.html", {"archetypes": top.archetypes, "by": top.metric, "as_of": top.as_of})


async def one(visit: Visit) -> Response:
    """One archetype with its members that ordered last; those only for who may list customers."""
    asked = read_values(ArchetypeAsked, {"archetype_id": visit.request.path_params["archetype_id"]})
    found = await visit.ask(archetype, asked)
    meanings = segment_meanings(await visit.ask(axes, Asked()))
    members = None
    if visit.caller.may(search.permission):
        members = await visit.ask(search, SearchAsked(archetype_id=found.archetype_id, limit=MEMBERS))
    shown = {
        "archetype": found,
        "meanings": meanings,
        "traits": [compared(trait) for trait in found.traits],
        "features": FEATURES,
        "members": members,
        "as_of": found.as_of,
    }
    return visit.page("archetype.html", shown)


def segment_meanings(known: Axes) -> dict[str, dict[str, str]]:
    """What each segment means, by axis."""
    return {axis.name: {segment.name: segment.meaning for segment in axis.segments} for axis in known.axes}
