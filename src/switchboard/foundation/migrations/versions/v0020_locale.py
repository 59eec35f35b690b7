"""How a workspace writes dates, numbers and money."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("alter table workspace add column locale text not null default 'en-GB'")
    op.execute("grant update (locale) on workspace to switchboard_app")
