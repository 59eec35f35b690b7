"""`/api/mcp/clients`, `/api/mcp/usage/{id}` and `/api/mcp/execute`: clients at the addresses that were published."""

import time
from collections.abc import AsyncGenerator, Mapping
from uuid import UUID

from pydantic import Field, JsonValue
from pydantic_core import to_json

from switchboard.accounts.clients import operations as clients
from switchboard.accounts.clients.acting import acting_for
from switchboard.accounts.clients.following import check_room, follow
from switchboard.accounts.clients.records import RequestsAsked, Usage, UsageAsked
from switchboard.accounts.clients.without_models import check_no_models
from switchboard.api.exchange import Answer, Request
from switchboard.api.paths.published import Published, address_reader
from switchboard.api.routes import DOOR, Declared
from switchboard.api.serving import Route, Serving
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotFound
from switchboard.foundation.reading import read_json, read_values
from switchboard.foundation.records import Record

TAG = "api/mcp"
ONE = "/api/mcp/clients/{id}"
CLIENTS = (
    Published("GET", "/api/mcp/clients", "clients.list"),
    Published("POST", "/api/mcp/clients", "clients.create"),
    Published("GET", ONE, "clients.show"),
    Published("PUT", ONE, "clients.change", has_body=True),
    Published("DELETE", ONE, "clients.delete"),
    Published("POST", f"{ONE}/test", "clients.test", has_body=True),
)
STREAM = b"text/event-stream"
PING_EVERY = 15  # looks


class Execute(Record):
    """A call of a tool as a client; until there are language models, no provider or model fits."""

    client_id: UUID
    tool_name: str = Field(min_length=1, max_length=200)
    parameters: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    provider: str | None = Field(default=None, max_length=100, description="not yet: models come later")
    model: str | None = Field(default=None, max_length=100, description="not yet")


class CallUsage(Record):
    """What a call used."""

    took_ms: float
    per_hour: int | None = Field(description="the allowance that ends first; null: the call is not charged")
    left: int | None = Field(description="of it after this call")
    resets_in_s: int | None


class Executed(Record):
    """What the tool gave, and what that used."""

    tool_name: str
    result: JsonValue
    usage: CallUsage


def client_routes(serving: Serving, tools: Mapping[str, Declared]) -> list[Route]:
    """The routes that are more than another way to an operation."""

    async def execute(request: Request) -> Answer:
        caller = await serving.caller(request)
        asked = read_json(Execute, await request.body())
        check_no_models(asked, "provider", "model")
        acting = await acting_for(serving.ground, caller, asked.client_id, DOOR)
        declared = tools.get(asked.tool_name)
        if declared is None or not acting.has_tool(asked.tool_name):
            raise NotFound("there is no such tool; GET /api/mcp/tools lists them")
        arguments = read_values(declared.asks, asked.parameters)
        began = time.perf_counter_ns()
        given = await declared(serving.ground, acting, arguments, door=DOOR)
        took_ms = (time.perf_counter_ns() - began) / 1e6
        used = _used(serving, acting, declared, took_ms).model_dump_json().encode()
        result = declared.gives.__pydantic_serializer__.to_json(given)
        return Answer(b'{"tool_name":' + to_json(asked.tool_name) + b',"result":' + result + b',"usage":' + used + b"}")

    async def usage(request: Request) -> Answer:
        caller = await serving.caller(request)
        if STREAM in (request.header(b"accept") or b""):
            return await _live(serving, request, caller)
        asked = await read_usage(request)
        given = await clients.client_usage(serving.ground, caller, asked, door=DOOR)
        return Answer(given.model_dump_json().encode())

    read_usage = address_reader(clients.client_usage, {})
    return [
        Route(
            method="POST", path="/api/mcp/execute", handle=execute, title="Call a tool as a client", tag=TAG,
            asks=Execute, gives=Executed,
            about="Call a tool as a client, with a key of its own or as who manages clients, within what both may do.",
        ),
        Route(
            method="GET", path="/api/mcp/usage/{id}", handle=usage, title="Usage of a client", tag=TAG,
            asks=UsageAsked, gives=Usage,
            about=f"{clients.client_usage.about} With `Accept: text/event-stream`, its requests while they come in.",
        ),
    ]  # fmt: skip


async def _live(serving: Serving, request: Request, caller: Caller) -> Answer:
    """The client's requests from now on, as events; who may not see them is refused before the stream begins."""
    check_room()
    asked = read_values(RequestsAsked, {"id": request.path["id"], "limit": 1})
    await clients.client_requests(serving.ground, caller, asked, door=DOOR)

    async def check() -> None:
        clients.client_requests.check(await serving.caller(request))

    async def events() -> AsyncGenerator[bytes]:
        yield b": open\n\n"
        looks = 0
        async for found in follow(serving.ground, caller, asked.id, check=check):
            looks += 1
            told = [b"id: %s\nevent: request\ndata: %s\n\n" % (str(each.id).encode(), each.model_dump_json().encode())
                    for each in found]  # fmt: skip
            yield b"".join(told) or (b": ping\n\n" if looks % PING_EVERY == 0 else b"")

    headers = ((b"x-accel-buffering", b"no"),)
    return Answer(b"", media=STREAM, headers=headers, stream=events())


def _used(serving: Serving, acting: Caller, declared: Declared, took_ms: float) -> CallUsage:
    left = serving.ground.allowances.left(acting, declared.name, declared.per_hour)
    return CallUsage(
        took_ms=took_ms, per_hour=None if left is None else left.per_hour, left=None if left is None else left.left,
        resets_in_s=None if left is None else left.resets_in_s,
    )  # fmt: skip
