"""Words from one serving process to the others: an answer that reached another process than the one that waits.

Each process hears all of them (PostgreSQL's NOTIFY) and heeds those that are for something of its own. Without a bell
there is only this process.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.wake import Bell
from switchboard.mcp import store

CHANNEL = "switchboard_mcp"
LONGEST = 7_500  # bytes; PostgreSQL notifies of at most 8,000
Said = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Relay:
    """What this process tells the others, and whom of its own it tells what it hears."""

    ground: Ground
    bell: Bell | None = None
    _heeding: dict[str, Callable[[Said], bool]] = field(default_factory=dict[str, Callable[[Said], bool]])
    _us: str = field(default_factory=lambda: uuid4().hex)

    def heed(self, about: str, then: Callable[[Said], bool]) -> None:
        """Have words about this heard by `then`, which says whether they were for it."""
        self._heeding[about] = then
        if self.bell is not None:
            self.bell.hear(CHANNEL, self._hear)

    async def say(self, caller: Caller, about: str, said: Said, *, to_all: bool = False) -> None:
        """Tell whoever waits for it here, else everybody; everybody in any case with `to_all`."""
        if (self._heeding[about](said) and not to_all) or self.bell is None:
            return
        words = json.dumps({"by": self._us, "about": about, "said": said}, separators=(",", ":"))
        if len(words.encode()) > LONGEST:
            raise Invalid(f"an answer may have at most {LONGEST:,} bytes; write less")
        async with self.ground.work(caller) as work:
            await store.notify(work, CHANNEL, words)

    def _hear(self, words: str) -> None:
        heard: Said = json.loads(words)
        if heard["by"] != self._us:
            self._heeding[heard["about"]](heard["said"])


class Waiting:
    """One who waits for words."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[Said] = asyncio.Queue(maxsize=100)

    def tell(self, said: Said) -> bool:
        """Whether there was room for them."""
        if self.words.full():
            return False
        self.words.put_nowait(said)
        return True
