"""Saved filters."""

from typing import NamedTuple

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

KEPT = "name, about, filter::text, sort, version, made_at, made_by, changed_at, changed_by"
SAVE = f"""
insert into audience as a (workspace_id, id, name, about, filter, sort, made_at, made_by, changed_at, changed_by)
values ($1, $2, $3, $4, $5::jsonb, $9, $6, $7, $6, $7)
on conflict (workspace_id, name) do update set about = excluded.about, filter = excluded.filter,
    sort = coalesce(excluded.sort, a.sort), version = a.version + 1, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by
    where $8::integer is null or a.version = $8
returning {KEPT}
"""


class Kept(NamedTuple):
    """What is kept: the filter as JSON, and the version it may take the place of."""

    name: str
    about: str
    filter: str
    version: int | None
    sort: str | None = None  # None: the order it has


async def save(work: Work, kept: Kept) -> Row | None:
    """Keep a filter under its name, in the place of the one that has it; None when that has another version."""
    return await sql.fetch_row(
        work, SAVE, work.caller.workspace, work.ground.ids(), kept.name, kept.about, kept.filter, work.now,
        work.caller.id, kept.version, kept.sort,
    )  # fmt: skip


async def one(work: Work, name: str) -> Row | None:
    """The filter of this name."""
    return await sql.fetch_row(
        work, f"select {KEPT} from audience where workspace_id = $1 and name = $2", work.caller.workspace, name
    )


async def naming_people(work: Work, *, and_hold: bool = False) -> list[Row]:
    """The filters that name anybody by an id; held, whoever changes one waits."""
    query = f"select {KEPT} from audience where workspace_id = $1 and filter::text ~ 'customer_?[iI]d' order by name"
    return await sql.fetch(work, f"{query} for update" if and_hold else query, work.caller.workspace)


async def page(work: Work, after: str | None, limit: int) -> list[Row]:
    """Filters by name, after one."""
    return await sql.fetch(
        work,
        f"select {KEPT} from audience where workspace_id = $1 and ($2::text is null or name > $2)"
        " order by name limit $3",
        work.caller.workspace, after, limit,
    )  # fmt: skip


async def delete(work: Work, name: str) -> bool:
    """Forget a filter; False when there is none of this name."""
    return bool(
        await sql.execute(
            work, "delete from audience where workspace_id = $1 and name = $2", work.caller.workspace, name
        )
    )
