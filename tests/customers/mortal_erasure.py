"""An erasure in a process of its own, to be killed: `python -m … <address> <data directory> <workspace> <customer>`.

It stops for good once the first kind of file is clean, and says so.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from switchboard import house
from switchboard.accounts.roles import operator_caller
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import erase
from switchboard.customers.erasure.records import EraseAsked
from switchboard.foundation.ground import Ground
from switchboard.foundation.personal import LEFTOVERS, Cleaned, Gone, leave_people
from tests.grounds import of_process

DECLARED = house.DECLARED


async def stop(_ground: Ground, _workspace: UUID, _gone: Gone) -> Cleaned:
    sys.stdout.write("cleaned quarantined rows\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    return Cleaned(removed=0)


async def forget(url: str, data_dir: Path, workspace: UUID, customer: str) -> None:
    leave_people(replace(LEFTOVERS["uploads"], clean=stop))  # the second kind of file
    async with of_process(url, data_dir) as ground:
        asked = EraseAsked(customer_id=customer, confirm=customer)
        await erase(ground, operator_caller(workspace), asked, door="test")
        await complete(ground, workspace)


if __name__ == "__main__":
    asyncio.run(forget(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), sys.argv[4]))
