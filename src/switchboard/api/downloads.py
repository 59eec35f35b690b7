"""`GET /v1/exports/{id}`: a file that an export wrote."""

from switchboard.api.exchange import Answer, Request
from switchboard.api.routes import DOOR
from switchboard.api.serving import Route, Serving
from switchboard.foundation.reading import read_values
from switchboard.intelligence import exports
from switchboard.intelligence.operations.exports import find_export
from switchboard.intelligence.shop_records import ExportRef

MEDIA = {"csv": b"text/csv; charset=utf-8", "jsonl": b"application/jsonl", "parquet": b"application/vnd.apache.parquet"}


def download_routes(serving: Serving) -> list[Route]:
    """The route."""

    async def get(request: Request) -> Answer:
        caller = await serving.caller(request)
        asked = read_values(ExportRef, {"export_id": request.path["id"]})
        found = await find_export(serving.ground, caller, asked, door=DOOR)
        path = exports.place(serving.ground.data_dir, caller.workspace, asked.export_id, found.format)
        pieces = await exports.opened(serving.ground, caller, path)
        name = f'attachment; filename="profiles.{found.format}"'.encode()
        disposition = ((b"content-disposition", name),)
        return Answer(b"", media=MEDIA[found.format], headers=disposition, pieces=pieces, size=found.bytes)

    return [
        Route(
            method="GET", path="/v1/exports/{id}", handle=get, title="Fetch an export", tag="intelligence",
            about="The file that intelligence.export_profiles wrote.", asks=ExportRef, names={"id": "export_id"},
            gives_media="application/octet-stream",
        )
    ]  # fmt: skip
