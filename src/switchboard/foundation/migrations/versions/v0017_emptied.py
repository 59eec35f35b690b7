"""All tables that hold people or name them are cleaned of deleted rows."""

from alembic import op

revision = "0017"
down_revision = "0016"

UPKEEP = """
grant maintain on attribute_said, identity, contested, merge, changed_person, tombstone, stale, import, audience
    to switchboard_app
"""
# The type is the one it was, and no row is written: what PostgreSQL does forget are the statistics there are.
FORGET = """
alter table activity alter properties type jsonb;
alter table repeated_activity alter properties type jsonb;
alter table person alter attributes type jsonb;
alter table told alter attributes type jsonb;
alter table attribute_said alter value type jsonb;
alter table consent alter source type text, alter reference type text;
alter table replaced_document alter content type jsonb;
"""
STATISTICS = """
-- What people wrote is in no statistics: PostgreSQL keeps old ones in a table that only its owner cleans.
alter table activity alter properties set statistics 0;
alter table repeated_activity alter properties set statistics 0;
alter table person alter attributes set statistics 0;
alter table told alter attributes set statistics 0;
alter table attribute_said alter value set statistics 0;
alter table consent alter source set statistics 0, alter reference set statistics 0;
alter table replaced_document alter content set statistics 0;
"""


def upgrade() -> None:
    op.execute(UPKEEP)
    op.execute(FORGET)
    op.execute(STATISTICS)
