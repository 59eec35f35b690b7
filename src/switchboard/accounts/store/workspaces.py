"""Workspaces: those there are, and the one at work."""

from datetime import datetime
from uuid import UUID

import asyncpg

from switchboard.accounts.records import Workspace
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

READ = """
select id, name, currency, time_zone, country, locale, clock, clock_is_set, last_order_at, data_key
from workspace where id = $1
"""
CHANGE = """
update workspace set name = $2, currency = $3, time_zone = $4, country = $5, clock = $6, clock_is_set = $7,
    last_order_at = $8, locale = $9
where id = $1
"""


async def named(work: Work) -> dict[str, UUID]:
    """All workspaces there are, whoever asks; by name, in its order."""
    rows = await sql.read_scoped(work, "select id, name from workspaces()")
    return {row["name"]: row["id"] for row in rows}


async def make(work: Work, made: Workspace, at: datetime) -> bool:
    """False when there is one of this name."""
    rows = await sql.read_scoped(
        work, "select make_workspace($1, $2, $3, $4, $5, $6) as made",
        made.id, made.name, made.currency, made.time_zone, made.data_key, at,
    )  # fmt: skip
    return bool(rows[0]["made"])


async def read(work: Work, *, and_hold: bool = False) -> Workspace | None:
    """The one at work; None when it is gone. Held, others wait to change it until this unit of work ends."""
    row = await sql.fetch_row(work, READ + " for update" if and_hold else READ, work.caller.workspace)
    return None if row is None else Workspace(**dict(row.items()))


async def change(work: Work, to: Workspace) -> bool:
    """False when another workspace has the name; this unit of work can then only end."""
    try:
        await sql.execute(
            work, CHANGE, work.caller.workspace, to.name, to.currency, to.time_zone, to.country, to.clock,
            to.clock_is_set, to.last_order_at, to.locale,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        return False
    return True
