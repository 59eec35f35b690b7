"""`tables.sql` is what the migrations make; what has ended is removed."""

import re
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql as composed

from switchboard.accounts import jobs
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import Workspace
from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from tests.accounts.people import Watch, add_user, sign_in, someone

pytestmark = pytest.mark.slow

TABLES = Path(__file__).parents[2] / "src/switchboard/accounts/tables.sql"
SHAPE = """
select 'column', table_name::text, column_name::text, concat_ws(' ', data_type, is_nullable, column_default)
from information_schema.columns where table_name = any (%(tables)s)
union all select 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
from pg_constraint where conrelid::regclass::text = any (%(tables)s)
union all select 'index', tablename::text, indexname::text, indexdef from pg_indexes where tablename = any (%(tables)s)
union all select 'policy', tablename::text, policyname::text, qual from pg_policies where tablename = any (%(tables)s)
union all select 'guarded', relname::text, '', concat(relrowsecurity, reloptions) from pg_class
where relname = any (%(tables)s)
union all select 'grant', table_name::text, grantee::text, string_agg(privilege_type, ' ' order by privilege_type)
from information_schema.role_table_grants where table_name = any (%(tables)s) group by 2, 3
union all select 'column grant', table_name::text, column_name::text, string_agg(grantee || privilege_type, ' '
    order by grantee, privilege_type)
from information_schema.column_privileges where table_name = any (%(tables)s) group by 2, 3
union all select 'function', proname::text, proacl::text, pg_get_functiondef(oid) from pg_proc
where proname = any (%(functions)s) and pronamespace = 'public'::regnamespace
order by 1, 2, 3
"""


@pytest.fixture
def written(server: Embedded) -> Generator[str]:
    """A database made of `tables.sql` and the ground's guard alone."""
    name = f"written_{new_id().hex}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
        admin.execute(composed.SQL("create database {} owner switchboard").format(composed.Identifier(name)))
    with psycopg.connect(server.url(role="switchboard")) as migrated:
        (guard,) = migrated.execute("select pg_get_functiondef('guard'::regproc)").fetchone() or ("",)
    url = server.url(role="switchboard", database=name)
    with psycopg.connect(url) as made:
        made.execute(guard.encode())
        made.execute(TABLES.read_bytes())
    yield url
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
        admin.execute(composed.SQL("drop database {}").format(composed.Identifier(name)))


def shape(url: str) -> list[tuple[object, ...]]:
    text = TABLES.read_text()
    names = {
        "tables": re.findall(r"^create table (\w+)", text, re.MULTILINE),
        "functions": re.findall(r"^create function (\w+)", text, re.MULTILINE),
    }
    with psycopg.connect(url) as server:
        return server.execute(SHAPE.encode(), names).fetchall()


def test_the_tables_are_what_the_migrations_make(server: Embedded, written: str):
    assert shape(written) == shape(server.url(role="switchboard"))


async def test_what_has_ended_is_removed(timed: Ground, workspace: Workspace, watch: Watch, tmp_path: Path):
    credentials = Credentials(timed, None)
    user = await sign_in(timed, await add_user(timed, workspace))
    await credentials.sessions.start(user, "Firefox")
    await credentials.tokens.issue(user)
    watch.wait(timedelta(days=400))
    await jobs.tidy(timed, JobRun(workspace=NOBODY, id=new_id(), subject=NOBODY, asked_by=NOBODY))
    left: dict[str, object] = {}
    async with timed.work(someone(workspace)) as work:
        for table in ("session", "token_family", "refresh_token"):
            counted = f"select count(*) from {table} where workspace_id = $1"
            left[table] = await sql.fetch_value(work, counted, workspace.id)
    assert left == {"session": 0, "token_family": 0, "refresh_token": 0}
