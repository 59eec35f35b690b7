"""The database through PostgreSQL's own programs, and what is in each table, so that two copies can be compared."""

import os
import subprocess
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from switchboard.foundation.embedded.binaries import packaged_programs
from switchboard.foundation.errors import DatabaseDown

Owner = psycopg.Connection[tuple[object, ...]]
BLOCK = 1 << 18
TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2
"""
CONNECTING = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS", "channel_binding": "PGCHANNELBINDING",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A connection whose transaction sees one moment, and the name by which others see the same."""

    owner: Owner
    snapshot: str


@contextmanager
def one_moment(owner_url: str) -> Generator[Moment]:
    """The database as it is now, while this block lasts."""
    try:
        with psycopg.connect(owner_url) as owner:
            owner.execute("set transaction isolation level repeatable read, read only")
            owner.execute("set local datestyle = 'ISO'; set local timezone = 'UTC'; set local statement_timeout = 0")
            found = owner.execute("select pg_export_snapshot()").fetchone()
            assert found is not None
            yield Moment(owner=owner, snapshot=str(found[0]))
    except psycopg.OperationalError as error:
        raise DatabaseDown("PostgreSQL does not answer any more; start it and try again") from error


def tables_of(owner: Owner) -> Iterator[tuple[str, str]]:
    """Each table with how many rows it has and the sum of their hashes, as one word."""
    for schema, table in owner.execute(TABLES).fetchall():
        count = sql.SQL("select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {} t")
        found = owner.execute(count.format(sql.Identifier(str(schema), str(table)))).fetchone()
        assert found is not None
        yield f"{schema}.{table}", str(found[0])


def is_empty(owner_url: str) -> bool:
    """Whether the database holds no table yet."""
    with psycopg.connect(owner_url) as owner:
        return not owner.execute(TABLES).fetchall()


def dumped(owner_url: str, moment: Moment) -> Iterator[bytes]:
    """The database as pg_dump writes it; raise DatabaseDown when it can not."""
    words = ["pg_dump", "--format=custom", "--compress=1", f"--snapshot={moment.snapshot}"]
    with _running(owner_url, words, stdout=subprocess.PIPE) as ran:
        assert ran.stdout is not None
        while part := ran.stdout.read(BLOCK):
            yield part


def fill(owner_url: str, parts: Iterable[bytes]) -> None:
    """Bring what `dumped` gave into an empty database, all of it or nothing."""
    database = conninfo_to_dict(owner_url).get("dbname") or ""
    words = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={database}"]
    with _running(owner_url, words, stdin=subprocess.PIPE) as ran:
        assert ran.stdin is not None
        try:
            for part in parts:
                ran.stdin.write(part)
            ran.stdin.close()
        except BrokenPipeError:  # it says why when it ends
            pass


@contextmanager
def _running(
    owner_url: str, words: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs; its password is in its environment, where others do not see it."""
    programs = packaged_programs()
    program = words[0] if programs is None else str(programs / words[0])
    said = list[bytes]()
    try:
        ran = subprocess.Popen(  # noqa: S603 - our own words
            [program, *words[1:]], stdin=stdin or subprocess.DEVNULL, stdout=stdout or subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=_environment(owner_url), cwd="/",
        )  # fmt: skip
    except FileNotFoundError:
        raise DatabaseDown(f"there is no {Path(program).name} here; install PostgreSQL's client programs") from None
    with ran:
        assert ran.stderr is not None
        listening = threading.Thread(target=said.extend, args=(ran.stderr,))
        listening.start()
        try:
            with ExitStack() as failing:
                failing.callback(ran.kill)
                yield ran
                failing.pop_all()
        finally:
            if ran.stdout:
                ran.stdout.close()
            ran.wait()
            listening.join()
    if ran.returncode:
        last = b"".join(said).decode(errors="replace").strip().splitlines()
        raise DatabaseDown(f"{words[0]} did not work: {last[0] if last else 'it said nothing'}")


def _environment(owner_url: str) -> dict[str, str]:
    given = conninfo_to_dict(owner_url)
    own = {name: value for name in ("PATH", "HOME", "LANG") if (value := os.environ.get(name))}
    return own | {variable: str(given[name]) for name, variable in CONNECTING.items() if given.get(name) is not None}
