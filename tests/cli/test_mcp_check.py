"""`switchboard mcp check`: a line each, as a program of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from switchboard.mcp.checking import JOURNEY
from switchboard.mcp.servers.names import NAMES
from switchboard.mcp.servers.registry import SERVERS
from tests.cli.line import Line

pytestmark = pytest.mark.heavy

PROGRAM = Path(sys.executable).parent / "switchboard"
SWITCHES = ("mcp_enabled", *(each.switch for each in NAMES.values()))
ON = dict.fromkeys((f"SWITCHBOARD_{name.upper()}" for name in SWITCHES), "true")


def checked(line: Line, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the program says."""
    assert line.workspace
    named = ["--data-dir", str(line.data_dir), "--workspace", line.workspace]
    return subprocess.run(
        [str(PROGRAM), "mcp", "check", *named, *words], env=os.environ | environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def outcomes(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What came of each check."""
    return {each["name"]: each["outcome"] for each in json.loads(ran.stdout)["checks"]}


def test_everything_that_is_built_passes_a_line_each(shop: Line):
    ran = checked(shop, **ON)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines if ": PASSED: " in line] == [
        "customer-data", "monitoring", "a journey across servers", "fallback", "fallback",
    ]  # fmt: skip
    assert [line.split(": ")[0] for line in lines if ": NOT BUILT: " in line] == [
        "campaign-analytics", "leadpulse", "external-services",
    ]  # fmt: skip
    assert len(lines) == len(NAMES) + 3


def test_what_is_off_is_said_with_how_to_switch_it_on(shop: Line):
    ran = checked(shop, "--json", **(ON | {"SWITCHBOARD_MCP_MONITORING_ENABLED": "false"}))
    said = outcomes(ran)
    assert ran.returncode == 1
    assert (said["customer-data"], said["monitoring"]) == ("PASSED", "OFF")
    assert said["a journey across servers"] == "FAILED"
    assert "switchboard flags set mcp_monitoring_enabled true" in ran.stdout


def test_where_nothing_is_on_nothing_has_passed_but_the_fallback(shop: Line):
    ran = checked(shop, "--json")
    said = outcomes(ran)
    assert ran.returncode == 1
    assert (said["customer-data"], said["monitoring"]) == ("OFF", "OFF")
    assert said["fallback: servers off"] == said["fallback: database away"] == "PASSED"


def test_an_empty_shop_is_told_what_to_do_first(line: Line):
    ran = checked(line, "--json", **ON)
    journey = next(each for each in json.loads(ran.stdout)["checks"] if "journey" in each["name"])
    assert ran.returncode == 1
    assert journey["outcome"] == "FAILED"
    assert "nothing is segmented yet; import orders" in journey["said"]
    assert outcomes(ran)["fallback: database away"] == "PASSED"


def test_a_key_that_may_little_is_told_so(line: Line):
    key = line.json("keys", "add", "--name", "desk", "--role", "support")["key"]
    ran = checked(line, "--json", **ON, SWITCHBOARD_API_KEY=key)
    told = {each["name"]: each["said"] for each in json.loads(ran.stdout)["checks"]}
    assert (ran.returncode, outcomes(ran)["customer-data"]) == (1, "PASSED")
    assert "check it without SWITCHBOARD_API_KEY" in told["monitoring"]


def test_the_journey_visits_every_server_there_is():
    assert {step.server for step in JOURNEY} == {server.name for server in SERVERS}
