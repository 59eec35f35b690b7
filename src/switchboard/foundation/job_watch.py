"""Watching over executors: each holds an advisory lock on a connection of its own, which ends when it dies.

A lock proves life without a heartbeat: a worker too busy to answer, or stopped for a while, keeps its connection.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import structlog

from switchboard.foundation.database import AWAY, CONNECT_S

LOG = structlog.get_logger()
ALIVE = 78  # the class of the advisory locks
LOOK_S = 0.5
GRACE_S = 5.0  # after a restart of PostgreSQL, for everyone to take its lock again
MISSED = 3  # looks in a row that find a lock free before the executor's runs are taken over
OWN_EVERY = 60  # looks between two at our own claims
COMMAND_S = 10.0
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:  # when it runs, asyncpg's own classes take no parameters
    Connection = asyncpg.Connection

# One statement a look. Each dead executor's lock is ours until it is given back below, so that two who look at once
# can not both take over.
DEAD = """
with others as materialized (
    select distinct executor_id from dbos.workflow_status
    where status = 'PENDING' and queue_name = $2 and executor_id <> $1)
select executor_id from others where pg_try_advisory_lock($3, hashtext(executor_id))
"""
HELD = """
select workflow_uuid from dbos.workflow_status where status = 'PENDING' and queue_name = $2 and executor_id = $1
"""
UNLOCK = "select pg_advisory_unlock($1, hashtext(name)) from unnest($2::text[]) name"


@dataclass(slots=True, kw_only=True)
class Watch:
    """One executor's sign of life, and its look at the others.

    `give_back` puts runs, named by their DBOS id, into the queue again; `mine` are those that run here.
    """

    url: str
    queue: str
    executor: str
    give_back: Callable[[list[str]], Awaitable[None]]
    mine: Callable[[], set[str]]
    _line: Connection | None = field(default=None, repr=False)
    _missed: Counter[str] = field(default_factory=Counter[str])
    _lost: set[str] = field(default_factory=set[str])

    async def open(self) -> None:
        """Take this executor's lock; it must be held before it claims anything."""
        self._line = await asyncpg.connect(self.url, timeout=CONNECT_S, command_timeout=COMMAND_S)
        await self._line.execute("select pg_advisory_lock($1, hashtext($2))", ALIVE, self.executor)
        self._missed.clear()

    async def close(self) -> None:
        """Give up the lock: whatever is left of this executor may be taken over."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(*AWAY):
                await line.close(timeout=CONNECT_S)

    async def keep(self) -> None:
        """Watch for as long as the process lives; after a restart of PostgreSQL, first take the own lock anew."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_S)
            looks += 1
            try:
                if self._line is None or self._line.is_closed():
                    await self.open()
                    await asyncio.sleep(GRACE_S)  # the others come back too
                await self._look(self._opened())
                if looks % OWN_EVERY == 0:
                    await self._find_lost(self._opened())
            except Exception as error:  # noqa: BLE001 - the outermost loop: DBOS passes on errors of four libraries
                LOG.warning("watch_interrupted", reason=type(error).__name__)
                await self.close()

    async def _look(self, line: Connection) -> None:
        """Give back the runs of dead executors.

        Dead: its lock was free at three looks in a row. After a restart of PostgreSQL all locks are free for a
        moment, so one look proves nothing.
        """
        free = [str(row["executor_id"]) for row in await line.fetch(DEAD, self.executor, self.queue, ALIVE)]
        self._missed = Counter({name: self._missed[name] + 1 for name in free})
        try:
            for name in free:
                if self._missed[name] >= MISSED:
                    await self._give_back(line, name)
        finally:
            if free:
                await line.execute(UNLOCK, ALIVE, free)

    async def _give_back(self, line: Connection, executor: str) -> None:
        left = [str(row["workflow_uuid"]) for row in await line.fetch(HELD, executor, self.queue)]
        await self.give_back(left)
        LOG.info("jobs_taken_over", executor=executor, jobs=len(left))

    async def _find_lost(self, line: Connection) -> None:
        """Give back what is claimed for this executor but does not run: PostgreSQL went away in between.

        Only what was not running at two looks, for what was claimed a moment ago has not begun yet.
        """
        held = {str(row["workflow_uuid"]) for row in await line.fetch(HELD, self.executor, self.queue)}
        idle = held - self.mine()
        if lost := sorted(idle & self._lost):
            await self.give_back(lost)
            LOG.info("jobs_found_again", jobs=len(lost))
        self._lost = idle

    def _opened(self) -> Connection:
        assert self._line is not None
        return self._line
