"""Clients and their bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.database import Session
from switchboard.foundation.ground import Work

COLUMNS = (
    "name", "klaviyo_account_id", "enabled", "expires_at", "tools_only", "tools_off", "lists_all", "per_minute",
    "daily_quota", "tool_limits",
)  # fmt: skip
READ = """
select c.id, c.name, c.klaviyo_account_id, c.enabled, c.expires_at, c.tools_only, c.tools_off, c.lists_all,
    c.per_minute, c.daily_quota, c.tool_limits::text, c.made_by, c.made_at, c.changed_at, r.per_hour,
    k.keys, k.roles, k.last_used_at
from client c
    left join allowance_rule r on r.workspace_id = $1 and r.about = 'client' and r.name = c.id::text
    left join lateral (
        select count(*) filter (where a.is_live) as keys, max(a.last_used_at) as last_used_at,
            coalesce(array_agg(distinct a.role) filter (where a.is_live), '{}') as roles
        from (select o.role, o.last_used_at, o.revoked_at is null and (o.expires_at is null or o.expires_at > $2)
            as is_live from api_key o where o.workspace_id = $1 and o.client_id = c.id) a) k on true
where c.workspace_id = $1
"""
ADD = """
insert into client (workspace_id, id, name, klaviyo_account_id, enabled, expires_at, tools_only, tools_off, lists_all,
    per_minute, daily_quota, tool_limits, made_by, made_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14, $14)
"""
CHANGE = """
update client set name = $3, klaviyo_account_id = $4, enabled = $5, expires_at = $6, tools_only = $7, tools_off = $8,
    lists_all = $9, per_minute = $10, daily_quota = $11, tool_limits = $12::jsonb, changed_at = $13
where workspace_id = $1 and id = $2
"""
REMOVE = "delete from client where workspace_id = $1 and id = $2"
REVOKE_KEYS = """
update api_key set revoked_at = $3 where workspace_id = $1 and client_id = $2 and revoked_at is null
"""
NEWEST_KEY = """
select id, name, role, permissions from api_key
where workspace_id = $1 and client_id = $2 and revoked_at is null and (expires_at is null or expires_at > $3)
order by id desc limit 1
"""
COUNT = "select count(*) from client where workspace_id = $1"
LIMITS = """
select id, per_minute, daily_quota, tool_limits::text from client where workspace_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """A client as it is kept; what follows `changed_at` is kept elsewhere and told along."""

    id: UUID
    name: str
    klaviyo_account_id: str | None
    enabled: bool
    expires_at: datetime | None
    tools_only: list[str] | None
    tools_off: list[str]
    lists_all: bool
    per_minute: int | None
    daily_quota: int | None
    tool_limits: dict[str, int]
    made_by: UUID
    made_at: datetime
    changed_at: datetime
    per_hour: int | None = None
    keys: int = 0
    roles: Sequence[str] = ()
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """The calls a client has besides those of its rule."""

    per_minute: int | None
    daily_quota: int | None
    tools: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKey:
    """A key of a client that opens something."""

    id: UUID
    name: str
    role: str
    permissions: list[str] | None


async def add(work: Work, row: ClientRow) -> bool:
    """False when another client has the name; this unit of work can then only end."""
    try:
        await sql.execute(work, ADD, work.caller.workspace, row.id, *_kept(row), row.made_by, row.made_at)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def change(work: Work, row: ClientRow) -> bool:
    """False when another client has the name; this unit of work can then only end."""
    try:
        await sql.execute(work, CHANGE, work.caller.workspace, row.id, *_kept(row), work.now)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def read(work: Work, client: UUID, *, and_hold: bool = False) -> ClientRow | None:
    """A client of the workspace; held, others wait to change it until this unit of work ends."""
    query = f"{READ} and c.id = $3{' for update of c' if and_hold else ''}"
    row = await sql.fetch_row(work, query, work.caller.workspace, work.now, client)
    return None if row is None else _row(row)


async def page(work: Work, before: UUID | None, limit: int) -> list[ClientRow]:
    """Newest first, from the one made before this."""
    query = f"{READ} and ($3::uuid is null or c.id < $3) order by c.id desc limit $4"
    return [_row(row) for row in await sql.fetch(work, query, work.caller.workspace, work.now, before, limit)]


async def count(work: Work) -> int:
    """How many there are."""
    return int(str(await sql.fetch_value(work, COUNT, work.caller.workspace)))


async def remove(work: Work, client: UUID) -> bool:
    """False when there is none; its keys open nothing any more."""
    await sql.execute(work, REVOKE_KEYS, work.caller.workspace, client, work.now)
    return bool(await sql.execute(work, REMOVE, work.caller.workspace, client))


async def newest_key(work: Work, client: UUID) -> LiveKey | None:
    """The key made last of those that open something."""
    row = await sql.fetch_row(work, NEWEST_KEY, work.caller.workspace, client, work.now)
    return None if row is None else LiveKey(**dict(row.items()))


async def bounded(work: Work, caller: Caller) -> Caller | None:
    """The caller within the bounds of its client, before any workspace is known; None when the client is closed."""
    if caller.client is None:
        return caller
    for row in await sql.read_scoped(work, "select * from client_bounds($1, $2)", caller.client, work.now):
        if not row["is_open"]:
            return None
        only = row["tools_only"]
        return replace(
            caller, tools_only=None if only is None else frozenset(only), tools_off=frozenset(row["tools_off"]),
            lists_all=row["lists_all"],
        )  # fmt: skip
    return caller


async def limits(session: Session, workspace: UUID) -> dict[UUID, ClientLimits]:
    """Those of all clients of any workspace; the session must be bound to it."""
    connection = await session.transaction()
    return {
        row["id"]: ClientLimits(
            per_minute=row["per_minute"], daily_quota=row["daily_quota"], tools=from_json(row["tool_limits"])
        )
        for row in await connection.fetch(LIMITS, workspace)
    }


def _kept(row: ClientRow) -> tuple[object, ...]:
    values = {name: getattr(row, name) for name in COLUMNS}
    return tuple((values | {"tool_limits": to_json(row.tool_limits).decode()}).values())


def _row(row: sql.Row) -> ClientRow:
    said: dict[str, Any] = dict(row.items())
    return ClientRow(**{**said, "tool_limits": from_json(said["tool_limits"])})
