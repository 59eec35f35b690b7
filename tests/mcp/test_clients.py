"""Clients over MCP: what a client is not given is not there, what is listed is its setting, limits say when to come."""

import importlib
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from switchboard.accounts.clients.operations import change_client, create_client
from switchboard.accounts.clients.records import ClientChange, ClientCreate, ClientMade
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from tests.mcp.house import Mode, client_of, listening, words

pytestmark = pytest.mark.slow
importlib.import_module("switchboard.house")  # which declares every operation
MODES: list[Mode] = ["auto", "legacy"]
PREFIX = "customer_data_"
PROFILE, SEARCH = "get_customer_profile", "search_customers"
ASKED = {"customer_id": "c1"}


async def made(ground: Ground, operator: Caller, **asked: Any) -> ClientMade:
    said = ClientCreate.model_validate({"name": "Claude", "role": "marketer"} | asked)
    return await create_client(ground, operator, said, door="test")


async def reached(client: Client) -> tuple[set[str], set[str]]:
    """What is listed or found by search_tools, and which of all that could be there can be called."""
    listed = {each.name for each in (await client.list_tools()).tools}
    if "search_tools" in listed:
        found = await client.call_tool("search_tools", {"limit": 100})
        told: dict[str, Any] = found.structured_content or {}
        listed |= {str(each["name"]) for each in told["tools"]}
    called = set[str]()
    for name in (PROFILE, SEARCH, "customers_greet", "jobs_begin"):
        for spelled in (name, PREFIX + name):
            try:
                await client.call_tool(spelled, ASKED)
            except MCPError:
                continue
            called.add(spelled)
    return listed, called


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["/mcp", "/mcp?tools=all", "/mcp/customer-data"])
@pytest.mark.parametrize(
    "bounds", [{}, {"tools_off": [PROFILE]}, {"tools_only": [SEARCH]}, {"tools_only": [SEARCH], "listing": "full"}]
)
async def test_what_a_client_sees_is_what_it_can_call(
    ground: Ground, operator: Caller, bounds: dict[str, Any], path: str, mode: Mode
):
    key = (await made(ground, operator, **bounds)).key
    async with listening(ground) as url, client_of(f"{url}{path}", key, mode) as client:
        seen, called = await reached(client)
    prefix = "" if path == "/mcp/customer-data" else PREFIX
    expected = {"tools_off": {SEARCH, "customers_greet"}, "tools_only": {SEARCH}}.get(
        next(iter(bounds), ""), {PROFILE, SEARCH, "customers_greet"}
    )
    assert called == {prefix + name for name in expected}
    assert called <= seen
    assert {each for each in (prefix + name for name in (PROFILE, SEARCH, "customers_greet")) if each in seen} == called


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_wants_every_tool_is_shown_every_tool(ground: Ground, operator: Caller, mode: Mode):
    few, full = await made(ground, operator), await made(ground, operator, name="full", listing="full")
    async with listening(ground) as url:
        async with client_of(f"{url}/mcp", few.key, mode) as client:
            some = {each.name for each in (await client.list_tools()).tools}
        async with client_of(f"{url}/mcp", full.key, mode) as client:
            every = {each.name: each for each in (await client.list_tools()).tools}
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("search_tools", {})
    assert "search_tools" in some
    assert "search_tools" not in every
    assert PREFIX + "customers_greet" in every
    assert every[PREFIX + PROFILE].output_schema


@pytest.mark.parametrize("mode", MODES)
async def test_a_limit_says_when_to_come_again(ground: Ground, operator: Caller, mode: Mode):
    key = (await made(ground, operator, daily_quota=1)).key
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        first, second = [await client.call_tool(PREFIX + PROFILE, ASKED) for _ in range(2)]
    assert (first.is_error, second.is_error) == (False, True)
    assert "this client has 1 calls a day" in words(second)
    assert second.meta is not None
    assert 0 < second.meta["retry_after_s"] <= 86_400


async def test_a_client_that_is_off_is_nobody(ground: Ground, operator: Caller):
    client = await made(ground, operator)
    await change_client(ground, operator, ClientChange(id=client.client.id, enabled=False), door="test")
    async with listening(ground) as url, httpx2.AsyncClient(base_url=url) as http:
        answer = await http.post("/mcp", headers={"authorization": f"Bearer {client.key}"})
    assert answer.status_code == 401
