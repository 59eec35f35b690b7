"""An import in a process of its own, to be killed: `python -m … <address> <data directory> <workspace> <upload>`.

It tells each step it has come to on a line of its own.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from switchboard.accounts.roles import operator_caller
from switchboard.customers.imports.records import Progress
from switchboard.customers.operations import import_file, watching
from switchboard.customers.records import ImportRequest
from tests.grounds import of_process


def tell(at: Progress) -> None:
    sys.stdout.write(f"{at.step}\n")
    sys.stdout.flush()


async def bring(url: str, data_dir: Path, workspace: UUID, upload: UUID) -> None:
    async with of_process(url, data_dir) as ground:
        with watching(tell):
            await import_file(ground, operator_caller(workspace), ImportRequest(upload_id=upload), door="test")
        sys.stdout.write("stored\n")


if __name__ == "__main__":
    asyncio.run(bring(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])))
