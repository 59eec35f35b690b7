"""Who belongs to a group that somebody names: an archetype, a segment, or everybody; now or at a moment of the past."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.intelligence import answers, moments, rosters, runs
from switchboard.intelligence.group_records import GroupRef, GroupShown
from switchboard.intelligence.questions.groups import Group
from switchboard.intelligence.segments import segment_named
from switchboard.intelligence.snapshots import Roster, roster_of

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
    if all(each == GroupRef() for each in asked):
        return tuple(EVERYBODY for _ in asked)
    placed = await _placed(work, await moments.asked(work, said))
    return tuple(_group(each, placed) for each in asked)


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
    if asked.archetype_id is not None and (asked.axis_name is not None or asked.segment_name is not None):
        raise Invalid("a group is an archetype or a segment; leave archetype_id or axis_name out", field="archetype_id")
    if (asked.axis_name is None) != (asked.segment_name is None):
        field = "axis_name" if asked.axis_name is None else "segment_name"
        raise Invalid("a segment is named by axis_name and segment_name; intelligence.axes lists them", field=field)
    if asked.axis_name is not None and asked.segment_name is not None:
        segment_named(asked.axis_name, asked.segment_name)


def _group(asked: GroupRef, of: _Placed) -> Group:
    if asked.archetype_id is not None:
        return _archetype(asked.archetype_id, of)
    if asked.axis_name is None or asked.segment_name is None:
        return EVERYBODY
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
