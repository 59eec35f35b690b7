"""The rows of jobs: what became of each run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import CHANNEL, Figures, named_run
from switchboard.foundation.sql import Row

SHOWN = "id, name, subject, status, asked_by, asked_at, began_at, ended_at, tries, progress::text, error, cancel_asked"
CANCELLED = "cancelled"
OVERLAP_H = 6  # a run by the clock that has been under way for longer does not hold up the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that has just begun, for the `tries`th time."""

    id: UUID
    name: str
    subject: UUID
    asked_by: UUID
    tries: int


async def begin(work: Work, run_id: UUID) -> Begun | None:
    """Note that a run begins, or begins again after a death; None when there is nothing to do any more."""
    await sql.execute(
        work,
        "update job set status = 'cancelled', ended_at = $3 where workspace_id = $1 and id = $2 and cancel_asked"
        " and status in ('waiting', 'running')",
        work.caller.workspace, run_id, work.now,
    )  # fmt: skip
    row = await sql.fetch_row(
        work,
        "update job set status = 'running', began_at = coalesce(began_at, $3), tries = tries + 1"
        " where workspace_id = $1 and id = $2 and status in ('waiting', 'running')"
        " returning id, name, subject, asked_by, tries",
        work.caller.workspace, run_id, work.now,
    )  # fmt: skip
    return _begun(row) if row else None


async def begin_tick(work: Work, name: str, tick: UUID, at: datetime) -> Begun | None:
    """Note that the clock's run of a job begins; None when this tick is done, or an earlier one still under way.

    A schedule has one row, which shows its last run: a year of ticks each minute would be half a million.
    """
    row = await sql.fetch_row(
        work,
        "insert into job (workspace_id, id, name, subject, status, asked_by, asked_at, began_at, tries)"
        " values ($1, $2, $3, $4, 'running', $1, $5, $6, 1) on conflict (id) do update set status = 'running',"
        " tries = case when job.subject = $4 then job.tries + 1 else 1 end, subject = $4, asked_at = $5, began_at = $6,"
        " ended_at = null, progress = null, error = null, cancel_asked = false"
        " where job.workspace_id = $1 and case when job.subject = $4 then job.status = 'running'"
        " else job.status <> 'running' or job.began_at < $6 - make_interval(hours => $7) end"
        " returning id, name, subject, asked_by, tries",
        NOBODY, named_run(NOBODY, name, "clock"), name, tick, at, work.now, OVERLAP_H,
    )  # fmt: skip
    return _begun(row) if row else None


async def end(work: Work, run_id: UUID, error: str | None, figures: Figures | None) -> None:
    """Note how a run ended; `error` None when well, CANCELLED when it was told to."""
    await sql.execute(
        work,
        "update job set status = $3, ended_at = $4, error = $5, progress = coalesce($6::jsonb, progress)"
        " where workspace_id = $1 and id = $2",
        work.caller.workspace, run_id, CANCELLED if error == CANCELLED else "failed" if error else "done", work.now,
        None if error == CANCELLED else error,
        json.dumps(figures) if figures is not None else None,
    )  # fmt: skip


async def put_back(work: Work, run_id: UUID) -> None:
    """Note that a run waits again, because its worker leaves; that is no try of its own."""
    waiting = "update job set status = 'waiting', tries = greatest(tries - 1, 0) where workspace_id = $1 and id = $2"
    await sql.execute(work, f"{waiting} and status = 'running'", work.caller.workspace, run_id)


async def cancel(work: Work, run_id: UUID) -> bool:
    """End a run that waits, and ask for the end of one that runs; False when it does neither."""
    row = await sql.fetch_row(
        work,
        "update job set cancel_asked = true, status = case status when 'waiting' then 'cancelled' else status end,"
        " ended_at = case status when 'waiting' then $3::timestamptz end"
        " where workspace_id = $1 and id = $2 and status in ('waiting', 'running') returning id",
        work.caller.workspace, run_id, work.now,
    )  # fmt: skip
    await tell(work)
    return row is not None


async def to_cancel(work: Work, run_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these runs, of any workspace, shall end."""
    rows = await sql.fetch(work, "select id from cancelled_among($1) as id", list(run_ids))
    return {row["id"] for row in rows}


async def pauses(work: Work) -> set[str]:
    """The jobs by the clock that the workspace has paused."""
    rows = await sql.fetch(work, "select name from job_pause where workspace_id = $1", work.caller.workspace)
    return {row["name"] for row in rows}


async def pause(work: Work, name: str) -> None:
    """Have a job by the clock leave this workspace out."""
    await sql.execute(
        work,
        "insert into job_pause (workspace_id, name, paused_by, paused_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        work.caller.workspace, name, work.caller.id, work.now,
    )  # fmt: skip


async def resume(work: Work, name: str) -> None:
    """Have it see to this workspace again."""
    await sql.execute(work, "delete from job_pause where workspace_id = $1 and name = $2", work.caller.workspace, name)


async def last_ticks(work: Work) -> dict[str, Row]:
    """The last run of each job by the clock, by its name; to be asked as NOBODY."""
    query = f"select {SHOWN} from job where workspace_id = $1"  # noqa: S608 - a constant
    return {row["name"]: row for row in await sql.fetch(work, query, NOBODY)}


async def tell(work: Work) -> None:
    """Have the workers look at the queue once this unit of work has committed."""
    await sql.execute(work, f"notify {CHANNEL}")


async def newest(work: Work, status: str | None, after: UUID | None, limit: int) -> list[Row]:
    """The workspace's runs, newest first, of one status or all, after the given run."""
    return await sql.fetch(
        work,
        f"select {SHOWN} from job where workspace_id = $1 and ($2::text is null or status = $2)"  # noqa: S608 - a constant
        " and ($3::uuid is null or (asked_at, id) <"
        " (select j.asked_at, j.id from job j where j.workspace_id = $1 and j.id = $3))"
        " order by asked_at desc, id desc limit $4",
        work.caller.workspace, status, after, limit,
    )  # fmt: skip


async def one(work: Work, run_id: UUID) -> Row | None:
    """A run of the workspace."""
    query = f"select {SHOWN} from job where workspace_id = $1 and id = $2"  # noqa: S608 - a constant
    return await sql.fetch_row(work, query, work.caller.workspace, run_id)


def _begun(row: Row) -> Begun:
    return Begun(
        id=row["id"], name=row["name"], subject=row["subject"], asked_by=row["asked_by"], tries=row["tries"]
    )  # fmt: skip
