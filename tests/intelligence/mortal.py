"""A refresh of the mirror in a process of its own, to be killed: `python -m … <address> <data folder> <workspace>`."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.roles import operator_caller
from switchboard.foundation import clock
from switchboard.foundation.database import open_database
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.vault import KeyFile, Vault
from switchboard.intelligence import mirror


async def refresh(url: str, data_dir: Path, workspace: UUID) -> None:
    """Refresh until killed."""
    database = await open_database(url, size=1)
    ground = Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=False)), trail=JournalledTrail(database, data_dir / "m"),
        allowances=SharedAllowances(database, clock.now), clock=clock.now, ids=new_id, data_dir=data_dir,
    )  # fmt: skip
    await database.answers()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with ground.work(operator_caller(workspace), one_view=True) as work:
        await mirror.refresh(work)


if __name__ == "__main__":
    asyncio.run(refresh(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3])))
