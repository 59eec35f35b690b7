"""What users do goes on with MCP_ENABLED=false: published paths, `/v1`, console and command line; only MCP is shut.

The journey is the same with the gateway on, so that what is compared is what the switch changes.
"""

import json
import os
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

from tests.cli.line import ORDERS
from tests.console.shop import PASSWORD, Browser
from tests.foundation.open_folder import open_folder
from tests.mcp.house import client_of
from tests.processes.running import PROGRAM, running

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
OFF = {"SWITCHBOARD_MCP_ENABLED": "false", "SWITCHBOARD_MCP_CUSTOMER_DATA_ENABLED": "true"}
ON = OFF | {"SWITCHBOARD_MCP_ENABLED": "true"}
EMAIL = "mia@example.com"
TOOL = "customer_data_get_customer_profile"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A data directory with a segmented shop, a key of its owner and an owner who signs in."""

    folder: Path
    key: str

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        return environment(self.folder, settings)

    def line(self, settings: dict[str, str], *words: str) -> Any:
        """What a command answers."""
        return said(self.folder, settings, *words)


def environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return own | {"SWITCHBOARD_DATA_DIR": str(folder / "data"), "SWITCHBOARD_LOG_LEVEL": "ERROR"} | settings


def said(folder: Path, settings: dict[str, str], *words: str, given: str = "") -> Any:
    ran = subprocess.run(
        [str(PROGRAM), *words, "--json"], env=environment(folder, settings), input=given, capture_output=True,
        text=True, check=False, timeout=240,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def place() -> Generator[Place]:
    with open_folder() as folder:
        said(folder, OFF, "import", "orders", "-", given=ORDERS)
        said(folder, OFF, "segment")
        said(folder, OFF, "users", "add", EMAIL, "--role", "owner", "--password-stdin", given=PASSWORD + "\n")
        yield Place(folder=folder, key=said(folder, OFF, "keys", "add", "--name", "k", "--role", "owner")["key"])


async def journeys(url: str, key: str) -> dict[str, Any]:
    """What people and programs of a shop do, by every door but MCP; what they were told."""
    bearer = {"authorization": f"Bearer {key}"}
    told: dict[str, Any] = {}
    async with httpx2.AsyncClient(base_url=url, headers=bearer, timeout=60) as client:
        for path in (
            "/api/mcp/tools", "/api/mcp/customer/c1", "/api/mcp/customer/c1/churn-risk",
            "/api/mcp/customer/c1/next-purchase", "/api/mcp/churn/aggregate", "/api/mcp/archetypes/top?metric=avg_ltv",
            "/api/mcp/campaign/retention", "/api/mcp/revenue/forecast?months=2",
        ):  # fmt: skip
            told[path] = (await client.get(path)).raise_for_status().json()
        query = {"tool": "get_customer_profile", "arguments": {"customer_id": "c1"}}
        told["query"] = (await client.post("/api/mcp/query", json=query)).raise_for_status().json()
        told["search"] = (await client.post("/api/mcp/search", json={"limit": 3})).raise_for_status().json()
        churn = await client.post("/v1/intelligence.churn_risk", json={"customer_id": "c1"})
        told["v1"] = churn.raise_for_status().json()
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        browser = Browser(client=client, sends={"Origin": url})
        told["sign in"] = (await browser.sign_in(EMAIL)).status_code
        for path in ("/", "/customers", "/customers/c1", "/archetypes", "/jobs"):
            told[path] = (await browser.get(path)).status_code
    return told


@pytest.mark.parametrize("settings", [OFF, ON], ids=["off", "on"])
async def test_every_journey_but_that_over_mcp_is_walked(place: Place, settings: dict[str, str]):
    with running(place.folder, "up", "--workers", "1", serves=True, **settings) as served:
        url = f"http://127.0.0.1:{served.port}"
        told = await journeys(url, place.key)
        asked = {"authorization": f"Bearer {place.key}", "accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(base_url=url, headers=asked) as client:
            shut = [(await client.post(path, json={})).status_code for path in ("/mcp", "/mcp/customer-data")]
        if settings is ON:
            async with client_of(f"{url}/mcp", place.key) as client:
                profile = (await client.call_tool(TOOL, {"customer_id": "c1"})).structured_content
            assert profile == told["/api/mcp/customer/c1"]
    assert told["/api/mcp/customer/c1"]["customer_id"] == told["query"]["result"]["customer_id"] == "c1"
    assert told["v1"] == told["/api/mcp/customer/c1/churn-risk"]
    assert len(told["search"]["customers"]) == 3
    assert told["/api/mcp/tools"]["tools"]
    assert told["sign in"] == 303
    assert {told[path] for path in ("/", "/customers", "/customers/c1", "/archetypes", "/jobs")} == {200}
    assert shut == ([404, 404] if settings is OFF else [400, 400])


def test_the_command_line_goes_on(place: Place):
    profile = place.line(OFF, "intelligence", "profile", "--customer-id", "c1")
    assert profile["customer_id"] == "c1"
    assert place.line(OFF, "customers", "search", "c1")["customers"]
    servers = {each["name"]: each["status"] for each in place.line(OFF, "servers", "list")["servers"]}
    assert servers["customer-data"] == "switched_off"


async def test_over_stdio_nothing_is_listed_and_every_call_refused(place: Place):
    started = StdioServerParameters(command=str(PROGRAM), args=["mcp"], env=place.environment(OFF))
    async with Client(stdio_client(started)) as client:
        assert (await client.list_tools()).tools == []
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool(TOOL, {"customer_id": "c1"})
