"""The house under test: `switchboard up` in a data directory of its own, its processes by kind, and their costs."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from switchboard.foundation.embedded import Embedded

Kind = Literal["supervisor", "serving", "worker", "postmaster", "backend"]
KINDS: tuple[Kind, ...] = ("supervisor", "serving", "worker", "postmaster", "backend")
PROGRAM = Path(sys.executable).parent / "switchboard"
PORTS = range(23_000, 24_000)  # below those the system gives away
READY_S = 120.0
END_S = 45.0
LOOK_S = 0.02
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """The house did not do what it must."""


@dataclass(kw_only=True)
class House:
    """A data directory and the server in it."""

    folder: Path
    port: int
    log: Path
    up: subprocess.Popen[bytes] | None = None
    ended: list[int] = field(default_factory=list[int])
    """How servers ended that nobody had killed."""

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
        return own | {"SWITCHBOARD_DATA_DIR": str(self.folder), "SWITCHBOARD_LOG_LEVEL": "WARNING"}

    @property
    def server(self) -> Embedded:
        """Its PostgreSQL, to look at: this process takes no share in it."""
        return Embedded(self.folder / "postgres")

    def command(self, *words: str) -> str:
        """What a command of `switchboard` prints."""
        ran = subprocess.run(
            [str(PROGRAM), *words, "--json"], env=self.environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise Failed(f"switchboard {' '.join(words)}: {ran.stderr.strip()}")
        return ran.stdout

    def begin(self) -> None:
        """Begin the server, again while the port is still held by one that was killed."""
        with self.log.open("ab") as log:
            self.up = subprocess.Popen(
                [str(PROGRAM), "up", "--port", str(self.port)], env=self.environment, stdout=log, stderr=log,
                process_group=0,
            )  # fmt: skip

    def keep_up(self) -> None:
        """Begin the server when there is none, as a service manager does."""
        if self.up is not None and (code := self.up.poll()) is not None:
            if code >= 0:
                self.ended.append(code)
            self.begin()

    def stop(self) -> int:
        """Tell it to stop; its exit code."""
        assert self.up is not None
        self.up.terminate()
        try:
            return self.up.wait(END_S)
        except subprocess.TimeoutExpired:
            self.up.kill()
            return self.up.wait()

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.up is not None and self.up.poll() is None:
            self.stop()

    def processes(self, kind: Kind) -> list[int]:
        """The processes of a kind that run now."""
        if kind == "supervisor":
            return [self.up.pid] if self.up and self.up.poll() is None else []
        if kind in {"serving", "worker"}:
            below = children(self.up.pid) if self.up else []
            return [each for each in below if _called(each) == f"sb-{kind}"]
        server = self.server.pid
        if server is None:
            return []
        if kind == "postmaster":
            return [server]
        return [each for each in children(server) if b"switchboard_app" in _words(each)]

    def kill(self, kind: Kind, chance: Random) -> float | None:
        """Kill one of them; when, None where there is none at the moment."""
        there = self.processes(kind)
        if not there:
            return None
        killed = chance.choice(there)
        with contextlib.suppress(ProcessLookupError):
            os.kill(killed, signal.SIGKILL)
        if kind == "supervisor" and self.up:
            self.up.wait()
        return time.monotonic()

    def everything(self) -> list[int]:
        """All its processes, PostgreSQL's with them: whoever names or stands in the data directory."""
        return [each for each in _all() if each != os.getpid() and self._is_ours(each)]

    def _is_ours(self, process: int) -> bool:
        place = os.fsencode(self.folder)
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{process}")
            return (
                b"SWITCHBOARD_DATA_DIR=" + place in (folder / "environ").read_bytes().split(b"\0")
                or place + b"/" in (folder / "cmdline").read_bytes()
                or os.fsencode((folder / "cwd").readlink()).startswith(place + b"/")
            )
        return False


def free_port() -> int:
    for port in PORTS:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise Failed(f"no port is free between {PORTS[0]} and {PORTS[-1]}")


def until(holds: Callable[[], bool], what: str, patience_s: float = READY_S) -> float:
    """Wait until it holds; how long that took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() > began + patience_s:
            raise Failed(f"{what} did not happen within {patience_s:.0f} s")
        time.sleep(LOOK_S)
    return time.monotonic() - began


def children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):  # a thread, too, may have begun one
        with contextlib.suppress(OSError):
            found += [int(each) for each in (task / "children").read_text().split()]
    return found


def is_there(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    with contextlib.suppress(OSError):
        return _stat(process)[0] != "Z"
    return False


def cpu_s(process: int) -> float:
    """What it has spent so far; 0 when it is gone."""
    with contextlib.suppress(OSError):
        stat = _stat(process)
        return (int(stat[11]) + int(stat[12])) / TICKS
    return 0.0


def pss_mb(process: int) -> float:
    """Its memory, what it shares with others divided among them."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1_000
    return 0.0


def _stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()


def _called(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip()
    return ""


def _words(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _all() -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if is_there(int(each.name))]
