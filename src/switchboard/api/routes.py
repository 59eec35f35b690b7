"""Every operation as `POST /v1/<name>`: read the request, call the operation, write what it gives."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from switchboard.api.errors import allowance_headers
from switchboard.api.exchange import Answer, Handler, Headers, Request
from switchboard.api.serving import Route, Serving
from switchboard.api.terms import terms_of, told
from switchboard.foundation.callers import Caller
from switchboard.foundation.operations import Operation
from switchboard.foundation.reading import read_json

Declared = Operation[Any, Any]
Reader = Callable[[Request], Awaitable[Any]]
DOOR = "api"


def operation_routes(serving: Serving, operations: Iterable[Declared]) -> list[Route]:
    """The routes of these operations."""
    return [
        Route(
            method="POST", path=f"/v1/{declared.name}", handle=serve(serving, declared, body_reader(declared)),
            title=declared.title, about=_about(declared), tag=declared.name.partition(".")[0],
            asks=declared.asks, gives=declared.gives, changes=not declared.reads,
        )
        for declared in operations
    ]  # fmt: skip


def serve(serving: Serving, declared: Declared, read: Reader) -> Handler:
    """The handler that answers with what the operation gives for the request as it is read."""
    ground, serialise = serving.ground, declared.gives.__pydantic_serializer__.to_json

    async def answer(request: Request) -> Answer:
        caller = await serving.caller(request)
        terms = None if declared.reads else terms_of(request)
        given = await declared(ground, caller, await read(request), door=DOOR, terms=terms)
        headers = () if declared.per_hour is None else left(serving, caller, declared.name, declared.per_hour)
        return Answer(serialise(given), headers=headers if terms is None else (*headers, *told(terms)))

    return answer


def body_reader(declared: Declared) -> Reader:
    """The request from a body in JSON."""

    async def read(request: Request) -> object:
        return read_json(declared.asks, await request.body())

    return read


def left(serving: Serving, caller: Caller, limit: str, per_hour: int) -> Headers:
    """What is left of a published limit, as headers; none for a caller who is not charged."""
    still = serving.ground.allowances.left(caller, limit, per_hour)
    return () if still is None else allowance_headers(still.per_hour, still.left, still.resets_in_s)


def _about(declared: Declared) -> str:
    limit = f" At most {declared.per_hour} calls an hour." if declared.per_hour else ""
    return f"{declared.about}{limit} Needs the permission `{declared.permission}`."
