"""The gateway as clients of the official SDK see it, in both revisions of the protocol."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from switchboard.accounts.audit import JournalledTrail
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import NotSignedIn
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.mcp.catalogue import Shown, catalogue
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.managing import Servers
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.terms import UNTRUSTED
from tests.api.counter import HERE, key_of
from tests.mcp.house import ON, Mode, client_of, listening, words

pytestmark = pytest.mark.slow

PREFIX = "customer_data_"
MODES: tuple[Mode, ...] = ("auto", "legacy")
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
PROBLEM = "application/problem+json"
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture
async def key(ground: Ground, operator: Caller) -> str:
    return await key_of(ground, operator)


@pytest.mark.parametrize(("mode", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_both_revisions_are_spoken(ground: Ground, key: str, mode: Mode, revision: str):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        assert client.protocol_version == revision
        answer = await client.call_tool(f"{PREFIX}get_customer_profile", {"customer_id": "c1"})
    assert answer.structured_content == {"customer_id": "c1", "as_of": None}
    assert words(answer) == '{"customer_id":"c1","as_of":null}'


@pytest.mark.parametrize(("address", "prefix"), [("/mcp?tools=all", PREFIX), ("/mcp/customer-data", "")])
async def test_tools_are_listed_with_what_clients_need_and_only_those_the_caller_may_use(
    ground: Ground, key: str, address: str, prefix: str
):
    async with listening(ground) as url, client_of(url + address, key) as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [
        prefix + name
        for name in ("customers_greet", "customers_rename", "get_archetype_stats", "get_customer_profile",
                     "predict_churn_risk", "search_customers")
    ]  # fmt: skip
    greet, rename = tools[0], tools[1]
    assert (greet.title, greet.description) == ("Greet a person", f"Somebody. {UNTRUSTED}")
    assert greet.meta == {"untrusted_content": True}
    assert greet.input_schema["required"] == ["customer_id"]
    assert greet.output_schema
    assert greet.annotations
    assert rename.annotations
    assert (greet.annotations.read_only_hint, greet.annotations.destructive_hint) == (True, False)
    assert (rename.annotations.read_only_hint, rename.annotations.destructive_hint) == (False, True)


async def test_one_server_has_the_bare_names(ground: Ground, key: str):
    async with listening(ground) as url, client_of(f"{url}/mcp/customer-data", key) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        answer = await client.call_tool("get_customer_profile", {"customerId": "c1"})
    assert "get_customer_profile" in names
    assert answer.structured_content == {"customer_id": "c1", "as_of": None}


async def test_who_is_let_in_no_more_is_told_so_at_the_next_request(ground: Ground, operator: Caller):
    let_in = [operator]

    async def who() -> Caller:
        if not let_in:
            raise NotSignedIn("the key is revoked")
        return let_in[0]

    offered = catalogue(Servers(ground, Flags(ground=ground, settings=ON)), SERVERS, HERE.values(), Shown.ALONE)
    async with Client(make_server(open_office(ground), offered, who)) as client:
        before = await client.call_tool("get_customer_profile", {"customer_id": "c1"})
        let_in.clear()
        with pytest.raises(MCPError, match="the key is revoked"):
            await client.call_tool("get_customer_profile", {"customer_id": "c1"})
        with pytest.raises(MCPError, match="the key is revoked"):
            await client.list_tools(cache_mode="bypass")
    assert before.structured_content == {"customer_id": "c1", "as_of": None}


@pytest.mark.parametrize("mode", MODES)
async def test_a_forbidden_tool_looks_absent_and_the_try_is_in_the_trail(
    ground: Ground, operator: Caller, key: str, mode: Mode
):
    said: list[str] = []
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        for name in ("calculate_segment_trends", "no_such_tool"):
            with pytest.raises(MCPError) as refused:
                await client.call_tool(PREFIX + name, {})
            said.append(str(refused.value).replace(name, "X"))
    assert said[0] == said[1] == f"Unknown tool: {PREFIX}X"
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    async with ground.work(operator) as work:
        rows = await sql.fetch(
            work, "select outcome, door from audit_line where workspace_id = $1 and operation = 'counter.manage'",
            operator.workspace,
        )  # fmt: skip
    assert [tuple(row) for row in rows] == [("not_allowed", "mcp")]


@pytest.mark.parametrize("mode", MODES)
async def test_what_goes_wrong_in_a_tool_is_told_in_a_sentence(ground: Ground, key: str, mode: Mode):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        absent = await client.call_tool(f"{PREFIX}get_customer_profile", {"customer_id": "nobody"})
        unfit = await client.call_tool(f"{PREFIX}get_customer_profile", {"customer": "c1"})
        early = await client.call_tool(f"{PREFIX}predict_churn_risk", {})
    assert [each.is_error for each in (absent, unfit, early)] == [True, True, True]
    assert words(absent) == "there is no such customer"
    assert words(unfit) == "customer_id: Field required; the fields are: customer_id, as_of"
    assert words(early) == "segment the shop first"


async def test_what_is_nested_too_deeply_is_told_with_where_it_begins(ground: Ground, key: str):
    async with listening(ground) as url, client_of(f"{url}/mcp", key) as client:
        answer = await client.call_tool(f"{PREFIX}get_customer_profile", {"customer_id": nested(200)})
    assert answer.is_error
    assert words(answer).startswith("customer_id[0][0]")
    assert "nested too deeply" in words(answer)


async def test_of_the_older_revision_the_sdk_refuses_that_itself(ground: Ground, key: str):
    deep = {"customer_id": nested(200)}
    with pytest.RaisesGroup(pytest.RaisesExc(MCPError, match="recursion limit"), flatten_subgroups=True):
        async with listening(ground) as url, client_of(f"{url}/mcp", key, "legacy") as client:
            await client.call_tool(f"{PREFIX}get_customer_profile", deep)


def nested(levels: int) -> list[Any]:
    """A list in a list, and so on."""
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize("mode", MODES)
async def test_a_bug_says_nothing_of_itself(ground: Ground, key: str, mode: Mode):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        with pytest.raises(MCPError, match=r"^Internal server error$"):
            await client.call_tool(f"{PREFIX}get_archetype_stats", {})


@pytest.fixture
async def raw(ground: Ground) -> AsyncGenerator[httpx2.AsyncClient]:
    async with listening(ground) as url, httpx2.AsyncClient(base_url=url) as opened:
        yield opened


async def test_nobody_gets_in_without_a_credential(raw: httpx2.AsyncClient):
    for headers in ({}, {"authorization": "Bearer sb_wrong"}):
        answer = await raw.post("/mcp", json=INITIALIZE, headers={**ACCEPT, **headers})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_only_post_is_answered_and_only_where_a_server_is(raw: httpx2.AsyncClient, key: str):
    bearer = {"authorization": f"Bearer {key}"}
    assert (await raw.get("/mcp", headers=bearer)).status_code == 405
    assert (await raw.delete("/mcp", headers=bearer)).headers["allow"] == "POST"
    assert (await raw.post("/mcp/no-such-server", headers=bearer)).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"host": "shop.example", "origin": "https://shop.example"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
    ],
)
async def test_a_page_elsewhere_can_not_reach_it_through_a_browser(
    raw: httpx2.AsyncClient, key: str, headers: dict[str, str], status: int
):
    sent = {**ACCEPT, "authorization": f"Bearer {key}", **headers}
    answer = await raw.post("/mcp", json=INITIALIZE, headers=sent)
    assert answer.status_code == status
    if status != 200:
        assert (answer.headers["content-type"], answer.json()["status"]) == (PROBLEM, status)


async def test_a_body_beyond_a_megabyte_is_refused(raw: httpx2.AsyncClient, key: str):
    sent = {**ACCEPT, "authorization": f"Bearer {key}", "content-type": "application/json"}
    answer = await raw.post("/mcp", content=b" " * 1_000_001, headers=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert answer.json()["code"] == "request_entity_too_large"
