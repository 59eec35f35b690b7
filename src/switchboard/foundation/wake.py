"""Being told at once: PostgreSQL's NOTIFY turned into events of the loop, so that nobody has to poll."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg
import structlog

from switchboard.foundation.database import AWAY, CONNECT_S

LOG = structlog.get_logger()
AGAIN_S = 1.0


@dataclass(slots=True, kw_only=True)
class Bell:
    """Rings `on(channel)` whenever something was notified there, and all of them after a lost connection."""

    url: str
    _bells: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    _hearers: dict[str, Callable[[str], object]] = field(default_factory=dict[str, Callable[[str], object]])

    def on(self, channel: str) -> asyncio.Event:
        """The event to wait for; whoever waits clears it. Ask before `keep` runs."""
        return self._bells.setdefault(channel, asyncio.Event())

    def hear(self, channel: str, then: Callable[[str], object]) -> None:
        """Have `then` called with the words of each notification there. Ask before `keep` runs."""
        self._hearers[channel] = then
        self.on(channel)

    async def keep(self) -> None:
        """Listen for as long as the process lives."""
        while True:
            try:
                await self._listen()
            except AWAY as error:
                LOG.warning("bell_away", reason=type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self.url, timeout=CONNECT_S)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            for channel in self._bells:
                await connection.add_listener(channel, self._ring)
            for bell in self._bells.values():  # what was notified while nobody listened
                bell.set()
            await gone.wait()
        finally:
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=CONNECT_S)

    def _ring(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._bells[channel].set()
        if (hearer := self._hearers.get(channel)) is not None:
            hearer(str(payload))


async def wait_for(bell: asyncio.Event, at_most_s: float) -> None:
    """Return when it rings, or after this many seconds; it is silent again afterwards."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), at_most_s)
    bell.clear()
