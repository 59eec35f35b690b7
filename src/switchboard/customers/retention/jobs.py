"""Its schedule: what is older than it is kept goes each night, with a line in the trail that tells how much."""

from switchboard.accounts import tenants
from switchboard.customers.retention.operations import apply_retention
from switchboard.customers.retention.records import ApplyAsked
from switchboard.foundation.callers import job_caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, job, seen_to

RETENTION = "customers.retention"


@job(RETENTION, title="Remove what is no longer kept", every="0 10 2 * * *", for_each=True)
async def keep_no_longer(ground: Ground, run: JobRun) -> None:
    """Apply what each workspace keeps, in all of them."""
    for workspace in await seen_to(ground, run, RETENTION, (await tenants.names(ground)).values()):
        caller = job_caller(workspace, frozenset({apply_retention.permission}))
        await apply_retention(ground, caller, ApplyAsked(dry_run=False), door="schedule")
