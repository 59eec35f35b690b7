"""What is served: the product with one tool more, that answers from memory; and a bare endpoint with the same answers.

The bare one is what one writes with Starlette: a body read as JSON, a row looked up, an answer of the same shape. It
knows no caller, no limit, no trail and no protocol.
"""

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Record

DOCUMENT = "BENCH_DOCUMENT"  # the environment variable with the path of a profile
ROWS = 10_000


class RowAsked(Record):
    """Which row."""

    customer_id: str


class Row(Record):
    """A row of the table in memory."""

    customer_id: str
    name: str
    country: str
    orders: int
    spent: float


HELD = {
    f"c{number}": Row(
        customer_id=f"c{number}", name=f"Customer {number}", country="DE", orders=number % 40, spent=number * 1.25
    )
    for number in range(ROWS)
}


@operation("customers.remembered", title="A row from memory", permission="customers:read", reads=True)
async def remembered(_: Work, asked: RowAsked) -> Row:
    """A row of a table in memory."""
    return HELD[asked.customer_id]


def ours() -> ASGIApp:
    """The product, as `switchboard up` serves it, and the tool."""
    from switchboard.serve import create_app  # noqa: PLC0415 - after the tool is declared, before the doors are made

    return create_app()


def bare() -> Starlette:
    """The bare endpoint."""
    rows = {name: row.model_dump(mode="json") for name, row in HELD.items()}
    document = json.loads(Path(os.environ[DOCUMENT]).read_text())

    async def answer(request: Request) -> JSONResponse:
        asked = json.loads(await request.body())
        params = asked["params"]
        row = rows[params["arguments"]["customer_id"]] if params["name"].endswith("remembered") else document
        result = {
            "content": [{"type": "text", "text": json.dumps(row)}], "structuredContent": row, "isError": False,
            "resultType": "complete",
        }  # fmt: skip
        return JSONResponse({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    return Starlette(routes=[Route("/mcp", answer, methods=["POST"])])
