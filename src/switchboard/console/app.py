"""The door as one ASGI application: a session for every page, errors as pages, a strict policy on everything."""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import quote

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.identity import CALLBACK, Identity, Provider
from switchboard.console.assets import read_assets, serve
from switchboard.console.bars import PUSHES
from switchboard.console.cookies import LEFT, Cookies
from switchboard.console.guarded import Guarded, headers
from switchboard.console.pages import (
    account,
    api_keys,
    approvals,
    archetypes,
    audiences,
    clients,
    customer,
    customers,
    definitions,
    erasures,
    exported,
    identity,
    imports,
    insights,
    jobs,
    new_client,
    overview,
    people,
    retention,
    servers,
    settings,
    sign_in,
    themes,
    thresholds,
    tools,
    trail,
    welcome,
    workspaces,
)
from switchboard.console.patience import in_time
from switchboard.console.visits import Console, Visit, enter, here_of, to
from switchboard.console.words import FILTERS
from switchboard.foundation.charts import Charts
from switchboard.foundation.errors import DatabaseDown, LimitReached, NotFound, NotSignedIn, SwitchboardError, UnderWay
from switchboard.foundation.ground import Ground
from switchboard.foundation.job_operations import show_job
from switchboard.foundation.log import place_of
from switchboard.foundation.settings import Settings

LOG = structlog.get_logger()
EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ASKS_AGAIN = "x-under-way"  # sent by the page that shows how far something is
NOT_SEGMENTED = "not_segmented"
AGAIN_S = "5"  # when to ask again while the database is away
SMALL = 800  # bytes below which nothing is gained by compressing
Handler = Callable[[Visit], Awaitable[Response]]
OpenHandler = Callable[[Console, Request], Awaitable[Response]]
OPEN: tuple[tuple[str, str, OpenHandler], ...] = (
    ("/sign-in", "GET", sign_in.show),
    ("/sign-in", "POST", sign_in.sign_in),
    ("/sign-in/code", "POST", sign_in.enter_code),
    ("/sign-in/oidc", "GET", identity.leave),
    (CALLBACK, "GET", identity.come_back),
    (welcome.PATH, "GET", welcome.show),
    (welcome.PATH, "POST", welcome.use),
    ("/theme", "POST", themes.choose),
)
"""Pages for everybody; the others are for whoever is signed in."""
PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("/how/{name}", "GET", definitions.one),
    ("/workspace", "POST", workspaces.enter),
    ("/sign-out", "POST", sign_in.sign_out),
    *overview.PAGES,
    *customers.PAGES,
    *customer.PAGES,
    *erasures.PAGES,
    *account.PAGES,
    *archetypes.PAGES,
    *audiences.PAGES,
    *exported.PAGES,
    *insights.PAGES,
    *api_keys.PAGES,
    *new_client.PAGES,
    *clients.PAGES,
    *servers.PAGES,
    *tools.PAGES,
    *imports.PAGES,
    *jobs.PAGES,
    *approvals.PAGES,
    *thresholds.PAGES,
    *retention.PAGES,
    *people.PAGES,
    *settings.PAGES,
    *trail.PAGES,
)

SHOWN = frozenset(path for path, method, _ in (*OPEN, *PAGES) if method == "GET")
SENT = frozenset(path for path, method, _ in (*OPEN, *PAGES) if method == "POST" and "{" not in path) - SHOWN
"""Addresses that only forms are sent to; a browser keeps them: who opens one is led to the page above it."""


def make_console(ground: Ground, credentials: Credentials, given: Settings, charts: Charts) -> ASGIApp:
    """The application; who makes it also warms and closes the charts."""
    assets = read_assets(given.assets_url)
    console = Console(
        ground=ground, credentials=credentials, charts=charts, cookies=Cookies(given.public_url),
        identity=_identity(ground, given),
        templates=_templates(), assets=assets,
    )  # fmt: skip
    routes = [
        *(Route(path, _page(console, _page_above), methods=["GET"]) for path in SENT),
        *(Route(path, _page(console, handle), methods=[method]) for path, method, handle in PAGES),
        *(Route(path, _open(console, handle), methods=[method]) for path, method, handle in OPEN),
        *(Route(asset.path, _asset(console, name), methods=["GET"]) for name, asset in assets.files.items()),
        Route("/{path:path}", _page(console, _nothing_here), methods=EVERY),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    guarded = Guarded(app, headers(given.public_url, given.assets_url))
    return GZipMiddleware(guarded, minimum_size=SMALL, compresslevel=5)


def _page(console: Console, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A page for whoever is signed in; others are sent to sign in first."""

    async def answer(request: Request) -> Response:
        visit: Visit | None = None

        async def page() -> Response:
            nonlocal visit
            visit = await enter(console, request)
            return await handle(visit)

        try:
            given = await (page() if request.method == "POST" else in_time(page(), console.ground.database))
        except NotSignedIn:
            given = await _to_sign_in(console, request)
        except DatabaseDown as error:
            given = await _away(console, request, error)
        except ClientDisconnect:  # while a file or form was being sent: nobody is there to be told
            given = Response(status_code=400)
        except SwitchboardError as error:
            given = _refused(console, request, visit, error)
        except Exception as error:  # noqa: BLE001 - the outermost loop: a bug becomes a page, and its place is logged
            given = _broken(console, request, visit, error)
        return _arrived(visit, given) if visit else given

    return answer


def _open(console: Console, handle: Callable[[Console, Request], Awaitable[Response]]) -> Callable[
    [Request], Awaitable[Response]
]:  # fmt: skip
    """A page for everybody."""

    async def answer(request: Request) -> Response:
        try:
            return await handle(console, request)
        except SwitchboardError as error:
            return _refused(console, request, None, error)
        except Exception as error:  # noqa: BLE001 - the outermost loop: a bug becomes a page, and its place is logged
            return _broken(console, request, None, error)

    return answer


def _asset(console: Console, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return serve(console.assets.files[name], request)

    return answer


async def _nothing_here(_: Visit) -> Response:
    raise NotFound("there is no such page; the overview leads to all there are")


async def _page_above(visit: Visit) -> Response:
    above = (str(each) for each in PurePosixPath(visit.request.url.path).parents)
    return to(next(each for each in above if each in SHOWN))


async def _to_sign_in(console: Console, request: Request) -> Response:
    if request.method == "POST" and (answer := await sign_in.keep_typed(console, request)):
        return answer
    is_part = bool(request.headers.get("hx-request"))
    wanted = sign_in.page_of_part(request) if is_part else here_of(request)
    back = f"?next={quote(wanted, safe='/')}" if request.method in {"GET", "HEAD"} and wanted != "/" else ""
    if is_part:  # the whole page is to go
        return Response(status_code=NotSignedIn.status, headers={"HX-Redirect": f"/sign-in{back}"})
    return to(f"/sign-in{back}")  # the cookie stays: by now the browser may have a newer one of the same name


def _arrived(visit: Visit, answer: Response) -> Response:
    """The answer to a request that came with the session of another workspace: the one that was left is forgotten."""
    left = visit.console.cookies.read(visit.request, LEFT)
    if left and left != visit.word and LEFT not in str(answer.headers.getlist("set-cookie")):
        visit.console.cookies.drop(answer, LEFT)
    return answer


async def _away(console: Console, request: Request, error: DatabaseDown) -> Response:
    """Without the database nobody is known, so there is no menu; a form that was sent is there to be sent again."""
    answer = await sign_in.send_later(console, request) if request.method == "POST" else None
    answer = answer or _trouble(console, request, None, error.status, str(error))
    answer.headers["Retry-After"] = AGAIN_S
    return answer


def _refused(console: Console, request: Request, visit: Visit | None, error: SwitchboardError) -> Response:
    if visit and error.code == NOT_SEGMENTED:
        return visit.page("not_segmented.html", {}, error.status)
    if visit and isinstance(error, UnderWay):
        return _under_way(visit, error)
    answer = _trouble(console, request, visit, error.status, str(error))
    if isinstance(error, LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _under_way(visit: Visit, error: UnderWay) -> Response:
    """How far it is, on a page that asks again by itself; to a part of a page, that there is nothing yet."""
    request = visit.request
    if request.headers.get("hx-request") and not request.headers.get(ASKS_AGAIN):
        return Response(status_code=error.status, headers={"Retry-After": str(error.retry_after_s)})
    return visit.page("under_way.html", {
        "job": error.job, "at": error.reached, "again_s": error.retry_after_s,
        "again": here_of(request) if request.method == "GET" else "",
        "may_see_job": visit.caller.may(show_job.permission),
    }, 202)  # fmt: skip


def _broken(console: Console, request: Request, visit: Visit | None, error: Exception) -> Response:
    request_id = secrets.token_hex(8)
    LOG.error("page_failed", error=type(error).__name__, request_id=request_id, at=place_of(error))
    told = f"something went wrong here; tell whoever runs this server the request id {request_id}"
    return _trouble(console, request, visit, 500, told)


def _trouble(console: Console, request: Request, visit: Visit | None, status: int, told: str) -> Response:
    around = visit.around() if visit else {"signed_in": False}
    again = here_of(request) if status == DatabaseDown.status and request.method == "GET" else ""
    title = HTTPStatus(status).phrase.capitalize()
    shown = {**around, "status": status, "title": title, "told": told, "again": again}
    return console.page(request, "trouble.html", shown, status)


def _identity(ground: Ground, given: Settings) -> Identity | None:
    """Sign-in by the provider that is set."""
    if given.oidc_issuer is None:
        return None
    provider = Provider(
        issuer=given.oidc_issuer, client_id=given.oidc_client_id, client_secret=given.oidc_client_secret,
        name=given.oidc_name,
    )  # fmt: skip
    return Identity(ground, provider)


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("switchboard.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters.update(FILTERS)
    made.filters.update(customer.ADDRESSES)
    made.filters.update(PUSHES)
    return made
