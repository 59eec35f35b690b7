"""Streamable HTTP as revisions up to 2025-11-25 have it, without a session that any process would have to keep.

What those revisions keep in a session is what the client said of itself when it shook hands: that travels in the
session id, signed. A question to the client goes out on the stream of the call that asks it, and its answer comes as a
request of its own, to whichever process: it is relayed to the one that waits. Streams that broke go on where they were.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

import anyio
import structlog
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.connection import Connection
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.runner import serve_connection
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.message import SessionMessage
from mcp.shared.transport_context import TransportContext
from mcp_types import JSONRPCMessage, JSONRPCRequest
from mcp_types.jsonrpc import jsonrpc_message_adapter
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from switchboard.foundation.callers import Caller
from switchboard.mcp.relay import Relay, Said
from switchboard.mcp.resuming import Streams
from switchboard.mcp.session_ids import Hello, SessionIds

LOG = structlog.get_logger()
SESSION = b"mcp-session-id"
VERSION = b"mcp-protocol-version"
RETRY_MS = 1_000
Item = SessionMessage | Exception


@dataclass(slots=True, kw_only=True)
class InFlight:
    """A call that may be cancelled or waits for an answer: where words for it go in."""

    caller: Caller
    session: str
    request: str
    inward: MemoryObjectSendStream[Item]
    asked: dict[str, Any] = field(default_factory=dict[str, Any])  # our ids of questions → the dispatcher's


class Handshake:
    """The transport at one address."""

    def __init__(
        self, server: Server[Any], security: TransportSecuritySettings, streams: Streams, calls: "Calls"
    ) -> None:
        self._server = server
        self._security = security
        self._streams = streams
        self._calls = calls

    async def serve(self, scope: Scope, body: bytes, send: Send, caller: Caller, ids: SessionIds) -> None:
        """Answer one POST."""
        said = _parsed(body)
        header = {name: value for name, value in scope["headers"] if name in {SESSION, VERSION}}
        session = header.get(SESSION, b"").decode("latin-1")
        hello = ids.read(session, caller) if session else Hello()
        if hello is None:
            await _plain(
                send, 404, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}}'
            )
            return
        if said is not None and "method" not in said and ("result" in said or "error" in said):
            await self._calls.answer(caller, said)
            await _plain(send, 202, b"")
        elif said is not None and said.get("method") == "notifications/cancelled":
            await self._calls.cancel(caller, session, said)
            await _plain(send, 202, b"")
        else:
            if said is not None and said.get("method") == "initialize":
                params = said.get("params")
                hello = Hello.of(cast("dict[str, Any]", params if isinstance(params, dict) else {}))
                session = ids.new(hello, caller)
            version = hello.version or header.get(VERSION, b"").decode("latin-1") or LATEST_HANDSHAKE_VERSION
            await self._run(scope, body, send, _Asked(caller, session, replace(hello, version=version), said or {}))

    async def _run(self, scope: Scope, body: bytes, send: Send, asked: "_Asked") -> None:
        """One request, by a transport and a dispatcher of its own."""
        kept = self._streams.begin(asked.caller) if asked.streams else None
        transport = StreamableHTTPServerTransport(
            asked.session or None, is_json_response_enabled=kept is None, event_store=kept,
            security_settings=self._security, retry_interval=RETRY_MS,
        )  # fmt: skip
        scope = {**scope, "headers": _with(scope["headers"], asked.session, asked.hello.version)}
        ready = asyncio.Event()
        serving = asyncio.create_task(self._serve(transport, asked, ready))
        serving.add_done_callback(lambda _: ready.set())  # one that fails as it begins is waited for no longer
        with ExitStack() as leaving:
            leaving.callback(serving.cancel)
            await ready.wait()
            await transport.handle_request(scope, _of(body), send)
            if kept is not None and not kept.is_done and kept.has_begun:
                leaving.pop_all()
                self._streams.run_on(kept, serving, transport)
                return
            await transport.terminate()
            with suppress(asyncio.CancelledError):
                await serving

    async def _serve(self, transport: StreamableHTTPServerTransport, asked: "_Asked", ready: asyncio.Event) -> None:
        async with transport.connect() as (incoming, outgoing):
            inward, merged = anyio.create_memory_object_stream[Item](10)
            async with self._calls.noted(asked.caller, asked.session, str(asked.said.get("id")), inward) as flight:
                how = TransportContext(kind="streamable-http", can_send_request=asked.streams)
                dispatcher: JSONRPCDispatcher[TransportContext] = JSONRPCDispatcher(
                    merged, Outward(outgoing, flight, self._calls), inline_methods=frozenset({"initialize"}),
                    transport_builder=lambda _: how,
                )  # fmt: skip
                info = {"name": "client", "version": "0"}
                connection = Connection.from_envelope(asked.hello.version, info, asked.hello.capabilities)
                pumping = asyncio.create_task(_pump(incoming, inward))
                ready.set()
                changed = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)
                try:
                    await serve_connection(
                        self._server, dispatcher, connection=connection, lifespan_state={},
                        init_options=self._server.create_initialization_options(changed),
                    )  # fmt: skip
                finally:
                    pumping.cancel()
                    inward.close()
                    merged.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    caller: Caller
    session: str
    hello: Hello
    said: dict[str, Any]

    @property
    def streams(self) -> bool:
        """Whether its answer may be a stream: calls that ask, tell how far they are, or log."""
        return self.said.get("method") == "tools/call"


class Calls:
    """The calls of older revisions that this process answers just now."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._asked: dict[str, InFlight] = {}
        self._flights: dict[tuple[str, str], InFlight] = {}
        relay.heed("answer", self._heed_answer)
        relay.heed("cancel", self._heed_cancel)

    @asynccontextmanager
    async def noted(
        self, caller: Caller, session: str, request: str, inward: MemoryObjectSendStream[Item]
    ) -> AsyncGenerator[InFlight]:
        """A call, for as long as it is in flight."""
        flight = InFlight(caller=caller, session=session, request=request, inward=inward)
        if session:
            self._flights[session, request] = flight
        try:
            yield flight
        finally:
            if self._flights.get((session, request)) is flight:
                del self._flights[session, request]
            for ours in flight.asked:
                self._asked.pop(ours, None)

    def asks(self, flight: InFlight, theirs: Any) -> str:
        """An id for a question, that no other question of any process has."""
        ours = uuid4().hex
        flight.asked[ours] = theirs
        self._asked[ours] = flight
        return ours

    async def answer(self, caller: Caller, said: dict[str, Any]) -> None:
        """Hand an answer to the call that waits for it, wherever that is."""
        await self._relay.say(caller, "answer", {"caller": str(caller.id), "message": said})

    async def cancel(self, caller: Caller, session: str, said: dict[str, Any]) -> None:
        """End a call of the same session."""
        if session:
            told: Said = {"caller": str(caller.id), "session": session, "message": said}
            await self._relay.say(caller, "cancel", told)

    def _heed_answer(self, said: Said) -> bool:
        flight = self._asked.get(str(said["message"].get("id")))
        if flight is None or str(flight.caller.id) != said["caller"]:
            return False
        ours = str(said["message"]["id"])
        return self._put(flight, said["message"] | {"id": flight.asked[ours]})

    def _heed_cancel(self, said: Said) -> bool:
        params = cast("dict[str, Any]", said["message"].get("params") or {})
        flight = self._flights.get((said["session"], str(params.get("requestId"))))
        if flight is None or str(flight.caller.id) != said["caller"]:
            return False
        return self._put(flight, said["message"])

    @staticmethod
    def _put(flight: InFlight, message: dict[str, Any]) -> bool:
        try:
            flight.inward.send_nowait(SessionMessage(_message(message)))
        except (ValidationError, anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            LOG.warning("mcp_answer_lost")
        return True


class Outward:
    """What a call writes to its client; its questions get ids that are good in every process."""

    def __init__(self, inner: Any, flight: InFlight, calls: Calls) -> None:
        self._inner = inner
        self._flight = flight
        self._calls = calls

    async def send(self, item: SessionMessage) -> None:
        """Send on."""
        if isinstance(item.message, JSONRPCRequest):
            asked = item.message.model_copy(update={"id": self._calls.asks(self._flight, item.message.id)})
            item = SessionMessage(asked, metadata=item.metadata)
        await self._inner.send(item)

    async def aclose(self) -> None:
        """Close it."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


async def _pump(incoming: Any, inward: MemoryObjectSendStream[Item]) -> None:
    """What the transport reads, among the answers that come another way; its end is the end of all."""
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        async for item in incoming:
            await inward.send(item)
    inward.close()


def _message(said: dict[str, Any]) -> JSONRPCMessage:
    return jsonrpc_message_adapter.validate_python(said, by_name=False)


def _parsed(body: bytes) -> dict[str, Any] | None:
    """The message in a body, as far as it is one object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", said) if isinstance(said, dict) else None


def _with(headers: list[tuple[bytes, bytes]], session: str, version: str) -> list[tuple[bytes, bytes]]:
    """The headers with what was agreed on, which clients may leave out."""
    kept = [(name, value) for name, value in headers if name not in {SESSION, VERSION}]
    return [*kept, (VERSION, version.encode()), *([(SESSION, session.encode())] if session else [])]


def _of(body: bytes) -> Receive:
    """A body that was read, to be read again."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            await asyncio.Event().wait()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
