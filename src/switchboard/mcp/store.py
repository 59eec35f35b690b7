"""Tasks of the gateway, and words between serving processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

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
