"""What callers can do with jobs: see them, and have a failed one run again. Jobs are asked for by other operations."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue, TypeAdapter

from switchboard.foundation import job_store
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import JOBS, enqueue_again
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Record
from switchboard.foundation.sql import Row

Status = Literal["waiting", "running", "done", "failed"]
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


class JobList(Record):
    jobs: list[JobShown]
    after: UUID | None = Field(description="ask with this for the next page; null on the last")


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


@operation("jobs.retry", title="Run a job again", permission="jobs:run")
async def retry_job(work: Work, asked: JobNamed) -> JobShown:
    """Have a failed run of a job run once more."""
    again = await enqueue_again(work, asked.id)
    shown = await show_job.run(work, asked)
    if not again:
        raise Conflict(f"the job is {shown.status}; only a failed one can be run again", code="job_not_failed")
    return shown


def _shown(row: Row) -> JobShown:
    declared, progress = JOBS.get(row["name"]), row["progress"]
    return JobShown(
        title=declared.title if declared else row["name"],
        progress=PROGRESS.validate_json(progress) if progress else None,
        **{name: value for name, value in row.items() if name != "progress"},
    )
