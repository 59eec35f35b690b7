"""A worker that answers what was asked of a large shop, in the test's own time."""

from uuid import UUID

from switchboard.foundation import job_store, sql
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.job_store import Begun
from switchboard.foundation.jobs import JobRun
from switchboard.intelligence import jobs
from switchboard.intelligence.long_questions.declared import JOB


async def waiting(ground: Ground, workspace: UUID) -> list[UUID]:
    """The runs that nobody has begun, oldest first."""
    query = "select id from job where workspace_id = $1 and name = $2 and status = 'waiting' order by asked_at, id"
    async with ground.work(job_caller(workspace)) as work:
        return [row["id"] for row in await sql.fetch(work, query, workspace, JOB)]


async def begun(ground: Ground, workspace: UUID, run: UUID) -> Begun:
    """A run that has begun."""
    async with ground.work(job_caller(workspace)) as work:
        found = await job_store.begin(work, run)
    assert found is not None
    return found


async def see_through(ground: Ground, workspace: UUID) -> int:
    """Answer everything that waits, as a worker does; how many questions that were."""
    runs = await waiting(ground, workspace)
    for run in runs:
        of = await begun(ground, workspace, run)
        told = JobRun(workspace=workspace, id=of.id, subject=of.subject, asked_by=of.asked_by)
        await jobs.question(ground, told)
        async with ground.work(job_caller(workspace)) as work:
            await job_store.end(work, run, None, told.figures)
    return len(runs)
