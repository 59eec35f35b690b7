"""A process that makes one API key after the other, each with an idempotency key, telling each, until it is killed."""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path
from uuid import UUID

from switchboard.accounts import operations
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.terms import Terms
from tests.grounds import of_process


async def call(url: str, folder: Path, workspace: UUID, first: int) -> None:
    async with of_process(url, folder) as ground:
        for number in count(first):
            asked = KeyAdd.model_validate({"name": f"key {number}", "role": "analyst"})
            caller = operator_caller(workspace)
            await operations.add_key(ground, caller, asked, door="test", terms=Terms(key=f"k{number}"))
            os.write(sys.stdout.fileno(), b".")


if __name__ == "__main__":
    asyncio.run(call(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), int(sys.argv[4])))
