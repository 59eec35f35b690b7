"""What whoever owns the data directory does to all of it; told in the trail of every workspace that it is about."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.flags import switch
from switchboard.foundation.ground import Done, Ground

DOOR = "cli"  # the one door it has
MICROSECOND = timedelta(microseconds=1)


async def add_workspace(ground: Ground, name: str, currency: str, time_zone: str) -> Workspace:
    """A new workspace; raise Conflict when the name is taken, Invalid for a time zone that is none."""
    began = ground.clock()
    made = await tenants.make(ground, name, currency, time_zone)
    _tell(ground, [made.id], "workspaces.add", began)
    return made


async def set_switch(ground: Ground, name: str, *, on: bool | None) -> None:
    """Set a stored switch for all processes; None leaves it to the settings again."""
    began = ground.clock()
    async with ground.work(job_caller(NOBODY)) as work:
        await switch(work, name, on=on)
    _tell(ground, (await tenants.names(ground)).values(), "flags.set", began, name)


def _tell(ground: Ground, workspaces: Iterable[UUID], operation: str, began: datetime, subject: str = "") -> None:
    took_us = (ground.clock() - began) // MICROSECOND
    for workspace in workspaces:
        ground.trail.remember(
            Done(
                caller=operator_caller(workspace), operation=operation, outcome="done", door=DOOR, began=began,
                took_us=took_us, subject=subject,
            )
        )  # fmt: skip
