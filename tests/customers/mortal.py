"""An import in a process of its own, to be killed: `python -m … <address> <data directory> <workspace> <upload>`.

It tells each step it has come to on a line of its own.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.roles import operator_caller
from switchboard.customers.imports.records import Progress
from switchboard.customers.operations import import_file, watching
from switchboard.customers.records import ImportRequest
from switchboard.foundation import clock
from switchboard.foundation.database import open_database
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.vault import KeyFile, Vault


def tell(at: Progress) -> None:
    sys.stdout.write(f"{at.step}\n")
    sys.stdout.flush()


async def bring(url: str, data_dir: Path, workspace: UUID, upload: UUID) -> None:
    database = await open_database(url, size=2)
    ground = Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=False)), trail=JournalledTrail(database, data_dir / "a"),
        allowances=SharedAllowances(database, clock.now), clock=clock.now, ids=new_id, data_dir=data_dir,
    )  # fmt: skip
    with watching(tell):
        await import_file(ground, operator_caller(workspace), ImportRequest(upload_id=upload), door="test")
    sys.stdout.write("stored\n")


if __name__ == "__main__":
    asyncio.run(bring(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])))
