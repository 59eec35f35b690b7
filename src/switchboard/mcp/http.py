"""The gateway over streamable HTTP, stateless: one ASGI application for `/mcp` and what is below it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotFound, NotSignedIn, SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.catalogue import Shown, catalogue
from switchboard.mcp.gateway import make_server
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import EVERYTHING, Declared

ROOT = "/mcp"
IN_FULL = f"{ROOT}?tools=all"
MOST_BODY = 1_000_000
CALLER: ContextVar[Caller] = ContextVar("caller")
Headers = list[tuple[bytes, bytes]]
GUARDED: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The application; run by `open_gateway`."""

    credentials: Credentials
    flags: Flags
    addresses: Mapping[str, tuple[tuple[str, ...], ASGIApp]]  # path → the switches it hangs on, its transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a caller in, or say why not, before the SDK sees the request."""
        try:
            transport = await self._transport(scope)
            CALLER.set(await self.credentials.caller(_bearer(scope)))
        except SwitchboardError as error:
            await _refuse(error, send)
        else:
            await transport(scope, receive, _in_problems(send))

    async def _transport(self, scope: Scope) -> ASGIApp:
        path = scope["path"].rstrip("/")
        if path == ROOT and parse_qs(scope["query_string"]).get(b"tools") == [b"all"]:
            path = IN_FULL
        switches, transport = self.addresses.get(path, ((), None))
        if transport is None or not await self.flags.all_on(*switches):
            raise NotFound("nothing is here, or it is switched off")
        if scope["method"] != "POST":
            raise OnlyPost("this server keeps no sessions and no streams; send POST")
        return transport


class OnlyPost(SwitchboardError):
    """A method of transports with sessions."""

    code = "method_not_allowed"
    status: ClassVar[int] = 405


@asynccontextmanager
async def open_gateway(
    ground: Ground,
    credentials: Credentials,
    flags: Flags,
    public_url: str,
    operations: Mapping[str, Declared] = OPERATIONS,
) -> AsyncGenerator[Gateway]:
    """The application, as long as the block lasts."""
    async with AsyncExitStack() as leaving:
        addresses: dict[str, tuple[tuple[str, ...], ASGIApp]] = {}
        chosen = {ROOT: (Shown.FEW, SERVERS), IN_FULL: (Shown.ALL, SERVERS)} | {
            f"{ROOT}/{server.name}": (Shown.ALONE, (server,)) for server in SERVERS
        }
        for path, (shown, servers) in chosen.items():
            offered = catalogue(flags, servers, operations.values(), shown)
            manager = StreamableHTTPSessionManager(
                make_server(ground, offered, _let_in), json_response=True, stateless=True,
                security_settings=_guard(public_url), max_request_body_size=MOST_BODY,
            )  # fmt: skip
            await leaving.enter_async_context(manager.run())
            switches = (EVERYTHING, servers[0].switch) if shown is Shown.ALONE else (EVERYTHING,)
            addresses[path] = (switches, manager.handle_request)
        yield Gateway(credentials=credentials, flags=flags, addresses=addresses)


async def _let_in() -> Caller:
    """Who was let in with the request at hand."""
    return CALLER.get()


def _guard(public_url: str) -> TransportSecuritySettings:
    """Only our own address and this machine's, against pages that have a name point here (DNS rebinding)."""
    public = urlsplit(public_url)
    here = ["127.0.0.1", "localhost", "[::1]"]
    return TransportSecuritySettings(
        allowed_hosts=[public.netloc, *here, *(f"{host}:*" for host in here)],
        allowed_origins=[f"{public.scheme}://{public.netloc}", *(f"http://{host}:*" for host in here)],
    )


def _bearer(scope: Scope) -> str:
    key = b""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            key = value[7:].strip()
        elif name == b"x-api-key":
            key = key or value.strip()
    if not key:
        raise NotSignedIn("send an API key or an access token as `Authorization: Bearer …`")
    return key.decode("latin-1")


def _in_problems(send: Send) -> Send:
    """Send on; what the SDK refuses in plain words (a body too large, a strange host) becomes a problem."""
    refused: HTTPStatus | None = None
    words: list[bytes] = []

    async def on(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and _is_plain(message):
            refused = HTTPStatus(message["status"])
        elif refused is None:
            await send(message)
        else:
            words.append(message.get("body", b""))
            if not message.get("more_body"):
                await _problem(refused, refused.name.lower(), b"".join(words).decode(errors="replace"), [], send)

    return on


def _is_plain(start: Message) -> bool:
    media = {name.lower(): value for name, value in start["headers"]}.get(b"content-type", b"")
    return start["status"] >= HTTPStatus.BAD_REQUEST and not media.startswith(b"application/")


async def _refuse(error: SwitchboardError, send: Send) -> None:
    match error:
        case NotSignedIn():
            more = [(b"www-authenticate", b'Bearer realm="switchboard"')]
        case OnlyPost():
            more = [(b"allow", b"POST")]
        case _:
            more = []
    await _problem(HTTPStatus(error.status), error.code, str(error), more, send)


async def _problem(status: HTTPStatus, code: str, detail: str, more: Headers, send: Send) -> None:
    body = to_json({"type": "about:blank", "title": status.phrase, "status": status, "code": code, "detail": detail})
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", b"application/problem+json"), length, *GUARDED, *more]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
