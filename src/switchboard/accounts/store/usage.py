"""What the trail says of a client's requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from switchboard.accounts.journal import first_id
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

LOOKED_AT = """
with looked_at as materialized (
    select l.began, l.operation, l.outcome, l.door, l.took_us from audit_line l
    where l.workspace_id = $1 and l.client_id = $2 and l.id >= $3 and l.id < $4 order by l.id desc limit $5)
"""
COUNTED = f"""{LOOKED_AT}
select d.day, d.operation, count(*) as requests, count(*) filter (where d.outcome = 'done') as done,
    count(*) filter (where d.outcome = any ($7)) as failed,
    percentile_cont(array[0.5, 0.95, 0.99]) within group (order by d.took_us) as took_us
from (select (began at time zone $6)::date as day, operation, outcome, took_us from looked_at) d
group by grouping sets ((), (d.day), (d.operation), (d.day, d.operation))
"""
ENDED = f"""{LOOKED_AT}
select outcome, door, count(*) as requests, min(began) as first from looked_at group by outcome, door
"""
PAGE = """
select id, began, operation, outcome, door, took_us, caller_id from audit_line
where workspace_id = $1 and client_id = $2 and id >= $3 and id < $4 and ($5::text is null or outcome = $5)
order by id desc limit $6
"""
FAILED = ["failed", "database_down", "took_too_long"]
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whose requests, from when on to before when, and how many of the newest are looked at."""

    client: UUID
    since: datetime
    until: datetime
    at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Requests of a day and an operation; None: of all. 50, 95 and 99 % took at most `took_us`."""

    day: date | None
    operation: str | None
    requests: int
    done: int
    failed: int
    took_us: Sequence[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Requests that ended alike, by one door."""

    outcome: str
    door: str
    requests: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request."""

    id: UUID
    began: datetime
    operation: str
    outcome: str
    door: str
    took_us: int
    caller_id: UUID


async def counted(work: Work, span: Span, zone: str) -> list[Group]:
    """By day and operation, by each of the two, and all together."""
    rows = await sql.fetch(work, COUNTED, *_bounds(work, span), zone, FAILED)
    return [Group(**dict(row.items())) for row in rows]


async def ended(work: Work, span: Span) -> list[Ended]:
    """By outcome and door."""
    return [Ended(**dict(row.items())) for row in await sql.fetch(work, ENDED, *_bounds(work, span))]


async def page(work: Work, span: Span, before: UUID | None, outcome: str | None) -> list[RequestRow]:
    """Newest first, from those before this one."""
    workspace, client, first, last, at_most = _bounds(work, span)
    end = last if before is None else min(before, last)
    rows = await sql.fetch(work, PAGE, workspace, client, first, end, outcome, at_most)
    return [RequestRow(**dict(row.items())) for row in rows]


def _bounds(work: Work, span: Span) -> tuple[UUID, UUID, UUID, UUID, int]:
    return work.caller.workspace, span.client, first_id(span.since), first_id(span.until), span.at_most
