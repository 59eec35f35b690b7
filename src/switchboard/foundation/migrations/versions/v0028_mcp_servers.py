"""Servers of the MCP gateway as a workspace has them."""

from alembic import op

revision = "0028"
down_revision = "0027"

SERVERS = """
create table mcp_server (
    workspace_id uuid not null,
    name text not null,
    enabled boolean not null default true,
    timeout_s double precision,
    per_hour integer,
    tools_off text[] not null default '{}',
    rollout jsonb,
    primary key (workspace_id, name));
"""


def upgrade() -> None:
    op.execute(SERVERS)
    op.execute("select guard('mcp_server')")
