"""The gateway over streamable HTTP, stateless: one ASGI application for `/mcp` and what is below it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qs

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.accounts.credentials import Credentials
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotFound, NotSignedIn, SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.wake import Bell
from switchboard.mcp.admitting import seals_of
from switchboard.mcp.catalogue import Catalogue, Shown, catalogue
from switchboard.mcp.documents import product_parts
from switchboard.mcp.fast_lane import FastLane
from switchboard.mcp.gateway import Handlers, open_office, server_of
from switchboard.mcp.handshake import SESSION, VERSION, Calls, Handshake
from switchboard.mcp.identities import Identities
from switchboard.mcp.live import Live, resume
from switchboard.mcp.managing import Servers
from switchboard.mcp.parts import Parts
from switchboard.mcp.refusals import NOTED, Noted, Refusals, refused_as
from switchboard.mcp.relay import Relay
from switchboard.mcp.resource import ROOT, WELL_KNOWN, InsufficientScope, Resource, check_reads, check_scope
from switchboard.mcp.resuming import Streams
from switchboard.mcp.servers.names import EVERYTHING
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import Declared

IN_FULL = f"{ROOT}?tools=all"
MOST_BODY = 1_000_000
NOTHING = "nothing is here, or it is switched off"
CALLER: ContextVar[Caller] = ContextVar("caller")
Headers = list[tuple[bytes, bytes]]
GUARDED: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of the gateway: the switches it hangs on, and its transports by era of the protocol."""

    switches: tuple[str, ...]
    server: str | None  # None: all of them
    offered: Catalogue
    modern: ASGIApp
    handshake: Handshake
    lane: FastLane | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The application; run by `open_gateway`."""

    ground: Ground
    resource: Resource
    refusals: Refusals
    identities: Identities
    flags: Flags
    servers: Servers
    live: Live
    streams: Streams
    addresses: Mapping[str, Address]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a caller in, or say why not, before the SDK sees the request."""
        scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}  # RFC 9110, 5.5
        if scope["path"].startswith(WELL_KNOWN):
            await self._tell_of(scope, send)
            return
        seen = Seen()
        NOTED.set(seen.noted)
        try:
            await self._serve(scope, receive, self._seeing(send, seen), seen)
        except SwitchboardError as error:
            await self.refusals.tell(seen.caller, error.code)
            await _refuse(error, send, self.resource, scope["path"].rstrip("/"))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, seen: "Seen") -> None:
        address = await self._address(scope)
        caller = await self.identities.caller(_bearer(scope), self.resource.names(scope["path"].rstrip("/")))
        CALLER.set(caller)
        seen.caller = caller
        if address.server is not None and not await self.servers.lets_in(caller, address.server):
            raise NotFound(NOTHING)
        if caller.withheld:
            body = await _whole(receive)
            check_reads(caller)
            await check_scope(caller, address.offered, body)
            receive = _again(body, receive)
        if scope["method"] == "GET":
            await self.resource.check_origin(scope)  # elsewhere the SDK does
            await self._listen(scope, receive, send, caller)
        elif not _is_modern(scope):
            body = await _whole(receive)
            ids = (await seals_of(self.ground, caller)).sessions
            await address.handshake.serve(scope, body, _in_problems(send), caller, ids)
        elif address.lane is None:
            await address.modern(scope, receive, send)
        else:
            await address.lane.serve(scope, receive, send, caller)

    def _seeing(self, send: Send, seen: "Seen") -> Send:
        """Send on; what the transports refuse has its line before the client knows."""
        begun: list[Message] = []

        async def on(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                begun.append(message)
                return
            if begun:
                start = begun.pop()
                plain = HTTPStatus(start["status"]).name.lower()
                await self.refusals.tell(seen.caller, refused_as(message.get("body", b"")) or plain)
                await send(start)
            await send(message)

        return on

    async def _tell_of(self, scope: Scope, send: Send) -> None:
        """What the address is that is named behind the well-known path, to anybody."""
        path = scope["path"].removeprefix(WELL_KNOWN).rstrip("/") or ROOT
        address = self.addresses.get(path)
        if address is None or scope["method"] not in {"GET", "HEAD"} or not await self.flags.all_on(*address.switches):
            await _refuse(NotFound(NOTHING), send, self.resource, path)
            return
        await _json(HTTPStatus.OK, self.resource.metadata(path), [(b"access-control-allow-origin", b"*")], send)

    async def _address(self, scope: Scope) -> Address:
        path = scope["path"].rstrip("/")
        asked = scope["query_string"]
        if asked and path == ROOT and parse_qs(asked).get(b"tools") == [b"all"]:
            path = IN_FULL
        address = self.addresses.get(path)
        if address is None or not await self.flags.all_on(*address.switches):
            raise NotFound(NOTHING)
        if scope["method"] != "POST" and not (scope["method"] == "GET" and _header(scope, SESSION)):
            raise OnlyPost("this server keeps no sessions; send POST, or GET with a session id to listen")
        return address

    async def _listen(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        """A stream of an older revision: what is told without asking, or the rest of a stream that broke."""
        session, event = _header(scope, SESSION), _header(scope, b"last-event-id")
        if (await seals_of(self.ground, caller)).sessions.read(session, caller) is None:
            raise NotFound("there is no such session; send initialize")
        if not event:
            await self.live.stream(session, receive, send)
        elif (kept := self.streams.find(event, caller)) is not None:
            await resume(kept, event, send)
        else:
            raise NotFound("there is no such stream here, or no more; make the call again")


@dataclass(slots=True)
class Seen:
    """The request at hand: whose it is, and whether the trail knows that it was refused."""

    caller: Caller | None = None
    noted: Noted = field(default_factory=Noted)


class OnlyPost(SwitchboardError):
    """A method of transports with sessions."""

    code = "method_not_allowed"
    status: ClassVar[int] = 405


class TooLarge(SwitchboardError):
    """A body beyond what is read."""

    code = "request_entity_too_large"
    status: ClassVar[int] = 413


@asynccontextmanager
async def open_gateway(  # noqa: PLR0913 - what a process puts a gateway together from
    ground: Ground,
    credentials: Credentials,
    flags: Flags,
    public_url: str,
    operations: Mapping[str, Declared] = OPERATIONS,
    *,
    bell: Bell | None = None,
    more: Parts | None = None,
    resource: Resource | None = None,
    has_fast_lane: bool = True,
) -> AsyncGenerator[Gateway]:
    """The application, as long as the block lasts; `more` is offered beside what the product offers.

    Without a resource, our own keys and tokens are good alone, and at this address alone.
    """
    known = resource or Resource(url=public_url)
    relay = Relay(ground=ground, bell=bell)
    office, calls, streams = open_office(ground, relay), Calls(relay), Streams()
    manager = Servers(ground, flags)
    flags.heed(office.live.say_lists_changed)
    if bell is not None:
        flags.watch(bell)
    async with AsyncExitStack() as leaving:
        leaving.push_async_callback(streams.close)
        leaving.push_async_callback(office.tasks.close)
        keeping = asyncio.create_task(office.tasks.keep())
        leaving.callback(keeping.cancel)
        addresses: dict[str, Address] = {}
        chosen = {ROOT: (Shown.FEW, SERVERS), IN_FULL: (Shown.ALL, SERVERS)} | {
            f"{ROOT}/{server.name}": (Shown.ALONE, (server,)) for server in SERVERS
        }
        for path, (shown, servers) in chosen.items():
            offered = catalogue(manager, servers, operations.values(), shown)
            parts = product_parts(servers, operations, shown).together([more] if more else [])
            on = Handlers(office=office, offered=offered, parts=parts)
            server = server_of(on, _let_in)
            sessions = StreamableHTTPSessionManager(
                server, stateless=True, security_settings=known.guard(), max_request_body_size=MOST_BODY
            )
            await leaving.enter_async_context(sessions.run())
            switches = (EVERYTHING, servers[0].switch) if shown is Shown.ALONE else (EVERYTHING,)
            modern = _told_in_problems(sessions.handle_request)
            lane = FastLane(on=on, server=server, security=known.guard(), most_body=MOST_BODY, slow=modern)
            addresses[path] = Address(
                switches=switches, server=servers[0].name if shown is Shown.ALONE else None,
                offered=offered, modern=modern, handshake=Handshake(server, known.guard(), streams, calls),
                lane=lane if has_fast_lane else None,
            )  # fmt: skip
        yield Gateway(
            ground=ground,
            resource=known,
            refusals=office.refusals,
            identities=Identities(ground, credentials, known.tokens),
            flags=flags,
            servers=manager,
            live=office.live,
            streams=streams,
            addresses=addresses,
        )


async def _let_in() -> Caller:
    """Who was let in with the request at hand."""
    return CALLER.get()


def _is_modern(scope: Scope) -> bool:
    version = _header(scope, VERSION)
    return bool(version) and version not in HANDSHAKE_PROTOCOL_VERSIONS


def _header(scope: Scope, name: bytes) -> str:
    for each, value in scope["headers"]:
        if each == name:
            return value.decode("latin-1")
    return ""


async def _whole(receive: Receive) -> bytes:
    """The body of a request; raise TooLarge."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            raise TooLarge(f"a request may have {MOST_BODY:,} bytes; send less")
    return bytes(body)


def _bearer(scope: Scope) -> str:
    """The one credential of a request: two would let one be looked at and the other be used."""
    said, keys = list[bytes](), list[bytes]()
    for name, value in scope["headers"]:
        if name == b"authorization":
            said.append(value)
        elif name == b"x-api-key":
            keys.append(value)
    if len(said) > 1 or len(keys) > 1:
        raise NotSignedIn("send one credential, once")
    if said and said[0][:7].lower() == b"bearer ":
        token = said[0][7:].strip()
        if keys and keys[0] != token:
            raise NotSignedIn("send one credential, once")
        keys = [token]
    if not keys or not keys[0]:
        raise NotSignedIn("send an API key or an access token as `Authorization: Bearer …`")
    return keys[0].decode("latin-1")


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


def _told_in_problems(app: ASGIApp) -> ASGIApp:
    """The application, whose plain refusals become problems."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, _in_problems(send))

    return told


def _is_plain(start: Message) -> bool:
    media = {name.lower(): value for name, value in start["headers"]}.get(b"content-type", b"")
    return start["status"] >= HTTPStatus.BAD_REQUEST and not media.startswith(b"application/")


async def _refuse(error: SwitchboardError, send: Send, resource: Resource, path: str) -> None:
    match error:
        case NotSignedIn() | InsufficientScope():
            more = [(b"www-authenticate", resource.challenge(path, error))]
        case OnlyPost():
            more = [(b"allow", b"POST")]
        case _:
            more = []
    await _problem(HTTPStatus(error.status), error.code, str(error), more, send)


async def _problem(status: HTTPStatus, code: str, detail: str, more: Headers, send: Send) -> None:
    said = {"type": "about:blank", "title": status.phrase, "status": status, "code": code, "detail": detail}
    await _json(status, said, more, send, b"application/problem+json")


async def _json(
    status: HTTPStatus, said: dict[str, Any], more: Headers, send: Send, media: bytes = b"application/json"
) -> None:
    body = to_json(said)
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), *GUARDED, *more]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read again; then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def on() -> Message:
        return left.pop() if left else await receive()

    return on
