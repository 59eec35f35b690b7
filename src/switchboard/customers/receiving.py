"""The bytes of an upload as they come, by whichever door: sealed where they lie, seen there only when all have come."""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterable
from pathlib import Path
from typing import ClassVar

from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.vault import Sealing

MOST = 4_000_000_000
AT_ONCE = 1_000_000  # bytes written in one go


class DiskFull(SwitchboardError):
    """There is no room for the file."""

    code = "disk_full"
    status: ClassVar[int] = 507


async def keep(pieces: AsyncIterable[bytes], place: Path, key: bytes) -> int:
    """Write the pieces to this place, sealed, seen there only when all have come; how many bytes they are."""
    coming = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part")
    size, waiting = 0, bytearray()
    try:
        with os.fdopen(os.open(coming, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            sealing = Sealing(file, key)
            async for piece in pieces:
                waiting += piece
                size += len(piece)
                if len(waiting) >= AT_ONCE:
                    await asyncio.to_thread(sealing.write, waiting)
                    waiting = bytearray()
            await asyncio.to_thread(sealing.write, waiting)
            await asyncio.to_thread(sealing.finish)
        coming.replace(place)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("the disk of this server is full; tell whoever runs it") from None
        raise
    finally:
        coming.unlink(missing_ok=True)
    return size
