"""A read replica: a streaming copy of our PostgreSQL that answers what may be some seconds old.

It is asked only while it is known to be near. Every second we note up to where the primary has kept its log of changes,
and up to where the replica has applied it: so we know the moment the replica shows, by our own clock, and need neither
a table for it nor the replica's idea of time. Whatever goes wrong there, the primary answers.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from switchboard.foundation import measures
from switchboard.foundation.clock import Clock
from switchboard.foundation.database import AWAY, Database, Session, new_pool
from switchboard.foundation.errors import DatabaseDown, SwitchboardError

LOOK_S = 1.0
BEHIND_S = 5.0  # more than the run that is served is remembered would make an answer older than it says
TAKE_S = 1.0  # until a connection is there
STATEMENT_S = 5.0  # what the replica has to read is short; a question's arithmetic is done on the mirror
SIZE = 4  # connections of a process
PRIMARY = (
    "select pg_current_wal_flush_lsn() - '0/0'::pg_lsn as lsn, (select system_identifier from pg_control_system())"
)
REPLICA = """select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn() - '0/0'::pg_lsn as lsn,
    (select system_identifier from pg_control_system())"""
UNFIT = (*AWAY, TimeoutError, asyncpg.PostgresError)
"""What the replica could not do, for whatever reason: what is wrong in itself is so on the primary, too."""


class ReplicaUnfit(SwitchboardError):
    """The replica did not answer; the primary shall."""

    code = "replica_unfit"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was found when we looked last."""

    at: float  # monotonic
    shows: datetime | None = None  # the replica has everything that was kept by then; None: nothing we can tell
    trouble: str = "it has not been looked at yet"


@dataclass(slots=True, kw_only=True)
class Replica:
    """The replica as one process sees it."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    primary: Database
    clock: Clock
    known: Known = field(default_factory=lambda: Known(at=float("-inf")))
    _marks: deque[tuple[datetime, int]] = field(default_factory=lambda: deque[tuple[datetime, int]](maxlen=120))
    _written: dict[UUID, float] = field(default_factory=dict[UUID, float])

    def shows(self, workspace: UUID) -> datetime | None:
        """The moment it shows of this workspace; None when the primary has to answer.

        That is so while the replica is away or too far behind, and for a while after something was written here.
        """
        now = time.monotonic()
        known = self.known
        if known.shows is None or now - known.at > BEHIND_S:
            measures.REPLICA.labels("away").inc()
            return None
        if (self.clock() - known.shows).total_seconds() > BEHIND_S:
            measures.REPLICA.labels("behind").inc()
            return None
        if now - self._written.get(workspace, float("-inf")) < 2 * BEHIND_S:
            measures.REPLICA.labels("just_written").inc()
            return None
        return known.shows

    def note_written(self, workspace: UUID) -> None:
        """Something of this workspace is written here: who wrote it shall see it."""
        self._written[workspace] = time.monotonic()

    @asynccontextmanager
    async def session(self, workspace: UUID, timeout_s: float) -> AsyncGenerator[Session]:
        """A session that sees only this workspace and can write nothing; raise ReplicaUnfit when it does not answer."""
        try:
            async with self._asked(workspace, timeout_s) as session:
                yield session
        except (*UNFIT, DatabaseDown) as error:
            measures.REPLICA.labels("failed").inc()
            if isinstance(error, (*AWAY, TimeoutError, DatabaseDown)):  # nobody else waits for it until we looked again
                self.known = Known(at=time.monotonic(), trouble="it did not answer what it was asked")
            raise ReplicaUnfit("the replica did not answer") from error
        measures.REPLICA.labels("served").inc()

    @asynccontextmanager
    async def _asked(self, workspace: UUID | None, timeout_s: float) -> AsyncGenerator[Session]:
        """A session there, which never waits for a connection that does not answer."""
        longest_s = min(timeout_s, STATEMENT_S)
        session = Session(pool=self.pool, workspace=workspace, timeout_s=longest_s, take_s=TAKE_S, lags_s=timeout_s)
        answers = False
        try:
            yield session
            answers = True
        except SwitchboardError as error:
            answers = not isinstance(error, DatabaseDown)
            raise
        finally:
            await (session.end(well=False) if answers else session.abandon())

    async def keep_looking(self) -> None:
        """Look every second, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> Known:
        """Find out which moment the replica shows."""
        try:
            async with asyncio.timeout(TAKE_S + STATEMENT_S):
                self.known = await self._look()
        except (*UNFIT, DatabaseDown) as error:
            self.known = Known(at=time.monotonic(), trouble=f"it does not answer ({type(error).__name__})")
        return self.known

    async def _look(self) -> Known:
        began = self.clock()
        async with self.primary.session(None, beside=True) as session:
            there = await (await session.plain()).fetchrow(PRIMARY, timeout=STATEMENT_S)
        assert there is not None, "a query of one row"
        self._marks.append((began, int(there["lsn"])))
        async with self._asked(None, STATEMENT_S) as session:
            here = await (await session.plain()).fetchrow(REPLICA, timeout=STATEMENT_S)
        assert here is not None, "a query of one row"
        now = time.monotonic()
        if not here["follows"]:
            return Known(at=now, trouble="it is no replica: it follows nobody")
        if here["system_identifier"] != there["system_identifier"]:
            return Known(at=now, trouble="it is a replica of another server")
        had = [at for at, lsn in self._marks if lsn <= int(here["lsn"] or 0)]
        if not had:
            return Known(at=now, trouble=f"it is more than {len(self._marks) * LOOK_S:.0f} s behind")
        return Known(at=now, shows=max(had), trouble="")

    async def close(self) -> None:
        """End all connections."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STATEMENT_S):
                await self.pool.close()
        self.pool.terminate()


async def open_replica(url: str, primary: Database, clock: Clock) -> Replica:
    """The replica at the address, which must sign in as the role that owns nothing; whether it is there or not."""
    settings = {"default_transaction_read_only": "on"}
    pool = await new_pool(url, 0, SIZE, answer_s=TAKE_S, settings=settings)
    return Replica(pool=pool, primary=primary, clock=clock)


def behind(known: Known, now: datetime) -> timedelta | None:
    """How far behind it was when it was looked at, at most; None where nobody knows."""
    return None if known.shows is None else max(now - known.shows, timedelta())
