"""A published path as a row: method, path, operation, and which field each part of the path is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from switchboard.api.exchange import Request
from switchboard.api.routes import Declared, Reader, body_reader, serve
from switchboard.api.serving import Method, Route, Serving
from switchboard.foundation.errors import Invalid
from switchboard.foundation.reading import read_values


@dataclass(frozen=True, slots=True)
class Published:
    """One published path. A GET's request is its path's parts, named here, and its query; a POST's is its body."""

    method: Method
    path: str
    operation: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])


def published_routes(
    serving: Serving, paths: Iterable[Published], operations: Mapping[str, Declared], tag: str
) -> list[Route]:
    """The routes of those paths whose operations are declared."""
    return [_route(serving, path, operations[path.operation], tag) for path in paths if path.operation in operations]


def _route(serving: Serving, path: Published, declared: Declared, tag: str) -> Route:
    read = address_reader(declared, path.names) if path.method == "GET" else body_reader(declared)
    return Route(
        method=path.method, path=path.path, handle=serve(serving, declared, read), title=declared.title,
        about=f"{declared.about} The same as POST /v1/{declared.name}.", tag=tag,
        asks=declared.asks, gives=declared.gives, names=path.names,
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
