"""How long clients may keep what an MCP server lists and tells."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("alter table mcp_server add column cache_s integer")
