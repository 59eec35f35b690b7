"""What was worked out of a whole shop, held in memory by each process as long as its mirror is the newest.

The next page of a list, and the same question again, then take no other pass over the lines.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

import duckdb

from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, runs
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.looking import Seen, look
from switchboard.intelligence.mirror_files import name_of_newest

Found = TypeVar("Found")
MOST_HELD = 4  # answers of each kind; the largest take about 64 bytes a customer


@dataclass(frozen=True, kw_only=True)
class _Key:
    """Which answer: the workspace, the moment, and what else it depends on."""

    workspace: UUID
    moment: datetime
    depends_on: Hashable


@dataclass(frozen=True, kw_only=True)
class Memory(Generic[Found]):
    """Answers to one kind of question, each with the name of the mirror it was read from; the last used is last."""

    held: OrderedDict[_Key, tuple[str | None, Seen[Found]]] = field(
        default_factory=OrderedDict[_Key, tuple[str | None, Seen[Found]]], repr=False
    )

    async def look(
        self,
        work: Work,
        said: datetime | date | None,
        read: Callable[[duckdb.DuckDBPyConnection, AsOf], Found],
        depends_on: Hashable = None,
    ) -> Seen[Found]:
        """The same as `looking.look`; what `read` takes from elsewhere is named in `depends_on`."""
        moment = await moments.asked(work, said) or (await runs.served(work)).as_of
        key = _Key(workspace=work.caller.workspace, moment=moment, depends_on=depends_on)
        newest = await asyncio.to_thread(name_of_newest, await runs.mirrored(work))
        known = self.held.get(key)
        if known is None or known[0] != newest:  # one that is published from here on makes it read again
            known = newest, await look(work, said, read)
            key = replace(key, moment=known[1].as_of)  # a run may have ended meanwhile
        self._keep(key, known)
        return known[1]

    def _keep(self, key: _Key, known: tuple[str | None, Seen[Found]]) -> None:
        """Hold it, and let go of what another mirror of the workspace told, and of what was used long ago."""
        for other in [each for each in self.held if each.workspace == key.workspace]:
            if self.held[other][0] != known[0]:
                del self.held[other]
        self.held[key] = known
        self.held.move_to_end(key)
        while len(self.held) > MOST_HELD:
            self.held.popitem(last=False)
