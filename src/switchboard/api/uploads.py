"""`PUT /v1/uploads/{id}`: a file's bytes, streamed to where the upload's import will read them."""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterable
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from switchboard.api.exchange import Answer, Request
from switchboard.api.routes import DOOR
from switchboard.api.serving import Route, Serving
from switchboard.customers import uploads
from switchboard.customers.operations import check_upload
from switchboard.customers.records import UploadRef
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Record
from switchboard.foundation.vault import Sealing

MOST = 4_000_000_000
AT_ONCE = 1_000_000  # bytes written in one go


class Uploaded(Record):
    """How much came."""

    upload_id: UUID
    size: int = Field(description="bytes")


class DiskFull(SwitchboardError):
    """There is no room for the file."""

    code = "disk_full"
    status: ClassVar[int] = 507


def upload_routes(serving: Serving) -> list[Route]:
    """The route."""

    async def put(request: Request) -> Answer:
        caller = await serving.caller(request)
        asked = read_values(UploadRef, {"upload_id": request.path["id"]})
        await check_upload(serving.ground, caller, asked, door=DOOR)
        place = uploads.place(serving.ground.data_dir, caller.workspace, asked.upload_id)
        async with serving.ground.work(caller) as work:
            key = await uploads.key_of(work)
        size = await keep(request.pieces(MOST), place, key)
        return Answer(to_json(Uploaded(upload_id=asked.upload_id, size=size)))

    return [
        Route(
            method="PUT", path="/v1/uploads/{id}", handle=put, title="Send a file", tag="customers", gives=Uploaded,
            about=f"The bytes of an upload, at most {MOST:,}; sent again, they replace what came before.",
            asks=UploadRef, names={"id": "upload_id"},
        )
    ]  # fmt: skip


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
