"""What `/mcp` lists at first, and how the rest is found, looked at and called."""

from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from switchboard.accounts.audit import JournalledTrail
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.mcp.terms import UNTRUSTED
from tests.api.counter import key_of
from tests.mcp.house import Mode, client_of, listening, words

pytestmark = pytest.mark.slow

PREFIX = "customer_data_"
MODES: tuple[Mode, ...] = ("auto", "legacy")


@pytest.fixture
async def key(ground: Ground, operator: Caller) -> str:
    return await key_of(ground, operator)


async def search(client: Client, **asked: Any) -> list[str]:
    """The names a search gives."""
    answer = (await client.call_tool("search_tools", asked)).structured_content
    assert answer
    return [each["name"] for each in answer["tools"]]


@pytest.mark.parametrize("mode", MODES)
async def test_the_published_tools_are_listed_and_those_that_find_the_rest(ground: Ground, key: str, mode: Mode):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [
        f"{PREFIX}get_archetype_stats", f"{PREFIX}get_customer_profile", f"{PREFIX}predict_churn_risk",
        f"{PREFIX}search_customers", "search_tools", "describe_tool", "call_tool",
    ]  # fmt: skip
    assert tools[1].input_schema["required"] == ["customer_id"]
    hints = [tool.annotations and tool.annotations.read_only_hint for tool in tools[1:]]
    assert hints == [True, False, True, True, True, False]


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_that_is_not_listed_is_found_looked_at_and_called(ground: Ground, key: str, mode: Mode):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        names = await search(client, words="greeting somebody")
        described = await client.call_tool("describe_tool", {"name": names[0]})
        called = await client.call_tool("call_tool", {"name": names[0], "arguments": {"customerId": "c1"}})
        straight = await client.call_tool(names[0], {"customer_id": "c1"})
    assert names[0] == f"{PREFIX}customers_greet"
    tool = described.structured_content
    assert tool
    assert (tool["description"], tool["inputSchema"]["required"]) == (f"Somebody. {UNTRUSTED}", ["customer_id"])
    assert tool["outputSchema"]["properties"]
    assert tool["annotations"]["readOnlyHint"]
    assert called.structured_content == straight.structured_content == {"customer_id": "c1", "as_of": None}


async def test_what_is_described_is_what_is_listed_in_full(ground: Ground, key: str):
    async with listening(ground) as url:
        async with client_of(f"{url}/mcp?tools=all", key) as client:
            listed = {each.name: each for each in (await client.list_tools()).tools}
        async with client_of(f"{url}/mcp", key) as client:
            found = await search(client)
            described = [(await client.call_tool("describe_tool", {"name": name})).structured_content for name in found]
    assert found == sorted(listed)
    assert described == [listed[name].model_dump(by_alias=True, exclude_none=True, mode="json") for name in found]


async def test_tools_are_found_in_pages(ground: Ground, key: str):
    async with listening(ground) as url, client_of(f"{url}/mcp", key) as client:
        first = (await client.call_tool("search_tools", {"limit": 4})).structured_content
        assert first
        rest = (await client.call_tool("search_tools", {"limit": 4, "cursor": first["next_cursor"]})).structured_content
        lost = await client.call_tool("search_tools", {"words": "greet", "cursor": "none"})
    assert rest
    names = [each["name"] for each in (*first["tools"], *rest["tools"])]
    assert (len(names), len(set(names)), first["total"], rest["next_cursor"]) == (6, 6, 6, None)
    assert lost.is_error
    assert words(lost) == "cursor: it is not of this search; begin without one"


@pytest.mark.parametrize("mode", MODES)
async def test_what_is_forbidden_or_of_another_server_is_nowhere(
    ground: Ground, operator: Caller, key: str, mode: Mode
):
    said: list[str] = []
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        found = await search(client, limit=100)
        for name in (f"{PREFIX}intelligence_crown", f"{PREFIX}jobs_begin", f"{PREFIX}nothing", "call_tool"):
            for tool in ("describe_tool", "call_tool"):
                with pytest.raises(MCPError) as refused:
                    await client.call_tool(tool, {"name": name})
                said.append(str(refused.value).replace(name, "X"))
    assert not {"intelligence_crown", "jobs_begin"}.intersection(name.removeprefix(PREFIX) for name in found)
    assert set(said) == {"Unknown tool: X"}
    assert isinstance(ground.trail, JournalledTrail)
    await ground.trail.flush()
    async with ground.work(operator) as work:
        rows = await sql.fetch(
            work, "select outcome from audit_line where workspace_id = $1 and operation = 'intelligence.crown'",
            operator.workspace,
        )  # fmt: skip
    assert [row["outcome"] for row in rows] == ["not_allowed"]


@pytest.mark.parametrize("mode", MODES)
async def test_what_goes_wrong_in_a_tool_called_by_name_is_told_as_if_it_had_been_listed(
    ground: Ground, key: str, mode: Mode
):
    async with listening(ground) as url, client_of(f"{url}/mcp", key, mode) as client:
        unfit = await client.call_tool("call_tool", {"name": f"{PREFIX}customers_greet", "arguments": {}})
        unnamed = await client.call_tool("call_tool", {"arguments": {}})
        with pytest.raises(MCPError, match=r"^Internal server error$"):
            await client.call_tool("call_tool", {"name": f"{PREFIX}get_archetype_stats"})
    assert unfit.is_error
    assert words(unfit) == "customer_id: Field required; the fields are: customer_id, as_of"
    assert words(unnamed) == "name: Field required; the fields are: name, arguments"


@pytest.mark.parametrize("address", ["/mcp?tools=all", "/mcp/customer-data"])
async def test_where_everything_is_listed_nothing_has_to_be_found(ground: Ground, key: str, address: str):
    async with listening(ground) as url, client_of(url + address, key) as client:
        for tool in ("search_tools", "describe_tool", "call_tool"):
            with pytest.raises(MCPError, match=f"Unknown tool: {tool}"):
                await client.call_tool(tool, {})
