"""The fast lane answers as the SDK does, byte for byte but for time stamps, whatever it is asked."""

import asyncio
import importlib
import json
import random
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import Field
from starlette.types import Message

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.credentials import Credentials
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.operations import OPERATIONS, operation
from switchboard.foundation.records import Picture, Record
from switchboard.mcp import operations as on
from switchboard.mcp.http import Gateway, open_gateway
from switchboard.mcp.patience import Patience
from switchboard.mcp.server_records import ServerSettings
from tests.api.counter import key_of, twice
from tests.mcp.house import ON, PUBLIC
from tests.mcp.house import OPERATIONS as TRIED

pytestmark = pytest.mark.slow
importlib.import_module("switchboard.house")  # which declares every operation

META = "io.modelcontextprotocol/"
VERSION, CAPABILITIES, INFO = f"{META}protocolVersion", f"{META}clientCapabilities", f"{META}clientInfo"
PREFIX = "customer_data_"
STAMP = re.compile(rb"[0-9a-f]{32}(?=_)|\"retry_after_s\":\s*\d+")
SOME, MANY = 3_000, 100_000


class Values(Record):
    """Values of many kinds."""

    numbers: list[float] = Field(default_factory=list[float])
    text: str = ""
    rest: dict[str, Any] = Field(default_factory=dict[str, Any])


@operation("customers.values", title="Values", permission="customers:read", reads=True)
async def values(work: Work, asked: Values) -> Values:
    """What was asked."""
    return asked


@operation("customers.drawn", title="Drawn", permission="customers:read", reads=True)
async def drawn(work: Work, asked: Values) -> Picture:
    """A picture."""
    return Picture(told="a line", png="aGk=", svg=asked.text)


@operation("customers.slow", title="Slow", permission="customers:read", reads=True)
async def slow(work: Work, asked: Values) -> Values:
    """It takes its time."""
    await asyncio.sleep(asked.numbers[0])
    return asked


MORE = {name: OPERATIONS.pop(name) for name in ("customers.values", "customers.drawn", "customers.slow")}
ALL = TRIED | MORE | {"customers.twice": replace(twice, name="customers.twice")}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a request."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


async def answered(app: Gateway, headers: list[list[str]], body: bytes, path: str = "/mcp") -> Answer:
    """What the gateway answers to a POST."""
    sent: list[Message] = []
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if given:
            return given.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw}
    async with asyncio.timeout(30):
        await app(scope, receive, send)
    return told(sent)


def told(sent: list[Message]) -> Answer:
    """What was sent, without what differs each time."""
    start, *rest = sent
    words = STAMP.sub(b"", b"".join(each.get("body", b"") for each in rest))
    length = (b"content-length", b"")
    headers = tuple(sorted(length if name == b"content-length" else (name, value) for name, value in start["headers"]))
    return Answer(status=start["status"], headers=headers, body=words)


@dataclass(frozen=True, kw_only=True)
class Roads:
    """The same gateway with its fast lane and without."""

    fast: Gateway
    slow: Gateway


@asynccontextmanager
async def opened(ground: Ground) -> AsyncGenerator[Roads]:
    def gateway(*, fast: bool) -> Any:
        flags = Flags(ground=ground, settings=ON)
        return open_gateway(ground, Credentials(ground, None), flags, PUBLIC, ALL, has_fast_lane=fast)

    async with gateway(fast=True) as fast, gateway(fast=False) as slow:
        yield Roads(fast=fast, slow=slow)


def call(tool: str, arguments: object, number: object = 1) -> dict[str, Any]:
    meta = {VERSION: "2026-07-28", CAPABILITIES: {}, INFO: {"name": "d", "version": "1"}}
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def heads(tool: str, key: str, version: str = "2026-07-28") -> list[list[str]]:
    return [
        ["Content-Type", "application/json"], ["Accept", "application/json, text/event-stream"],
        ["MCP-Protocol-Version", version], ["Mcp-Method", "tools/call"], ["Mcp-Name", tool],
        ["Authorization", f"Bearer {key}"], ["Host", "127.0.0.1:8000"],
    ]  # fmt: skip


TOOLS = (
    "get_customer_profile", "customers_greet", "search_customers", "customers_values", "customers_drawn",
    "get_archetype_stats", "predict_churn_risk", "calculate_segment_trends", "customers_rename", "no_such_tool",
)  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e16, 1e-7, 12345678901234567890, "", "x", "nobody", "c1'; DROP", "ç42", "c٣", "😀", "\x7f",
    "\u2028", [], {}, [1], {"a": 1}, "c" * 400, 10**30, "\ud83d", {"customer_id": "c2"}, [[[[1]]]],
)  # fmt: skip
Body = dict[str, Any]
Heads = list[list[str]]
Mutation = Callable[[random.Random, Body, Heads], object]


def _put(body: Body, *path: str, value: Any) -> None:
    at: Any = body
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = deepcopy(value)  # what comes next may change it


def _meta(key: str, *values: Any) -> Mutation:
    return lambda chosen, body, _: _put(body, "params", "_meta", key, value=chosen.choice(values))


def _head(at: int, *values: str) -> Mutation:
    return lambda chosen, _, headers: headers[at].__setitem__(1, chosen.choice(values))


def _more(name: str, *values: str) -> Mutation:
    return lambda chosen, _, headers: headers.append([name, chosen.choice(values)])


MUTATIONS: tuple[Mutation, ...] = (
    *(lambda chosen, body, _, key=key: _put(body, "params", "arguments", key, value=chosen.choice(JUNK))
      for key in ("customer_id", "customerId", "as_of", "numbers", "text", "rest", "extra", "order_lines")),
    lambda chosen, body, _: _put(body, "params", "arguments", value=chosen.choice(JUNK)),
    lambda _, body, __: body["params"].pop("arguments"),
    lambda chosen, body, _: _put(body, "params", "name", value=chosen.choice([*JUNK, PREFIX + "customers_greet"])),
    lambda chosen, body, _: _put(body, "id", value=chosen.choice(JUNK)),
    lambda _, body, __: body.pop("id"),
    lambda _, body, __: body.pop("jsonrpc"),
    lambda chosen, body, _: _put(body, "jsonrpc", value=chosen.choice(["1.0", 2, None])),
    lambda chosen, body, _: _put(body, "method", value=chosen.choice(["tools/list", "ping", "foo", 1, None])),
    lambda _, body, __: body["params"].pop("_meta"),
    lambda _, body, __: body["params"]["_meta"].pop(CAPABILITIES),
    lambda _, body, __: body["params"]["_meta"].pop(INFO),
    lambda chosen, body, _: _put(body, "params", value=chosen.choice(JUNK)),
    lambda chosen, body, _: _put(body, "params", "junk", value=chosen.choice(JUNK)),
    lambda chosen, body, _: _put(body, "junk", value=chosen.choice(JUNK)),
    lambda chosen, body, _: _put(body, "params", "inputResponses", value=chosen.choice([{}, None, {"a": 1}])),
    _meta(VERSION, "2025-11-25", "1900-01-01", None, 1), _meta(CAPABILITIES, *JUNK), _meta(INFO, *JUNK),
    _meta(CAPABILITIES, {"elicitation": {}}, {"extensions": {"x/y": {}}}, {"sampling": 3}),
    _meta("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1),
    _meta(f"{META}logLevel", "debug", "loud"),
    _head(0, "text/plain", "application/json; charset=utf-8", "APPLICATION/JSON"),
    _head(1, "application/json", "text/event-stream", "*/*", "text/html", "application/*, text/*"),
    _head(2, "2025-11-25", "2025-06-18", "1900-01-01", ""), _head(3, "tools/list", "TOOLS/CALL"),
    _head(4, "nope", f"  {PREFIX}get_customer_profile  ", f"{PREFIX}GET", "=?base64?Z2V0?="),
    _head(5, "Bearer nope", "Basic abc", "Bearer", ""), _head(6, "evil.example", "localhost", "shop.example", ""),
    _more("Origin", "https://evil.example", "http://127.0.0.1:1", PUBLIC, ""), _more("Mcp-Name", "other"),
    _more("Mcp-Method", "tools/call"), _more("Mcp-Param-Region", "x"), _more("Content-Length", "5", "99999999", "x"),
    _more("Mcp-Session-Id", "abc"), _more("X-Api-Key", "sb_x"),
)  # fmt: skip


def drawn_body(chosen: random.Random, body: Body) -> bytes:
    """As bytes, which are now and then none that a client would send."""
    said = json.dumps(body, ensure_ascii=chosen.random() < 0.5).encode(errors="surrogatepass")
    if chosen.random() < 0.03:
        said = chosen.choice(
            [b"", b"{", b"[]", b"null", b"[" + said + b"]", b"\xff\xfe", b'{"a":NaN}', b" " + said + b" "]
        )
    return said


def cases(seed: int, count: int, keys: list[str]) -> Any:
    """Requests, of both revisions."""
    chosen = random.Random(seed)  # noqa: S311 - the same cases each time
    for _ in range(count):
        tool, version = PREFIX + chosen.choice(TOOLS), chosen.choice(["2026-07-28"] * 9 + ["2025-11-25"])
        arguments = {"customer_id": f"c{chosen.randrange(99)}"} if chosen.random() < 0.7 else {"numbers": [1e22, 0.1]}
        body = call(tool, arguments, chosen.choice([1, "a", 12345678901, -3, "é"]))
        headers = heads(tool, chosen.choice(keys), version)
        if version == "2025-11-25":
            body["params"].pop("_meta")
        for change in chosen.choices(MUTATIONS, k=chosen.choice([0, 0, 1, 1, 1, 2])):
            try:
                change(chosen, body, headers)
            except (TypeError, KeyError, AttributeError):
                continue  # another change took away what this one is about
        yield headers, drawn_body(chosen, body)


async def compared(ground: Ground, operator: Caller, count: int, seed: int) -> dict[int, int]:
    """How often each status was answered; raise AssertionError where the roads differ."""
    keys = [await key_of(ground, operator, role) for role in ("owner", "analyst", "agent")]
    seen: dict[int, int] = {}
    async with opened(ground) as roads:
        for headers, body in cases(seed, count, keys):
            slowly, fast = await answered(roads.slow, headers, body), await answered(roads.fast, headers, body)
            assert fast == slowly, (headers, body)
            seen[slowly.status] = seen.get(slowly.status, 0) + 1
    return seen


async def test_both_roads_answer_the_same_to_thousands_of_requests(ground: Ground, operator: Caller):
    seen = await compared(ground, operator, SOME, seed=7)
    assert seen[200] > SOME / 3
    assert {200, 202, 400, 401, 403, 406, 421} <= seen.keys()


@pytest.mark.heavy
@pytest.mark.no_cover  # counting lines takes longer than running them, and the thousands above run the same
@pytest.mark.timeout(1_800)
async def test_both_roads_answer_the_same_to_a_hundred_thousand(ground: Ground, operator: Caller):
    seen = await compared(ground, operator, MANY, seed=8)
    assert sum(seen.values()) == MANY


async def lines(ground: Ground, caller: Caller) -> list[tuple[str, str, str]]:
    """What the audit trail tells of this caller's workspace over this door."""
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    async with ground.work(caller) as work:
        rows = await sql.fetch(
            work, "select caller_id, operation, outcome, door from audit_line where workspace_id = $1 and door = 'mcp'"
            " order by id", caller.workspace,
        )  # fmt: skip
    return [(str(row["caller_id"]), row["operation"], row["outcome"]) for row in rows]


async def test_both_roads_leave_the_same_lines_in_the_audit_trail(ground: Ground, operator: Caller):
    async with opened(ground) as roads:
        left: list[list[tuple[str, str]]] = []
        for road in (roads.slow, roads.fast):
            key = await key_of(ground, operator, "analyst")
            caller = await Credentials(ground, None).caller(key)
            for tool in TOOLS:
                for arguments in ({"customer_id": "c1"}, {"customer_id": "nobody"}, {}, {"junk": 1}):
                    await answered(road, heads(PREFIX + tool, key), json.dumps(call(PREFIX + tool, arguments)).encode())
            left.append(sorted(each[1:] for each in await lines(ground, operator) if each[0] == str(caller.id)))
        assert left[0] == left[1]
        assert {outcome for _, outcome in left[0]} >= {"done", "not_found", "failed", "not_allowed"}


async def test_allowances_end_on_both_roads_alike(ground: Ground, operator: Caller):
    async with opened(ground) as roads:
        tool = f"{PREFIX}customers_twice"
        said: list[list[Answer]] = []
        for road in (roads.slow, roads.fast):
            key = await key_of(ground, operator, "analyst")
            said.append([await answered(road, heads(tool, key), json.dumps(call(tool, {})).encode()) for _ in range(3)])
        assert said[0] == said[1]
        assert [b'"isError":true' in each.body for each in said[0]] == [False, False, True]


async def test_what_is_set_of_a_server_holds_on_both_roads(ground: Ground, operator: Caller):
    async with opened(ground) as roads:
        key = await key_of(ground, operator)
        tool = f"{PREFIX}customers_slow"
        body = json.dumps(call(tool, {"numbers": [0.5]})).encode()
        asked = ServerSettings(name="customer-data", timeout_s=0.05, tools_off=("get_customer_profile",))
        gone = f"{PREFIX}get_customer_profile"
        await on.set_server(ground, operator, asked, door="test")
        try:
            late = [await answered(road, heads(tool, key), body) for road in (roads.slow, roads.fast)]
            off = [
                await answered(road, heads(gone, key), json.dumps(call(gone, {})).encode())
                for road in (roads.slow, roads.fast)
            ]
        finally:
            back = ServerSettings(name="customer-data", timeout_s=None, tools_off=())
            await on.set_server(ground, operator, back, door="test")
        assert late[0] == late[1]
        assert b"it took longer than 0.05 s" in late[0].body
        assert off[0] == off[1]
        assert b"Unknown tool" in off[0].body


async def test_a_call_ends_when_its_client_leaves(ground: Ground, operator: Caller):
    async with opened(ground) as roads:
        key = await key_of(ground, operator)
        tool, sent = f"{PREFIX}customers_slow", list[Message]()
        given: list[Message] = [
            {"type": "http.disconnect"},
            {"type": "http.request", "body": json.dumps(call(tool, {"numbers": [20.0]})).encode(), "more_body": False},
        ]

        async def receive() -> Message:
            return given.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        raw = [(name.lower().encode(), value.encode()) for name, value in heads(tool, key)]
        scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": raw}
        async with asyncio.timeout(5):
            await roads.fast(scope, receive, send)
        assert sent == []
        assert [each[1:] for each in await lines(ground, operator)] == [("customers.slow", "cancelled")]


async def test_a_call_that_takes_long_becomes_a_stream_with_signs_of_life():
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    with Patience(receive, send, ping_s=0.05) as waiting:
        await asyncio.sleep(0.3)
    await waiting.finish(200, b'{"a":1}')
    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"] == b"text/event-stream"
    assert sent[1]["body"] == b": ping\r\n\r\n"
    assert (sent[-1]["body"], sent[-1]["more_body"]) == (b'event: message\r\ndata: {"a":1}\r\n\r\n', False)


async def test_usual_calls_are_answered_without_the_sdk(ground: Ground, operator: Caller):
    async with opened(ground) as roads:
        key, tool = await key_of(ground, operator), f"{PREFIX}customers_values"
        road = roads.fast.addresses["/mcp"].lane
        assert road is not None

        async def nobody(*_: object) -> None:
            raise AssertionError("the SDK was asked")

        road.slow = nobody
        given = await answered(roads.fast, heads(tool, key), json.dumps(call(tool, {"text": "é"})).encode())
        assert json.loads(given.body)["result"]["structuredContent"]["text"] == "é"
