"""What is asked of a whole shop is answered with each run, and kept."""

from alembic import op

revision = "0019"
down_revision = "0018"

ANSWERS = """
create table answer (
    workspace_id uuid not null,
    question text collate "C" not null,
    run bigint not null,
    made_at timestamptz not null,
    of bytea not null,
    answer bytea not null,
    primary key (workspace_id, question));
"""


def upgrade() -> None:
    op.execute(ANSWERS)
    op.execute("select guard('answer')")
