"""`switchboard mcp`: the gateway over standard input and output."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from switchboard.foundation.embedded import Embedded
from tests.processes.running import PROGRAM

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]  # starting takes 2 s, on a machine that is busy 20
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


def speak(folder: Path, *words: str, given: str, **settings: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    named = {"SWITCHBOARD_DATA_DIR": str(folder / "data"), "SWITCHBOARD_LOG_LEVEL": "WARNING"} | settings
    return subprocess.run(
        [str(PROGRAM), "mcp", *words], env=own | named, input=given, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def test_it_answers_and_ends_with_its_input(folder: Path):
    ended = speak(folder, given=json.dumps(HELLO) + "\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["result"]["serverInfo"]
    assert Embedded(folder / "data" / "postgres").pid is None


async def test_all_tools_are_listed_when_asked_for(folder: Path):
    named = {
        "SWITCHBOARD_DATA_DIR": str(folder / "data"), "SWITCHBOARD_LOG_LEVEL": "WARNING",
        "SWITCHBOARD_MCP_ENABLED": "true", "SWITCHBOARD_MCP_CUSTOMER_DATA_ENABLED": "true",
    }  # fmt: skip
    started = StdioServerParameters(command=str(PROGRAM), args=["mcp", "--tools", "all"], env=named)
    async with Client(stdio_client(started)) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"customer_data_customers_merge", "customer_data_intelligence_features"} < names
    assert "search_tools" not in names


def test_a_server_that_is_not_there_is_said_in_a_sentence(folder: Path):
    ended = speak(folder, "--server", "weather", given="")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("there is no server weather")


def test_a_key_that_is_none_is_said_in_a_sentence(folder: Path):
    ended = speak(folder, given="", SWITCHBOARD_API_KEY="sb_none")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
