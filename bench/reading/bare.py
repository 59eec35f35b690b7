"""A bare endpoint served by the same server: what reads are held against.

It answers the same document as JSON, from memory, as one writes it with Starlette: no caller, no limit, no trail, no
database. `least` is the least an ASGI application can do.
"""

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

DOCUMENT = "BENCH_DOCUMENT"  # the environment variable with the path of what is answered
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]


def bare() -> Starlette:
    """The application, which reads its document once."""
    document = json.loads(Path(os.environ[DOCUMENT]).read_text())

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(document)

    return Starlette(routes=[Route("/api/mcp/customer/{customer_id}", answer)])


def least() -> ASGIApp:
    """The application that does least."""
    return _least


async def _least(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"{}"})
