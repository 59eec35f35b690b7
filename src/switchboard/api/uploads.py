"""`PUT /v1/uploads/{id}`: a file's bytes, streamed to where the upload's import will read them."""

from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from switchboard.api.exchange import Answer, Request
from switchboard.api.routes import DOOR
from switchboard.api.serving import Route, Serving
from switchboard.customers import uploads
from switchboard.customers.operations import check_upload
from switchboard.customers.receiving import MOST, keep
from switchboard.customers.records import UploadRef
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Record


class Uploaded(Record):
    """How much came."""

    upload_id: UUID
    size: int = Field(description="bytes")


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
