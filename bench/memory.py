"""How much memory a command takes at most, its database with it."""

import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

LOOK_S = 0.05


class Peak:
    """Looks again and again while the block runs: the processes' own memory, shared buffers not counted."""

    def __init__(self, process: int, server: int | None) -> None:
        self._process, self._server = process, server
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.process_mb = self.server_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(LOOK_S):
            self.process_mb = max(self.process_mb, _mb(self._process, "VmRSS"))
            if self._server is not None:
                backends = sum(_mb(each, "RssAnon") for each in children(self._server))
                self.server_mb = max(self.server_mb, backends)


def children(process: int) -> Iterable[int]:
    """The processes that it started and that still run."""
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _mb(process: int, line: str) -> float:
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    for each in text.splitlines():
        if each.startswith(f"{line}:"):
            return int(each.split()[1]) / 1024
    return 0.0
