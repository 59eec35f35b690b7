"""Its schedules: what is rolled out is looked after each minute."""

from switchboard.accounts import tenants
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job
from switchboard.mcp.managing import look_after


@job("mcp.look_after_rollouts", title="Advance rollouts of MCP servers, or take them back", every="30 * * * * *")
async def look_after_rollouts(ground: Ground, _: JobRun) -> None:
    """In all workspaces."""
    for workspace in (await tenants.names(ground)).values():
        async with ground.work(job_caller(workspace)) as work:
            await look_after(work)
