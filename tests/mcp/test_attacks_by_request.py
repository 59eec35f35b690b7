"""Attacks by what a caller of ours sends: each is refused, and stands in the trail."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.mcp import operations as on
from switchboard.mcp.server_records import ServerSettings
from tests.api.counter import key_of
from tests.mcp.attacked import MODERN, OWNERS_TOOL, PROFILE, Gate, gate, is_refused, legacy, request, said
from tests.mcp.house import listening

pytestmark = pytest.mark.slow

ASKED = {"customer_id": "c1"}
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
Attack = Callable[[Gate], Awaitable[httpx2.Response]]


@pytest.fixture
async def at(ground: Ground, operator: Caller) -> AsyncGenerator[Gate]:
    key = await key_of(ground, operator, "analyst")
    async with listening(ground) as url, gate(ground, operator, key, url) as opened:
        yield opened


def headers(**said: str) -> Attack:
    """A good call whose headers say something else than its body."""
    named = {name.replace("_", "-"): value for name, value in said.items()}
    return lambda at: at.call(PROFILE, ASKED, named)


def twice(name: str, value: str) -> Attack:
    """A good call with a header more, so that two readers could read two things."""

    async def attack(at: Gate) -> httpx2.Response:
        about = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", PROFILE)]
        signed = [("authorization", f"Bearer {at.key}"), ("content-type", "application/json"),
                  ("accept", "application/json, text/event-stream")]  # fmt: skip
        return await at.http.post("/mcp", headers=[*signed, *about, (name, value)], json=request(PROFILE, ASKED))

    return attack


def without(name: str) -> Attack:
    async def attack(at: Gate) -> httpx2.Response:
        about = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": PROFILE}
        return await at.post(request(PROFILE, ASKED), {each: value for each, value in about.items() if each != name})

    return attack


def named(tool: str, path: str = "/mcp", arguments: Any = None) -> Attack:
    """A call of a tool that is called almost like one, as older revisions have it, which need no header for it."""
    return lambda at: at.post(legacy(tool, arguments or ASKED), path=path)


def through(tool: Any, arguments: Any = None) -> Attack:
    return named("call_tool", arguments={"name": tool, "arguments": ASKED if arguments is None else arguments})


def given(arguments: Any) -> Attack:
    return lambda at: at.call(PROFILE, arguments)


def raw(body: bytes) -> Attack:
    return lambda at: at.post(body)


def in_arguments(text: str) -> bytes:
    """A call whose arguments are this text."""
    return json.dumps(legacy(PROFILE, "HERE")).replace('"HERE"', text).encode()


async def stolen_session(at: Gate) -> httpx2.Response:
    """The session of another caller."""
    theirs = await key_of(at.ground, at.operator)
    begun = await at.post(INITIALIZE, {"authorization": f"Bearer {theirs}"})
    return await at.post(legacy(PROFILE, ASKED), {"mcp-session-id": begun.headers["mcp-session-id"]})


async def forged_session(at: Gate) -> httpx2.Response:
    """One's own session, with more than was said when hands were shaken."""
    begun = await at.post(INITIALIZE)
    words, _, mark = begun.headers["mcp-session-id"].partition(".")
    return await at.post(legacy(PROFILE, ASKED), {"mcp-session-id": f"{words}A.{mark}"})


async def rebound_stream(at: Gate) -> httpx2.Response:
    """The stream of what is told without asking, by a name that points here."""
    begun = await at.post(INITIALIZE)
    signed = {"authorization": f"Bearer {at.key}", "mcp-session-id": begun.headers["mcp-session-id"]}
    return await at.http.get("/mcp", headers={**signed, "host": "evil.example", "accept": "text/event-stream"})


async def forged_state(at: Gate) -> httpx2.Response:
    """Answers to questions nobody asked, in a state of one's own making."""
    asked = request(PROFILE, ASKED)
    asked["params"] |= {"requestState": "e30", "inputResponses": {"ok": {"action": "accept", "content": {"ok": True}}}}
    about = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": PROFILE}
    return await at.post(asked, about)


ATTACKS: dict[str, tuple[str, Attack]] = {
    "another tool in the header": ("header_mismatch", headers(mcp_name=OWNERS_TOOL)),
    "another method in the header": ("header_mismatch", headers(mcp_method="tools/list")),
    "another revision in the header": ("header_mismatch", headers(mcp_protocol_version="2027-01-01")),
    "a revision that never was": ("unsupported_version", lambda at: at.post(
        json.loads(json.dumps(request(PROFILE, ASKED)).replace(MODERN, "1999-01-01")),
        {"mcp-protocol-version": "1999-01-01", "mcp-method": "tools/call", "mcp-name": PROFILE},
    )),
    "the tool's header twice": ("header_mismatch", twice("mcp-name", OWNERS_TOOL)),
    "the method's header twice": ("header_mismatch", twice("mcp-method", "tools/list")),
    "no header of the tool": ("header_mismatch", without("mcp-name")),
    "no header of the method": ("header_mismatch", without("mcp-method")),
    "a page elsewhere by a name that points here": ("misdirected_request", headers(host="evil.example")),
    "a name that begins like this machine's": ("misdirected_request", headers(host="127.0.0.1.evil.example")),
    "a name that ends like ours": ("misdirected_request", headers(host="evilshop.example")),
    "our name at another port": ("misdirected_request", headers(host="shop.example:8443")),
    "a page of another origin": ("forbidden", headers(origin="https://evil.example")),
    "a page of no origin": ("forbidden", headers(origin="null")),
    "an origin that begins like this machine's": ("forbidden", headers(origin="http://localhost.evil.example")),
    "our origin without encryption": ("forbidden", headers(origin="http://shop.example")),
    "a stream by a name that points here": ("strange_host", rebound_stream),
    "another caller's session": ("invalid_request", stolen_session),
    "a session of one's own making": ("invalid_request", forged_session),
    "answers nobody asked for": ("invalid_params", forged_state),
    "a form instead of JSON": ("bad_request", headers(content_type="text/plain")),
    "a bare name where names have prefixes": ("unknown_tool", named("get_customer_profile")),
    "a prefix where names are bare": ("unknown_tool", named(PROFILE, "/mcp/customer-data")),
    "the prefix of another server": ("unknown_tool", named("monitoring_get_customer_profile")),
    "capital letters": ("unknown_tool", named(PROFILE.upper())),
    "a letter that looks the same": ("unknown_tool", named(PROFILE.replace("o", "о"))),  # noqa: RUF001 - Cyrillic
    "a letter nobody sees": ("unknown_tool", named(PROFILE + "\u200b")),
    "a name with an end inside": ("unknown_tool", named(PROFILE + "\u0000")),
    "a name with a line's end": ("unknown_tool", named(PROFILE + "\n")),
    "a name like a path": ("unknown_tool", named(f"../{PROFILE}")),
    "a name of a hundred thousand letters": ("unknown_tool", named("x" * 100_000)),
    "an operation's own name": ("unknown_tool", named("counter.person")),
    "a tool of owners": ("unknown_tool", named(OWNERS_TOOL)),
    "a tool of owners through the one that calls others": ("unknown_tool", through(OWNERS_TOOL)),
    "the tool that calls others through itself": ("unknown_tool", through("call_tool", {"name": PROFILE})),
    "a tool of another room": ("unknown_tool", through("accounts_add_key")),
    "a tool whose name is a list": ("invalid", through([PROFILE])),
    "arguments nobody asks for": ("invalid", given({**ASKED, "is_admin": True})),
    "arguments by the names of a language's insides": ("invalid", given({**ASKED, "__proto__": {"role": "owner"}})),
    "somebody else as the caller": ("invalid", given({**ASKED, "caller": {"role": "owner"}, "workspace_id": "x"})),
    "arguments of another kind": ("invalid", given({"customer_id": {"$ne": None}})),
    "a schema that is fetched from elsewhere": ("invalid", given({**ASKED, "$ref": "http://169.254.169.254/x"})),
    "a schema that holds itself": ("invalid", given({**ASKED, "$defs": {"a": {"$ref": "#/$defs/a"}}, "x": 1})),
    "a schema of billions": ("invalid", given({**ASKED, "allOf": [{"anyOf": [{"$ref": "#"}] * 50}] * 50})),
    "a character that no text holds": ("invalid", given({"customer_id": "c1\u0000"})),
    "arguments that are no object": ("invalid_params", given(["c1"])),
    "a body of two megabytes": ("request_entity_too_large", given({"customer_id": "x" * 2_000_000})),
    "arguments a hundred thousand deep": ("bad_json", raw(in_arguments("[" * 100_000 + "]" * 100_000))),
    "an object three hundred deep": ("bad_json", raw(in_arguments('{"a":' * 300 + "1" + "}" * 300))),
    "a number of a hundred thousand digits": ("bad_json", raw(in_arguments('{"customer_id":' + "9" * 100_000 + "}"))),
    "a number beyond all": ("invalid", raw(in_arguments('{"customer_id": 1e999999}'))),
    "a body that is no text": ("bad_json", raw(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":\xff\xfe}')),
    "half a body": ("bad_json", raw(b'{"jsonrpc":"2.0","id":1,"method":"tools/call"')),
    "many calls in one": ("invalid_params", lambda at: at.post([legacy(PROFILE, ASKED)] * 100)),
    "a method that only servers call": ("no_such_method", lambda at: at.post(
        {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}}
    )),
}  # fmt: skip


@pytest.mark.parametrize("how", ATTACKS)
async def test_it_is_refused_and_stands_in_the_trail(at: Gate, how: str):
    outcome, attack = ATTACKS[how]
    before = await at.lines()
    answer = await attack(at)
    assert is_refused(answer), said(answer)
    assert "c1" not in json.dumps(said(answer).get("result", {}).get("structuredContent"))
    after = await at.lines()
    for line in before:
        after.remove(line)
    assert ("mcp.request", outcome) in after
    assert all(told != "done" for _, told in after)


async def test_the_good_call_that_these_were_made_from_is_answered(at: Gate):
    for answer in (await at.call(PROFILE, ASKED), await at.post(legacy(PROFILE, ASKED))):
        assert said(answer)["result"]["structuredContent"]["customer_id"] == "c1"


async def test_calls_at_once_at_several_processes_and_in_every_way_have_one_allowance(
    ground: Ground, operator: Caller, at: Gate
):
    await on.set_server(ground, operator, ServerSettings(name="customer-data", per_hour=10), door="test")
    async with listening(ground) as other:
        key = await key_of(ground, operator, "analyst")
        async with (
            gate(ground, operator, key, at.http.base_url.__str__()) as one,
            gate(ground, operator, key, other) as two,
        ):
            ways: list[Attack] = [
                lambda at: at.call(PROFILE, ASKED), lambda at: at.post(legacy(PROFILE, ASKED)),
                through(PROFILE), lambda at: at.call("get_customer_profile", ASKED, path="/mcp/customer-data"),
                lambda at: at.call(PROFILE, ASKED, {"x-api-key": at.key}),
            ]  # fmt: skip
            answers = await asyncio.gather(*(way(door) for _ in range(8) for way in ways for door in (one, two)))
            lines = await one.lines()
    assert len(answers) == 80
    assert sum(not is_refused(each) for each in answers) == 10
    assert lines.count(("counter.person", "done")) == 10
    assert lines.count(("mcp.request", "limit_reached")) == 70
