"""Its jobs: cleaning up after an erasure, at once and again until nothing is left."""

import asyncio

from switchboard.accounts import tenants
from switchboard.customers.erasure import completing
from switchboard.customers.erasure.erasing import COMPLETE
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job


@job(COMPLETE, title="Clean up after an erasure")
async def complete_erasure(ground: Ground, run: JobRun) -> None:
    """Clean the files of one workspace; what can not go yet is tried again by the clock."""
    await completing.complete(ground, run.workspace)


@job("customers.complete_erasures", title="Complete erasures", every="0 */5 * * * *")
async def complete_erasures(ground: Ground, _: JobRun) -> None:
    """The same in all workspaces, of what is still open; trouble in one does not hold up the others."""
    failed = list[BaseException]()
    for workspace in (await tenants.names(ground)).values():
        (came_to,) = await asyncio.gather(completing.complete(ground, workspace), return_exceptions=True)
        if isinstance(came_to, BaseException):
            failed.append(came_to)
    if failed:
        raise failed[0]
