"""Statements of consent and suppressed addresses."""

from collections.abc import Sequence
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

# The person's row is held, so that nobody takes the person back between the look and the statement.
HOLD = "select person_key from person where workspace_id = $1 and customer_id = $2 for key share"
ADD = """
insert into consent (workspace_id, id, person_key, channel, purpose, state, at, source, reference, jurisdiction,
    proof, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing
"""
ADD_IMPORTED = """
insert into consent (workspace_id, id, person_key, channel, state, at, purpose, source, reference, import_id,
    recorded_at, recorded_by)
select $1, said.id, said.person, said.channel, said.state, said.at, $7, $8,
    'import ' || $9::uuid::text || ' ' || said.at::text, $9::uuid,
    $10, $11
from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[])
    said (id, person, channel, state, at) on conflict do nothing
"""
# For each person the newest statement that decides and the newest that only asks to confirm.
NEWEST = """
select distinct on (person_key, channel, purpose, state = 'pending')
    person_key, channel, purpose, state, at, jurisdiction, number
from consent where workspace_id = $1 and person_key = any($2) and ($3::text is null or channel = $3)
    and ($4::text is null or purpose = $4)
order by person_key, channel, purpose, state = 'pending', at desc, state = 'withdrawn' desc, number desc
"""
PAGE = """
select number, id, channel, purpose, state, at, source, reference, jurisdiction, proof, recorded_at, recorded_by
from consent where workspace_id = $1 and person_key = any($2) and ($3::bigint is null or number < $3)
order by number desc limit $4
"""
SUPPRESS = """
insert into suppression as s (workspace_id, channel, hash, reason, source, at) values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, channel, hash) do update set reason = s.reason returning channel, hash, reason, source, at
"""
LISTED = """
select channel, hash, reason, source, at from suppression
where workspace_id = $1 and channel = $2 and ($3::bytea is null or hash = $3) and ($4::bytea is null or hash > $4)
order by hash limit $5
"""


async def hold(work: Work, customer_id: str) -> int | None:
    """The key of a person who now stays until the end of the transaction."""
    found = await sql.fetch_value(work, HOLD, work.caller.workspace, customer_id)
    return found if isinstance(found, int) else None


async def reached(work: Work, customer_ids: Sequence[str]) -> list[Row]:
    """(customer_id, person_key, contact) of those who are there; of the merged, key and contact of the survivor."""
    return await sql.fetch(
        work,
        "select p.customer_id, r.person_key, r.contact from person p cross join lateral (select s.* from person s"
        " where s.person_key = case when p.merged_into is null then p.person_key else p.merged_into end limit 1) r"
        " where p.workspace_id = $1 and p.customer_id = any($2)",
        work.caller.workspace, list(customer_ids),
    )  # fmt: skip


async def add(work: Work, statement_id: UUID, person_key: int, *said: object) -> bool:
    """Keep a statement (channel, purpose, state, at, source, reference, jurisdiction, proof); False if it is there."""
    return bool(
        await sql.execute(
            work, ADD, work.caller.workspace, statement_id, person_key, *said, work.now, work.caller.id
        )
    )  # fmt: skip


async def add_imported(
    work: Work, rows: Sequence[tuple[object, ...]], purpose: str, source: str, import_id: UUID
) -> None:
    """Keep what an import says: (statement id, person_key, channel, state, at)."""
    if rows:
        await sql.execute(
            work, ADD_IMPORTED, work.caller.workspace, *(list(column) for column in zip(*rows, strict=True)), purpose,
            source, import_id, work.now, work.caller.id,
        )  # fmt: skip


async def newest(work: Work, person_keys: Sequence[int], channel: str | None, purpose: str | None) -> list[Row]:
    """At most two statements for each person, channel and purpose: the newest that decides, and that asks."""
    return await sql.fetch(work, NEWEST, work.caller.workspace, list(person_keys), channel, purpose)


async def page(work: Work, person_keys: Sequence[int], before: int | None, limit: int) -> list[Row]:
    """What was said of people who are one, last recorded first."""
    return await sql.fetch(work, PAGE, work.caller.workspace, list(person_keys), before, limit)


async def suppress(work: Work, channel: str, hashed: bytes, reason: str, source: str) -> Row:
    """The address as it stands on the list from now on; the first reason stays."""
    (row,) = await sql.fetch(work, SUPPRESS, work.caller.workspace, channel, hashed, reason, source, work.now)
    return row


async def release(work: Work, channel: str, hashed: bytes) -> bool:
    """Take an address off the list; False when it is not on it."""
    return bool(
        await sql.execute(
            work,
            "delete from suppression where workspace_id = $1 and channel = $2 and hash = $3",
            work.caller.workspace, channel, hashed,
        )
    )  # fmt: skip


async def listed(work: Work, channel: str, only: bytes | None, after: bytes | None, limit: int) -> list[Row]:
    """A page of the list, by hash."""
    return await sql.fetch(work, LISTED, work.caller.workspace, channel, only, after, limit)


async def suppressed(work: Work, channel: str, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these addresses are on the list."""
    rows = await sql.fetch(
        work,
        "select hash from suppression where workspace_id = $1 and channel = $2 and hash = any($3)",
        work.caller.workspace, channel, list(hashes),
    )  # fmt: skip
    return {row["hash"] for row in rows}
