"""Its schedules: what has ended is removed each night."""

from switchboard.accounts.store import sessions as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job


@job("accounts.tidy", title="Remove sessions and tokens that have ended", every="0 20 3 * * *")
async def tidy(ground: Ground, _: JobRun) -> None:
    """Sessions and tokens past their end, in all workspaces."""
    async with ground.work(job_caller(NOBODY), timeout_s=600) as work:
        await store.tidy(work)
