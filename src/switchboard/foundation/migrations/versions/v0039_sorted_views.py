"""A saved filter keeps the order in which a list of it is shown."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute("alter table audience add sort text")
