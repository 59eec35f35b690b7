"""The drawing process seen from ours: begun when it is first needed, again when it is gone, ended when it hangs."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from switchboard.foundation.charts.protocol import ANSWER, REFUSED, REQUEST
from switchboard.foundation.errors import Invalid, SwitchboardError

PATIENCE_S = 20.0
IDLE_S = 600.0
WORKER = "switchboard.foundation.charts.worker"
SOURCES = Path(__file__).parents[3]


class NotDrawn(SwitchboardError):
    """A chart could not be drawn in time, or the drawing process keeps failing."""

    code = "not_drawn"
    status = 503


class Painter:
    """One process that draws one chart after the other; it belongs to the event loop that uses it."""

    def __init__(self, *, patience_s: float = PATIENCE_S, idle_s: float = IDLE_S) -> None:
        self._patience_s = patience_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def draw(self, kind: bytes, scale: float, definition: str) -> bytes:
        """The picture; raise Invalid when the definition is none, NotDrawn when it takes too long."""
        request = definition.encode()
        request = REQUEST.pack(kind, scale, len(request)) + request
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience_s):
                    went, drawn = await self._asked_twice(request)
            except TimeoutError:
                await self._end()
                raise NotDrawn(f"the chart took more than {self._patience_s:g} s; draw fewer points") from None
            except asyncio.CancelledError:
                await self._end()  # else its answer would be taken for that of the next
                raise
        if went == REFUSED:
            raise Invalid(f"the chart can not be drawn: {_first_line(drawn.decode())}", field="chart")
        return drawn

    async def warm(self) -> None:
        """Begin the process, so that the first chart does not wait a second for it."""
        async with self._turn:
            await self._running()

    async def close(self) -> None:
        async with self._turn:
            await self._end()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def _asked_twice(self, request: bytes) -> tuple[bytes, bytes]:
        """Ask, and once more when the process was gone: it leaves when idle, and may be killed."""
        try:
            return await self._asked(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end()
        try:
            return await self._asked(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end()
            raise NotDrawn(
                "the process that draws charts ended twice over this one; see the memory it may use"
            ) from None

    async def _asked(self, request: bytes) -> tuple[bytes, bytes]:
        process = await self._running()
        assert process.stdin
        assert process.stdout
        process.stdin.write(request)
        await process.stdin.drain()
        went, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        return went, await process.stdout.readexactly(length)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", WORKER, str(self._idle_s), stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                env=_environment(), start_new_session=True,
            )  # fmt: skip
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """What the process is given: none of our secrets, and times that are the same on every machine."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join([str(SOURCES), *sys.path]), "TZ": "UTC"}


def _first_line(said: str) -> str:
    """What the drawing program says, without where in its own code."""
    lines = [line.strip() for line in said.splitlines() if not line.lstrip().startswith("at ")]
    return (lines[1] if len(lines) > 1 else said)[:200]
