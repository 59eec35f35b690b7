"""What everything stands on in one process, and the unit of work that operations and jobs are given."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol

from switchboard.foundation.callers import Caller
from switchboard.foundation.charts import Charts
from switchboard.foundation.clock import Clock
from switchboard.foundation.database import Database, Session
from switchboard.foundation.ids import Ids
from switchboard.foundation.replica import Replica
from switchboard.foundation.settings import WarehouseSettings
from switchboard.foundation.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the audit trail says of one call; `outcome` is "done", "failed" or an error's code."""

    caller: Caller
    operation: str
    outcome: str
    door: str
    began: datetime
    took_us: int
    subject: str = ""  # whom it was about: never an id of the shop's, but keyed hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of an allowance until the hour ends, as doors tell it."""

    per_hour: int
    left: int
    resets_in_s: int


class Allowances(Protocol):
    """How often callers may call; exact over all processes."""

    async def spend(self, caller: Caller, operation: str, per_hour: int | None) -> None:
        """Count one call; raise LimitReached when an hour's allowance is gone.

        `per_hour` is the operation's own published limit; None leaves the editable ones of role and workspace.
        """
        ...

    async def spend_published(self, caller: Caller, limit: str, per_hour: int) -> None:
        """Count one call of a limit that a door publishes for a path, and nothing else."""
        ...

    def left(self, caller: Caller, limit: str, per_hour: int | None) -> Left | None:
        """What is left after the last call, of the one that ends first; None for a caller who is not charged."""
        ...


class Trail(Protocol):
    """The audit trail."""

    def remember(self, done: Done) -> None:
        """Keep the line past a kill -9 of this process, and write it to the database soon."""
        ...

    async def write(self, work: "Work", done: Done) -> None:
        """Write the line in the transaction of the change it tells of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every operation stands on; put together once by `main`."""

    database: Database
    vault: Vault
    allowances: Allowances
    trail: Trail
    clock: Clock
    ids: Ids
    data_dir: Path
    public_url: str = "http://127.0.0.1:8000"  # where people reach this installation: of links that are sent to them
    switched_on: frozenset[str] = frozenset()  # by the settings
    warehouse: WarehouseSettings | None = None
    charts: Charts = field(default_factory=Charts)  # closed by whoever put the ground together
    replica: Replica | None = None

    def work(
        self, caller: Caller, *, timeout_s: float = 60.0, one_view: bool = False, subjects: list[str] | None = None,
        rehearses: bool = False,
    ) -> AbstractAsyncContextManager["Work"]:  # fmt: skip
        """A unit of work for this caller; commits when the block ends well, else nothing of it stays.

        With `one_view` all its statements see the same moment. With `rehearses` nothing of it stays, however it ends.
        """
        opening = self.database.session(caller.workspace, timeout_s=timeout_s, one_view=one_view)
        return _Unit(self, caller, opening, [] if subjects is None else subjects, rehearses)

    @asynccontextmanager
    async def lagging_work(
        self, replica: Replica, shows: datetime, caller: Caller, timeout_s: float, subjects: list[str]
    ) -> AsyncGenerator["Work"]:
        """A unit of work that reads what the replica shows, and whose now is that moment; raise ReplicaUnfit."""
        async with replica.session(caller.workspace, timeout_s) as session:
            yield Work(caller=caller, session=session, now=shows, ground=self, subjects=subjects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One transaction on behalf of one caller. Stores read and write through it; nobody else commits."""

    caller: Caller
    session: Session
    now: datetime
    ground: Ground
    rehearses: bool = False  # it will be taken back: what is done outside the database must not be
    subjects: list[str]  # keyed hashes of whom it is about, noted for its line of the audit trail

    @asynccontextmanager
    async def beside(self, *, timeout_s: float | None = None, one_view: bool = False) -> AsyncGenerator["Work"]:
        """A unit of work of its own while this one is open; it may open no further one."""
        longest_s = timeout_s or self.session.lags_s or self.session.timeout_s
        async with self.ground.database.session(
            self.caller.workspace, timeout_s=longest_s, one_view=one_view, beside=True
        ) as session:
            yield Work(
                caller=self.caller, session=session, now=self.ground.clock(), ground=self.ground, subjects=[],
                rehearses=self.rehearses,
            )  # fmt: skip


class TakenBack(Exception):
    """What a unit of work is ended with that rehearsed well."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit of work as a block. Not a generator: of those the event loop keeps a list, at every call's cost."""

    ground: Ground
    caller: Caller
    opening: AbstractAsyncContextManager[Session]
    subjects: list[str]
    rehearses: bool

    async def __aenter__(self) -> Work:
        return Work(
            caller=self.caller, session=await self.opening.__aenter__(), now=self.ground.clock(), ground=self.ground,
            subjects=self.subjects, rehearses=self.rehearses,
        )  # fmt: skip

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.rehearses and error is None:
            kind, error = TakenBack, TakenBack()
        await self.opening.__aexit__(kind, error, at)
