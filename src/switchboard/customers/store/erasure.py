"""People removed, those who were, and their certificates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from switchboard.foundation import sql
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

FORGETTING = 78_012  # the class of the advisory locks that forgetting holds, and shared, what must not meet it
COMPLETING = 78_013
WAIT_S = 10
# Whoever this person was merged with, by the survivor of them all.
GROUP = """
with survivor as materialized (
    select coalesce(a.merged_into, a.person_key) as key from person a where a.workspace_id = $1 and a.customer_id = $2)
select p.person_key, p.customer_id, p.contact, p.country from person p where p.person_key = any(array(
    select key from survivor union all select m.person_key from person m join survivor on m.merged_into = key))
"""
CERTIFICATE = "id, subject, reason, people, at, asked_by, removed::text, cleaned::text, remaining::text, completed_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as it is written; `wanted` is sealed."""

    id: UUID
    subject: str | None
    reason: str
    people: int
    removed: dict[str, int]
    wanted: bytes


async def lock(work: Work) -> None:
    """Hold up whatever comes in, and what must not meet this; raise Conflict when that goes on for long."""
    await sql.execute(work, f"set local lock_timeout = '{WAIT_S}s'")
    try:
        await sql.execute(
            work, "select pg_advisory_xact_lock($1, hashtext($2))", FORGETTING, str(work.caller.workspace)
        )
    except asyncpg.LockNotAvailableError:
        raise Conflict("something comes in or goes out at the moment; try again when it is done", code="busy") from None
    await sql.execute(work, "set local lock_timeout = 0")


async def hold_off(work: Work) -> None:
    """Have nobody forgotten until this unit of work ends."""
    query = "select pg_advisory_xact_lock_shared($1, hashtext($2))"
    await sql.execute(work, query, FORGETTING, str(work.caller.workspace))


async def complete_alone(work: Work) -> bool:
    """Whether nobody else cleans up after the workspace's erasures; held until this unit of work ends."""
    query = "select pg_try_advisory_xact_lock($1, hashtext($2))"
    return bool(await sql.fetch_value(work, query, COMPLETING, str(work.caller.workspace)))


async def group(work: Work, customer_id: str, *, and_hold: bool) -> list[Row]:
    """(person_key, customer_id, contact, country) of all rows that are this person.

    Held, whoever records something of them waits, and finds nobody then.
    """
    query = f"{GROUP} for update of p" if and_hold else GROUP
    return await sql.fetch(work, query, work.caller.workspace, customer_id)


async def told_contacts(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(person_key, contact, country) of whatever was said of these people."""
    return await sql.fetch(
        work,
        "select person_key, contact, country from told where workspace_id = $1 and person_key = any($2)"
        " and contact is not null",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def known_ids(work: Work, customer_ids: Sequence[str]) -> set[str]:
    """Which of these ids people have who are there."""
    rows = await sql.fetch(
        work,
        "select customer_id from person where workspace_id = $1 and customer_id = any($2)",
        work.caller.workspace, list(customer_ids),
    )  # fmt: skip
    return {row["customer_id"] for row in rows}


async def identities(work: Work, person_keys: Sequence[int]) -> list[str]:
    """What their orders and events are known by."""
    rows = await sql.fetch(
        work,
        "select identity from document where workspace_id = $1 and person_key = any($2)"
        " union select identity from activity where workspace_id = $1 and person_key = any($2)",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip
    return [row["identity"] for row in rows]


async def sources(work: Work) -> list[str]:
    """The names of the sources that imports came from."""
    query = "select distinct source from import where workspace_id = $1"
    return [row["source"] for row in await sql.fetch(work, query, work.caller.workspace)]


async def keep_forgotten(work: Work, certificate: UUID, hashes: Sequence[bytes]) -> None:
    """Have these people stay gone."""
    await sql.execute(
        work,
        "insert into forgotten (workspace_id, hash, certificate_id, at) select $1, hash, $2, $3"
        " from unnest($4::bytea[]) hash on conflict do nothing",
        work.caller.workspace, certificate, work.now, list(hashes),
    )  # fmt: skip


async def all_forgotten(work: Work) -> list[Row]:
    """(hash, certificate_id, at) of everybody the workspace has forgotten."""
    return await sql.fetch(
        work, "select hash, certificate_id, at from forgotten where workspace_id = $1", work.caller.workspace
    )


async def ids_after(work: Work, after: int, at_most: int) -> list[Row]:
    """(person_key, customer_id) of people by their keys."""
    return await sql.fetch(
        work,
        "select person_key, customer_id from person where workspace_id = $1 and person_key > $2"
        " order by person_key limit $3",
        work.caller.workspace, after, at_most,
    )  # fmt: skip


async def is_anybody_forgotten(work: Work) -> bool:
    """Whether the workspace has forgotten anybody."""
    query = "select exists (select from forgotten where workspace_id = $1)"
    return bool(await sql.fetch_value(work, query, work.caller.workspace))


async def forgotten(work: Work, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these are of somebody who was forgotten."""
    rows = await sql.fetch(
        work,
        "select hash from forgotten where workspace_id = $1 and hash = any($2)",
        work.caller.workspace, list(hashes),
    )  # fmt: skip
    return {row["hash"] for row in rows}


async def lift(work: Work, hashes: Sequence[bytes]) -> list[Row]:
    """Let whoever was forgotten under one of these come back; (hash, certificate_id) of what was known of them."""
    return await sql.fetch(
        work,
        "delete from forgotten f where f.workspace_id = $1 and f.certificate_id in (select g.certificate_id"
        " from forgotten g where g.workspace_id = $1 and g.hash = any($2)) returning f.hash, f.certificate_id",
        work.caller.workspace, list(hashes),
    )  # fmt: skip


async def add_certificate(work: Work, of: Certificate) -> None:
    """Keep a certificate, still to be completed."""
    await sql.execute(
        work,
        "insert into erasure_certificate (workspace_id, id, subject, reason, people, at, asked_by, removed, remaining,"
        " wanted) values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, '[]', $9)",
        work.caller.workspace, of.id, of.subject, of.reason, of.people, work.now, work.caller.id,
        json.dumps(of.removed), of.wanted,
    )  # fmt: skip


async def open_certificates(work: Work, at_most: int) -> list[Row]:
    """(id, at, wanted) of those that are not complete, oldest first."""
    return await sql.fetch(
        work,
        "select id, at, wanted from erasure_certificate where workspace_id = $1 and completed_at is null"
        " order by at, id limit $2",
        work.caller.workspace, at_most,
    )  # fmt: skip


async def note_cleaned(work: Work, ids: Sequence[UUID], leftover: str, removed: int) -> None:
    """Note at these certificates that so many things of a leftover went, with what went before."""
    await sql.execute(
        work,
        "update erasure_certificate set cleaned = cleaned || jsonb_build_object($3::text,"
        " coalesce((cleaned ->> $3)::bigint, 0) + $4) where workspace_id = $1 and id = any($2)",
        work.caller.workspace, list(ids), leftover, removed,
    )  # fmt: skip


async def complete(work: Work, ids: Sequence[UUID], remaining: str) -> None:
    """Note that these are complete, and forget what files were searched for."""
    await sql.execute(
        work,
        "update erasure_certificate set completed_at = $3, remaining = $4::jsonb, wanted = null"
        " where workspace_id = $1 and id = any($2) and completed_at is null",
        work.caller.workspace, list(ids), work.now, remaining,
    )  # fmt: skip


async def certificate(work: Work, certificate_id: UUID) -> Row | None:
    """One certificate."""
    query = f"select {CERTIFICATE} from erasure_certificate where workspace_id = $1 and id = $2"
    return await sql.fetch_row(work, query, work.caller.workspace, certificate_id)


async def certificates(work: Work, subject: str | None, before: UUID | None, limit: int) -> list[Row]:
    """Certificates, newest first, after the one named; of one subject or of all."""
    return await sql.fetch(
        work,
        f"select {CERTIFICATE} from erasure_certificate where workspace_id = $1 and ($2::text is null or subject = $2)"
        " and ($3::uuid is null or (at, id) <"
        " (select c.at, c.id from erasure_certificate c where c.workspace_id = $1 and c.id = $3))"
        " order by at desc, id desc limit $4",
        work.caller.workspace, subject, before, limit,
    )  # fmt: skip


async def unused_since(work: Work, before: datetime, at_most: int) -> list[Row]:
    """(person_key, customer_id, contact, country) of people without an order, an event or a word since then, held."""
    return await sql.fetch(
        work,
        f"select p.person_key, p.customer_id, p.contact, p.country {UNUSED} order by p.person_key limit $3"
        " for update of p skip locked",
        work.caller.workspace, before, at_most,
    )  # fmt: skip


async def count_unused_since(work: Work, before: datetime) -> int:
    """How many they are."""
    return int(str(await sql.fetch_value(work, f"select count(*) {UNUSED}", work.caller.workspace, before)))


UNUSED = """
from person p
    cross join lateral (select case when p.merged_into is null then p.person_key else p.merged_into end as root) r
    cross join lateral (select r.root || array(
        select m.person_key from person m where m.merged_into = r.root) as keys) g
where p.workspace_id = $1 and p.last_order_at < $2 and coalesce(p.created_at, '-infinity') < $2
    and not exists (select from document d where d.workspace_id = $1 and d.person_key = any(g.keys)
        and d.placed_at >= $2)
    and not exists (select from activity a where a.workspace_id = $1 and a.person_key = any(g.keys) and a.at >= $2)
    and not exists (select from consent c where c.workspace_id = $1 and c.person_key = any(g.keys) and c.at >= $2)
    and not exists (select from told t join import i on i.workspace_id = $1 and i.id = t.import_id
        where t.workspace_id = $1 and t.person_key = any(g.keys) and i.done_at >= $2)
    and not exists (select from import i where i.workspace_id = $1 and i.id = p.import_id and i.done_at >= $2)
"""
