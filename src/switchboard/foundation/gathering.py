"""Reads of one thing by its key, gathered: those that come while one is on its way go together in the next.

Nobody waits longer for it than a read takes, and many at once cost one round trip, one plan and one turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Found = TypeVar("Found")
MOST = 50  # keys of one read


@dataclass(slots=True, kw_only=True)
class _Read(Generic[Found]):
    """One read, which takes further keys until it begins."""

    keys: set[str] = field(default_factory=set[str])
    task: "asyncio.Task[Mapping[str, Found]]"


class Gathering(Generic[Group, Found]):
    """The reads of one event loop; `read` finds what there is of some keys of a group."""

    def __init__(self, read: Callable[[Group, list[str]], Awaitable[Mapping[str, Found]]]) -> None:
        self._read = read
        self._next: dict[Group, _Read[Found]] = {}
        self._last: dict[Group, asyncio.Task[Mapping[str, Found]]] = {}

    async def find(self, group: Group, key: str) -> Found | None:
        """What there is of the key; raises what the read raises, which others may have caused."""
        reading = self._next.get(group)
        if reading is None or len(reading.keys) >= MOST:
            reading = self._begin(group)
        reading.keys.add(key)
        return (await asyncio.shield(reading.task)).get(key)

    def _begin(self, group: Group) -> _Read[Found]:
        before = self._last.get(group)
        reading: _Read[Found]
        task = asyncio.create_task(self._run(group, before, lambda: reading))
        self._last[group] = task
        self._next[group] = reading = _Read(task=task)
        return reading

    async def _run(
        self, group: Group, before: "asyncio.Task[Mapping[str, Found]] | None", own: Callable[[], _Read[Found]]
    ) -> Mapping[str, Found]:
        if before is not None and not before.done():
            await asyncio.wait([before])
        reading = own()
        if self._next.get(group) is reading:
            del self._next[group]
        try:
            return await self._read(group, list(reading.keys))
        finally:
            if self._last.get(group) is reading.task:
                del self._last[group]
