"""Reads of one thing by its key, gathered: those that come while one is on its way go together in the next.

Nobody waits longer for it than a read takes, and many at once cost one round trip, one plan and one turn.
"""

import asyncio
from asyncio import Future, Task
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Found = TypeVar("Found")
MOST = 50  # keys of one read


class Gathering(Generic[Group, Found]):
    """The reads of one event loop; `read` finds what there is of some keys of a group."""

    def __init__(self, read: Callable[[Group, list[str]], Awaitable[Mapping[str, Found]]]) -> None:
        self._read = read
        self._waiting: dict[Group, list[tuple[str, Future[Found | None]]]] = {}  # of groups that are being read
        self._reading: dict[Group, Task[Mapping[str, Found]]] = {}

    async def find(self, group: Group, key: str) -> Found | None:
        """What there is of the key; raises what the read raises, which others may have caused."""
        told: Future[Found | None] = asyncio.get_running_loop().create_future()
        if group not in self._waiting:
            self._waiting[group] = []
            self._go(group)
        self._waiting[group].append((key, told))
        return await told

    def _go(self, group: Group) -> None:
        """Begin a read, at the loop's next turn: whoever asks until then goes along."""
        asked: list[tuple[str, Future[Found | None]]] = []
        self._reading[group] = task = asyncio.create_task(self._next(group, asked))
        task.add_done_callback(partial(self._tell, group, asked))

    async def _next(self, group: Group, asked: list[tuple[str, Future[Found | None]]]) -> Mapping[str, Found]:
        waiting = self._waiting[group]
        asked += waiting[:MOST]
        del waiting[:MOST]
        return await self._read(group, list({key for key, _ in asked}))

    def _tell(
        self, group: Group, asked: list[tuple[str, Future[Found | None]]], task: Task[Mapping[str, Found]]
    ) -> None:
        """Tell those who still wait what was found, or why nothing was; whoever came since is next."""
        if self._waiting[group] and not task.cancelled():
            self._go(group)
        else:
            asked += self._waiting.pop(group)  # none, unless the loop ends
            del self._reading[group]
        error = None if task.cancelled() else task.exception()
        for key, told in asked:
            if told.done():
                continue
            if task.cancelled():
                told.cancel()
            elif error:
                told.set_exception(error)
            else:
                told.set_result(task.result().get(key))
