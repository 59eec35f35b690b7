"""The database: one pool a process, one transaction per request or job, the only commit.

A transaction begins with its first statement, scope and `begin` in one message, so an operation that needs none
pays for none; and one that reads by a single scoped function makes one round trip, outside any transaction.

Whoever holds a connection may need a second one, for a unit of work beside: some are kept for these alone, or so many
who hold one would wait for each other.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from switchboard.foundation.errors import DatabaseDown
from switchboard.foundation.gathering import Gathering

if TYPE_CHECKING:
    Connection = PoolConnectionProxy[asyncpg.Record]
else:  # when it runs, asyncpg's own classes take no parameters
    Connection = PoolConnectionProxy
LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that dies while a statement is prepared
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
AWAY = (OSError, *LOST)  # while connecting; later an OSError is somebody else's: a file's, another server's
STATEMENT_S = 60.0
CONNECT_S = 10.0
LOOK_S = 2.0
BESIDE = 2  # connections kept for who has one already


@dataclass(slots=True, kw_only=True)
class Session:
    """One caller's way to the database while a request or job runs; opens the transaction when it is first needed.

    As a block it commits when the block ends well, else it rolls back.
    """

    pool: "asyncpg.Pool[asyncpg.Record]"
    workspace: UUID | None
    timeout_s: float = STATEMENT_S
    one_view: bool = False
    turns: asyncio.Semaphore | None = None  # None: beside another session, which has its own
    take_s: float = CONNECT_S
    lags_s: float | None = None  # of a replica: how long its caller's statements may take on the primary
    _has_turn: bool = False
    _connection: Connection | None = field(default=None, repr=False)
    _begun: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            await self.end(well=error is None)
        except AWAY as gone:
            if error is None:
                raise DatabaseDown("the database went away before it answered; nothing or all was kept") from gone
        if isinstance(error, LOST):
            raise DatabaseDown("the database is away for a moment; try again") from error

    @property
    def has_begun(self) -> bool:
        """Whether what it reads has to go on from what it did: no other session may read for it."""
        return self._connection is not None or self.one_view or self.turns is None or self.lags_s is not None

    @property
    def connections(self) -> int:
        """How many the process has at most."""
        return self.pool.get_max_size()

    async def transaction(self) -> Connection:
        """The connection, inside the transaction and bound to the workspace."""
        connection = await self.plain()
        if not self._begun:
            scope = f"select set_config('app.workspace', '{self.workspace or ''}', true)"
            view = " isolation level repeatable read" if self.one_view else ""
            await connection.execute(f"begin{view}; {scope}")
            self._begun = True
        return connection

    async def plain(self) -> Connection:
        """The connection as it is: for a scoped function, which binds itself, or inside the transaction if begun."""
        if self._connection is None:
            try:
                async with asyncio.timeout(self.take_s):
                    self._connection = await self._taken()
            except OSError as error:
                raise DatabaseDown("the database can not be reached; try again") from error
        return self._connection

    async def _taken(self) -> Connection:
        if self.turns is not None and not self._has_turn:
            await self.turns.acquire()
            self._has_turn = True
        patience_s = None if self.lags_s is None else self.take_s
        return await self.pool.acquire(timeout=patience_s)  # and so long for what it still does when it is given back

    async def end(self, *, well: bool) -> None:
        """Commit, or roll back; give the connection back, and the turn, if there was only that, too."""
        try:
            await self._give_back(well=well)
        finally:
            if self.turns is not None and self._has_turn:
                self._has_turn = False
                self.turns.release()

    async def _give_back(self, *, well: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._begun and not connection.is_closed():
                await connection.execute("commit" if well else "rollback")
        finally:
            self._begun = False
            await self.pool.release(connection)

    async def abandon(self) -> None:
        """Give the connection up at once, whatever it is doing: it may never answer."""
        connection, self._connection, self._begun = self._connection, None, False
        if connection is not None:
            connection.terminate()
            await self.pool.release(connection)


class Scoped(NamedTuple):
    """A scoped function that finds rows by ids, `select * from f($1, $2, …)`, and all it is given but the ids ($2)."""

    query: str
    workspace: UUID
    rest: tuple[object, ...]
    timeout_s: float


class Database:
    """The pool of one process; it belongs to the event loop that made it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", turns: asyncio.Semaphore, url: str) -> None:
        self.pool = pool
        self.url = url
        self.turns = turns
        self._gathered = Gathering(self._found)

    def session(
        self, workspace: UUID | None, *, timeout_s: float = STATEMENT_S, one_view: bool = False, beside: bool = False
    ) -> AbstractAsyncContextManager[Session]:
        """A session that sees only this workspace (None: no guarded row at all); commits when the block ends well.

        With `one_view` all its statements see the same moment. `beside` says that who asks has a session already.
        """
        turns = None if beside else self.turns
        return Session(pool=self.pool, workspace=workspace, timeout_s=timeout_s, one_view=one_view, turns=turns)

    async def find(self, scoped: Scoped, asked: str) -> asyncpg.Record | None:
        """The row whose first column is this id, read together with others that are asked for just now."""
        return await self._gathered.find(scoped, asked)

    async def _found(self, scoped: Scoped, ids: list[str]) -> Mapping[str, asyncpg.Record]:
        async with self.session(scoped.workspace, timeout_s=scoped.timeout_s) as session:
            connection = await session.plain()
            rows = await connection.fetch(
                scoped.query, scoped.workspace, ids, *scoped.rest, timeout=scoped.timeout_s
            )  # fmt: skip
        return {row[0]: row for row in rows}

    async def answers(self) -> None:
        """Return when the database answers; raise DatabaseDown when it does not."""
        async with self.session(None) as session:
            await (await session.plain()).execute("select 1", timeout=CONNECT_S)

    async def is_there(self) -> bool:
        """Whether the server takes somebody new, known after two seconds; however busy our own connections are."""
        try:
            async with asyncio.timeout(LOOK_S):
                await (await asyncpg.connect(self.url)).close()
        except (TimeoutError, *AWAY):
            return False
        return True

    async def close(self) -> None:
        """End all connections, after the statements that run."""
        await self.pool.close()


async def open_database(url: str, *, size: int = 8) -> Database:
    """The database behind the address, which must sign in as the role that owns nothing."""
    try:
        pool = await new_pool(url, 1, size + BESIDE)
    except AWAY as error:
        raise DatabaseDown(f"PostgreSQL does not answer at {_place(url)}; start it or mend the address") from error
    return Database(pool, asyncio.Semaphore(size), url)


async def new_pool(
    url: str, least: int, most: int, *, answer_s: float | None = None, settings: Mapping[str, str] | None = None
) -> "asyncpg.Pool[asyncpg.Record]":
    """Connections to a server, each with these settings of it.

    `answer_s` bounds connecting, and statements that have no bound of their own.
    """
    ours = {"application_name": "switchboard", "timezone": "UTC"}
    return await asyncpg.create_pool(
        url, min_size=least, max_size=most, reset=_as_it_is, timeout=answer_s or CONNECT_S,
        command_timeout=answer_s or STATEMENT_S,
        server_settings=ours | dict(settings or {}),
    )  # fmt: skip


async def _as_it_is(_: object) -> None:
    """Nothing to reset: all that a session sets ends with its transaction."""


def _place(url: str) -> str:
    """The address without its sign-in."""
    return url.rpartition("@")[2]
