"""Snapshots of the past: a shop that brings a long history has trends at once, not in a year."""

from datetime import datetime
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import enqueue
from switchboard.intelligence import moments, runs, store
from switchboard.intelligence.packing import DAY_S

JOB = "intelligence.past"
MONTHS = 24  # how far back
LEAST_DAYS = 30  # of orders before a month end is worth a snapshot


async def missing(work: Work) -> list[datetime]:
    """The month ends before the run that is served that have no snapshot, oldest first."""
    run = await runs.served(work)
    workspace = await tenants.current(work)
    first = datetime.fromtimestamp((run.day - run.health.history_days + LEAST_DAYS) * DAY_S, workspace.zone)
    kept = {row.as_of for row in await store.page(work, run.as_of, 1_000)}
    return [at for at in moments.month_ends(first, run.as_of, workspace, MONTHS) if at not in kept]


async def ask(work: Work, run: int) -> None:
    """Have the months that miss worked out in the background, once this unit of work has committed."""
    if await missing(work):
        await enqueue(work, JOB, UUID(int=run), once=str(run))


async def keep(work: Work, moment: datetime) -> None:
    """Work out and keep the snapshot of a past moment, near the one before it; earlier facts only."""
    await store.lock(work)
    run = await runs.served(work)
    workspace = await tenants.current(work)
    before = await runs.last_before(work, moment)
    outcome = await runs.at(work, workspace, moment, run.settings, before.fitted if before else None)
    if outcome is not None:
        which = await store.next_run(work), "past", moment
        await runs.keep(work, which, run.settings, outcome, await runs.packed(outcome))
