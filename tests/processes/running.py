"""`switchboard up` and the processes below it, in a data directory of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from switchboard.foundation.embedded import Embedded

PROGRAM = Path(sys.executable).parent / "switchboard"
PORTS = iter(range(24_000, 25_000))  # below those the system gives away
READY_S = 120.0
END_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Running:
    """A program, what it serves, and what it wrote to standard error."""

    program: subprocess.Popen[bytes]
    port: int
    log: Path
    data_dir: Path

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body; a status of 0 is no answer."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            line.request("GET", path)
            got: HTTPResponse = line.getresponse()
            return got.status, got.headers.get("content-type") or "", got.read()
        except (OSError, HTTPException):
            return 0, "", b""
        finally:
            line.close()

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def below(self, name: str) -> list[int]:
        """The processes of this name that the program began."""
        return [each for each in _children(self.program.pid) if _name(each) == name]

    def postgres(self) -> int | None:
        return Embedded(self.data_dir / "postgres").pid

    def end(self, how: int = signal.SIGTERM) -> tuple[int, float]:
        """Tell it to stop: its exit code, and how long that took."""
        began = time.monotonic()
        self.program.send_signal(how)
        return self.program.wait(END_S), time.monotonic() - began


@contextmanager
def running(folder: Path, *words: str, serves: bool = True, **environment: str) -> Generator[Running]:
    """The program with these words, ready; ended when the block is, if it is still there."""
    data_dir = folder / "data"
    port = next(PORTS) + os.getpid() % 7 * 100
    log = folder / f"{port}.log"
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    settings = {"SWITCHBOARD_DATA_DIR": str(data_dir), "SWITCHBOARD_LOG_LEVEL": "WARNING"} | environment
    heeded = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # below nohup it would be ignored
    with log.open("wb") as out:
        program = subprocess.Popen(
            [str(PROGRAM), *words, *(("--port", str(port)) if serves else ())], env=own | settings, stderr=out,
            stdout=out, process_group=0,
        )  # fmt: skip
    signal.signal(signal.SIGHUP, heeded)
    started = Running(program=program, port=port, log=log, data_dir=data_dir)
    try:
        if serves:
            happens(lambda: started.is_ready() or program.poll() is not None, READY_S)
            assert program.poll() is None, log.read_text()
            happens(lambda: started.below("sb-worker") and len(started.below("sb-serving")) == workers(words))
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def workers(words: Sequence[str]) -> int:
    return int(words[words.index("--workers") + 1]) if "--workers" in words else 2


def happens(what: Callable[[], object], within_s: float = END_S) -> float:
    """Wait until it is so; how long that took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() < began + within_s, f"did not happen within {within_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


def is_there(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in (task / "children").read_text().split()]
    return found


def _name(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip()
    return ""
