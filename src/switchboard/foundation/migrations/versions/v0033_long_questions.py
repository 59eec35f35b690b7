"""Questions that take long, and what a job answered."""

from alembic import op

revision = "0033"
down_revision = "0032"

QUESTION = """
create table question (
    workspace_id uuid not null,
    key bytea not null,
    id uuid not null,
    job uuid not null,
    asked bytea not null,
    asked_at timestamptz not null,
    answer bytea,
    answered_at timestamptz,
    primary key (workspace_id, key));
create unique index question_id on question (workspace_id, id);
select guard('question');
"""


def upgrade() -> None:
    op.execute(QUESTION)
