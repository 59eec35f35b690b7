"""Allowances: what rules say, and what was used of them this hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from switchboard.accounts.records import AllowanceRule
from switchboard.foundation import sql
from switchboard.foundation.database import Session
from switchboard.foundation.ground import Work

RULES = "select about, name, per_hour from allowance_rule where workspace_id = $1 order by about, name"
SET = """
insert into allowance_rule (workspace_id, about, name, per_hour, changed_at) values ($1, $2, $3, $4, $5)
on conflict (workspace_id, about, name) do update set per_hour = excluded.per_hour, changed_at = excluded.changed_at
"""
UNSET = "delete from allowance_rule where workspace_id = $1 and about = $2 and name = $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How many calls to take from a counter, and how many it allows in a period; periods are counted since 1970."""

    counter: str
    calls: int
    allowed: int
    period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was given of a counter, 0 when it is used up, and how many of this period are now used."""

    given: int
    used: int


async def rules(session: Session, workspace: UUID) -> list[AllowanceRule]:
    """The rules of any workspace; the session must be bound to it."""
    connection = await session.transaction()
    rows = await connection.fetch(RULES, workspace)
    return [AllowanceRule(**dict(row.items())) for row in rows]


async def take(session: Session, workspace: UUID, wanted: Sequence[Wanted]) -> dict[str, Taken]:
    """Take from all counters, or from none when one is used up; in one statement."""
    connection = await session.plain()
    rows = await connection.fetch(
        "select name, given, used_now from take_allowances($1, $2, $3, $4, $5)", workspace,
        [one.counter for one in wanted], [one.calls for one in wanted], [one.allowed for one in wanted],
        [one.period for one in wanted],
    )  # fmt: skip
    return {row["name"]: Taken(given=row["given"], used=row["used_now"]) for row in rows}


async def hand_back(session: Session, workspace: UUID, unused: Sequence[tuple[str, int, int]]) -> None:
    """Give back what was taken and not used: the counter, how many, and of which period."""
    connection = await session.plain()
    counters, calls, periods = zip(*unused, strict=True)
    handed = "select hand_back_allowances($1, $2, $3, $4)"
    await connection.execute(handed, workspace, list(counters), list(calls), list(periods))


async def set_rule(work: Work, rule: AllowanceRule) -> None:
    await sql.execute(work, SET, work.caller.workspace, rule.about, rule.name, rule.per_hour, work.now)


async def unset_rule(work: Work, about: str, name: str) -> None:
    await sql.execute(work, UNSET, work.caller.workspace, about, name)
