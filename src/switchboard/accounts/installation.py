"""What whoever owns the data directory does to all of it; told in the trail of every workspace that it is about."""

import asyncio
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.accounts.records import Shredded, Workspace
from switchboard.accounts.roles import operator_caller
from switchboard.accounts.store.shredding import overwrite_key
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import Gone
from switchboard.foundation.flags import switch
from switchboard.foundation.ground import Done, Ground

SEALED = ("mirrors", "uploads", "quarantine", "exports")
"""Folders of the data directory with one of each workspace's inside."""
DOOR = "cli"  # the one door it has
MICROSECOND = timedelta(microseconds=1)


async def add_workspace(ground: Ground, name: str, currency: str, time_zone: str) -> Workspace:
    """A new workspace; raise Conflict when the name is taken, Invalid for a time zone that is none."""
    began = ground.clock()
    made = await tenants.make(ground, name, currency, time_zone)
    _tell(ground, [made.id], "workspaces.add", began)
    return made


async def shred(ground: Ground, owner_url: str, name: str) -> Shredded:
    """Destroy the workspace's data key and the files it sealed: nobody reads its contacts, mirror and snapshots again.

    Processes that are up notice within five seconds. Raise NotFound, or Gone when it was done before.
    """
    began, workspace = ground.clock(), await tenants.find(ground, name)
    if not workspace.data_key:
        raise Gone(f'the data key of "{name}" was destroyed before', code="workspace_shredded")
    await asyncio.to_thread(overwrite_key, owner_url, workspace.id)
    tenants.forget_key(workspace.id)
    files = 0
    for folder in SEALED:
        place = ground.data_dir / folder / str(workspace.id)
        files += sum(1 for path in place.rglob("*") if path.is_file())
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
    _tell(ground, [workspace.id], "workspaces.shred", began)
    return Shredded(workspace=name, files_removed=files)


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
