"""The fast lane: calls of tools that only read, answered before the SDK sees them, where they come as clients do.

Who calls is known, and let in, when a call comes here. What the SDK makes of headers, and of what a client says of
itself, is asked of it once and remembered. Whatever is unusual goes to the SDK as it came, before anything of it was
counted. The call itself is the desk's, as it is on the SDK's road: the same policy, the same words, the same bytes.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

from mcp.server.lowlevel import Server
from mcp.server.runner import modern_error_data
from mcp.server.streamable_http import check_accept_headers
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
    SERVER_INFO_META_KEY,
    CallToolRequestParams,
    CallToolResult,
    ClientCapabilities,
    TextContent,
)
from mcp_types.methods import serialize_server_result, validate_client_request
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.foundation.callers import Caller
from switchboard.mcp.exchange import Context, Exchange
from switchboard.mcp.gateway import Handlers
from switchboard.mcp.json_results import JsonResult, is_as_python_writes
from switchboard.mcp.patience import Patience
from switchboard.mcp.refusals import outcome_of
from switchboard.mcp.tasks import EXTENSION

REVISION = "2026-07-28"
METHOD = "tools/call"
JUDGED = (b"content-type", b"accept", b"host", b"origin")  # what the SDK has an opinion of
ROUTING = {b"mcp-protocol-version": REVISION.encode(), b"mcp-method": METHOD.encode()}
NAMED = b"mcp-name"
REPEATED = b"mcp-param-"
ONCE = frozenset({*JUDGED, *ROUTING, NAMED})
ENVELOPE = frozenset({"jsonrpc", "id", "method", "params"})
PARAMS = frozenset({"name", "arguments", "_meta"})
META = frozenset({PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY})
HALF = re.compile(rb"\\u[dD]")  # of a pair of surrogates, which may be no pair
COMPLETE = {"resultType": "complete"}
AS_JSON = json.JSONEncoder(separators=(",", ":")).encode  # as the SDK writes it
SCALARS = frozenset({bool, str, int})
LENGTH_DIGITS = 6  # of bodies below the most that is read
MOST_REMEMBERED, LONGEST_META, LONGEST_ID, LARGEST_ID = 1_000, 4_000, 100, 2**53
Heads = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is as clients send them."""

    id: int | str
    name: str
    arguments: dict[str, Any]
    knows_tasks: bool


@dataclass(slots=True, kw_only=True)
class FastLane:
    """The lane of one address; `slow` is the SDK's road."""

    on: Handlers
    server: Server[Any]
    security: TransportSecuritySettings
    most_body: int
    slow: ASGIApp
    _stamp: dict[str, Any] = field(init=False)
    _tools: dict[bytes, str] = field(default_factory=dict[bytes, str])
    _heads: dict[Heads, bool] = field(default_factory=dict[Heads, bool])
    _metas: dict[str, bool] = field(default_factory=dict[str, bool])

    def __post_init__(self) -> None:
        self._stamp = {SERVER_INFO_META_KEY: self.server.server_info_stamp}

    async def serve(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        """Answer a request, here or by the SDK."""
        name = await self._tool(scope)
        if name is None:
            await self.slow(scope, receive, send)
            return
        read: list[Message] = []
        body = await self._body(receive, read)
        call = None if body is None else self._call(name, body)
        if call is None:
            await self.slow(scope, _again(read, receive), send)
        else:
            await self._answer(call, caller, receive, send)

    async def _tool(self, scope: Scope) -> str | None:
        """The tool that the headers name, if they are as they should be and it is one of the lane's."""
        seen: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in ONCE:
                if name in seen:
                    return None
                seen[name] = value
            elif name.startswith(REPEATED) or (name == b"content-length" and len(value) > LENGTH_DIGITS):
                return None
        if not ROUTING.items() <= seen.items():
            return None
        tool = self._named(seen.get(NAMED, b""))
        heads = tuple(map(seen.get, JUDGED))
        if tool is None:
            return None
        well = self._heads.get(heads)
        if well is None:
            well = _remember(self._heads, heads, well=await self._judge(scope))
        return tool if well else None

    def _named(self, name: bytes) -> str | None:
        """The tool of this name, if it only reads and no header repeats its arguments."""
        tool = self._tools.get(name)
        if tool is not None:
            return tool
        asked = name.decode("latin-1")
        found = self.on.offered.tools.get(asked)
        if found is None or not found.declared.reads or self.on.parts.native(asked) is not None:
            return None
        if self.on.schema_of(asked) is not None:
            return None
        self._tools[name] = asked
        return asked

    async def _judge(self, scope: Scope) -> bool:
        """Whether the SDK would go on with a request that has these headers."""
        request = Request(scope)
        refused = await TransportSecurityMiddleware(self.security).validate_request(request, is_post=True)
        return refused is None and check_accept_headers(request) == (True, True)

    async def _body(self, receive: Receive, read: list[Message]) -> bytes | None:
        """The body; None for one that is too large, or of a client that left."""
        body = b""
        while True:
            message = await receive()
            read.append(message)
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > self.most_body:
                return None
            if not message.get("more_body", False):
                return body

    def _call(self, name: str, body: bytes) -> Call | None:
        """The call in a body; None for anything unusual."""
        if HALF.search(body):
            return None
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not _is_map(said) or said.keys() != ENVELOPE or said["jsonrpc"] != "2.0" or said["method"] != METHOD:
            return None
        params, number = said["params"], said["id"]
        if not _is_id(number) or not _is_map(params) or not params.keys() <= PARAMS or params.get("name") != name:
            return None
        arguments, meta = params.get("arguments", {}), params.get("_meta")
        if not _is_map(arguments) or not _is_map(meta) or not self._is_known(name, meta):
            return None
        capabilities: dict[str, Any] = meta.get(CLIENT_CAPABILITIES_META_KEY) or {}
        return Call(number, name, arguments, EXTENSION in (capabilities.get("extensions") or {}))

    def _is_known(self, name: str, meta: dict[str, Any]) -> bool:
        """Whether what a client says of itself is well said, and asks for nothing besides."""
        if not meta.keys() <= META or meta.get(PROTOCOL_VERSION_META_KEY) != REVISION:
            return False
        said = repr(meta)
        well = self._metas.get(said)
        if well is None:
            well = len(said) <= LONGEST_META and _is_valid(name, meta)
            _remember(self._metas, said[: LONGEST_META + 1], well=well)
        return well

    async def _answer(self, call: Call, caller: Caller, receive: Receive, send: Send) -> None:
        context = WITH_TASKS if call.knows_tasks else QUIET
        exchange = Exchange(ground=self.on.office.ground, caller=caller, context=context, name=call.name)
        said, status = "", 200
        with Patience(receive, send) as patience:
            try:
                said = f'"result":{self._told(await self.on.desk(exchange).serve(call.name, call.arguments))}'
            except Exception as raised:  # noqa: BLE001 - the outermost loop of a call: the SDK words and logs it
                if isinstance(raised, MCPError):
                    await self.on.office.refusals.tell(caller, outcome_of(METHOD, raised))
                error = modern_error_data(raised).model_dump(mode="json", by_alias=True, exclude_none=True)
                said, status = f'"error":{AS_JSON(error)}', ERROR_CODE_HTTP_STATUS.get(error["code"], 200)
        if not patience.is_gone:
            await patience.finish(status, f'{{"jsonrpc":"2.0","id":{AS_JSON(call.id)},{said}}}'.encode())

    def _told(self, given: CallToolResult | dict[str, Any]) -> str:
        """A result as the SDK tells it, which puts what we say of it first and what it says itself last."""
        text = _only_text(given) if isinstance(given, CallToolResult) else None
        if text is None or not isinstance(given, CallToolResult):
            return AS_JSON(self._by_sdk(given))
        told: dict[str, Any] = {"content": [{"text": text, "type": "text"}], "isError": given.is_error, **COMPLETE}
        first, last = ({}, self._stamped({})) if given.meta is None else (self._stamped(given.meta), {})
        data = ""
        if isinstance(given, JsonResult):
            said = text if is_as_python_writes(text) else AS_JSON(from_json(text))
            data = f'"structuredContent":{said}'
        elif given.structured_content is not None:
            told["structuredContent"] = given.structured_content
        members = (AS_JSON(first | told)[1:-1], data, AS_JSON(last)[1:-1])
        return f"{{{','.join(filter(None, members))}}}"

    def _by_sdk(self, given: CallToolResult | dict[str, Any]) -> dict[str, Any]:
        if isinstance(given, CallToolResult):
            whole = given.whole if isinstance(given, JsonResult) else given
            given = whole.model_dump(mode="json", by_alias=True, exclude_none=True)
        is_core = given.get("resultType") != "task"  # what is of an extension goes out as it is
        told = serialize_server_result(METHOD, REVISION, given) if is_core else given
        return told | self._stamped(told.get("_meta", {}))

    def _stamped(self, meta: dict[str, Any]) -> dict[str, Any]:
        return {"_meta": {**meta, **self._stamp}}


def _only_text(given: CallToolResult) -> str | None:
    """The text of a result that is nothing else."""
    if len(given.content) != 1 or not SCALARS.issuperset(map(type, (given.meta or {}).values())):
        return None
    only = given.content[0]
    if not isinstance(only, TextContent) or only.annotations is not None or only.meta is not None:
        return None
    return only.text


def _is_map(said: object) -> TypeGuard[dict[str, Any]]:
    return type(said) is dict


def _is_id(number: object) -> bool:
    if type(number) is int:
        return abs(number) <= LARGEST_ID
    return type(number) is str and 0 < len(number) <= LONGEST_ID


def _is_valid(name: str, meta: dict[str, Any]) -> bool:
    params = {"name": name, "arguments": {}, "_meta": meta}
    try:
        validate_client_request(METHOD, REVISION, params)
        CallToolRequestParams.model_validate(params, by_name=False)
    except ValidationError:
        return False
    return True


def _remember(known: dict[Any, bool], what: object, *, well: bool) -> bool:
    """Keep an opinion; all are forgotten when there are too many."""
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[what] = well
    return well


def _again(read: list[Message], receive: Receive) -> Receive:
    """What was read, to be read again, and what comes after it."""
    waiting = iter(read)

    async def receive_again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return receive_again


class Silent:
    """The session of such a call: nobody is asked anything."""

    client_capabilities: ClientCapabilities | None = None


class SilentWithTasks(Silent):
    """The same of a client that knows tasks."""

    client_capabilities = ClientCapabilities(extensions={EXTENSION: {}})


def _context(session: Silent) -> Context:
    """The context of a call that asked to be told nothing while it runs."""
    return Context(
        session=cast("Any", session), lifespan_context={}, protocol_version=REVISION, method=METHOD, params=None,
        meta=None,
    )  # fmt: skip


QUIET, WITH_TASKS = _context(Silent()), _context(SilentWithTasks())
