"""One thing done to one customer after the other in a process of its own, to be killed while it does.

`python -m … <address> <data directory> <workspace> erase|merge <first number>`; what was answered is told, a line each.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard import house
from switchboard.accounts.roles import operator_caller
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import erase
from switchboard.customers.erasure.records import EraseAsked
from switchboard.customers.identities.operations import merge, unmerge
from switchboard.customers.identities.records import MergeAsked, UnmergeAsked
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Ground
from tests.grounds import of_process

DECLARED = house.DECLARED


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def forget(ground: Ground, caller: Caller, number: int) -> None:
    """Out of the database, then out of the files."""
    who = f"c{number}"
    await erase(ground, caller, EraseAsked(customer_id=who, confirm=who), door="test")
    tell(f"erased {number}")
    await complete(ground, caller.workspace)
    tell(f"completed {number}")


async def unite(ground: Ground, caller: Caller, pair: int) -> None:
    """Two of them made one, or parted if they are."""
    one, other = f"c{2 * pair}", f"c{2 * pair + 1}"
    try:
        await merge(ground, caller, MergeAsked(customer_id=one, other_id=other), door="test")
    except Conflict:
        await unmerge(ground, caller, UnmergeAsked(customer_id=one), door="test")
        tell(f"parted {pair}")
    else:
        tell(f"merged {pair}")


async def until_killed(url: str, data_dir: Path, workspace: UUID, deed: str, first: int) -> None:
    async with of_process(url, data_dir) as ground:
        caller, number = operator_caller(workspace), first
        tell("ready")
        while True:
            try:
                await {"erase": forget, "merge": unite}[deed](ground, caller, number)
                number += 1
            except NotFound:
                number = 0


if __name__ == "__main__":
    asyncio.run(until_killed(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
