"""The door as one ASGI application: what is known by its address is found by a look-up, FastAPI routes the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI
from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from switchboard.api.docs_page import POLICY, page
from switchboard.api.document import documented, nothing_here, openapi
from switchboard.api.downloads import download_routes
from switchboard.api.endpoint import Endpoint
from switchboard.api.exchange import Answer, Request
from switchboard.api.health import health_routes
from switchboard.api.paths.clients import CLIENTS, client_routes
from switchboard.api.paths.intelligence import INTELLIGENCE
from switchboard.api.paths.published import published_routes
from switchboard.api.paths.tools import TAG, tool_routes
from switchboard.api.routes import Declared, operation_routes
from switchboard.api.serving import Route, Serving
from switchboard.api.sign_in import sign_in_routes
from switchboard.api.uploads import upload_routes
from switchboard.foundation.operations import OPERATIONS, tool_name

OURS = ("/api/", "/v1/", "/.well-known/")  # unknown paths below these are this door's to refuse
ANSWERED = "intelligence."  # questions of this room are tools by their bare names, published or not


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path with variable parts, as it looks on the wire: an encoded slash is part of an id."""

    method: str
    looks: re.Pattern[bytes]
    endpoint: Endpoint

    def parts(self, raw_path: bytes) -> dict[str, str] | None:
        """The variable parts, decoded; None when the path is another one."""
        found = self.looks.fullmatch(raw_path)
        if found is None:
            return None
        return {name: unquote_to_bytes(part).decode(errors="replace") for name, part in found.groupdict().items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The application; `mounted` are others by the first words of their paths, `home` has what is left."""

    fixed: Mapping[tuple[str, str], Endpoint]
    patterns: tuple[Pattern, ...]
    mounted: Mapping[str, ASGIApp]
    home: ASGIApp | None
    rest: ASGIApp
    paths: frozenset[str] = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to whoever answers its path."""
        if scope["type"] == "http":
            await self._find(scope)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    def _find(self, scope: Scope) -> ASGIApp:
        path: str = scope["path"]
        method = "GET" if scope["method"] == "HEAD" else scope["method"]  # the same answer, sent without its body
        fixed = self.fixed.get((method, path))
        if fixed is not None:
            return fixed
        raw: bytes = scope.get("raw_path") or path.encode()
        for pattern in self.patterns:
            if pattern.method == method and (parts := pattern.parts(raw)) is not None:
                scope["path_params"] = parts
                return pattern.endpoint
        for prefix, app in self.mounted.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                return app
        ours = self.home is None or path.startswith(OURS) or path in self.paths
        return self.rest if ours or self.home is None else self.home


def make_api(
    serving: Serving,
    *,
    mounted: Mapping[str, ASGIApp] | None = None,
    home: ASGIApp | None = None,
    operations: Mapping[str, Declared] = OPERATIONS,
) -> Api:
    """The application over every operation that is declared by now."""
    routes = _routes(serving, operations)
    endpoints = [(route, Endpoint(route.path, route.handle, serving.log)) for route in routes]
    app = documented(endpoints, Endpoint("", nothing_here, serving.log))
    documents = _documents(serving, app)
    fixed = {(route.method, route.path): endpoint for route, endpoint in endpoints if "{" not in route.path}
    return Api(
        fixed=fixed | documents,
        patterns=tuple(_pattern(route, endpoint) for route, endpoint in endpoints if "{" in route.path),
        mounted=mounted or {},
        home=home,
        rest=app,
        paths=frozenset(path for _, path in fixed | documents),
    )


def _routes(serving: Serving, operations: Mapping[str, Declared]) -> list[Route]:
    tools = {
        tool_name(declared): declared
        for declared in operations.values()
        if declared.tool or (declared.reads and declared.name.startswith(ANSWERED))
    }
    return [
        *published_routes(serving, INTELLIGENCE, operations, TAG),
        *tool_routes(serving, tools),
        *published_routes(serving, CLIENTS, operations, TAG),
        *client_routes(serving, tools),
        *sign_in_routes(serving),
        *upload_routes(serving),
        *download_routes(serving),
        *operation_routes(serving, operations.values()),
        *health_routes(serving),
    ]


def _documents(serving: Serving, app: FastAPI) -> dict[tuple[str, str], Endpoint]:
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(openapi(app))
        return made

    async def as_json(_: Request) -> Answer:
        return Answer(to_json(document()))

    async def as_page(_: Request) -> Answer:
        headers = ((b"content-security-policy", POLICY.encode()),)
        return Answer(page(document()).encode(), media=b"text/html; charset=utf-8", headers=headers)

    return {
        ("GET", "/openapi.json"): Endpoint("/openapi.json", as_json, serving.log),
        ("GET", "/docs"): Endpoint("/docs", as_page, serving.log),
    }


def _pattern(route: Route, endpoint: Endpoint) -> Pattern:
    looks = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)
    return Pattern(route.method, re.compile(looks.encode()), endpoint)
