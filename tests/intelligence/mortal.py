"""A refresh of the mirror in a process of its own, to be killed: `python -m … <address> <data folder> <workspace>`."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.roles import operator_caller
from switchboard.intelligence import mirror
from tests.grounds import of_process


async def refresh(url: str, data_dir: Path, workspace: UUID) -> None:
    """Refresh until killed."""
    async with of_process(url, data_dir) as ground:
        await ground.database.answers()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        async with ground.work(operator_caller(workspace), one_view=True) as work:
            await mirror.refresh(work)


if __name__ == "__main__":
    asyncio.run(refresh(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3])))
