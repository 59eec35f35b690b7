"""A process that calls and calls, telling each call it has noted, until it is killed."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.audit import JournalledTrail
from switchboard.foundation.callers import job_caller
from switchboard.foundation.clock import now
from switchboard.foundation.database import open_database
from switchboard.foundation.ground import Done


async def call(url: str, folder: Path, workspace: UUID) -> None:
    trail = JournalledTrail(await open_database(url, size=1), folder)
    keeping = asyncio.create_task(trail.keep())
    caller = job_caller(workspace)
    while not keeping.done():
        for _ in range(50):
            trail.remember(
                Done(caller=caller, operation="shop.read", outcome="done", door="test", began=now(), took_us=1)
            )
            os.write(sys.stdout.fileno(), b".")
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(call(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3])))
