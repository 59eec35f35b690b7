"""A file that an export wrote, taken out in the browser."""

from starlette.responses import Response, StreamingResponse

from switchboard.console.visits import Visit
from switchboard.foundation.reading import read_values
from switchboard.intelligence import exports
from switchboard.intelligence.operations.exports import find_export
from switchboard.intelligence.shop_records import ExportRef

MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


async def one(visit: Visit) -> Response:
    """The file."""
    asked = read_values(ExportRef, {"export_id": visit.request.path_params["export_id"]})
    found = await visit.ask(find_export, asked)
    ground = visit.console.ground
    path = exports.place(ground.data_dir, visit.caller.workspace, asked.export_id, found.format)
    pieces = await exports.opened(ground, visit.caller, path)
    headers = {
        "Content-Disposition": f'attachment; filename="customers.{found.format}"', "Content-Length": str(found.bytes),
    }  # fmt: skip
    return StreamingResponse(pieces, media_type=MEDIA[found.format], headers=headers)


PAGES = (("/exports/{export_id}", "GET", one),)
