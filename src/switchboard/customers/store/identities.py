"""Identities, merges, and the groups of people that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from switchboard.customers.store import imports
from switchboard.foundation import sql
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

SHARED_BY = 10  # people; the default of merge_limit
PATIENCE = "10s"
CIRCLE = """
select c.person_key, a.root, c.customer_id, c.contact from (
    select distinct coalesce(p.merged_into, p.person_key) as root from person p where p.person_key = any($1)) a
cross join lateral (
    select p.* from person p where p.person_key = a.root
    union all select m.* from person m where m.merged_into = a.root) c
order by root, person_key
"""
ADD = """
insert into identity as known (workspace_id, person_key, kind, hash, told_by, how, verified, at)
select $1, person, kind, hash, $2, $3, verified, $4
from unnest($5::bigint[], $6::text[], $7::bytea[], $8::boolean[], $9::boolean[])
    told (person, kind, hash, verified, again)
where verified or not again or not exists (select from identity i
    where i.workspace_id = $1 and i.person_key = person and i.hash = told.hash)
on conflict (person_key, hash, told_by) do update set verified = true where excluded.verified and not known.verified
"""
NOT_CONTESTED = """not exists (select from contested c
    where c.workspace_id = $1 and c.person_key = i.person_key and c.hash = i.hash)"""
# Whose each hash is said to be, of so many people at most: those it is read in the order of an index.
CLAIMS = f"""
select asked.hash, claim.person_key, claim.verified, claim.kind from unnest($2::bytea[]) asked (hash)
cross join lateral (
    select i.person_key, bool_or(i.verified) as verified, min(i.kind) as kind from identity i
    where i.workspace_id = $1 and i.hash = asked.hash and {NOT_CONTESTED}
    group by i.person_key order by i.person_key limit $3) claim
"""
ACTIVE = "m.workspace_id = $1 and m.undone_at is null"
EDGE = "m.id, m.number, m.person_key, m.other_key, m.kind, m.hash, m.chosen"
ADD_MERGES = """
insert into merge (workspace_id, id, person_key, other_key, kind, hash, chosen, made_at, made_by)
select $1, id, person, other, kind, hash, chosen, $2, $3
from unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[], $9::bigint[])
    made (id, person, other, kind, hash, chosen)
"""
HISTORY = """
select m.id, m.number, m.kind, m.made_at, m.made_by, m.undone_at, m.undone_by, p.customer_id, o.customer_id as other_id
from merge m join person p on p.workspace_id = $1 and p.person_key = m.person_key
join person o on o.workspace_id = $1 and o.person_key = m.other_key
where m.workspace_id = $1 and ($2::bigint[] is null or m.person_key = any($2) or m.other_key = any($2))
    and ($3::bigint is null or m.number < $3)
order by m.number desc limit $4
"""
# Hashes that several people are told to have who are not one, in the order of the hashes.
SHARED = f"""
select several.hash from (
    select i.hash from identity i where i.workspace_id = $1 and ($2::bytea is null or i.hash > $2) and {NOT_CONTESTED}
    group by i.hash having min(i.person_key) < max(i.person_key) and count(distinct i.person_key) <= $3) several
where 1 < (select count(distinct coalesce(p.merged_into, p.person_key)) from identity i
    join person p on p.workspace_id = $1 and p.person_key = i.person_key
    where i.workspace_id = $1 and i.hash = several.hash and {NOT_CONTESTED})
order by several.hash limit $4
"""
HAND_ON = """
insert into identity (workspace_id, person_key, kind, hash, told_by, how, verified, at)
select $1, i.person_key, i.kind, i.hash, $3, i.how, false, i.at from identity i
where i.workspace_id = $1 and i.told_by = $2 and i.person_key = any($4)
on conflict do nothing
"""
ORDERED = """
select count(*) filter (where d.is_order) as orders,
    coalesce(sum(d.gross - coalesce(d.discount, 0) - d.refund), 0)::bigint as net
from document d where d.workspace_id = $1 and d.person_key = any($2) and d.placed_at < $3
"""


async def hold(work: Work) -> None:
    """Wait, but not long, until nobody else changes who is one person; held until this unit of work ends.

    Imports hold the same; raise Conflict while one runs.
    """
    await sql.execute(work, f"set local lock_timeout = '{PATIENCE}'")
    try:
        await imports.lock(work)
    except asyncpg.LockNotAvailableError:
        raise Conflict("an import is running; try again when it is done", code="busy") from None
    await sql.execute(work, "set local lock_timeout = 0")


async def circle(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(person_key, root, customer_id) of these people and of all who are one with them."""
    return await sql.fetch(work, f"select person_key, root, customer_id from ({CIRCLE}) circle", list(person_keys))


async def sealed(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(person_key, root, contact) of the same."""
    return await sql.fetch(work, f"select person_key, root, contact from ({CIRCLE}) circle", list(person_keys))


async def own(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(person_key, customer_id, contact, country) of these people, as they are themselves."""
    return await sql.fetch(
        work,
        "select person_key, customer_id, contact, country from person where workspace_id = $1 and person_key = any($2)",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def merged(work: Work, roots: Sequence[int]) -> list[Row]:
    """(person_key, merged_into, contact) of those who were merged into one of these, as they became known."""
    return await sql.fetch(
        work,
        "select person_key, merged_into, contact from person where workspace_id = $1 and merged_into = any($2)"
        " and merged_into is not null order by person_key",
        work.caller.workspace, list(roots),
    )  # fmt: skip


async def any_merged(work: Work) -> bool:
    """Whether anybody in the workspace was merged."""
    return bool(
        await sql.fetch_value(
            work,
            "select exists (select from person where workspace_id = $1 and merged_into is not null)",
            work.caller.workspace,
        )
    )


async def add(work: Work, told_by: UUID, how: str, rows: Sequence[tuple[int, str, bytes, bool, bool]]) -> None:
    """Note what was told of people: (person_key, kind, hash, verified, again), each person and hash once.

    What was told again and is not verified is noted only where it is not known yet.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    await sql.execute(work, ADD, work.caller.workspace, told_by, how, work.now, *columns)


async def claims(work: Work, hashes: Iterable[bytes], at_most: int) -> list[Row]:
    """(hash, person_key, verified, kind) of these hashes, of so many people each at most."""
    return await sql.fetch(work, CLAIMS, work.caller.workspace, list(hashes), at_most)


async def edges_by(work: Work, hashes: Iterable[bytes]) -> list[Row]:
    """The merges by these hashes that are not undone."""
    return await sql.fetch(
        work, f"select {EDGE} from merge m where {ACTIVE} and m.hash = any($2)", work.caller.workspace, list(hashes)
    )


async def edges_of(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """The merges of these people that are not undone, in the order they were made."""
    return await sql.fetch(
        work,
        f"select {EDGE} from merge m where {ACTIVE} and (m.person_key = any($2) or m.other_key = any($2))"
        " order by m.number",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def edge(work: Work, merge_id: UUID) -> Row | None:
    """A merge, undone or not."""
    return await sql.fetch_row(
        work,
        f"select {EDGE}, m.undone_at from merge m where m.workspace_id = $1 and m.id = $2",
        work.caller.workspace, merge_id,
    )  # fmt: skip


async def add_merges(work: Work, rows: Sequence[tuple[object, ...]]) -> None:
    """Connect people: (id, person_key, other_key, kind, hash, chosen)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await sql.execute(work, ADD_MERGES, work.caller.workspace, work.now, work.caller.id, *columns)


async def undo_merges(work: Work, ids: Sequence[UUID]) -> None:
    """Connect people no more by these."""
    await sql.execute(
        work,
        "update merge set undone_at = $3, undone_by = $4"
        " where workspace_id = $1 and id = any($2) and undone_at is null",
        work.caller.workspace, list(ids), work.now, work.caller.id,
    )  # fmt: skip


async def set_survivors(work: Work, into: Mapping[int, int | None]) -> None:
    """Note into whom people are merged now, and what follows from orders; all rows are held in one order first."""
    mine, people = work.caller.workspace, list(into)
    await sql.execute(
        work,
        "select from person where workspace_id = $1 and person_key = any($2) order by person_key for no key update",
        mine, people + [each for each in into.values() if each is not None],
    )  # fmt: skip
    await sql.execute(
        work,
        "update person p set merged_into = n.root from unnest($2::bigint[], $3::bigint[]) n (person, root)"
        " where p.workspace_id = $1 and p.person_key = n.person",
        mine, people, list(into.values()),
    )  # fmt: skip


async def set_words(work: Work, rows: Sequence[tuple[int, list[int]]]) -> None:
    """Write what people are found by: (person_key, words)."""
    await sql.execute_many(
        work,
        "update person set words = $3 where workspace_id = $1 and person_key = $2 and words <> $3",
        [(work.caller.workspace, *row) for row in rows],
    )


async def contest(work: Work, person_key: int, hashed: bytes) -> None:
    """Take an identity from a person, whoever told or tells of it."""
    await sql.execute(
        work,
        "insert into contested (workspace_id, person_key, hash, at, by) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing",
        work.caller.workspace, person_key, hashed, work.now, work.caller.id,
    )  # fmt: skip


async def concede(work: Work, person_key: int, hashed: bytes) -> None:
    """Give it back."""
    await sql.execute(
        work,
        "delete from contested where workspace_id = $1 and person_key = $2 and hash = $3",
        work.caller.workspace, person_key, hashed,
    )  # fmt: skip


async def known(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """The identities of these people: person, kind, hash, verified, contested, since when, from how many tellings."""
    return await sql.fetch(
        work,
        f"select i.person_key, i.kind, i.hash, bool_or(i.verified) as verified, not ({NOT_CONTESTED}) as contested,"
        " min(i.at) as since, count(*) as told from identity i"
        " where i.workspace_id = $1 and i.person_key = any($2)"
        " group by i.person_key, i.kind, i.hash order by i.kind, min(i.at), i.hash",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def history(work: Work, person_keys: Sequence[int] | None, before: int | None, limit: int) -> list[Row]:
    """Merges, newest first, of these people or of all."""
    people = None if person_keys is None else list(person_keys)
    return await sql.fetch(work, HISTORY, work.caller.workspace, people, before, limit)


async def shared(work: Work, after: bytes | None, at_most: int, limit: int) -> list[bytes]:
    """Hashes that several people, but not more than so many, are told to have who are not one."""
    rows = await sql.fetch(work, SHARED, work.caller.workspace, after, at_most, limit)
    return [row["hash"] for row in rows]


async def limit_of(work: Work) -> int:
    """How many people may share an identity that still identifies."""
    found = await sql.fetch_value(work, "select people from merge_limit where workspace_id = $1", work.caller.workspace)
    return found if isinstance(found, int) else SHARED_BY


async def set_limit(work: Work, people: int) -> None:
    """Change it."""
    await sql.execute(
        work,
        "insert into merge_limit (workspace_id, people) values ($1, $2)"
        " on conflict (workspace_id) do update set people = excluded.people",
        work.caller.workspace, people,
    )  # fmt: skip


async def shared_by_more(work: Work, people: int) -> list[bytes]:
    """Verified hashes that more people than this are told to have."""
    rows = await sql.fetch(
        work,
        "select hash from identity where workspace_id = $1 group by hash"
        " having bool_or(verified) and count(distinct person_key) > $2",
        work.caller.workspace, people,
    )  # fmt: skip
    return [row["hash"] for row in rows]


async def hand_on(work: Work, import_id: UUID, heir: UUID, person_keys: Sequence[int]) -> None:
    """What an import told of people who were told the same by a later one becomes that one's, not verified."""
    await sql.execute(work, HAND_ON, work.caller.workspace, import_id, heir, list(person_keys))


async def take(work: Work, import_id: UUID) -> set[bytes]:
    """Forget what an import told; which hashes."""
    rows = await sql.fetch(
        work,
        "delete from identity where workspace_id = $1 and told_by = $2 returning hash",
        work.caller.workspace, import_id,
    )  # fmt: skip
    return {row["hash"] for row in rows}


async def forget(work: Work, person_keys: Sequence[int]) -> tuple[set[int], set[bytes]]:
    """Forget identities and merges of people who are gone; with whom they were merged, and the hashes."""
    mine, people = work.caller.workspace, list(person_keys)
    rows = await sql.fetch(
        work,
        "delete from merge where workspace_id = $1 and (person_key = any($2) or other_key = any($2))"
        " returning person_key, other_key, hash",
        mine, people,
    )  # fmt: skip
    told = await sql.fetch(
        work, "delete from identity where workspace_id = $1 and person_key = any($2) returning hash", mine, people
    )
    await sql.execute(work, "delete from contested where workspace_id = $1 and person_key = any($2)", mine, people)
    hashes = {row["hash"] for row in (*rows, *told) if row["hash"] is not None}
    return {each for row in rows for each in (row["person_key"], row["other_key"])} - set(people), hashes


async def ordered(work: Work, person_keys: Sequence[int], row_until: object) -> Row:
    """How many orders these people placed before a moment, and their net."""
    (row,) = await sql.fetch(work, ORDERED, work.caller.workspace, list(person_keys), row_until)
    return row


async def told(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """The sealed contacts that were ever told of these people: (person_key, contact, country)."""
    return await sql.fetch(
        work,
        "select person_key, contact, country from told where workspace_id = $1 and person_key = any($2)"
        " and contact is not null",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def here(work: Work, customer_ids: Sequence[str]) -> list[Row]:
    """(person_key, customer_id, root) of these ids, as they are themselves."""
    return await sql.fetch(
        work,
        "select person_key, customer_id, coalesce(merged_into, person_key) as root from person"
        " where workspace_id = $1 and customer_id = any($2)",
        work.caller.workspace, list(customer_ids),
    )  # fmt: skip
