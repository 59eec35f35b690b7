"""A published path as a row: method, path, operation, and which field each part of the path is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, JsonValue, RootModel, create_model

from switchboard.api.exchange import Request
from switchboard.api.routes import Declared, Reader, body_reader, serve
from switchboard.api.serving import Method, Route, Serving
from switchboard.foundation.errors import Invalid
from switchboard.foundation.reading import read_json, read_values

PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Published:
    """One published path. Its request is its path's parts, named here, with its query, or with its body if it has one.

    A POST's is its body alone unless it `has_body` beside its path.
    """

    method: Method
    path: str
    operation: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    has_body: bool = False


def published_routes(
    serving: Serving, paths: Iterable[Published], operations: Mapping[str, Declared], tag: str
) -> list[Route]:
    """The routes of those paths whose operations are declared."""
    return [_route(serving, path, operations[path.operation], tag) for path in paths if path.operation in operations]


def _route(serving: Serving, path: Published, declared: Declared, tag: str) -> Route:
    if path.has_body:
        read = whole_reader(declared, path.names)
    else:
        read = body_reader(declared) if path.method == "POST" else address_reader(declared, path.names)
    return Route(
        method=path.method, path=path.path, handle=serve(serving, declared, read), title=declared.title,
        about=f"{declared.about} The same as POST /v1/{declared.name}.", tag=tag,
        asks=declared.asks, gives=declared.gives, names=path.names, changes=not declared.reads,
        body=_beside(declared.asks, path) if path.has_body else None,
    )  # fmt: skip


def address_reader(declared: Declared, names: Mapping[str, str]) -> Reader:
    """The request from a path's parts and the query."""

    async def read(request: Request) -> object:
        values: dict[str, object] = {names.get(part, part): word for part, word in request.path.items()}
        query = request.query
        if twice := values.keys() & query.keys():
            name = min(twice)
            raise Invalid(f"{name} is in the path; leave it out of the query", field=name)
        return read_values(declared.asks, {**query, **values})

    return read


def whole_reader(declared: Declared, names: Mapping[str, str]) -> Reader:
    """The request from a path's parts and a body in JSON."""

    async def read(request: Request) -> object:
        parts = {names.get(part, part): word for part, word in request.path.items()}
        given = read_json(Body, await request.body()).root
        if twice := parts.keys() & given.keys():
            name = min(twice)
            raise Invalid(f"{name} is in the path; leave it out of the body", field=name)
        return read_values(declared.asks, {**given, **parts})

    return read


def _beside(asks: type[BaseModel], path: Published) -> type[BaseModel]:
    """The request's shape without what the path tells."""
    told = {path.names.get(part, part) for part in PART.findall(path.path)}
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in asks.model_fields.items() if name not in told
    }
    return create_model(f"{asks.__name__}Body", __doc__=asks.__doc__, **fields)


class Body(RootModel[dict[str, JsonValue]]):
    """An object in JSON, of whatever fields."""
