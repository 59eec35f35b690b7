"""The tables as each room writes them down are the tables the migrations make."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import switchboard
from switchboard.foundation import schema
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ids import new_id
from tests.shop import Rows, rows

pytestmark = pytest.mark.slow

SOURCE = Path(switchboard.__file__).parent
ROOMS = ("foundation", "accounts", "customers", "intelligence", "mcp")
Owner = psycopg.Connection[tuple[object, ...]]
HERE = "n.nspname = 'public' and c.relname not in ('alembic_version', 'schema_state')"
CATALOGUE = {
    "columns": """select c.relname, row_number() over (partition by c.oid order by a.attnum), a.attname,
            format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attstorage, a.attstattarget,
            l.collname, pg_get_expr(d.adbin, d.adrelid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            left join pg_collation l on l.oid = a.attcollation
        where @here and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped""",
    "tables": """select c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text,
            pg_get_userbyid(c.relowner), pg_get_expr(c.relpartbound, c.oid),
            (select array_agg(x::text order by x::text) from unnest(c.relacl) x)::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where @here and c.relkind in ('r', 'p', 'S')""",
    "rights on columns": """select c.relname, a.attname, a.attacl::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
        where @here and a.attacl is not null""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'"
        " and tablename not in ('alembic_version', 'schema_state')",
    "constraints": """select c.relname, o.conname, pg_get_constraintdef(o.oid)
        from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
        where @here""",
    "policies": "select tablename, policyname, permissive, roles::text, cmd, qual, with_check from pg_policies"
        " where schemaname = 'public'",
    "functions": """select p.oid::regprocedure::text, pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner),
            (select array_agg(x::text order by x::text) from unnest(p.proacl) x)::text
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'""",
    "triggers": """select c.relname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
        join pg_namespace n on n.oid = c.relnamespace where @here and not t.tgisinternal""",
}  # fmt: skip


def empty(server: Embedded) -> str:
    """A new database that the owner owns."""
    name = f"schema_{new_id().hex}"
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} owner switchboard").format(sql.Identifier(name)))
    return name


@pytest.fixture(scope="module")
def written(server: Embedded) -> Generator[Owner]:
    """A database made of the rooms' own files."""
    with psycopg.connect(server.url(role="switchboard", database=empty(server)), autocommit=True) as owner:
        for room in ROOMS:
            owner.execute((SOURCE / room / "tables.sql").read_bytes())
        yield owner


@pytest.fixture(scope="module")
def migrated(server: Embedded) -> Generator[Owner]:
    """A database the migrations have just made."""
    name = empty(server)
    schema.upgrade(server.url(role="switchboard", database=name))
    with psycopg.connect(server.url(role="switchboard", database=name), autocommit=True) as owner:
        yield owner


def catalogue(owner: Owner, part: str) -> Rows:
    return sorted(rows(owner, CATALOGUE[part].replace("@here", HERE)), key=str)


def test_every_room_with_tables_writes_them_down():
    assert {path.parent.name for path in SOURCE.rglob("tables.sql")} == set(ROOMS)


@pytest.mark.parametrize("part", list(CATALOGUE))
def test_what_the_rooms_write_down_is_what_the_migrations_make(written: Owner, migrated: Owner, part: str):
    assert catalogue(written, part) == catalogue(migrated, part)


def test_the_steps_are_numbered_without_gaps():
    numbers = sorted(path.name[1:5] for path in schema.VERSIONS.glob("v*.py"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert schema.head() == numbers[-1]


def test_upgrading_again_changes_nothing(server: Embedded, migrated: Owner):
    before = catalogue(migrated, "columns")
    schema.upgrade(server.url(role="switchboard", database=migrated.info.dbname))
    assert catalogue(migrated, "columns") == before


def test_a_workspaces_table_names_its_workspace_first_and_always(migrated: Owner):
    found = rows(
        migrated,
        "select c.relname, a.attnum, a.attnotnull from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where a.attname = 'workspace_id' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace",
    )
    assert [row for row in found if row[1:] != (1, True)] == []
