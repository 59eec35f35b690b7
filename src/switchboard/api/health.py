"""Is it well: `/healthz`, `/readyz` and `/metrics`."""

from typing import Literal

from pydantic_core import to_json

from switchboard.api.exchange import Answer, Request
from switchboard.api.serving import Route, Serving
from switchboard.foundation import measures
from switchboard.foundation.records import Record

TAG = "health"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OK = to_json({"status": "ok"})


class Health(Record):
    """That it is well."""

    status: Literal["ok"]


def health_routes(serving: Serving) -> list[Route]:
    """The three routes."""

    async def alive(_: Request) -> Answer:
        return Answer(OK)

    async def ready(_: Request) -> Answer:
        await serving.ready()
        return Answer(OK)

    async def figures(request: Request) -> Answer:
        if not request.from_here:
            await serving.caller(request)
        return Answer(measures.shown(), media=TEXT.encode())

    return [
        Route(
            method="GET", path="/healthz", handle=alive, title="Alive", tag=TAG, gives=Health, open_to_all=True,
            about="The process answers.",
        ),
        Route(
            method="GET", path="/readyz", handle=ready, title="Ready", tag=TAG, gives=Health, open_to_all=True,
            about="The database answers and its schema is the one this version needs; 503 until then.",
        ),
        Route(
            method="GET", path="/metrics", handle=figures, title="Figures", tag=TAG, gives_media=TEXT,
            about="This process's figures for Prometheus. Needs no credential when called from the machine itself.",
        ),
    ]  # fmt: skip
