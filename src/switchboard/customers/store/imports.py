"""Imports listed and locked; the rates of foreign currencies."""

import json
from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from switchboard.customers.records import Import
from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

PLAN = TypeAdapter(dict[str, JsonValue])
SAMPLE = """
analyze (skip_locked) person (workspace_id, customer_id, last_order_at), told (workspace_id, person_key, import_id),
    document_0 (workspace_id, identity, person_key), activity (workspace_id, identity, person_key)
"""
ONE_AT_A_TIME = 78_003  # the class of the advisory locks that imports of a workspace hold


async def lock(work: Work) -> None:
    """Wait until no other import of the workspace runs; held until this unit of work ends."""
    await sql.execute(work, "select pg_advisory_xact_lock($1, hashtext($2))", ONE_AT_A_TIME, str(work.caller.workspace))


async def first_source(work: Work) -> str | None:
    """The source whose ids are taken as they are, that of the first import; None while every import is undone."""
    found = await sql.fetch_value(
        work,
        "select source from import where workspace_id = $1 and bare and exists"
        " (select from import where workspace_id = $1 and status = 'done') order by number desc limit 1",
        work.caller.workspace,
    )
    return None if found is None else str(found)


async def add(work: Work, row: Sequence[object], *, bare: bool, same: str) -> None:
    """Note a finished import: id, kind, source, file, plan, counts, quarantine, began; and what was there already."""
    await sql.execute(
        work,
        "insert into import (workspace_id, id, kind, source, file, status, plan, counts, quarantine, asked_by,"
        " began_at, done_at, bare, same)"
        " values ($1, $2, $3, $4, $5, 'done', $6::jsonb, $7::jsonb, $8, $9, $10, clock_timestamp(), $11,"
        " $12::text::int8multirange)",
        work.caller.workspace, *row[:7], work.caller.id, row[7], bare, same,
    )  # fmt: skip


async def sample(work: Work) -> None:
    """Have the planner hear of the workspace now: until statistics know of it, it counts as empty.

    PostgreSQL would come to it by itself, a minute later.
    """
    await sql.execute(work, SAMPLE)


async def page(work: Work, before: UUID | None, limit: int) -> list[Import]:
    """Imports, newest first, after the one named."""
    rows = await sql.fetch(
        work,
        "select id, kind, source, file, status, counts::text, quarantine, began_at, done_at, undone_at from import"
        " where workspace_id = $1 and ($2::uuid is null or (done_at, id) <"
        " (select i.done_at, i.id from import i where i.workspace_id = $1 and i.id = $2))"
        " order by done_at desc, id desc limit $3",
        work.caller.workspace, before, limit,
    )  # fmt: skip
    return [_import(row) for row in rows]


async def one(work: Work, import_id: UUID) -> Import | None:
    """One import."""
    row = await sql.fetch_row(
        work,
        "select id, kind, source, file, status, counts::text, quarantine, began_at, done_at, undone_at from import"
        " where workspace_id = $1 and id = $2",
        work.caller.workspace, import_id,
    )  # fmt: skip
    return None if row is None else _import(row)


async def plan_of(work: Work, import_id: UUID) -> dict[str, JsonValue]:
    """How the file of an import that is there was read."""
    found = await sql.fetch_value(
        work, "select plan::text from import where workspace_id = $1 and id = $2", work.caller.workspace, import_id
    )
    return PLAN.validate_json(str(found))


async def mark_undone(work: Work, import_id: UUID) -> None:
    """The import stays listed, as undone."""
    await sql.execute(
        work,
        "update import set status = 'undone', undone_at = $3 where workspace_id = $1 and id = $2",
        work.caller.workspace, import_id, work.now,
    )  # fmt: skip


async def rates(work: Work) -> list[Row]:
    """All dated rates: currency, day, rate to the workspace's currency."""
    return await sql.fetch(
        work, "select currency, day, rate from rate where workspace_id = $1 order by 1, 2", work.caller.workspace
    )


async def set_rates(work: Work, given: Sequence[tuple[object, ...]]) -> None:
    """Keep dated rates; one given again replaces the old."""
    rows = [(work.caller.workspace, *each) for each in given]
    await sql.execute_many(
        work,
        "insert into rate values ($1, $2, $3, $4)"
        " on conflict (workspace_id, currency, day) do update set rate = excluded.rate",
        rows,
    )


def _import(row: Row) -> Import:
    return Import(
        import_id=row["id"],
        kind=row["kind"],
        source=row["source"],
        file=row["file"],
        status=row["status"],
        counts=json.loads(row["counts"]),
        quarantine=row["quarantine"],
        began_at=row["began_at"],
        done_at=row["done_at"],
        undone_at=row["undone_at"],
    )
