"""FastAPI's part: the OpenAPI document, and the routing of what is not found by a look-up."""

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Body, FastAPI, Path, Query, Security
from fastapi.params import Depends
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic.fields import FieldInfo
from starlette.types import ASGIApp, Receive, Scope, Send

from switchboard.api.endpoint import Endpoint
from switchboard.api.errors import NoSuchPath, Problem, WrongMethod
from switchboard.api.exchange import Answer, Request
from switchboard.api.serving import Route
from switchboard.api.terms import PARAMETERS
from switchboard.foundation.version import own_version

ABOUT = (
    "Every operation is `POST /v1/<operation>`; the published paths are other ways to the same. Names are written in"
    " snake_case and may be sent in camelCase. Errors are problem+json (RFC 9457) with a `code`."
)
WRONG = {
    401: "no credential, or one that is unknown, expired or revoked",
    403: "the credential lacks the permission",
    404: "it does not exist, or is not the caller's to see",
    409: "it can not be done in this state; `code` says which",
    413: "the body is too large",
    422: "a value is wrong; `errors` names the fields",
    429: "an allowance is used up; `Retry-After` says for how long",
    503: "the database is away, or the answer takes long and is being worked out: `standing` says how far that is, and"
    " `Retry-After` when to ask again",
}
SCHEMA = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    **{status: {"description": said, "content": SCHEMA} for status, said in WRONG.items()},
    "default": {"description": "any other error", "content": SCHEMA},
}
CREDENTIAL: list[Depends] = [
    Security(HTTPBearer(auto_error=False, description="an API key `sb_…` or an access token")),
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="the same")),
]
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    }
}  # fmt: skip


class LeanRoute(APIRoute):
    """A route as FastAPI documents it, answered by our own endpoint."""

    def __init__(self, route: Route, served: Endpoint) -> None:
        super().__init__(
            route.path, _signature(route), methods=[route.method], summary=route.title, description=route.about,
            tags=[route.tag], operation_id=_name(route), response_model=route.gives, responses=PROBLEMS,
            dependencies=None if route.open_to_all else CREDENTIAL,
            openapi_extra=_more(route),
        )  # fmt: skip
        if route.gives is None:
            self.response_class = PlainTextResponse
        self.app = served
        self.wrong_method = Endpoint(route.path, _refuse(WrongMethod(route.method)), served.log)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say which method this path answers."""
        app: ASGIApp = self.app if scope["method"] in (self.methods or ()) else self.wrong_method
        await app(scope, receive, send)


def _more(route: Route) -> dict[str, Any] | None:
    """What FastAPI would not know of it."""
    if route.method == "PUT" and route.body is None:
        return FILE
    return {"parameters": PARAMETERS} if route.changes else None


def documented(routes: list[tuple[Route, Endpoint]], not_found: Endpoint) -> FastAPI:
    """An application that knows these routes, in this order."""
    app = FastAPI(
        title="Switchboard", version=own_version(), description=ABOUT,
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.router.routes.extend(LeanRoute(route, endpoint) for route, endpoint in routes)
    app.router.default = not_found
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application."""
    document = app.openapi()
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= problem.pop("$defs") | {"Problem": problem}
    return document


async def nothing_here(_: Request) -> Answer:
    """The handler of paths that nothing answers."""
    raise NoSuchPath


def _refuse(error: WrongMethod) -> Callable[[Request], Any]:
    async def refuse(_: Request) -> Answer:
        raise WrongMethod(error.allowed)

    return refuse


def _name(route: Route) -> str:
    words = "_".join(re.findall(r"\w+", route.path))
    return words.removeprefix("v1_") if route.method == "POST" else f"{route.method.lower()}_{words}"


def _signature(route: Route) -> Callable[..., None]:
    """A function with the parameters the route reads, for FastAPI to look at; nobody calls it."""

    def shape() -> None: ...

    parameters: list[inspect.Parameter] = []
    if route.body is not None:
        parameters.append(_parameter("body", Annotated[route.body, Body()], inspect.Parameter.empty))
    elif route.asks is not None and route.method == "POST":
        parameters.append(_parameter("body", Annotated[route.asks, Body()], inspect.Parameter.empty))
    elif route.asks is not None:
        parts = {named: part for part, named in route.names.items()}
        in_path = re.findall(r"\{(\w+)\}", route.path)
        for name, field in route.asks.model_fields.items():
            part = parts.get(name, name)
            parameters.append(_of_address(part, field, in_path=part in in_path))
    if route.body is not None and route.asks is not None:
        parameters += [
            _of_address(part, route.asks.model_fields[route.names.get(part, part)], in_path=True)
            for part in re.findall(r"\{(\w+)\}", route.path)
        ]
    shape.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] - read by inspect
    return shape


def _of_address(name: str, field: FieldInfo, *, in_path: bool) -> inspect.Parameter:
    place = Path(description=field.description) if in_path else Query(description=field.description)
    annotation = Annotated[field.annotation, *field.metadata, place]  # pyright: ignore[reportInvalidTypeForm] - put together at run time
    return _parameter(name, annotation, inspect.Parameter.empty if in_path or field.is_required() else field.default)


def _parameter(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
