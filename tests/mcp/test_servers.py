"""Servers as a workspace manages them: switched, set, rolled out and taken back while they run."""

import importlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from switchboard.accounts import tenants
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.credentials import Credentials
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed
from switchboard.foundation.ground import Done, Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.records import Nothing
from switchboard.foundation.settings import Settings
from switchboard.foundation.wake import Bell
from switchboard.mcp import operations as on
from switchboard.mcp.managing import look_after
from switchboard.mcp.server_records import (
    RolloutBack,
    RolloutBegin,
    RolloutStep,
    ServerNamed,
    ServerSettings,
    ServerShown,
    ServerSwitch,
)
from tests.api.counter import key_of
from tests.mcp.house import client_of, listening

pytestmark = pytest.mark.slow
importlib.import_module("switchboard.house")  # which declares every operation

NAME = "customer-data"
HALF = (RolloutStep(percent=50, after_days=0),)


async def shown(ground: Ground, caller: Caller) -> ServerShown:
    found = await on.list_servers(ground, caller, Nothing(), door="test")
    return found.servers[0]


@pytest.fixture
async def url(ground: Ground, server: Embedded) -> AsyncGenerator[str]:
    async with listening(ground, bell=Bell(url=server.url())) as opened:
        yield opened


async def tools(url: str, key: str) -> list[str]:
    async with client_of(f"{url}/mcp", key) as client:
        return [each.name for each in (await client.list_tools()).tools]


async def test_all_five_are_listed_and_those_that_are_not_built_say_so(ground: Ground, operator: Caller):
    found = await on.list_servers(ground, operator, Nothing(), door="test")
    assert [(each.name, each.is_built) for each in found.servers] == [
        ("customer-data", True), ("campaign-analytics", False), ("leadpulse", False), ("external-services", False),
        ("monitoring", True),
    ]  # fmt: skip
    assert {each.status for each in found.servers if not each.is_built} == {"not_built"}
    with pytest.raises(Conflict, match="leadpulse is not built yet"):
        await on.switch_server(ground, operator, ServerSwitch(name="leadpulse", enabled=True), door="test")


async def test_a_server_that_is_stopped_is_gone_for_its_workspace_alone(ground: Ground, operator: Caller, url: str):
    key = await key_of(ground, operator)
    other = replace(operator, workspace=(await _another(ground)))
    theirs = await key_of(ground, other)
    stopped = await on.switch_server(ground, operator, ServerSwitch(name=NAME, enabled=False), door="test")
    assert stopped.enabled is False
    assert await tools(url, key) == []
    assert await tools(url, theirs) != []
    async with httpx2.AsyncClient(base_url=url) as client:
        bearer = {"authorization": f"Bearer {key}"}
        assert (await client.post("/mcp/customer-data", headers=bearer)).status_code == 404
        assert (await client.post("/mcp/customer-data", headers={})).status_code == 401
    await on.switch_server(ground, operator, ServerSwitch(name=NAME, enabled=True), door="test")


async def test_a_tool_that_is_off_is_neither_seen_nor_found_nor_called(ground: Ground, operator: Caller, url: str):
    key = await key_of(ground, operator)
    asked = ServerSettings(name=NAME, tools_off=("get_customer_profile",))
    assert (await on.set_server(ground, operator, asked, door="test")).tools_off == ("get_customer_profile",)
    async with client_of(f"{url}/mcp", key) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("customer_data_get_customer_profile", {"customer_id": "c1"})
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("call_tool", {"name": "customer_data_get_customer_profile"})
    assert "customer_data_get_customer_profile" not in names
    assert "customer_data_search_customers" in names
    with pytest.raises(Invalid, match="customer-data has no tool nothing"):
        await on.set_server(ground, operator, ServerSettings(name=NAME, tools_off=("nothing",)), door="test")


async def test_settings_that_are_left_out_stay(ground: Ground, operator: Caller):
    await on.set_server(ground, operator, ServerSettings(name=NAME, timeout_s=5, per_hour=7), door="test")
    kept = await on.set_server(ground, operator, ServerSettings(name=NAME, timeout_s=None), door="test")
    assert (kept.timeout_s, kept.per_hour) == (None, 7)


async def test_how_long_clients_may_keep_lists_and_documents_is_set_while_it_runs(
    ground: Ground, operator: Caller, url: str
):
    key = await key_of(ground, operator)
    said: list[tuple[int, ...]] = []
    for cache_s in (None, 0, 600):
        await on.set_server(ground, operator, ServerSettings(name=NAME, cache_s=cache_s), door="test")
        async with client_of(f"{url}/mcp/{NAME}", key) as client:
            lists = (await client.list_tools(), await client.list_resources(), await client.list_resource_templates())
            listed = (*lists, await client.list_prompts())
        assert {each.cache_scope for each in listed} == {"private"}
        said.append(tuple({each.ttl_ms for each in listed}))
    async with client_of(f"{url}/mcp/{NAME}", key, "legacy") as client:
        legacy = (await client.list_tools()).ttl_ms
    assert said == [(5_000,), (0,), (600_000,)]
    assert legacy == 0  # that revision knows nothing of it


async def test_of_several_servers_at_an_address_the_shortest_time_holds(ground: Ground, operator: Caller):
    key = await key_of(ground, operator, "owner")
    both = Settings(mcp_enabled=True, mcp_customer_data_enabled=True, mcp_monitoring_enabled=True)
    await on.set_server(ground, operator, ServerSettings(name=NAME, cache_s=600), door="test")
    async with listening(ground, both) as url, client_of(f"{url}/mcp", key) as client:
        assert (await client.list_tools()).ttl_ms == 5_000
        await on.set_server(ground, operator, ServerSettings(name="monitoring", cache_s=60), door="test")
    async with listening(ground, both) as url, client_of(f"{url}/mcp", key) as client:
        assert (await client.list_tools()).ttl_ms == 60_000


async def test_a_server_has_an_allowance_of_its_own(ground: Ground, operator: Caller, url: str):
    key = await key_of(ground, operator)
    await on.set_server(ground, operator, ServerSettings(name=NAME, per_hour=2), door="test")
    async with client_of(f"{url}/mcp", key) as client:
        given = [await client.call_tool("customer_data_get_customer_profile", {"customer_id": "c1"}) for _ in range(3)]
    assert [each.is_error for each in given] == [False, False, True]


async def test_a_plan_lets_in_some_callers_the_same_ones_each_time(ground: Ground, operator: Caller, url: str):
    keys = [await key_of(ground, operator) for _ in range(12)]
    plan = RolloutBegin(name=NAME, steps=HALF)
    assert (await on.roll_out(ground, operator, plan, door="test")).rollout is not None
    first = [bool(await tools(url, key)) for key in keys]
    again = [bool(await tools(url, key)) for key in keys]
    assert first == again
    assert {True, False} == set(first)
    await on.roll_back(ground, operator, RolloutBack(name=NAME), door="test")
    assert not any([bool(await tools(url, key)) for key in keys])
    await on.end_rollout(ground, operator, ServerNamed(name=NAME), door="test")
    assert all([bool(await tools(url, key)) for key in keys])


@pytest.mark.parametrize(("outcome", "took_us", "state"), [
    ("done", 1_000, "rolling_out"), ("failed", 1_000, "rolled_back"), ("done", 9_000_000, "rolled_back"),
    ("not_found", 1_000, "rolling_out"),
])  # fmt: skip
async def test_a_plan_is_taken_back_by_itself_on_what_the_trail_says_of_its_calls(
    ground: Ground, operator: Caller, outcome: str, took_us: int, state: str
):
    await on.roll_out(ground, operator, RolloutBegin(name=NAME, steps=HALF), door="test")
    assert isinstance(ground.trail, JournalledTrail)
    for _ in range(30):
        ground.trail.remember(
            Done(
                caller=operator, operation="intelligence.profile", outcome=outcome, door="mcp", began=ground.clock(),
                took_us=took_us,
            )
        )  # fmt: skip
    await ground.trail.flush()
    async with ground.work(operator) as work:
        await look_after(work)
    now = await shown(ground, operator)
    assert now.rollout is not None
    assert now.rollout.state == state
    assert now.health.calls == 30
    assert bool(now.rollout.reason) is (state == "rolled_back")


@pytest.mark.parametrize("steps", [
    (RolloutStep(percent=10, after_days=1),),
    (RolloutStep(percent=10, after_days=0), RolloutStep(percent=10, after_days=1)),
    (RolloutStep(percent=10, after_days=0), RolloutStep(percent=20, after_days=0)),
])  # fmt: skip
def test_a_plan_that_does_not_grow_is_refused(steps: Any):
    with pytest.raises(ValueError, match="each later one has more percent"):
        RolloutBegin(name=NAME, steps=steps)


async def test_only_who_manages_servers_changes_them(ground: Ground, operator: Caller):
    analyst = await Credentials(ground, None).caller(await key_of(ground, operator, "analyst"))
    for name in ("switch", "set", "roll_out", "roll_back", "end_rollout"):
        declared = OPERATIONS[f"servers.{name}"]
        with pytest.raises(NotAllowed):
            await declared(ground, analyst, declared.asks.model_construct(), door="test")
    assert (await shown(ground, analyst)).name == NAME


async def _another(ground: Ground) -> UUID:
    return (await tenants.make(ground, f"other {ground.ids()}", "EUR", "UTC")).id
