"""Streams of calls that a client may come back to: what was sent, for as long as the call runs and a while after."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from uuid import uuid4

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore, StreamableHTTPServerTransport
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCResponse

from switchboard.foundation.callers import Caller

MOST_STREAMS, MOST_EVENTS = 1_000, 1_000
RUNS_ON_S = 300.0


class KeptStream(EventStore):
    """The events of one call."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.id = uuid4().hex
        self.events: list[JSONRPCMessage | None] = []
        self.is_done = False
        self._more = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Whether anything was to be sent."""
        return bool(self.events)

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:  # noqa: ARG002 - the SDK's
        """Keep an event; the SDK's name of the stream is the id of its request, which others have, too."""
        if len(self.events) < MOST_EVENTS or isinstance(message, JSONRPCResponse | JSONRPCError):
            self.events.append(message)
        self.is_done = self.is_done or isinstance(message, JSONRPCResponse | JSONRPCError)
        self._more.set()
        return f"{self.id}_{len(self.events)}"

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send what came after an event, until all is sent."""
        at = int(last_event_id.rpartition("_")[2])
        while True:
            self._more.clear()
            for number in range(at, len(self.events)):
                if (message := self.events[number]) is not None:
                    await send_callback(EventMessage(message, f"{self.id}_{number + 1}"))
            at = len(self.events)
            if self.is_done:
                return None
            await self._more.wait()

    async def done(self) -> None:
        """Return when its last event is kept."""
        while not self.is_done:
            self._more.clear()
            await self._more.wait()


class Streams:
    """The streams of this process, the latest ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, KeptStream] = OrderedDict()
        self._running_on: set[asyncio.Task[None]] = set()

    def begin(self, caller: Caller) -> KeptStream:
        """A new one."""
        made = KeptStream(caller)
        self._kept[made.id] = made
        while len(self._kept) > MOST_STREAMS:
            self._kept.popitem(last=False)
        return made

    def find(self, event: str, caller: Caller) -> KeptStream | None:
        """The stream an event was of, if it was this caller's."""
        stream, _, number = event.rpartition("_")
        found = self._kept.get(stream)
        return found if found is not None and found.caller.id == caller.id and number.isdecimal() else None

    def run_on(self, kept: KeptStream, serving: asyncio.Task[None], transport: StreamableHTTPServerTransport) -> None:
        """Let a call go on whose client went away, for a while."""
        task = asyncio.create_task(_run_on(kept, serving, transport))
        self._running_on.add(task)
        task.add_done_callback(self._running_on.discard)

    async def close(self) -> None:
        """Stop them."""
        tasks = list(self._running_on)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run_on(kept: KeptStream, serving: asyncio.Task[None], transport: StreamableHTTPServerTransport) -> None:
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(kept.done(), RUNS_ON_S)
    finally:
        await transport.terminate()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
