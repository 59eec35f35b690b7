"""What intelligence holds of people: what it worked out, the mirror, snapshots and files that were taken out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.customers import figures
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.personal import Cleaned, Entry, Gone, Leftover, Place, Whom, hold_people, leave_people
from switchboard.foundation.retention import Kind, keep_kind
from switchboard.foundation.vault import DataKey
from switchboard.intelligence import ahead, exports, refreshing, runs, store, views
from switchboard.intelligence.features import Persons
from switchboard.intelligence.long_questions import store as questions
from switchboard.intelligence.mirror_files import folder_of
from switchboard.intelligence.snapshots import encode, seal, unseal, without

LONGEST_S = 3600.0


async def _count(_work: Work, _whom: Whom) -> int:
    """Counted among the figures."""
    return 0


async def _take(_work: Work, _whom: Whom) -> int:
    """Taken with the figures."""
    return 0


async def _tell(work: Work, whom: Whom, at_most: int) -> Sequence[Entry]:
    try:
        seen = [await views.view(work, each, None, 0) for each in whom.customer_ids[:at_most]]
    except Conflict:  # nothing is segmented yet
        return []
    return [_told(view) for view in seen if view.known.features]


def _told(view: views.View) -> Entry:
    segments: dict[str, JsonValue] = dict(view.known.dominant)
    features: dict[str, JsonValue] = dict(view.known.features)
    archetype = view.archetype.name if view.archetype else None
    return {"as_of": view.as_of.isoformat(), "archetype": archetype, "segments": segments, "features": features}


async def clean_mirror(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """The mirror and what was published of it, made anew: what DuckDB deletes stays in its file."""
    if not folder_of(ground.data_dir, workspace).exists():
        return Cleaned(removed=0)
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        await refreshing.refresh(work, anew=True)
    return Cleaned(removed=1)


async def clean_snapshots(ground: Ground, workspace: UUID, gone: Gone) -> Cleaned:
    """Their places in all snapshots; and what a run that had begun before wrote of them since."""
    persons, changed = np.array(gone.whom.person_keys, np.int64), 0
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        await store.lock(work)  # a run that read the mirror before ends first
        await figures.forget(work, gone.whom.person_keys)
        numbers = await store.all_runs(work)
    for run in numbers:
        async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
            kept, key = await store.people(work, run), await tenants.data_key(work)
            left = await asyncio.to_thread(_left, key, run, kept, persons)
            if left is not None:
                await store.set_people(work, run, left)
                changed += 1
    return Cleaned(removed=changed)


def _left(key: DataKey, run: int, kept: bytes, persons: Persons) -> bytes | None:
    """A sealed snapshot without these people; None when none of them is in it."""
    roster = without(unseal(key, run, kept), persons)
    return None if roster is None else seal(key, run, encode(roster))


async def clean_answers(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """All answers that are kept, as some list customers; they are worked out anew."""
    async with ground.work(job_caller(workspace)) as work:
        removed = await store.forget_answers(work) + await questions.forget_all(work)
        run = await runs.served_or_none(work)
        if run is not None:
            await ahead.ask_again(work, run.number)
    return Cleaned(removed=removed)


async def clean_exports(ground: Ground, workspace: UUID, _: Gone) -> Cleaned:
    """Every file of profiles, as each has all customers; whoever needs one makes it anew."""
    found = exports.all_of(ground.data_dir, workspace)
    for path in found:
        path.unlink(missing_ok=True)
    return Cleaned(removed=len(found))


def _old(work: Work, before: datetime) -> list[Path]:
    found = exports.all_of(work.ground.data_dir, work.caller.workspace)
    return [path for path in found if path.stat().st_mtime < before.timestamp()]


async def _count_old(work: Work, before: datetime) -> int:
    return len(_old(work, before))


async def _remove_old(work: Work, before: datetime, at_most: int) -> int:
    some = _old(work, before)[:at_most]
    for path in some:
        path.unlink(missing_ok=True)
    return len(some)


hold_people(
    Place(
        name="segments", about="what their orders were taken to mean", tables=(), count=_count, tell=_tell, take=_take
    )
)  # fmt: skip
leave_people(Leftover(name="mirror", about="the columns that figures are worked out from", clean=clean_mirror))
leave_people(Leftover(name="snapshots", about="where each run placed everybody", clean=clean_snapshots))
leave_people(Leftover(name="answers", about="what was answered about the whole shop", clean=clean_answers))
leave_people(Leftover(name="exports", about="files of everybody's figures", clean=clean_exports))
keep_kind(
    Kind(
        name="exports", about="files of profiles that were made and not taken away", days=7, least_days=1,
        count=_count_old, remove=_remove_old,
    )
)  # fmt: skip
