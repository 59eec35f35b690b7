"""Archetypes are called and pinned as a workspace likes."""

from alembic import op

revision = "0026"
down_revision = "0025"

LABELS = """
create table archetype_label (
    workspace_id uuid not null,
    archetype_id text not null,
    name text collate "C",
    is_pinned boolean not null,
    changed_at timestamptz not null,
    changed_by uuid not null,
    primary key (workspace_id, archetype_id));
create unique index archetype_label_name on archetype_label (workspace_id, name);
"""


def upgrade() -> None:
    op.execute(LABELS)
    op.execute("select guard('archetype_label')")
