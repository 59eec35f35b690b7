"""Allowances per hour (of the clock, in UTC), exact over all processes.

Counted are the calls of an operation with a published limit, per caller; all calls, per caller by its role; all calls
of a client that has a rule; all calls of a workspace. Small allowances are counted one by one in the database. Of
large ones a process takes blocks, added to what it holds, and spends them from memory: the sum never exceeds the
allowance, and less than all is let through only by what other processes hold in that moment. They hand it back when
they end.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from switchboard.accounts.records import AllowanceChange, AllowanceList, AllowanceRule
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.roles import CUSTOM, ROLES
from switchboard.accounts.store import allowances as store
from switchboard.foundation.callers import Caller
from switchboard.foundation.clock import Clock
from switchboard.foundation.database import Database
from switchboard.foundation.errors import Invalid, LimitReached, SwitchboardError
from switchboard.foundation.ground import Left, Work

HOUR_S = 3600
SMALL = 1_000  # up to here each call is counted in the database
REFUSED_S = 1.0  # how long a refusal holds without asking again
BLOCKS = 100  # of a large allowance a process takes a hundredth at a time
ROLE_PER_HOUR, WORKSPACE_PER_HOUR = 20_000, 200_000
MOST_HELD = 100_000  # counters of one process
NOT_CHARGED = frozenset({"job", "operator"})
Rules = dict[tuple[str, str], int]


class Counter(NamedTuple):
    """Whose calls are counted together, and how many an hour are allowed."""

    about: str
    who: UUID
    per_hour: int


@dataclass(slots=True, kw_only=True)
class Held:
    """What this process holds of a counter, and how many all processes had taken when it last asked."""

    workspace: UUID
    calls: int = 0
    used: int = 0
    asked_at: float = 0.0


class SharedAllowances:
    """The allowances as one process spends them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rules: Remembered[UUID, Rules] = Remembered(at_most=1_000)
        self._hour = 0
        self._held: dict[tuple[str, UUID], Held] = {}
        self._refilling = asyncio.Lock()

    async def spend(self, caller: Caller, operation: str, per_hour: int | None) -> None:
        """Count one call; raise LimitReached, with the seconds to wait, when an allowance is gone."""
        if caller.kind in NOT_CHARGED:
            return
        now = self._clock()
        rules = self._rules.get(caller.workspace, now)
        if rules is None:
            rules = await self._read_rules(caller.workspace, now)
        await self._spend(caller.workspace, _counters(caller, rules, operation, per_hour))

    async def spend_published(self, caller: Caller, limit: str, per_hour: int) -> None:
        """Count one call of a limit that a door publishes for a path, and nothing else."""
        if caller.kind not in NOT_CHARGED:
            await self._spend(caller.workspace, [Counter(limit, caller.id, per_hour)])

    def left(self, caller: Caller, limit: str, per_hour: int | None) -> Left | None:
        """What is left after the last call here, of the allowance that ends first."""
        if caller.kind in NOT_CHARGED:
            return None
        now = self._turn()
        rules = self._rules.get(caller.workspace, now) or {}
        left, per_hour = min(
            (self._left(counter), counter.per_hour) for counter in _counters(caller, rules, limit, per_hour)
        )
        return Left(per_hour=per_hour, left=left, resets_in_s=_rest(now))

    async def close(self) -> None:
        """Hand back what this process holds."""
        held, self._held = self._held, {}
        unused: dict[UUID, dict[str, int]] = {}
        for (about, who), one in held.items():
            if one.calls:
                unused.setdefault(one.workspace, {})[_name(about, who)] = one.calls
        for workspace, calls in unused.items():
            async with self._database.session(None) as session:
                await store.hand_back(session, workspace, calls, self._hour)

    async def _spend(self, workspace: UUID, counters: list[Counter]) -> None:
        while short := self._short(counters):
            await self._refill(workspace, short)
        small: list[Counter] = []
        for counter in counters:  # nothing awaited since they were seen
            if counter.per_hour > SMALL:
                self._held[counter.about, counter.who].calls -= 1
            else:
                small.append(counter)
        if small:
            await self._take_small(workspace, small, [counter for counter in counters if counter not in small])

    async def _refill(self, workspace: UUID, counters: list[Counter]) -> None:
        async with self._refilling:
            if len(self._held) > MOST_HELD:
                await self.close()
            if short := self._short(counters):  # else another task refilled them meanwhile
                await self._take(workspace, short)

    async def _take_small(self, workspace: UUID, small: list[Counter], spent: list[Counter]) -> None:
        """A call that is refused after all has used nothing of what it spent before."""
        hour = self._hour
        try:
            await self._take(workspace, small)
        except SwitchboardError:
            for counter in spent:
                held = self._held.get((counter.about, counter.who))
                if held is not None and hour == self._hour:
                    held.calls += 1
            raise

    async def _take(self, workspace: UUID, counters: list[Counter]) -> None:
        """Ask the database; what it gives of large allowances is added to what is held, of small ones it is spent."""
        now = self._turn()
        hour = self._hour
        wanted = [
            store.Wanted(counter=_name(one.about, one.who), calls=_block(one.per_hour), per_hour=one.per_hour)
            for one in counters
        ]
        async with self._database.session(None) as session:
            taken = await store.take(session, workspace, wanted, hour)
        for counter, asked in zip(counters, wanted, strict=True):
            got = taken[asked.counter]
            if hour == self._hour:
                held = self._held.setdefault((counter.about, counter.who), Held(workspace=workspace))
                held.calls += got.given if counter.per_hour > SMALL else 0
                held.used, held.asked_at = got.used, now.timestamp()
        for counter, asked in zip(counters, wanted, strict=True):
            if not taken[asked.counter].given and taken[asked.counter].used >= counter.per_hour:
                raise _refusal(counter, now)

    def _short(self, counters: list[Counter]) -> list[Counter]:
        """Large ones of which nothing is held in this hour; raise LimitReached when one was refused a moment ago."""
        now = self._turn()
        short: list[Counter] = []
        for counter in counters:
            held = self._held.get((counter.about, counter.who))
            if held is not None:
                if held.calls:
                    continue
                if held.used >= counter.per_hour and 0 <= now.timestamp() - held.asked_at < REFUSED_S:
                    raise _refusal(counter, now)
            if counter.per_hour > SMALL:
                short.append(counter)
        return short

    def _left(self, counter: Counter) -> int:
        held = self._held.get((counter.about, counter.who))
        return counter.per_hour if held is None else max(0, counter.per_hour - held.used + held.calls)

    def _turn(self) -> datetime:
        """This moment; what was held of an hour that is over is worth nothing."""
        now = self._clock()
        if (hour := int(now.timestamp()) // HOUR_S) != self._hour:
            self._hour = hour
            self._held.clear()
        return now

    async def _read_rules(self, workspace: UUID, now: datetime) -> Rules:
        async with self._database.session(workspace) as session:
            rules = {(rule.about, rule.name): rule.per_hour for rule in await store.rules(session, workspace)}
        self._rules.keep(workspace, rules, now)
        return rules


async def listed(work: Work) -> AllowanceList:
    """The rules of the workspace at work."""
    found = await store.rules(work.session, work.caller.workspace)
    return AllowanceList(rules=found, role_default=ROLE_PER_HOUR, workspace_default=WORKSPACE_PER_HOUR)


async def change(work: Work, asked: AllowanceChange) -> AllowanceList:
    """Set a rule or take it away; every process knows within five seconds. Raise Invalid when it is about nothing."""
    name = _named(asked)
    if asked.per_hour is None:
        await store.unset_rule(work, asked.about, name)
    else:
        await store.set_rule(work, AllowanceRule(about=asked.about, name=name, per_hour=asked.per_hour))
    return await listed(work)


def _named(asked: AllowanceChange) -> str:
    match asked.about:
        case "workspace":
            return ""
        case "client":
            try:
                return str(UUID(asked.name))
            except ValueError:
                raise Invalid("name the client by its id", field="name") from None
        case "role":
            if asked.name not in {*ROLES, CUSTOM}:
                raise Invalid(f"name a role: {', '.join((*ROLES, CUSTOM))}", field="name")
            return asked.name


def _counters(caller: Caller, rules: Rules, limit: str, per_hour: int | None) -> list[Counter]:
    counters = [
        Counter("role", caller.id, rules.get(("role", caller.role), ROLE_PER_HOUR)),
        Counter("workspace", caller.workspace, rules.get(("workspace", ""), WORKSPACE_PER_HOUR)),
    ]
    if caller.client is not None and (of_client := rules.get(("client", str(caller.client)))):
        counters.append(Counter("client", caller.client, of_client))
    if per_hour is not None:
        counters.append(Counter(limit, caller.id, per_hour))
    return counters


def _refusal(counter: Counter, now: datetime) -> LimitReached:
    known = {"role": "your role has", "client": "this client has", "workspace": "this workspace has"}
    whose = known.get(counter.about, f"{counter.about} has")
    return LimitReached(
        f"{whose} {counter.per_hour} calls an hour, and they are used up; wait, or have the allowance raised",
        retry_after_s=_rest(now), per_hour=counter.per_hour,
    )  # fmt: skip


def _name(about: str, who: UUID) -> str:
    return f"{about}/{who}"


def _block(per_hour: int) -> int:
    return 1 if per_hour <= SMALL else per_hour // BLOCKS


def _rest(now: datetime) -> int:
    """The seconds until the hour is over, at least 1."""
    return HOUR_S - int(now.timestamp()) % HOUR_S
