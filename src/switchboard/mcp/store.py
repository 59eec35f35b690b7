"""Servers and tasks of the gateway, and words between serving processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from switchboard.accounts.journal import first_id
from switchboard.foundation import sql
from switchboard.foundation.flags import CHANNEL
from switchboard.foundation.ground import Work
from switchboard.mcp.rollout import Health, Rollout

ROLLOUT: TypeAdapter[Rollout] = TypeAdapter(Rollout)

ADD = """
insert into mcp_task (workspace_id, id, caller_id, tool, status, told, made_at, changed_at, alive_at, expires_at)
values ($1, $2, $3, $4, 'working', '', $5, $5, $5, $6)
"""
CHANGE = """
update mcp_task set status = $3, told = $4, sealed = $5, changed_at = $6, alive_at = $6
where workspace_id = $1 and id = $2 and status in ('working', 'input_required')
"""
ALIVE = "update mcp_task set alive_at = $3 where workspace_id = $1 and id = any($2)"
READ = """
select id, caller_id, tool, status, told, made_at, changed_at, alive_at, expires_at, sealed from mcp_task
where workspace_id = $1 and id = $2 and caller_id = $3 and expires_at > $4
"""
TIDY = """
delete from mcp_task where workspace_id = $1 and id in (
    select id from mcp_task where workspace_id = $1 and expires_at < $2 limit 100)
"""
COUNT = """
select count(*) from mcp_task where workspace_id = $1 and caller_id = $2 and status in ('working', 'input_required')
    and alive_at > $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task as it is kept; `sealed` holds its questions while it asks, then its result or error."""

    id: UUID
    caller_id: UUID
    tool: str
    status: str
    told: str
    made_at: datetime
    changed_at: datetime
    alive_at: datetime
    expires_at: datetime
    sealed: bytes | None


async def notify(work: Work, channel: str, words: str) -> None:
    """Tell every process that listens, once this unit of work has committed."""
    await sql.execute(work, "select pg_notify($1, $2)", channel, words)


async def add_task(work: Work, task: UUID, tool: str, lasts: timedelta) -> None:
    """A task that begins now; what has expired is removed."""
    workspace = work.caller.workspace
    await sql.execute(work, TIDY, workspace, work.now)
    await sql.execute(work, ADD, workspace, task, work.caller.id, tool, work.now, work.now + lasts)


async def change_task(work: Work, task: UUID, status: str, told: str, sealed: bytes | None) -> bool:
    """False when it has ended already."""
    return bool(await sql.execute(work, CHANGE, work.caller.workspace, task, status, told, sealed, work.now))


async def tasks_alive(work: Work, tasks: list[UUID]) -> None:
    """Their process still runs them."""
    await sql.execute(work, ALIVE, work.caller.workspace, tasks, work.now)


async def task(work: Work, task: UUID) -> TaskRow | None:
    """A task of the caller's own."""
    row = await sql.fetch_row(work, READ, work.caller.workspace, task, work.caller.id, work.now)
    return None if row is None else TaskRow(**dict(row.items()))


async def running_tasks(work: Work, since: datetime) -> int:
    """How many of the caller's tasks run."""
    return int(str(await sql.fetch_value(work, COUNT, work.caller.workspace, work.caller.id, since)))


READ_SERVERS = """
select name, enabled, timeout_s, per_hour, cache_s, tools_off, rollout::text from mcp_server where workspace_id = $1
"""
LOCK_SERVER = """
insert into mcp_server (workspace_id, name) values ($1, $2)
on conflict (workspace_id, name) do update set name = excluded.name
returning name, enabled, timeout_s, per_hour, cache_s, tools_off, rollout::text
"""
KEEP_SERVER = """
update mcp_server set enabled = $3, timeout_s = $4, per_hour = $5, tools_off = $6, rollout = $7::jsonb, cache_s = $8
where workspace_id = $1 and name = $2
"""
HEALTH = """
select count(*) as calls, count(*) filter (where outcome in ('failed', 'database_down')) as failed,
    coalesce(percentile_cont(0.95) within group (order by took_us), 0) / 1000 as p95_ms
from audit_line
where workspace_id = $1 and id >= $2 and door = 'mcp' and split_part(operation, '.', 1) = any($3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRow:
    """A server as it is kept for a workspace."""

    name: str
    enabled: bool = True
    timeout_s: float | None = None
    per_hour: int | None = None
    cache_s: int | None = None
    tools_off: tuple[str, ...] = ()
    rollout: Rollout | None = None


async def servers(work: Work) -> dict[str, ServerRow]:
    """Those there is something to say of, by name."""
    rows = await sql.fetch(work, READ_SERVERS, work.caller.workspace)
    return {row["name"]: _server(row) for row in rows}


async def lock_server(work: Work, name: str) -> ServerRow:
    """A server that nobody else changes until this unit of work ends."""
    row = await sql.fetch_row(work, LOCK_SERVER, work.caller.workspace, name)
    assert row is not None
    return _server(row)


async def keep_server(work: Work, row: ServerRow) -> None:
    """As it is from now on; every process hears of it with the commit."""
    rollout = None if row.rollout is None else ROLLOUT.dump_json(row.rollout).decode()
    await sql.execute(
        work, KEEP_SERVER, work.caller.workspace, row.name, row.enabled, row.timeout_s, row.per_hour,
        list(row.tools_off), rollout, row.cache_s,
    )  # fmt: skip
    await notify(work, CHANNEL, row.name)


async def health(work: Work, rooms: tuple[str, ...], since: datetime) -> Health:
    """The calls over MCP of these rooms' operations."""
    row = await sql.fetch_row(work, HEALTH, work.caller.workspace, first_id(since), list(rooms))
    assert row is not None
    return Health(calls=row["calls"], failed=row["failed"], p95_ms=float(row["p95_ms"]))


def _server(row: sql.Row) -> ServerRow:
    rollout = None if row["rollout"] is None else ROLLOUT.validate_json(row["rollout"])
    return ServerRow(
        name=row["name"], enabled=row["enabled"], timeout_s=row["timeout_s"], per_hour=row["per_hour"],
        cache_s=row["cache_s"], tools_off=tuple(row["tools_off"]), rollout=rollout,
    )  # fmt: skip
