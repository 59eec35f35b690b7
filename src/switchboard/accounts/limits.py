"""Allowances per hour (of the clock, in UTC), of clients also per minute and day, exact over all processes.

Counted are the calls of an operation with a published limit, per caller; all calls, per caller by its role; all calls
of a client by its settings, and those of a tool it has fewer of; all calls of a workspace. Small allowances are counted
one by one in the database. Of large ones a process takes blocks, added to what it holds, and spends them from memory:
the sum never exceeds the allowance, and less than all is let through only by what other processes hold in that moment.
They hand it back when they end. A call that comes when all is used up waits in line where the next period is no more
than two seconds away, and is refused at once where it is not.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from switchboard.accounts.records import AllowanceChange, AllowanceList, AllowanceRule
from switchboard.accounts.remembered import Remembered
from switchboard.accounts.roles import CUSTOM, ROLES
from switchboard.accounts.store import allowances as store
from switchboard.accounts.store import clients as client_store
from switchboard.accounts.store.clients import ClientLimits
from switchboard.foundation.callers import Caller
from switchboard.foundation.clock import Clock
from switchboard.foundation.database import Database
from switchboard.foundation.errors import Invalid, LimitReached, SwitchboardError
from switchboard.foundation.ground import Left, Work
from switchboard.foundation.operations import OPERATIONS, tool_name

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
SPANS = {MINUTE_S: "a minute", HOUR_S: "an hour", DAY_S: "a day"}
SMALL = 1_000  # up to here each call is counted in the database
REFUSED_S = 1.0  # how long a refusal holds without asking again
IN_LINE_S, MOST_IN_LINE = 2, 100  # how long a call waits for the next period, and how many of a process do
BLOCKS = 100  # of a large allowance a process takes a hundredth at a time
ROLE_PER_HOUR, WORKSPACE_PER_HOUR = 20_000, 200_000
MOST_HELD = 100_000  # counters of one process
NOT_CHARGED = frozenset({"job", "operator"})
OF_TOOL = "client tool "  # begins what a counter of one tool is about


@dataclass(frozen=True, slots=True)
class Counter:
    """Whose calls are counted together, and how many are allowed in a period of so many seconds."""

    about: str
    who: UUID
    allowed: int
    period_s: int = HOUR_S
    name: str = field(init=False)
    """What it is called here and in the database."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.about}/{self.who}")

    def period(self, at: float) -> int:
        """Which period this moment is in, counted since 1970."""
        return int(at) // self.period_s

    def rest_s(self, at: float) -> int:
        """The seconds until the period is over, at least 1."""
        return self.period_s - int(at) % self.period_s


Charged = tuple[UUID, str, UUID | None, str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a workspace has set: calls an hour by what they are about and its name, and the bounds of clients."""

    per_hour: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    clients: dict[UUID, ClientLimits] = field(default_factory=dict[UUID, ClientLimits])
    _counters: dict[Charged, list[Counter]] = field(default_factory=dict[Charged, list[Counter]])

    def know(self, client: UUID | None) -> bool:
        """Whether the client was there when they were read; they know no bounds of one that was made since."""
        return client is None or client in self.clients

    def note(self, client: UUID | None) -> None:
        """The client has no bounds where nothing was read of it: it is no more, or never was."""
        if client is not None:
            self.clients.setdefault(client, ClientLimits(per_minute=None, daily_quota=None))

    def counters(self, caller: Caller, limit: str, per_hour: int | None) -> list[Counter]:
        """What a call is counted on; worked out once for as long as the rules hold."""
        charged = (caller.id, caller.role, caller.client, limit, per_hour)
        known = self._counters.get(charged)
        if known is None:
            known = self._counters[charged] = _counters(caller, self, limit, per_hour)
        return known


@dataclass(slots=True, kw_only=True)
class Held:
    """What this process holds of a counter in a period, and how many all processes had taken when it last asked."""

    workspace: UUID
    period: int
    period_s: int
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
        self._held: dict[str, Held] = {}  # by the name of the counter
        self._refilling = asyncio.Lock()
        self._in_line = 0

    async def spend(self, caller: Caller, operation: str, per_hour: int | None) -> None:
        """Count one call; raise LimitReached, with the seconds to wait, when an allowance is gone."""
        if caller.kind in NOT_CHARGED:
            return
        now = self._clock()
        rules = self._rules.get(caller.workspace, now)
        if rules is None or not rules.know(caller.client):
            rules = await self._read_rules(caller.workspace, now)
            rules.note(caller.client)
        await self._spend_in_line(caller.workspace, rules.counters(caller, operation, per_hour))

    async def spend_published(self, caller: Caller, limit: str, per_hour: int) -> None:
        """Count one call of a limit that a door publishes for a path, and nothing else."""
        if caller.kind not in NOT_CHARGED:
            await self._spend_in_line(caller.workspace, [Counter(limit, caller.id, per_hour)])

    def left(self, caller: Caller, limit: str, per_hour: int | None) -> Left | None:
        """What is left after the last call here, of the allowance that ends first."""
        if caller.kind in NOT_CHARGED:
            return None
        rules, at = self._rules.get(caller.workspace, self._clock()) or Rules(), self._turn()
        left, counter = min(
            ((self._left(each, at), each) for each in rules.counters(caller, limit, per_hour)),
            key=lambda found: (found[0], found[1].allowed),
        )
        return Left(per_hour=counter.allowed, left=left, resets_in_s=counter.rest_s(at))

    async def close(self) -> None:
        """Hand back what this process holds."""
        held, self._held = self._held, {}
        unused: dict[UUID, list[tuple[str, int, int]]] = {}
        for name, one in held.items():
            if one.calls:
                unused.setdefault(one.workspace, []).append((name, one.calls, one.period))
        for workspace, handed in unused.items():
            async with self._database.session(None) as session:
                await store.hand_back(session, workspace, handed)

    async def _spend_in_line(self, workspace: UUID, counters: list[Counter]) -> None:
        """Spend, after a short wait where that is enough."""
        try:
            await self._spend(workspace, counters)
        except LimitReached as refused:
            if refused.retry_after_s > IN_LINE_S or self._in_line >= MOST_IN_LINE:
                raise
            self._in_line += 1
            try:
                await asyncio.sleep(refused.retry_after_s)
            finally:
                self._in_line -= 1
            await self._spend(workspace, counters)

    async def _spend(self, workspace: UUID, counters: list[Counter]) -> None:
        while short := self._short(counters):
            await self._refill(workspace, short)
        small: list[Counter] = []
        for counter in counters:  # nothing awaited since they were seen
            if counter.allowed > SMALL:
                self._held[counter.name].calls -= 1
            else:
                small.append(counter)
        if small:
            await self._take_small(workspace, small, [each for each in counters if each not in small])

    async def _refill(self, workspace: UUID, counters: list[Counter]) -> None:
        async with self._refilling:
            if len(self._held) > MOST_HELD:
                await self.close()
            if short := self._short(counters):  # else another task refilled them meanwhile
                await self._take(workspace, short)

    async def _take_small(self, workspace: UUID, small: list[Counter], spent: list[Counter]) -> None:
        """A call that is refused after all has used nothing of what it spent before."""
        at = self._turn()
        try:
            await self._take(workspace, small)
        except SwitchboardError:
            for counter in spent:
                held = self._held.get(counter.name)
                if held is not None and held.period == counter.period(at):
                    held.calls += 1
            raise

    async def _take(self, workspace: UUID, counters: list[Counter]) -> None:
        """Ask the database; what it gives of large allowances is added to what is held, of small ones it is spent."""
        at = self._turn()
        wanted = [
            store.Wanted(counter=one.name, calls=_block(one.allowed), allowed=one.allowed, period=one.period(at))
            for one in counters
        ]
        async with self._database.session(None) as session:
            taken = await store.take(session, workspace, wanted)
        later = self._turn()
        for counter, asked in zip(counters, wanted, strict=True):
            got = taken[asked.counter]
            if asked.period == counter.period(later):
                held = self._holding(workspace, counter, later)
                held.calls += got.given if counter.allowed > SMALL else 0
                held.used, held.asked_at = got.used, at
        for counter, asked in zip(counters, wanted, strict=True):
            if not taken[asked.counter].given and taken[asked.counter].used >= counter.allowed:
                raise _refusal(counter, at)

    def _holding(self, workspace: UUID, counter: Counter, at: float) -> Held:
        """What is held of a counter in this period; nothing yet where it was held of another."""
        held = self._held.get(counter.name)
        if held is None or held.period != counter.period(at):
            held = Held(workspace=workspace, period=counter.period(at), period_s=counter.period_s)
            self._held[counter.name] = held
        return held

    def _short(self, counters: list[Counter]) -> list[Counter]:
        """Large ones of which nothing is held in this period; raise LimitReached when one was refused a moment ago."""
        at = self._turn()
        short: list[Counter] = []
        for counter in counters:
            held = self._held.get(counter.name)
            if held is not None and held.period == counter.period(at):
                if held.calls:
                    continue
                if held.used >= counter.allowed and 0 <= at - held.asked_at < REFUSED_S:
                    raise _refusal(counter, at)
            if counter.allowed > SMALL:
                short.append(counter)
        return short

    def _left(self, counter: Counter, at: float) -> int:
        held = self._held.get(counter.name)
        if held is None or held.period != counter.period(at):
            return counter.allowed
        return max(0, counter.allowed - held.used + held.calls)

    def _turn(self) -> float:
        """This moment, in seconds; what was held of periods that are over is worth nothing, and goes with the hour."""
        at = self._clock().timestamp()
        if (hour := int(at) // HOUR_S) != self._hour:
            self._hour = hour
            self._held = {name: one for name, one in self._held.items() if one.period == at // one.period_s}
        return at

    async def _read_rules(self, workspace: UUID, now: datetime) -> Rules:
        async with self._database.session(workspace) as session:
            rules = Rules(
                per_hour={(rule.about, rule.name): rule.per_hour for rule in await store.rules(session, workspace)},
                clients=await client_store.limits(session, workspace),
            )
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
        Counter("role", caller.id, rules.per_hour.get(("role", caller.role), ROLE_PER_HOUR)),
        Counter("workspace", caller.workspace, rules.per_hour.get(("workspace", ""), WORKSPACE_PER_HOUR)),
    ]
    if caller.client is not None:
        counters += _of_client(caller.client, rules, limit)
    if per_hour is not None:
        counters.append(Counter(limit, caller.id, per_hour))
    return counters


def _of_client(client: UUID, rules: Rules, operation: str) -> Iterator[Counter]:
    if of_hour := rules.per_hour.get(("client", str(client))):
        yield Counter("client", client, of_hour)
    bounds = rules.clients.get(client)
    if bounds is None:
        return
    if bounds.per_minute:
        yield Counter("client minute", client, bounds.per_minute, MINUTE_S)
    if bounds.daily_quota:
        yield Counter("client day", client, bounds.daily_quota, DAY_S)
    declared = OPERATIONS.get(operation)
    if bounds.tools and declared is not None and (of_tool := bounds.tools.get(tool_name(declared))):
        yield Counter(f"{OF_TOOL}{operation}", client, of_tool)


def _refusal(counter: Counter, at: float) -> LimitReached:
    many = f"{counter.allowed} calls {SPANS[counter.period_s]}"
    told = {
        "role": f"your role has {many}", "workspace": f"this workspace has {many}",
        "client": f"this client has {many}", "client minute": f"this client has {many}",
        "client day": f"this client has {many}",
    }.get(counter.about, f"{counter.about} has {many}")  # fmt: skip
    if counter.about.startswith(OF_TOOL):
        told = f"this client has {many} of {counter.about.removeprefix(OF_TOOL)}"
    return LimitReached(
        f"{told}, and they are used up; wait, or have the allowance raised",
        retry_after_s=counter.rest_s(at), per_hour=counter.allowed,
    )  # fmt: skip


def _block(allowed: int) -> int:
    return 1 if allowed <= SMALL else allowed // BLOCKS
