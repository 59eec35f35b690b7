"""What callers can do with jobs: see them, cancel one, have it run again; pause what runs by the clock, or run it now.

Other jobs are asked for by other operations.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from croniter import croniter
from pydantic import Field, JsonValue, TypeAdapter

from switchboard.foundation import job_store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.job_causes import cause_of
from switchboard.foundation.jobs import JOBS, Job, enqueue, enqueue_again, under_way
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing, Record
from switchboard.foundation.sql import Row
from switchboard.foundation.terms import undone_by

Status = Literal["waiting", "running", "done", "failed", "cancelled"]
PROGRESS: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class JobsAsked(Record):
    status: Status | None = Field(default=None, description="only runs in this state")
    after: UUID | None = Field(default=None, description="the last run of the page before")
    limit: int = Field(default=50, ge=1, le=200, description="how many runs at most")


class JobNamed(Record):
    id: UUID = Field(description="the run's id")


class JobShown(Record):
    id: UUID
    name: str
    title: str
    subject: UUID = Field(description="the id of what the run is about")
    status: Status
    asked_by: UUID
    asked_at: datetime
    began_at: datetime | None = Field(description="when it first began; null while it waits")
    ended_at: datetime | None
    tries: int = Field(description="how often it was begun: more than once after the death of a worker")
    progress: dict[str, JsonValue] | None
    error: str | None = Field(description="the code of what went wrong")
    cause: str | None = Field(description="the same in words, and what to do about it")
    cancel_asked: bool = Field(description="somebody wants it to end; what runs ends a moment later")


class JobList(Record):
    jobs: list[JobShown]
    after: UUID | None = Field(description="ask with this for the next page; null on the last")


class ScheduleNamed(Record):
    name: str = Field(min_length=1, max_length=100, description="the job's name, as jobs.schedules tells it")


class Schedule(Record):
    """A job that runs by the clock."""

    name: str
    title: str
    about: str
    every: str = Field(description="cron with seconds, in UTC")
    next_at: datetime
    last_began_at: datetime | None
    last_ended_at: datetime | None
    last_status: Status | None
    last_error: str | None
    last_cause: str | None
    is_for_each: bool = Field(description="it sees to each workspace, so this one can pause it and run it now")
    is_paused: bool = Field(description="it leaves this workspace out")


class Schedules(Record):
    schedules: list[Schedule]


@operation("jobs.list", title="Jobs", permission="jobs:read", reads=True)
async def list_jobs(work: Work, asked: JobsAsked) -> JobList:
    """Runs of jobs in the workspace, newest first."""
    rows = await job_store.newest(work, asked.status, asked.after, asked.limit + 1)
    shown = [_shown(row) for row in rows[: asked.limit]]
    return JobList(jobs=shown, after=shown[-1].id if len(rows) > asked.limit else None)


@operation("jobs.show", title="One job", permission="jobs:read", reads=True)
async def show_job(work: Work, asked: JobNamed) -> JobShown:
    """One run of a job: its state, how far it is, and what went wrong."""
    row = await job_store.one(work, asked.id)
    if row is None:
        raise NotFound(f"there is no job {asked.id} here; jobs.list shows those there are")
    return _shown(row)


@operation(
    "jobs.retry",
    title="Run a job again",
    permission="jobs:run",
    undo=undone_by("jobs.cancel", "while it waits or runs"),
)
async def retry_job(work: Work, asked: JobNamed) -> JobShown:
    """Have a run of a job that failed or was cancelled run once more."""
    again = await enqueue_again(work, asked.id)
    shown = await show_job.run(work, asked)
    if not again:
        raise Conflict(
            f"the job is {shown.status}; only one that failed or was cancelled can be run again", code="job_not_failed"
        )
    return shown


@operation("jobs.cancel", title="Cancel a job", permission="jobs:run", undo=undone_by("jobs.retry"))
async def cancel_job(work: Work, asked: JobNamed) -> JobShown:
    """End a run that waits, or that runs: what it did is taken back, but for what it had kept on the way."""
    ends = await job_store.cancel(work, asked.id)
    shown = await show_job.run(work, asked)
    if not ends:
        raise Conflict(f"the job is {shown.status}; only one that waits or runs can be cancelled", code="job_ended")
    return shown


@operation("jobs.schedules", title="Jobs by the clock", permission="jobs:read", reads=True)
async def schedules(work: Work, _: Nothing) -> Schedules:
    """What runs by itself: when next, how it went last, and whether it leaves this workspace out."""
    paused = await job_store.pauses(work)
    async with work.ground.work(job_caller(NOBODY)) as all_of_them:
        last = await job_store.last_ticks(all_of_them)
    return Schedules(
        schedules=[
            _schedule(each, each.every, last.get(each.name), (work.now, each.name in paused))
            for each in JOBS.values()
            if each.every
        ]
    )


@operation("jobs.pause", title="Pause a job", permission="jobs:run", undo=undone_by("jobs.resume"))
async def pause_job(work: Work, asked: ScheduleNamed) -> Schedules:
    """Have a job by the clock leave this workspace out, until it is resumed."""
    _of_each(asked.name)
    await job_store.pause(work, asked.name)
    return await schedules.run(work, Nothing())


@operation("jobs.resume", title="Resume a job", permission="jobs:run", undo=undone_by("jobs.pause"))
async def resume_job(work: Work, asked: ScheduleNamed) -> Schedules:
    """Have a job by the clock see to this workspace again."""
    _of_each(asked.name)
    await job_store.resume(work, asked.name)
    return await schedules.run(work, Nothing())


@operation(
    "jobs.run_now",
    title="Run a job now",
    permission="jobs:run",
    undo=undone_by("jobs.cancel", "while it waits or runs"),
)
async def run_job_now(work: Work, asked: ScheduleNamed) -> JobShown:
    """Run a job by the clock for this workspace alone, soon; paused or not."""
    _of_each(asked.name)
    if await under_way(work, asked.name):
        raise Conflict("this job waits or runs already; jobs.list shows how far it is", code="job_under_way")
    run = await enqueue(work, asked.name, work.caller.workspace, once=str(work.ground.ids()))
    return await show_job.run(work, JobNamed(id=run))


def _of_each(name: str) -> None:
    """Raise where it is no job by the clock that sees to each workspace."""
    if name not in JOBS or not JOBS[name].for_each:
        known = ", ".join(each.name for each in JOBS.values() if each.for_each)
        raise NotFound(f"there is no such job to pause or run; there are {known or 'none'}")


def _schedule(of: Job, every: str, last: Row | None, seen: tuple[datetime, bool]) -> Schedule:
    now, paused = seen
    return Schedule(
        name=of.name, title=of.title, about=of.about, every=every, is_for_each=of.for_each, is_paused=paused,
        next_at=croniter(every, now, second_at_beginning=True).get_next(datetime),
        last_began_at=last["began_at"] if last else None,
        last_ended_at=last["ended_at"] if last else None,
        last_status=last["status"] if last else None,
        last_error=last["error"] if last else None,
        last_cause=cause_of(last["error"]) if last and last["error"] else None,
    )  # fmt: skip


def _shown(row: Row) -> JobShown:
    declared, progress = JOBS.get(row["name"]), row["progress"]
    return JobShown(
        title=declared.title if declared else row["name"],
        progress=PROGRESS.validate_json(progress) if progress else None,
        cause=cause_of(row["error"]) if row["error"] else None,
        **{name: value for name, value in row.items() if name != "progress"},
    )
