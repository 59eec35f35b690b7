"""What an import said is found by the import, and what a person was told of by the person alone."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("drop index told_by")
    op.execute("create index told_by on told (import_id)")
