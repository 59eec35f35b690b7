"""What callers can do with archetypes of a workspace's own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np

from switchboard.customers.cards import without_cards
from switchboard.customers.filters import audiences
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by
from switchboard.intelligence import custom, custom_then, filtering, moments, past_filters, runs, store
from switchboard.intelligence.custom_records import (
    ArchetypePreview,
    ArchetypePreviewed,
    ArchetypeSave,
    Overlap,
    OwnArchetype,
    OwnArchetypeRef,
    OwnArchetypes,
)
from switchboard.intelligence.filtering import Asking
from switchboard.intelligence.jobs import ask_for_segmentation
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.matches import Matches

WHERE_THEY_ARE = "intelligence.custom_archetypes lists them"
Priorities = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """An archetype: how many it has, and how many of those who fit."""

    archetype_id: str
    size: int
    shared: int


@operation("intelligence.preview_archetype", title="Preview an archetype", permission="intelligence:read", reads=True)
@may_take_long
async def preview_archetype(work: Work, asked: ArchetypePreview) -> ArchetypePreviewed:
    """How many an archetype of this filter would have, and how many of them each archetype has; now or in the past."""
    run, moment = await runs.served(work), await moments.asked(work, asked.as_of)
    if moment is not None and moment != run.as_of:
        return await _previewed_then(work, run, moment, asked)
    by = await filtering.asking(work, run.archetype_names, hides_contact=True)
    term = await filtering.read(by, asked.filter)
    custom.allowed(term)
    found = await filtering.matches(work, by, term)
    priorities = await _priorities(work, asked)
    held = await asyncio.to_thread(_held_now, by, found)
    overlaps, free = _overlaps(held, len(found), run.archetype_names, priorities, asked.priority)
    return ArchetypePreviewed(
        fits=len(found), member_count=free, population_percent=100 * free / max(run.customers, 1),
        overlaps=overlaps, as_of=run.as_of, facts_as_of=by.at.now,
    )  # fmt: skip


async def _previewed_then(work: Work, run: runs.Run, moment: datetime, asked: ArchetypePreview) -> ArchetypePreviewed:
    """The same of those who had ordered by a past moment, and of what each archetype would have had then."""
    priorities = await _priorities(work, asked)
    of, found = await custom_then.previewed(work, await runs.in_the_past(work, run, moment), moment, asked.filter)
    placement, fits = of.result.placement, int(np.count_nonzero(found))
    sizes = np.bincount(placement.codes, minlength=len(placement.ids))
    shared = np.bincount(placement.codes[found], minlength=len(placement.ids))
    held = [
        _Held(archetype_id=archetype_id, size=int(size), shared=int(both))
        for key, archetype_id, size, both in zip(placement.keys, placement.ids, sizes, shared, strict=True)
        if key
    ]
    unnamed = fits - sum(each.shared for each in held)
    names = {each.archetype_id: each.name for each in of.archetypes}
    overlaps, free = _overlaps(held, fits, names, priorities, asked.priority)
    return ArchetypePreviewed(
        fits=fits, member_count=free + unnamed, population_percent=100 * (free + unnamed) / max(len(found), 1),
        overlaps=overlaps, as_of=moment, facts_as_of=moment, as_of_today=past_filters.AS_OF_TODAY,
    )  # fmt: skip


async def _priorities(work: Work, asked: ArchetypePreview) -> Priorities:
    """The priority of each own archetype but the one that the previewed one would change."""
    priorities = {row.archetype_id: row.priority for row in await store.own_archetypes(work)}
    if asked.archetype_id is not None and priorities.pop(asked.archetype_id, None) is None:
        raise _no_own(asked.archetype_id)
    return priorities


@operation(
    "intelligence.save_archetype",
    title="Save an archetype",
    permission="customers:audiences",
    undo=undone_by("intelligence.delete_archetype"),
)
async def save_archetype(work: Work, asked: ArchetypeSave) -> OwnArchetype:
    """Keep a filter as an archetype of the workspace's own; a segmentation that is asked for at once assigns it."""
    run = await runs.served(work)
    by = await filtering.asking(work, run.archetype_names, hides_contact=True)
    custom.allowed(await filtering.read(by, asked.filter))
    await store.lock_own(work)
    there = await store.own_archetypes(work)
    archetype_id = _id(work, asked, there)
    taken = {row.name: row.archetype_id for row in there}
    taken |= {name: of for of, name in run.archetype_names.items() if of not in taken.values()}
    if taken.get(asked.name, archetype_id) != archetype_id:
        raise Conflict(f"there is an archetype named {asked.name!r} already; choose another name", code="name_taken")
    written, name, about = audiences.written(asked.filter), without_cards(asked.name), without_cards(asked.about)
    row = await store.save_own(work, (archetype_id, name, about, written, asked.priority))
    await ask_for_segmentation(work, work.ground.ids())
    return _told(row, run, by)


@operation("intelligence.custom_archetypes", title="Own archetypes", permission="intelligence:read", reads=True)
async def custom_archetypes(work: Work, _: Nothing) -> OwnArchetypes:
    """The archetypes of the workspace's own, the one that takes its members first first."""
    run = await runs.served(work)
    by = await filtering.asking(work, run.archetype_names, hides_contact=True)
    return OwnArchetypes(archetypes=tuple(_told(row, run, by) for row in await store.own_archetypes(work)))


@operation(
    "intelligence.delete_archetype",
    title="Delete an own archetype",
    permission="customers:audiences",
    undo=undone_by("intelligence.save_archetype", "with the filter it had"),
)
async def delete_archetype(work: Work, asked: OwnArchetypeRef) -> Nothing:
    """Forget an archetype of the workspace's own; the segmentation that is asked for gives its members back."""
    if not await store.delete_own(work, asked.archetype_id):
        raise _no_own(asked.archetype_id)
    await ask_for_segmentation(work, work.ground.ids())
    return Nothing()


def _id(work: Work, asked: ArchetypeSave, there: Sequence[store.OwnKept]) -> str:
    """The id of the one that is changed, or a new one of eight letters, as ids of archetypes have."""
    ids = {row.archetype_id for row in there}
    if asked.archetype_id is not None:
        if asked.archetype_id not in ids:
            raise _no_own(asked.archetype_id)
        return asked.archetype_id
    if len(ids) >= custom.MOST:
        raise Conflict(f"there are {custom.MOST} own archetypes already; delete one", code="too_many")
    made = (f"c-{work.ground.ids().hex[-6:]}" for _ in range(1_000))
    return next(each for each in made if each not in ids)


def _told(row: store.OwnKept, run: runs.Run, by: Asking) -> OwnArchetype:
    filter_, portrait = json.loads(row.filter), run.archetype(row.archetype_id)
    return OwnArchetype(
        **(asdict(row) | {"filter": filter_}),
        member_count=portrait.member_count if portrait else None,
        wrong=_wrong(by, filter_),
    )


def _wrong(by: Asking, filter_: object) -> str | None:
    try:
        filtering.read_now(by, filter_)
    except Invalid as wrong:
        return str(wrong)
    return None


def _held_now(by: Asking, found: Matches) -> list[_Held]:
    """What each archetype has of them now."""
    placed, width = by.copy.placed(), len(by.copy.placed().ids)
    sizes = np.bincount(placed.codes, minlength=width)
    shared = np.bincount(placed.codes[found.chosen], minlength=width)
    return [
        _Held(archetype_id=of, size=int(size), shared=int(both))
        for of, size, both in zip(placed.ids, sizes, shared, strict=False)  # but those who are in none
    ]


def _overlaps(
    held: Sequence[_Held], fits: int, names: Mapping[str, str], priorities: Priorities, priority: int
) -> tuple[tuple[Overlap, ...], int]:
    """What other archetypes have of so many that fit; and how many of those it would have."""
    overlaps = tuple(
        Overlap(
            archetype_id=each.archetype_id, name=names.get(each.archetype_id, each.archetype_id),
            own=each.archetype_id in priorities, members_in_common=each.shared,
            share_of_it=each.shared / each.size, share_of_members=each.shared / fits,
            keeps=each.archetype_id in priorities and priorities[each.archetype_id] > priority,
        )
        for each in sorted(held, key=lambda each: -each.shared)
        if each.shared
    )  # fmt: skip
    kept = sum(each.members_in_common for each in overlaps if each.keeps)
    return overlaps, sum(each.shared for each in held) - kept


def _no_own(archetype_id: str) -> NotFound:
    return NotFound(f"there is no own archetype {archetype_id!r}; {WHERE_THEY_ARE}")
