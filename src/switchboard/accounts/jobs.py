"""Its schedules: what has ended is removed each night."""

from datetime import timedelta

from switchboard.accounts.journal import first_id
from switchboard.accounts.store import sessions as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job, progress

AUDIT_KEPT = timedelta(days=730)


@job("accounts.tidy", title="Remove sessions and tokens that have ended, and old audit lines", every="0 20 3 * * *")
async def tidy(ground: Ground, run: JobRun) -> None:
    """Sessions and tokens past their end, in all workspaces, and lines of the trail older than two years."""
    async with ground.work(job_caller(NOBODY), timeout_s=600) as work:
        gone = await store.tidy(work, first_id(work.now - AUDIT_KEPT))
    await progress(ground, run, {"audit_lines": gone})
