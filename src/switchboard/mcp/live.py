"""What clients are told without asking: that lists changed, that a document did; and what each session wants told.

On 2026-07-28 a client listens with `subscriptions/listen`; on older revisions with a GET that stays open. What an older
client subscribes to, and from which level on it wants log lines, every process hears and remembers for a while.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)
from mcp.shared.subscriptions import event_to_notification
from mcp_types import LoggingLevel
from starlette.types import Receive, Send

from switchboard.foundation.callers import Caller
from switchboard.mcp.exchange import LEVELS
from switchboard.mcp.relay import Relay, Said
from switchboard.mcp.resuming import KeptStream

MOST_SESSIONS, MOST_SUBSCRIPTIONS, MOST_LISTENING = 10_000, 100, 1_000
PING_S = 15.0
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


@dataclass(slots=True)
class Wants:
    """What one session of an older revision wants."""

    level: LoggingLevel = "debug"
    documents: set[str] = field(default_factory=set[str])


class Live:
    """Who listens in this process."""

    def __init__(self, relay: Relay) -> None:
        self.bus = InMemorySubscriptionBus()
        self._relay = relay
        self._wants: OrderedDict[str, Wants] = OrderedDict()
        self._listening = 0
        relay.heed("session", self._heed_session)
        relay.heed("changed", self._heed_changed)

    def wants(self, session: str) -> Wants:
        """What a session wants, as far as it is known here."""
        return self._wants.get(session) or Wants()

    async def set_level(self, caller: Caller, session: str, level: LoggingLevel) -> None:
        """Tell no log lines below this level."""
        await self._relay.say(caller, "session", {"session": session, "level": level}, to_all=True)

    async def subscribe(self, caller: Caller, session: str, uri: str, *, on: bool) -> None:
        """Tell when this document changes, or no more."""
        said: Said = {"session": session, "uri": uri, "on": on}
        await self._relay.say(caller, "session", said, to_all=True)

    async def changed(self, caller: Caller, *uris: str) -> None:
        """Tell everybody who listens to these documents; without any, that all lists may have changed."""
        await self._relay.say(caller, "changed", {"uris": list(uris)}, to_all=True)

    def say_lists_changed(self) -> None:
        """Tell those who listen in this process that lists may have changed."""
        self._heed_changed({"uris": []})

    async def stream(self, session: str, receive: Receive, send: Send) -> None:
        """The open GET of an older revision, until the client leaves."""
        queue: asyncio.Queue[ServerEvent] = asyncio.Queue(maxsize=1_000)
        leave = self.bus.subscribe(_into(queue))
        gone = asyncio.create_task(_left(receive))
        self._listening += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": STREAM})
            await send({"type": "http.response.body", "body": b": open\r\n\r\n", "more_body": True})
            while not gone.done() and self._listening <= MOST_LISTENING:
                frame = await self._next(queue, session, gone)
                if frame is not None:
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._listening -= 1
            leave()
            gone.cancel()

    async def _next(self, queue: asyncio.Queue[ServerEvent], session: str, gone: asyncio.Task[None]) -> bytes | None:
        """The next frame: an event this session is to be told of, or a sign of life."""
        getting = asyncio.create_task(queue.get())
        await asyncio.wait({getting, gone}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done():
            getting.cancel()
            return None if gone.done() else b": ping\r\n\r\n"
        event = getting.result()
        if isinstance(event, ResourceUpdated) and event.uri not in self.wants(session).documents:
            return None
        said = event_to_notification(event, {}).model_dump(mode="json", by_alias=True, exclude_none=True)
        return _frame({"jsonrpc": "2.0", "method": said["method"], "params": said.get("params") or {}})

    def _heed_session(self, said: Said) -> bool:
        wants = self._wants.setdefault(said["session"], Wants())
        self._wants.move_to_end(said["session"])
        while len(self._wants) > MOST_SESSIONS:
            self._wants.popitem(last=False)
        if said.get("level") in LEVELS:
            wants.level = cast("LoggingLevel", said["level"])
        if "uri" in said and not said["on"]:
            wants.documents.discard(said["uri"])
        elif "uri" in said and len(wants.documents) < MOST_SUBSCRIPTIONS:
            wants.documents.add(said["uri"])
        return True

    def _heed_changed(self, said: Said) -> bool:
        events: list[ServerEvent] = [ResourceUpdated(uri=uri) for uri in said["uris"]]
        everything = [ToolsListChanged(), PromptsListChanged(), ResourcesListChanged()]
        for event in events or everything:
            task = asyncio.ensure_future(self.bus.publish(event))
            _telling.add(task)
            task.add_done_callback(_telling.discard)
        return True


async def resume(kept: KeptStream, event: str, send: Send) -> None:
    """Send what a broken stream had still to tell, until its call is answered."""
    await send({"type": "http.response.start", "status": 200, "headers": STREAM})

    async def one(told: Any) -> None:
        said = told.message.model_dump(mode="json", by_alias=True, exclude_unset=True)
        frame = f"id: {told.event_id}\r\n".encode() + _frame(said)
        await send({"type": "http.response.body", "body": frame, "more_body": True})

    await kept.replay_events_after(event, one)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


_telling: set[asyncio.Future[None]] = set()


def _into(queue: asyncio.Queue[ServerEvent]) -> Callable[[ServerEvent], None]:
    """Put events there; a client that reads none any more loses them."""

    def put(event: ServerEvent) -> None:
        if not queue.full():
            queue.put_nowait(event)

    return put


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(said: dict[str, Any]) -> bytes:
    return f"event: message\r\ndata: {json.dumps(said, separators=(',', ':'))}\r\n\r\n".encode()
