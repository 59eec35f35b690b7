"""Intelligence's jobs: segment after an import, after an hour of orders, every night; the months before a first run."""

import asyncio
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.changes import changed_people
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.jobs import JobRun, enqueue, job, seen_to, superseded
from switchboard.intelligence import ahead, past, qualities, runs
from switchboard.intelligence.long_questions import answering
from switchboard.intelligence.long_questions import declared as long_questions
from switchboard.intelligence.long_questions import store as questions

SEGMENT, NIGHTLY, HOURLY = "intelligence.segment", "intelligence.nightly", "intelligence.hourly"
LONGEST_S = 3600.0
QUIET_S = 2.0


@job(SEGMENT, title="Segment customers")
async def segment(ground: Ground, run: JobRun) -> None:
    """Segment one workspace once its imports are quiet: when another one asks meanwhile, that one's run does it."""
    await asyncio.sleep(QUIET_S)
    async with ground.work(job_caller(run.workspace)) as work:
        is_later = await superseded(work, run, SEGMENT)
    if not is_later:
        await _segment(ground, run.workspace)


@job(past.JOB, title="Segment the months before")
async def past_months(ground: Ground, run: JobRun) -> None:
    """Keep snapshots of past month ends, oldest first, each in a unit of work of its own."""
    async with ground.work(job_caller(run.workspace)) as work:
        missing = await past.missing(work)
    for moment in missing:
        async with ground.work(job_caller(run.workspace), timeout_s=LONGEST_S) as work:
            await past.keep(work, moment)
    if missing:
        await ahead.work_out_by_snapshots(ground, run.workspace)


@job(ahead.JOB, title="Answer what is asked most")
async def answers(ground: Ground, run: JobRun) -> None:
    """Answer the questions about a whole shop as of the run that is served."""
    async with ground.work(job_caller(run.workspace)) as work:
        await questions.forget_old(work)
        is_later = await superseded(work, run, ahead.JOB)
    if not is_later:
        await ahead.work_out(ground, run.workspace)


@job(long_questions.JOB, title="Answer a question that takes long")
async def question(ground: Ground, run: JobRun) -> None:
    """Work out what somebody asked of a large shop, and keep the answer for them."""
    await answering.answer(ground, run)


@job(qualities.JOB, title="Measure the predictions")
async def backtest(ground: Ground, run: JobRun) -> None:
    """Hold what would have been predicted a window ago against what came."""
    async with ground.work(job_caller(run.workspace), timeout_s=LONGEST_S) as work:
        await qualities.keep(work)


@job(NIGHTLY, title="Segment every night", every="0 0 3 * * *", for_each=True)
async def nightly(ground: Ground, run: JobRun) -> None:
    """Segment every workspace that has orders."""
    for workspace in await seen_to(ground, run, NIGHTLY, (await tenants.names(ground)).values()):
        await _segment(ground, workspace)


@job(HOURLY, title="Segment where orders arrived", every="0 30 * * * *", for_each=True)
async def hourly(ground: Ground, run: JobRun) -> None:
    """Segment every workspace whose orders a stream changed since its last run."""
    for workspace in await seen_to(ground, run, HOURLY, (await tenants.names(ground)).values()):
        async with ground.work(job_caller(workspace)) as work:
            changed = await changed_people(work, None, 1)
        if changed.keys:
            await _segment(ground, workspace)


async def ask_once(work: Work, run: int) -> None:
    """Have the workspace segmented, once after this run however often it is asked for."""
    await enqueue(work, SEGMENT, work.caller.workspace, once=f"after run {run}")


async def ask_for_segmentation(work: Work, cause: UUID) -> None:
    """Have the workspace segmented once this unit of work has committed.

    Each asking is a run of its own: an import that is undone is the cause of a second one.
    """
    await enqueue(work, SEGMENT, cause, once=str(work.ground.ids()))


async def _segment(ground: Ground, workspace: UUID) -> None:
    async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
        try:
            run = await runs.segment(work, None)
        except Conflict as error:
            if error.code != "no_orders":
                raise
            return
        if run.customers:
            await past.ask(work, run.number)
            if run.warehouse is None:  # no lines, no predictions to measure
                await qualities.ask(work, run.number)
