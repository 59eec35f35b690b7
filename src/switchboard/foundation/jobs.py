"""Durable jobs: declared by rooms, asked for inside a unit of work, run by the workers (`job_runner.py`).

A job is given identifiers only, never what they name: DBOS keeps the arguments of all workspaces side by side, and
forgetting a customer must not have to look there. A job may be run again after the death of a worker: what it did
before it must find and not repeat.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from pydantic import JsonValue

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground, Work

APPLICATION = "switchboard"
VERSION = "1"  # raised only together with a migration of the jobs under way
QUEUE = "jobs"
WORKFLOW = "job"  # all jobs are one workflow to DBOS: a worker that does not know a job's name can say so
CHANNEL = "switchboard_job"
SHOW_EVERY_S = 0.5
Figures = Mapping[str, JsonValue]

START = f"""
select pg_notify('{CHANNEL}', ''), dbos.enqueue_workflow(
    workflow_name => '{WORKFLOW}', queue_name => '{QUEUE}', application_name => '{APPLICATION}',
    app_version => '{VERSION}', positional_args => array[to_json(workspace_id), to_json(id)])
from asked
"""  # noqa: S608 - put together from our own constants
ASK = f"""
with asked as (
    insert into job (workspace_id, id, name, subject, status, asked_by, asked_at)
    values ($1, $2, $3, $4, 'waiting', $5, $6)
    on conflict (id) do update set status = 'waiting', subject = excluded.subject, asked_by = excluded.asked_by,
        asked_at = excluded.asked_at, began_at = null, ended_at = null, progress = null, error = null, tries = 0,
        cancel_asked = false
    where job.workspace_id = $1 and job.status in ('failed', 'cancelled')
    returning workspace_id, id)
{START}"""  # noqa: S608 - put together from our own constants
ASK_AGAIN = f"""
with asked as (
    update job set status = 'waiting', asked_by = $3, asked_at = $4, began_at = null, ended_at = null,
        progress = null, error = null, tries = 0, cancel_asked = false
    where workspace_id = $1 and id = $2 and status in ('failed', 'cancelled')
    returning workspace_id, id)
{START}"""  # noqa: S608 - put together from our own constants

LATER = """
select true from job later join job mine on mine.workspace_id = $1 and mine.id = $3
where later.workspace_id = $1 and later.name = $2 and later.status in ('waiting', 'running')
    and (later.asked_at, later.id) > (mine.asked_at, mine.id) limit 1
"""


@dataclass(slots=True, kw_only=True)
class JobRun:
    """One run of a job; `subject` is what it is about, `workspace` NOBODY when the clock asked for it."""

    workspace: UUID
    id: UUID
    subject: UUID
    asked_by: UUID
    figures: Figures | None = None  # the newest progress, shown or not
    shown_at: float = field(default=float("-inf"), repr=False)


Run = Callable[[Ground, JobRun], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A declared job; `every` is a cron expression with seconds, in UTC.

    With `for_each`, the run by the clock sees to each workspace by itself: each may pause it, and have it run for
    itself at once.
    """

    name: str
    title: str
    every: str | None
    for_each: bool
    run: Run

    @property
    def about(self) -> str:
        """What it says of itself."""
        return " ".join((self.run.__doc__ or "").split())


JOBS: dict[str, Job] = {}


def job(name: str, *, title: str, every: str | None = None, for_each: bool = False) -> Callable[[Run], Run]:
    """Declare a job, run when it is enqueued and, with `every` (cron with seconds), by the clock on one worker.

    A run by the clock belongs to no workspace and sees to all of them itself; one `for_each` of them to those that
    `seen_to` tells.
    """

    def declare(run: Run) -> Run:
        JOBS[name] = Job(name=name, title=title, every=every, for_each=for_each, run=run)
        return run

    return declare


async def enqueue(work: Work, name: str, subject: UUID, *, once: str) -> UUID:
    """Have the job run after this unit of work commits, and not at all if it does not; the run's id.

    `once` names the run within its workspace: asked for again while it waits, runs or is done, it is the same run;
    after it failed or was cancelled, it is run again.
    """
    run_id = named_run(work.caller.workspace, name, once)
    await sql.fetch(work, ASK, work.caller.workspace, run_id, name, subject, work.caller.id, work.now)
    return run_id


async def enqueue_again(work: Work, run_id: UUID) -> bool:
    """Have a run of the workspace that failed or was cancelled run once more; False when it did neither."""
    return bool(await sql.fetch(work, ASK_AGAIN, work.caller.workspace, run_id, work.caller.id, work.now))


def named_run(workspace: UUID, name: str, once: str) -> UUID:
    """The id of the run that `once` names; the same for ever."""
    return uuid5(workspace, f"{name}:{once}")


async def seen_to(ground: Ground, run: JobRun, name: str, workspaces: Iterable[UUID]) -> list[UUID]:
    """The workspaces that a run of a job sees to: the one that asked for it, else all that have not paused it."""
    if run.workspace != NOBODY:
        return [run.workspace]
    async with ground.work(job_caller(NOBODY)) as work:
        paused = {row["workspace_id"] for row in await sql.fetch(work, "select * from paused_in($1)", name)}
    return [each for each in workspaces if each not in paused]


async def superseded(work: Work, run: JobRun, name: str) -> bool:
    """Whether the same job was asked for again in the workspace since this run was, and will run or runs now."""
    return bool(await sql.fetch_value(work, LATER, run.workspace, name, run.id))


async def under_way(work: Work, name: str) -> set[UUID]:
    """What the runs of a job are about that wait or run in the workspace."""
    query = "select subject from job where workspace_id = $1 and name = $2 and status in ('waiting', 'running')"
    return {row["subject"] for row in await sql.fetch(work, query, work.caller.workspace, name)}


async def progress(ground: Ground, run: JobRun, figures: Figures) -> None:
    """Show how far the run is, in a small unit of work of its own; a new step at once, else at most twice a second.

    The newest is shown when the run ends.
    """
    is_new_step = run.figures is None or run.figures.get("step") != figures.get("step")
    run.figures = figures
    now = time.monotonic()
    if now - run.shown_at < SHOW_EVERY_S and not is_new_step:
        return
    run.shown_at = now
    async with ground.work(job_caller(run.workspace)) as work:
        shown = "update job set progress = $3::jsonb where workspace_id = $1 and id = $2"
        await sql.execute(work, shown, run.workspace, run.id, json.dumps(figures))
