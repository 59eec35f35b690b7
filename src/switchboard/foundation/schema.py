"""The schema made ready: roles, database, our tables and DBOS's, by the owner; any number of processes at once.

Alembic, SQLAlchemy and DBOS take seconds to import: they are, by a process of their own, only when it is behind.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from switchboard.foundation.errors import DatabaseDown, SwitchboardError

OWNER, APP = "switchboard", "switchboard_app"
DATABASE = "switchboard"
UPGRADING = 7_800_001  # the advisory lock of whoever upgrades
AGAIN_S, WAIT_S = 0.05, 300.0
VERSIONS = Path(__file__).with_name("migrations") / "versions"
Server = psycopg.Connection[tuple[object, ...]]


class SchemaNewer(SwitchboardError):
    """The database has steps that this version does not know."""

    code = "schema_newer"
    status = 503


def head() -> str:
    """The newest step there is, as four digits."""
    return max(found[1] for path in VERSIONS.iterdir() if (found := re.match(r"v(\d{4})_", path.name)))


def create_database(admin_url: str) -> None:
    """The owner, the application's sign-in and the database, on a server of our own."""
    with _signed_in(admin_url) as server:
        server.execute("select pg_advisory_lock(%s)", (UPGRADING,))
        for role in (OWNER, APP):
            if not _has(server, "select 1 from pg_roles where rolname = %s", role):
                server.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        if not _has(server, "select 1 from pg_database where datname = %s", DATABASE):
            made = sql.SQL("create database {} owner {}")
            server.execute(made.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
        both = sql.SQL("grant pg_checkpoint to {}, {}")  # what is forgotten leaves the files with the next checkpoint
        server.execute(both.format(sql.Identifier(OWNER), sql.Identifier(APP)))


def grant_sign_in(owner_url: str, password: str) -> None:
    """The application's sign-in on somebody else's server, made or given this password by an owner who may."""
    with _signed_in(owner_url) as server:
        known = _has(server, "select 1 from pg_roles where rolname = %s", APP)
        command = sql.SQL("alter role {} with login password {}" if known else "create role {} with login password {}")
        server.execute(command.format(sql.Identifier(APP), sql.Literal(password)))


def upgrade(owner_url: str, before: Callable[[], None] | None = None) -> None:
    """Our tables and DBOS's, up to date; whoever comes second waits and finds nothing to do.

    `before` is called once, ahead of any change to a database that has workspaces already. Raise SchemaNewer for one
    that a newer version made.
    """
    with _signed_in(owner_url) as server, _alone(server):
        step = _step(server)
        if step is not None and step > head():
            raise SchemaNewer(
                f"the database was made by a newer Switchboard (step {step}; this version knows {head()}): run that "
                "version, or restore the backup that was made before the upgrade"
            )
        if not _current(server):
            if before is not None and step is not None and _has_workspaces(server):
                before()
            _upgrade(owner_url)


def step_of(owner_url: str) -> str | None:
    """The newest step the database has, as four digits; None for an empty one."""
    with _signed_in(owner_url) as server:
        return _step(server)


@contextmanager
def _signed_in(url: str) -> Generator[Server]:
    try:
        with psycopg.connect(url, autocommit=True) as server:
            yield server
    except psycopg.OperationalError as error:
        raise DatabaseDown("PostgreSQL does not answer; start it or mend SWITCHBOARD_DATABASE_URL") from error


def _current(server: Server) -> bool:
    if not _has(server, "select 1 from pg_tables where tablename = %s and schemaname = 'public'", "schema_state"):
        return False
    return _has(server, "select 1 from schema_state where state = %s", _state())


def _state() -> str:
    return f"{head()} dbos {version('dbos')}"


def _upgrade(owner_url: str) -> None:
    """In a process of its own, so that what it imports is gone afterwards."""
    ran = subprocess.run(
        [sys.executable, "-m", "switchboard.foundation.migrations.run"],
        input=f"{owner_url}\n{_state()}", text=True, capture_output=True, check=False, timeout=WAIT_S,
    )  # fmt: skip
    if ran.returncode:
        raise DatabaseDown(f"the schema could not be upgraded: {ran.stderr.strip().splitlines()[-1:]}")


@contextmanager
def _alone(server: Server) -> Generator[None]:
    """Hold the upgrade's lock, taken by asking again and again.

    Never by waiting inside a statement: DBOS builds indexes concurrently, which waits for every statement that
    runs, and the one that waits for us would be among them. PostgreSQL sees no deadlock in that.
    """
    until = time.monotonic() + WAIT_S
    while not _has(server, "select 1 where pg_try_advisory_lock(%s)", UPGRADING):
        if time.monotonic() > until:
            raise DatabaseDown("another process has been upgrading the schema for five minutes; see its log")
        time.sleep(AGAIN_S)
    try:
        yield
    finally:
        server.execute("select pg_advisory_unlock(%s)", (UPGRADING,))


def _has(server: Server, query: str, value: object) -> bool:
    return server.execute(query.encode(), (value,)).fetchone() is not None


def _step(server: Server) -> str | None:
    if not _has(server, "select 1 from pg_tables where tablename = %s and schemaname = 'public'", "alembic_version"):
        return None
    found = server.execute("select max(version_num) from alembic_version").fetchone()
    return None if found is None or found[0] is None else str(found[0])


def _has_workspaces(server: Server) -> bool:
    if not _has(server, "select 1 from pg_tables where tablename = %s and schemaname = 'public'", "workspace"):
        return False
    return server.execute("select 1 from workspace limit 1").fetchone() is not None


def has_workspaces(owner_url: str) -> bool:
    """Whether anything can have been sealed yet: the first workspace comes with the first data key."""
    with _signed_in(owner_url) as server:
        return _has_workspaces(server)
