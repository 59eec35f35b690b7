"""Who belongs to a group that somebody names: an archetype, a segment, a filter, or everybody; now or in the past."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Work
from switchboard.intelligence import answers, filtering, moments, past_filters, rosters, runs
from switchboard.intelligence.filter_records import Chosen
from switchboard.intelligence.group_records import GroupRef, GroupShown
from switchboard.intelligence.questions.groups import Group
from switchboard.intelligence.segments import segment_named
from switchboard.intelligence.snapshots import Roster, roster_of

SEARCH = "customers:search"
EVERYBODY = Group(shown=GroupShown(kind="shop", name="the whole shop"), persons=None)


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """Where everybody stands, the names of archetypes by id, and the axes that are absent with the reason."""

    roster: Roster
    archetypes: Mapping[str, str]
    absent: Mapping[str, str]


async def groups_of(work: Work, said: datetime | date | None, asked: Sequence[GroupRef]) -> tuple[Group, ...]:
    """The groups, at the moment asked about.

    Raise Invalid for one that is half named or whose axis or segment is unknown, NotFound for one that is not there.
    """
    for each in asked:
        _check(each)
    filtered = [await _filtered(work, said, each) if _has_filter(each) else None for each in asked]
    placed = await _placed(work, await moments.asked(work, said)) if any(map(_is_placed, asked)) else None
    return tuple(
        known or (_group(each, placed) if placed is not None and _is_placed(each) else EVERYBODY)
        for each, known in zip(asked, filtered, strict=True)
    )


async def _filtered(work: Work, said: datetime | date | None, asked: GroupRef) -> Group:
    """Whom a filter finds."""
    run, field = await runs.served(work), "audience" if asked.filter is None else "filter"
    if not work.caller.may(SEARCH):
        raise NotAllowed(f"{field}: a filter needs the permission {SEARCH}, too")
    moment, chosen = await moments.asked(work, said), Chosen(filter=asked.filter, audience=asked.audience)
    shown = GroupShown(kind=field, name=asked.audience or "customers of the filter", audience=asked.audience)
    if moment is None or moment == run.as_of:
        by = await filtering.asking(work, run.archetype_names)
        found = await filtering.matches(work, by, await filtering.chosen(work, by, chosen))
        return Group(shown=shown, persons=np.sort(found.persons))
    of = await runs.in_the_past(work, run, moment)
    then = await past_filters.found(work, of, moment, [await filtering.written(work, chosen)])
    return Group(shown=shown, persons=of.result.features.persons[then])


def _has_filter(asked: GroupRef) -> bool:
    return asked.audience is not None or asked.filter is not None


def _is_placed(asked: GroupRef) -> bool:
    return asked.archetype_id is not None or asked.axis_name is not None


async def _placed(work: Work, moment: datetime | None) -> _Placed:
    run = await runs.served(work)
    if moment is None or moment == run.as_of:
        listing = await rosters.of_run(work, run.number)
        names = {each.archetype_id: each.name for each in run.archetypes}
        return _Placed(roster=listing.roster, archetypes=names, absent=run.absent)
    of = await runs.in_the_past(work, run, moment)
    names = {each.archetype_id: each.name for each in of.archetypes}
    return _Placed(roster=await asyncio.to_thread(roster_of, of.result), archetypes=names, absent=of.absent)


def _check(asked: GroupRef) -> None:
    ways = {
        "archetype_id": asked.archetype_id, "axis_name": asked.axis_name or asked.segment_name,
        "audience": asked.audience, "filter": asked.filter,
    }  # fmt: skip
    if len(named := [name for name, value in ways.items() if value is not None]) > 1:
        said = " and ".join(named)
        raise Invalid(f"a group is named in one way; leave all of {said} out but one", field=named[0])
    if (asked.axis_name is None) != (asked.segment_name is None):
        field = "axis_name" if asked.axis_name is None else "segment_name"
        raise Invalid("a segment is named by axis_name and segment_name; intelligence.axes lists them", field=field)
    if asked.axis_name is not None and asked.segment_name is not None:
        segment_named(asked.axis_name, asked.segment_name)


def _group(asked: GroupRef, of: _Placed) -> Group:
    if asked.archetype_id is not None:
        return _archetype(asked.archetype_id, of)
    assert asked.axis_name is not None, "what names no archetype names a segment"
    assert asked.segment_name is not None, "an axis is named with a segment"
    return _segment(asked.axis_name, asked.segment_name, of)


def _archetype(archetype_id: str, of: _Placed) -> Group:
    if archetype_id not in of.archetypes:
        raise NotFound(f"there is no archetype {archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")
    roster = of.roster
    return Group(
        shown=GroupShown(kind="archetype", name=of.archetypes[archetype_id], archetype_id=archetype_id),
        persons=roster.persons[roster.archetypes == roster.archetype_ids.index(archetype_id)],
    )


def _segment(axis_name: str, segment_name: str, of: _Placed) -> Group:
    if axis_name not in of.roster.axes:
        why = of.absent.get(axis_name, "it was not told then.")
        raise NotFound(
            f"the shop's data does not carry the axis {axis_name!r}: {why} intelligence.data_health says more"
        )
    names, codes = of.roster.axes[axis_name]
    persons = of.roster.persons[codes == names.index(segment_name)]
    return Group(
        shown=GroupShown(
            kind="segment", name=f"{axis_name}: {segment_name}", axis_name=axis_name, segment_name=segment_name
        ),
        persons=persons,
    )
