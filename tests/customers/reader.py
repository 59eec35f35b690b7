"""A consumer in a process of its own, to be killed: `python -m … <address> <data directory> <workspace> <stream>`."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.roles import operator_caller
from switchboard.cli.consume import stream_of
from switchboard.customers.ingest.consuming import Consumed, Consumer, consume
from switchboard.foundation import clock
from switchboard.foundation.database import open_database
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.vault import KeyFile, Vault

AT_ONCE = 40  # messages, so that there are many moments to be killed at


def tell(at: Consumed) -> None:
    sys.stdout.write(f"{at.messages}\n")
    sys.stdout.flush()


async def read(url: str, data_dir: Path, workspace: UUID, address: str) -> None:
    database = await open_database(url, size=3)
    ground = Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=False)), trail=JournalledTrail(database, data_dir / "a"),
        allowances=SharedAllowances(database, clock.now), clock=clock.now, ids=new_id, data_dir=data_dir,
    )  # fmt: skip
    stream, group = stream_of(address)
    caller = operator_caller(workspace)
    await consume(Consumer(ground=ground, caller=caller, stream=stream, group=group, at_once=AT_ONCE, tell=tell))


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), sys.argv[4]))
