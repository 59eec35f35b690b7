"""A data directory of the benchmark's own, removed at the end, and Switchboard's commands run in it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench.figures import say
from bench.memory import Peak, children
from bench.processors import took_s
from switchboard.foundation import schema
from switchboard.foundation.embedded import Embedded

PROGRAM = Path(sys.executable).parent / "switchboard"
PORTS = range(21_000, 22_000)  # below those the system gives away
READY_S = 120.0
RESTING, LOOKS, RESTS_WITHIN_S = 0.05, 3, 300.0  # of one processor, seen so often in a row, a second each


class Failed(Exception):
    """A command that did not work, with what it said."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command said, how long it took from its start to its end, and its memory with the database's."""

    said: Any
    wall_s: float
    process_mb: float
    server_mb: float


@dataclass(frozen=True, kw_only=True)
class Place:
    """The directory, and the database that runs in it while the benchmark does."""

    root: Path
    server: Embedded

    @property
    def data_dir(self) -> Path:
        return self.root / "data"

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
        return own | {"SWITCHBOARD_DATA_DIR": str(self.data_dir), "SWITCHBOARD_LOG_LEVEL": "ERROR"}

    def run(self, *words: str, given: str = "") -> Ran:
        """A command of `switchboard` that is given this to read, its answer as JSON."""
        return self._run([str(PROGRAM), *words, "--json"], given)

    def step(self, *words: str) -> Ran:
        """A step that is no command of its own, in a process of its own: see bench.step."""
        return self._run([sys.executable, "-m", "bench.step", *words])

    def _run(self, command: list[str], given: str = "") -> Ran:
        began = time.perf_counter()
        with subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        ) as running:  # fmt: skip
            with Peak(running.pid, self.server.pid) as peak:
                answered, said = running.communicate(given)
            wall_s = time.perf_counter() - began
        if running.returncode:
            raise Failed(f"{' '.join(command)}: {said.strip()}")
        return Ran(
            said=_first(answered), wall_s=wall_s, process_mb=peak.process_mb,
            server_mb=peak.server_mb,
        )  # fmt: skip

    def rest(self) -> None:
        """Return when the database has done what it does by itself after much was written: vacuum, checkpoints."""
        until, quiet = time.monotonic() + RESTS_WITHIN_S, 0
        before = self._busy()
        while quiet < LOOKS and time.monotonic() < until:
            time.sleep(1)
            now = self._busy()
            quiet = quiet + 1 if sum(now[each] - before.get(each, 0.0) for each in now) < RESTING else 0
            before = now
        if quiet < LOOKS:
            say(f"the database is busy still after {RESTS_WITHIN_S:.0f} s")

    def _busy(self) -> dict[int, float]:
        """By process of the database: seconds of processors."""
        found: dict[int, float] = {}
        for each in children(self.server.pid or 0):
            with contextlib.suppress(OSError):
                found[each] = took_s(each)
        return found

    async def owner(self) -> asyncpg.Connection:  # type: ignore[type-arg]
        """A connection of the schema's owner."""
        return await asyncpg.connect(self.server.url(role="switchboard"))

    def add_shop(self, name: str) -> None:
        """A workspace of this name."""
        self.run("workspaces", "add", name, "--currency", "EUR", "--time-zone", "UTC")

    @contextmanager
    def serving(self, command: list[str], port: int, more: Mapping[str, str] | None = None) -> Generator[None]:
        """A server in this place until the block ends, with `more` in its environment; begins when it listens."""
        environment = self.environment | dict(more or {})
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as running:
            try:
                _until_it_listens(port)
                yield
            finally:
                running.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(60)
                running.kill()


@contextmanager
def open_place() -> Generator[Place]:
    """A place in the temporary directory, with its database up."""
    with tempfile.TemporaryDirectory(prefix="sb-bench-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o711)  # the account that PostgreSQL runs as enters it
        (root / "data").mkdir(mode=0o711)
        server = Embedded(root / "data" / "postgres").start()
        try:
            schema.create_database(server.url(role="postgres", database="postgres"))
            schema.upgrade(server.url(role="switchboard"))
            yield Place(root=root, server=server)
        finally:
            server.stop()


def _first(answered: str) -> Any:
    """The JSON an answer begins with; libraries may say something as the process ends."""
    return json.JSONDecoder().raw_decode(answered)[0] if answered.strip() else None


def free_port() -> int:
    """A port nobody listens on."""
    for port in PORTS:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise Failed(f"no port is free between {PORTS[0]} and {PORTS[-1]}")


def _until_it_listens(port: int) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with socket.socket() as tried:
            if not tried.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise Failed(f"nothing listens on port {port} after {READY_S:.0f} s")
