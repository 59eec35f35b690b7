"""Approvals that wait, were given or refused, and which changes take one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

COLUMNS = """
a.id, a.operation, a.request, a.request_hash, a.asked_by, a.asked_at, a.expires_at, a.settled_by, a.settled_at,
a.used_at, case when a.state in ('waiting', 'granted') and a.expires_at <= $2 then 'expired' else a.state end as state
"""
NAMED = f"""
select {COLUMNS}, coalesce(u.name, k.name, '') as asked_by_name, coalesce(w.name, v.name) as settled_by_name
from approval a
    left join account u on u.id = a.asked_by
    left join api_key k on k.id = a.asked_by and k.workspace_id = $1
    left join account w on w.id = a.settled_by
    left join api_key v on v.id = a.settled_by and v.workspace_id = $1
where a.workspace_id = $1
"""
ONE = f"{NAMED} and a.id = $3 for update of a"
PAGE = f"""
{NAMED} and ($3::uuid is null or a.id < $3) and (a.asked_by = $4 or a.operation = any ($5))
    and ($6::text is null
        or case when a.state in ('waiting', 'granted') and a.expires_at <= $2 then 'expired' else a.state end = $6)
    and ($8::uuid is null or a.id = $8)
order by a.id desc limit $7
"""
OUTDATE = """
update approval set state = 'expired'
where workspace_id = $1 and asked_by = $2 and state in ('waiting', 'granted') and expires_at <= $3
"""
PUT_ASIDE = """
insert into approval (workspace_id, id, operation, request_hash, request, asked_by, asked_at, expires_at, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting')
on conflict (workspace_id, asked_by, request_hash) where state = 'waiting' do nothing
"""
WAITING = """
select id, expires_at from approval
where workspace_id = $1 and asked_by = $2 and request_hash = $3 and state = 'waiting'
"""
COUNT_WAITING = "select count(*) from approval where workspace_id = $1 and asked_by = $2 and state = 'waiting'"
SETTLE = """
update approval set state = $3, settled_by = $4, settled_at = $5
where workspace_id = $1 and id = $2
"""
USE = """
update approval set state = 'used', used_at = $3, settled_by = coalesce(settled_by, $4),
    settled_at = coalesce(settled_at, $3)
where workspace_id = $1 and id = $2
"""
RULES = "select operation, needed from approval_rule where workspace_id = $1"
RULE = "select needed from approval_rule where workspace_id = $1 and operation = $2"
SET_RULE = """
insert into approval_rule (workspace_id, operation, needed) values ($1, $2, $3)
on conflict (workspace_id, operation) do update set needed = excluded.needed
"""
UNSET_RULE = "delete from approval_rule where workspace_id = $1 and operation = $2"
REQUESTS = """
select id, operation, request, asked_at from approval
where workspace_id = $1 and request is not null and id > $2 order by id limit $3
"""
WITHDRAW = """
update approval set request = null,
    state = case when state in ('waiting', 'granted') then 'withdrawn' else state end
where workspace_id = $1 and id = any ($2)
"""
COUNT_OLD = "select count(*) from approval where workspace_id = $1 and expires_at < $2"
REMOVE_OLD = """
delete from approval where id in (select id from approval where workspace_id = $1 and expires_at < $2 limit $3)
    and workspace_id = $1
"""
Row = sql.Row
FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A request that is put aside; `request` is sealed."""

    id: UUID
    operation: str
    request_hash: bytes
    request: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Of a list those that stand so, were asked for before one, or are this one; None: all."""

    state: str | None
    before: UUID | None
    id: UUID | None


async def one(work: Work, approval: UUID) -> Row | None:
    """An approval as it stands now, which nobody else settles before this unit of work ends."""
    return await sql.fetch_row(work, ONE, work.caller.workspace, work.now, approval)


async def page(work: Work, operations: Sequence[str], which: Which, limit: int) -> list[Row]:
    """Newest first, of these operations or asked for by the caller."""
    caller = work.caller
    return await sql.fetch(
        work, PAGE, caller.workspace, work.now, which.before, caller.id, list(operations), which.state, limit, which.id
    )


async def outdate(work: Work) -> None:
    """Note which of the caller's have expired, so that they can be asked for again."""
    await sql.execute(work, OUTDATE, work.caller.workspace, work.caller.id, work.now)


async def put_aside(work: Work, aside: Aside) -> None:
    """Keep it, unless the caller waits for the same already."""
    await sql.execute(
        work, PUT_ASIDE, work.caller.workspace, aside.id, aside.operation, aside.request_hash, aside.request,
        work.caller.id, work.now, aside.expires_at,
    )  # fmt: skip


async def waiting(work: Work, request_hash: bytes) -> Row | None:
    """The caller's that waits for this request."""
    return await sql.fetch_row(work, WAITING, work.caller.workspace, work.caller.id, request_hash)


async def count_waiting(work: Work) -> int:
    """How many of the caller's wait."""
    return int(str(await sql.fetch_value(work, COUNT_WAITING, work.caller.workspace, work.caller.id)))


async def settle(work: Work, approval: UUID, state: str) -> None:
    """Note that the caller granted or refused it."""
    await sql.execute(work, SETTLE, work.caller.workspace, approval, state, work.caller.id, work.now)


async def use(work: Work, approval: UUID) -> None:
    """Note that it was used."""
    await sql.execute(work, USE, work.caller.workspace, approval, work.now, work.caller.id)


async def rules(work: Work) -> dict[str, bool]:
    """What the workspace says of operations."""
    return {row["operation"]: row["needed"] for row in await sql.fetch(work, RULES, work.caller.workspace)}


async def rule(work: Work, operation: str) -> bool | None:
    """What it says of one; None: nothing."""
    found = await sql.fetch_value(work, RULE, work.caller.workspace, operation)
    return None if found is None else bool(found)


async def set_rule(work: Work, operation: str, needed: bool | None) -> None:
    """Say something of one, or (None) nothing any more."""
    if needed is None:
        await sql.execute(work, UNSET_RULE, work.caller.workspace, operation)
    else:
        await sql.execute(work, SET_RULE, work.caller.workspace, operation, needed)


async def requests(work: Work, after: UUID, at_most: int) -> list[Row]:
    """Requests that are kept, in the order of their ids."""
    return await sql.fetch(work, REQUESTS, work.caller.workspace, after, at_most)


async def withdraw(work: Work, approvals: Sequence[UUID]) -> int:
    """Forget what these were asked for with; what still waits is not to be granted any more."""
    return await sql.execute(work, WITHDRAW, work.caller.workspace, list(approvals))


async def count_before(work: Work, before: datetime) -> int:
    return int(str(await sql.fetch_value(work, COUNT_OLD, work.caller.workspace, before)))


async def remove_before(work: Work, before: datetime, at_most: int) -> int:
    return await sql.execute(work, REMOVE_OLD, work.caller.workspace, before, at_most)
