"""What searches touch, read into memory when PostgreSQL has begun anew: from a disk each page would be waited for."""

import asyncio
from datetime import datetime, timedelta

import structlog

from switchboard.customers.store import warming as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground

LOG = structlog.get_logger()
LOOK_S = 5.0
LONGEST_S = 120.0
WARM = timedelta(minutes=10)  # what has run for so long was read before, or nobody searches


async def keep_warm(ground: Ground) -> None:
    """Look for a new start of the database now and then, for as long as the process lives."""
    known: datetime | None = None
    while True:
        try:
            known = await warmed(ground, known)
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever failed is tried again
            LOG.warning("warming_interrupted", reason=type(error).__name__)
        await asyncio.sleep(LOOK_S)


async def warmed(ground: Ground, known: datetime | None) -> datetime:
    """Read what searches touch unless the database still runs as known; what it is known by from now on."""
    async with ground.work(job_caller(NOBODY), timeout_s=LONGEST_S) as work:
        began = await store.began(work)
        if began != known and (known is not None or work.now - began < WARM):
            await store.touch(work)
    return began
