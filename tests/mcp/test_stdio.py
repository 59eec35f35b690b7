"""The gateway as a program on the other side of a pipe."""

import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.managing import Servers
from switchboard.mcp.stdio import chosen
from tests.api.counter import key_of
from tests.mcp.house import ON, Mode

pytestmark = pytest.mark.slow


@pytest.fixture
async def arguments(server: Embedded, data_dir: Path, ground: Ground, operator: Caller) -> list[str]:
    """How the program is started for an analyst."""
    return ["-m", "tests.mcp.house", server.url(), str(data_dir), await key_of(ground, operator, "analyst")]


@pytest.mark.parametrize(
    ("mode", "server_name", "shown", "tool"),
    [
        ("auto", "", "few", "customer_data_get_customer_profile"),
        ("auto", "", "all", "customer_data_customers_greet"),
        ("legacy", "customer-data", "few", "get_customer_profile"),
    ],
)
async def test_a_client_starts_it_and_calls_a_tool(
    arguments: list[str], mode: Mode, server_name: str, shown: str, tool: str
):
    started = StdioServerParameters(
        command=sys.executable, args=[*arguments, server_name, shown], env={"PYTHONPATH": ":".join(sys.path)}
    )
    async with Client(stdio_client(started), mode=mode) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        answer = await client.call_tool(tool, {"customer_id": "c1"})
    assert tool in names
    assert ("search_tools" in names) is (server_name == "" and shown == "few")
    assert "calculate_segment_trends" not in " ".join(names)
    assert answer.structured_content == {"customer_id": "c1", "as_of": None}


def test_a_server_that_is_not_there_is_refused_with_those_that_are(ground: Ground):
    with pytest.raises(Invalid, match="choose of customer-data"):
        chosen(Servers(ground, Flags(ground=ground, settings=ON)), "weather", Shown.FEW)
