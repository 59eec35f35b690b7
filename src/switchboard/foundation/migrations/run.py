"""The upgrade itself, a process of its own: the owner's address and the state to note come on standard input."""

import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from dbos import DBOS

from switchboard.foundation.schema import APP

STATE = "create table if not exists schema_state (state text primary key)"


def run(owner_url: str, state: str) -> None:
    """Bring our tables, then DBOS's, up to date and note it."""
    engine = sa.create_engine(sa.make_url(owner_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    DBOS.migrate(owner_url, application_role=APP)
    with engine.begin() as connection:
        connection.execute(sa.text(STATE))
        connection.execute(sa.text("delete from schema_state"))
        connection.execute(sa.text("insert into schema_state values (:state)"), {"state": state})
    engine.dispose()


if __name__ == "__main__":
    run(*sys.stdin.read().split("\n", 1))
