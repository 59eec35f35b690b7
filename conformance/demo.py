"""`python -m conformance.demo [FILE]`: what needs no fixture, against the demo that runs and wrote this demo.json."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.__main__ import SUITES, tell
from conformance.serving import signed_in

USUAL = Path(__file__).parents[1] / ".demo/demo.json"
NEEDS_NO_FIXTURE = {
    "2025-11-25": (
        "server-initialize", "logging-set-level", "ping", "tools-list", "server-sse-multiple-streams", "resources-list",
        "resources-subscribe", "resources-unsubscribe", "prompts-list", "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "tools-list", "server-sse-multiple-streams", "resources-list", "sep-2164-resource-not-found", "prompts-list",
        "dns-rebinding-protection", "caching", "http-header-validation", "tasks-status-notifications",
        "input-required-result-unsupported-methods", "input-required-result-validate-input",
    ),
}  # fmt: skip
"""All other scenarios call tools, or read documents, by the names they have in the suite."""


async def run(demo: Mapping[str, Any]) -> bool:
    """A line for each revision; whether all passed."""
    well = True
    with tempfile.TemporaryDirectory() as made:
        async with signed_in(demo["url"], demo["api_key"]) as url:
            for suite in SUITES:
                well = await tell(suite, NEEDS_NO_FIXTURE[suite.revision], url, Path(made), ", of the demo") and well
    return well


if __name__ == "__main__":
    told = Path(sys.argv[1]) if len(sys.argv) > 1 else USUAL
    sys.exit(not asyncio.run(run(json.loads(told.read_text()))))
