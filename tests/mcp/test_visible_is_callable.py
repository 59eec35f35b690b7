"""A tool can be called exactly where it is seen: for every caller, switch, rollout, address, transport and revision.

Callers, switches and rollouts are drawn at random; each then tries every name there is, those of other addresses and of
nothing at all among them. A call is made with an argument that no tool has, so that none is run: a tool that is there
says so of the argument, one that is not is unknown.
"""

import importlib
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any, cast

import httpx2
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from switchboard.accounts import operations as accounts
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import EVERY, ROLES, permissions_of
from switchboard.accounts.scopes import LETS, within
from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.settings import Settings
from switchboard.mcp import store
from switchboard.mcp.catalogue import Catalogue, Shown, catalogue
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.http import open_gateway
from switchboard.mcp.managing import Servers
from switchboard.mcp.rollout import Rollout, Step
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.store import ServerRow
from tests.mcp.house import PUBLIC

importlib.import_module("switchboard.house")  # which declares every operation

REVISIONS = ("2026-07-28", "2025-11-25")
DISCOVERY = ("search_tools", "describe_tool", "call_tool")
NO_ARGUMENT = {"no such argument": 1}
ABSENT = (
    "",
    "no_such_tool",
    "tools/list",
    "customer_data_",
    "CUSTOMER_DATA_GET_CUSTOMER_PROFILE",
    "get customer profile",
)
ADDRESSES = [("/mcp", Shown.FEW, SERVERS), ("/mcp?tools=all", Shown.ALL, SERVERS)] + [
    (f"/mcp/{server.name}", Shown.ALONE, (server,)) for server in SERVERS
]
Call = Callable[[str, dict[str, Any]], Awaitable[str | None]]
"""Call a tool; the text of its answer, None where it is unknown."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One draw: who asks, what is switched on, and where."""

    caller: Caller
    settings: Settings
    path: str
    shown: Shown
    servers: tuple[Any, ...]


def drawn(chance: Random, operator: Caller) -> Setting:
    """One of all there could be; what is off altogether is drawn seldom, as it shows so little."""
    role = chance.choice(ROLES)
    only = None if chance.random() < 0.5 else [name for name in sorted(EVERY) if chance.random() < 0.5]
    bare = [name for server in SERVERS for name in server.declared(OPERATIONS.values())]
    caller = replace(
        operator, id=operator.workspace.__class__(int=chance.getrandbits(128)), kind="key", role=role,
        permissions=permissions_of(role, only),
        tools_only=frozenset(chance.sample(bare, len(bare) // 2)) if chance.random() < 0.2 else None,
        tools_off=frozenset(chance.sample(bare, 5)) if chance.random() < 0.3 else frozenset(),
        lists_all=chance.random() < 0.2,
    )  # fmt: skip
    if chance.random() < 0.3:
        caller = within(caller, frozenset(chance.sample(sorted(LETS), chance.randint(0, len(LETS)))))
    on = Settings(
        mcp_enabled=chance.random() < 0.95, mcp_customer_data_enabled=chance.random() < 0.85,
        mcp_monitoring_enabled=chance.random() < 0.75,
    )  # fmt: skip
    path, shown, servers = chance.choice(ADDRESSES)
    return Setting(caller=caller, settings=on, path=path, shown=shown, servers=tuple(servers))


async def settle(ground: Ground, operator: Caller, chance: Random) -> None:
    """Servers as a workspace may have them: stopped, with tools off, or rolled out in part."""
    now = ground.clock()
    async with ground.work(operator) as work:
        for server in SERVERS:
            bare = sorted(server.declared(OPERATIONS.values()))
            steps = (Step(percent=chance.choice([10.0, 25.0, 50.0, 100.0]), after_days=0),)
            state = chance.choice(["rolling_out", "rolling_out", "done", "rolled_back"])
            rollout = Rollout(steps=steps, began_at=now, changed_at=now, state=cast("Any", state))
            await store.lock_server(work, server.name)
            await store.keep_server(
                work,
                ServerRow(
                    name=server.name, enabled=chance.random() < 0.9,
                    tools_off=tuple(chance.sample(bare, chance.randint(0, min(4, len(bare))))),
                    rollout=rollout if chance.random() < 0.4 else None,
                ),
            )  # fmt: skip


def names_to_try(offered: Catalogue) -> list[str]:
    """All of this address, those of others, and some of nothing."""
    elsewhere = [
        name
        for server in SERVERS
        for bare in server.declared(OPERATIONS.values())
        for name in (bare, server.prefix + bare)
        if name not in offered.tools
    ]
    return [*offered.tools, *DISCOVERY, *ABSENT, *elsewhere[::5]]


async def check(listed: list[str], call: Call, names: list[str]) -> Counter[bool]:
    """How many of these are seen and can be called, and how many neither; fails on the first that differs."""
    found = [*listed, *(await _found(call) if "search_tools" in listed else [])]
    seen, cases = set(found), Counter[bool]()
    for name in names:
        is_called = await call(name, NO_ARGUMENT) is not None
        assert is_called is (name in seen), f"{name}: seen {name in seen}, called {is_called}"
        cases[is_called] += 1
        if "call_tool" in listed and name not in DISCOVERY and name:
            through = await call("call_tool", {"name": name, "arguments": NO_ARGUMENT}) is not None
            assert through is is_called, f"{name}: through call_tool {through}, called {is_called}"
            cases[through] += 1
    return cases


async def _found(call: Call) -> list[str]:
    """Every tool that can be searched for."""
    found: list[str] = []
    cursor = None
    while True:
        page = json.loads(await call("search_tools", {"limit": 100, "cursor": cursor}) or "{}")
        found += [each["name"] for each in page["tools"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@asynccontextmanager
async def over_a_pipe(ground: Ground, drawn: Setting, revision: str) -> AsyncGenerator[tuple[list[str], Call]]:
    """What is listed, and how to call, by the server as standard input has it."""

    async def who() -> Caller:
        return drawn.caller

    offered = catalogue(
        Servers(ground, Flags(ground=ground, settings=drawn.settings)), drawn.servers, OPERATIONS.values(), drawn.shown
    )
    mode: Any = "auto" if revision == REVISIONS[0] else "legacy"
    async with Client(make_server(open_office(ground), offered, who), mode=mode) as client:
        assert client.protocol_version == revision

        async def call(name: str, arguments: dict[str, Any]) -> str | None:
            try:
                answer = await client.call_tool(name, arguments)
            except MCPError as error:
                assert error.error.message == f"Unknown tool: {arguments.get('name', name)}"  # noqa: PT017
                return None
            return str(cast("Any", answer.content[0]).text)

        listed: list[str] = []
        cursor = None
        while True:
            page = await client.list_tools(cursor=cursor)
            listed += [each.name for each in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                break
        yield listed, call


@asynccontextmanager
async def over_http(ground: Ground, drawn: Setting, key: str, revision: str) -> AsyncGenerator[tuple[list[str], Call]]:
    """The same by plain requests at the door."""
    flags = Flags(ground=ground, settings=drawn.settings)
    async with (
        open_gateway(ground, Credentials(ground, None), flags, PUBLIC) as gateway,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=gateway), base_url="http://127.0.0.1:8000",
            headers={"authorization": f"Bearer {key}", "accept": "application/json, text/event-stream"},
        ) as http,
    ):  # fmt: skip

        async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
            headers = {"mcp-protocol-version": revision}
            if revision == REVISIONS[0]:
                headers |= {"mcp-method": method} | ({"mcp-name": params["name"]} if "name" in params else {})
                about = "io.modelcontextprotocol/"
                params = {
                    **params, "_meta": {f"{about}protocolVersion": revision, f"{about}clientCapabilities": {}}
                }  # fmt: skip
            said = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = await http.post(drawn.path, json=said, headers=headers)
            data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
            return cast("dict[str, Any]", json.loads(data[-1] if data else answer.text))

        async def call(name: str, arguments: dict[str, Any]) -> str | None:
            said = await ask("tools/call", {"name": name, "arguments": arguments})
            if "result" in said:
                return str(said["result"]["content"][0]["text"])
            return None

        listed: list[str] = []
        params: dict[str, Any] = {}
        while True:
            page = (await ask("tools/list", params)).get("result", {"tools": []})
            listed += [each["name"] for each in page["tools"]]
            if "nextCursor" not in page:
                break
            params = {"cursor": page["nextCursor"]}
        yield listed, call


async def tried(ground: Ground, operator: Caller, seed: int, settings: int, *, by_http: int) -> Counter[bool]:
    """So many draws, every so-manieth over HTTP."""
    chance, cases = Random(seed), Counter[bool]()  # noqa: S311 - draws that can be repeated
    credentials = Credentials(ground, None)
    for turn in range(settings):
        await settle(ground, operator, chance)
        one, revision = drawn(chance, operator), REVISIONS[turn % 2]
        offered = catalogue(
            Servers(ground, Flags(ground=ground, settings=one.settings)), one.servers, OPERATIONS.values(), one.shown
        )
        names = names_to_try(offered)
        if turn % by_http < 2:
            asked = KeyAdd(name="drawn", permissions=sorted(one.caller.permissions)) if one.caller.permissions else None
            asked = asked or KeyAdd(name="drawn", role="support")
            key = (await accounts.add_key(ground, operator, asked, door="test")).key
            await credentials.caller(key)
            async with over_http(ground, one, key, revision) as (listed, call):
                cases += await check(listed, call, names)
        else:
            async with over_a_pipe(ground, one, revision) as (listed, call):
                cases += await check(listed, call, names)
    return cases


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_what_is_seen_can_be_called_and_nothing_else(ground: Ground, operator: Caller):
    cases = await tried(ground, operator, seed=1, settings=24, by_http=8)
    assert min(cases[True], cases[False]) > 300


@pytest.mark.heavy
@pytest.mark.no_cover  # counting lines takes longer than running them, and the draws above run the same
@pytest.mark.timeout(1_800)
async def test_that_holds_for_a_hundred_thousand_cases(ground: Ground, operator: Caller):
    cases, seed = Counter[bool](), 100
    while cases.total() < 100_000:
        seed += 1
        cases += await tried(ground, operator, seed=seed, settings=80, by_http=10)
    assert min(cases[True], cases[False]) > 20_000
