"""Calls over MCP that run on after their request has ended."""

from alembic import op

revision = "0024"
down_revision = "0023"

TASKS = """
create table mcp_task (
    workspace_id uuid not null,
    id uuid not null,
    caller_id uuid not null,
    tool text not null,
    status text not null check (status in ('working', 'input_required', 'completed', 'failed', 'cancelled')),
    told text not null,
    made_at timestamptz not null,
    changed_at timestamptz not null,
    alive_at timestamptz not null,
    expires_at timestamptz not null,
    sealed bytea,
    primary key (workspace_id, id));
create index mcp_task_expires on mcp_task (workspace_id, expires_at);
create index mcp_task_caller on mcp_task (workspace_id, caller_id, status);
"""


def upgrade() -> None:
    op.execute(TASKS)
    op.execute("select guard('mcp_task')")
