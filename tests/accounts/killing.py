"""Processes of their own that tell how far they are, a byte each time, and are killed in the midst of it."""

import asyncio
import os
import signal
import sys
from pathlib import Path


async def killed(module: str, *given: object, after: int) -> int:
    """How often it told of something, killed some time after this many."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, given),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    told = len(await child.stdout.readexactly(after))
    os.kill(child.pid, signal.SIGKILL)
    told += len(await child.stdout.read())
    await child.wait()
    return told
