"""People: added by imports, changed by what is said of them, found by their id."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.store.keys import keys_of, reserve
from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

# These read tables that this import has just filled, so without statistics: a join may then read a whole table for each
# person. A look-up with a limit has but one way.
TOLD_IN = "(select i.number from import i where i.workspace_id = $1 and i.id = t.import_id)"
TOLD_LAST = f"""
select p.person_key, p.customer_id, p.contact, case when not p.country_guessed then p.country end as lives_in,
    p.told_at, p.city is null as unplaced,
    t.person_key is not null as again, t.contact as said, t.country, t.created_at, t.attributes::text, t.said_at,
    t.stated, t.email_consent, t.sms_consent, t.consent_at, t.import_id as said_by, t.import_id is distinct from $4
    and exists (select from told o where o.person_key = p.person_key and o.import_id = $4) as more
from unnest($2::text[], $3::timestamptz[]) asked (id, at)
cross join lateral (select p.* from person p where p.workspace_id = $1 and p.customer_id = asked.id limit 1) p
left join lateral (
    select t.* from told t where t.workspace_id = $1 and t.person_key = p.person_key and t.said_at <= asked.at
    order by t.said_at desc, {TOLD_IN} desc limit 1) t
    on true
"""
STAGE = """
create temporary table incoming_customer (
    customer_no integer, customer_id text collate "C", country text, last_order_at timestamptz, person_key bigint)
    on commit drop
"""
ADD_TOLD = """
insert into told (workspace_id, import_id, person_key, contact, country, created_at, attributes, said_at, stated,
    email_consent, sms_consent, consent_at)
select $1, $2, person, contact, country, created, attributes::jsonb, said, stated, email, sms, consented
from unnest($3::bigint[], $4::bytea[], $5::text[], $6::timestamptz[], $7::text[], $8::timestamptz[], $9::boolean[],
    $10::boolean[], $11::boolean[], $12::timestamptz[])
    news (person, contact, country, created, attributes, said, stated, email, sms, consented)
on conflict (person_key, import_id) do update set contact = excluded.contact, country = excluded.country,
    created_at = excluded.created_at, said_at = excluded.said_at, stated = excluded.stated,
    attributes = case when excluded.attributes is null then told.attributes
        else coalesce(told.attributes, '{}') || excluded.attributes end,
    email_consent = coalesce(excluded.email_consent, told.email_consent),
    sms_consent = coalesce(excluded.sms_consent, told.sms_consent),
    consent_at = coalesce(excluded.consent_at, told.consent_at)
"""
SET_TOLD = """
update person set contact = $3, words = $4, country = coalesce($5, country), created_at = coalesce($6, created_at),
    attributes = case when $7::jsonb is null then attributes else coalesce(attributes, '{}') || $7::jsonb end,
    told_at = greatest(told_at, $8), country_guessed = case when $5::text is null then country_guessed else $13 end,
    region = coalesce($9, region), city = coalesce($10, city),
    lat = case when $10::text is null then lat else $11 end, lon = case when $10::text is null then lon else $12 end
where workspace_id = $1 and person_key = $2
"""
# What follows is by keys alone: the policy keeps to the workspace. Named here, it would be the better way into a table
# for the planner as long as statistics have not heard of it, and everybody in it would be read once for each person.
# A person's newest order; and their country: the one last said of them, else that of their first document.
SETTLE = """
update person p set last_order_at = n.newest, country = coalesce(n.told, n.guessed),
    country_guessed = n.told is null and n.guessed is not null from (
    select q.person_key,
        coalesce((select max(d.placed_at) from document d where d.person_key = q.person_key and d.is_order),
            '-infinity') as newest,
        coalesce((select t.country from told t where t.person_key = q.person_key and t.country is not null
                order by t.said_at desc, (select i.number from import i where i.id = t.import_id) desc limit 1),
            (select d.country from document d where d.person_key = q.person_key and d.country is not null
                order by d.document_key limit 1)) as told,
        case when q.country_guessed then q.country end as guessed
    from person q where q.person_key = any($1::bigint[])) n
where p.person_key = n.person_key
    and (p.last_order_at, p.country, p.country_guessed)
        is distinct from (n.newest, coalesce(n.told, n.guessed), n.told is null and n.guessed is not null)
"""
# Whoever was merged has ordered when any of them did.
GROUPS_NEWEST = """
update person r set last_order_at = m.newest from (
    select merged_into, max(last_order_at) as newest from person where merged_into is not null group by merged_into) m
where r.person_key = m.merged_into and m.newest > r.last_order_at
"""
# The same of their groups alone, where orders may have gone, too.
SETTLE_GROUPS = """
update person r set last_order_at = n.newest from (
    select g.root, max(coalesce((select max(d.placed_at) from document d
        where d.person_key = m.person_key and d.is_order), '-infinity')) as newest
    from (select distinct coalesce(t.merged_into, t.person_key) as root from person t
            where t.person_key = any($1::bigint[])
            and (t.merged_into is not null or exists (select from person o where o.merged_into = t.person_key))) g
        cross join lateral (select g.root as person_key
            union all select o.person_key from person o where o.merged_into = g.root) m
    group by g.root) n
where r.person_key = n.root and r.last_order_at <> n.newest
"""
SETTLED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as the store's function gives them; `orders` is JSON, as is `merged`: keys and contacts in base64."""

    asked: str
    person_key: int
    customer_id: str
    contact: bytes | None
    country: str | None
    created_at: datetime | None
    last_order_at: datetime
    archetype: str | None
    risk: int | None
    lifetime_value: int | None
    run: int | None
    detail: bytes | None
    as_of: datetime | None
    merged: str | None
    orders: str | None


async def stage(work: Work, source: AsyncGenerator[bytes]) -> None:
    """Stream the customers of a file into a temporary table: number, id, country, newest order."""
    await sql.execute(work, STAGE)
    columns = ("customer_no", "customer_id", "country", "last_order_at")
    await sql.copy_in(work, "incoming_customer", columns, source, csv=True)
    await sql.execute(work, "analyze incoming_customer")


async def has_people(work: Work) -> bool:
    """Whether the workspace has any yet."""
    found = await sql.fetch_value(
        work, "select exists (select from person where workspace_id = $1)", work.caller.workspace
    )
    return bool(found)


async def keep(work: Work, import_id: UUID, before: int | None = None) -> int:
    """Add the people that are new and note the newest order of all; how many are new.

    The key of the customer with number n is `before` plus n, of a block reserved here where none is given.
    """
    mine = work.caller.workspace
    if before is None:
        last = await sql.fetch_value(work, "select coalesce(max(customer_no), 0) from incoming_customer")
        before = await reserve(work, "person", int(str(last)))
    await sql.execute(
        work,
        "update person p set last_order_at = greatest(p.last_order_at, i.last_order_at),"
        " country = coalesce(p.country, i.country) from incoming_customer i"
        " where p.workspace_id = $1 and p.customer_id = i.customer_id"
        " and (i.last_order_at > p.last_order_at or p.country is null and i.country is not null)",
        mine,
    )
    await sql.execute(work, GROUPS_NEWEST)
    return await sql.execute(
        work,
        "insert into person (workspace_id, person_key, customer_id, country, last_order_at, import_id)"
        " select $1, $3::bigint + i.customer_no, i.customer_id, i.country, coalesce(i.last_order_at, '-infinity'), $2"
        " from incoming_customer i where not exists"
        " (select from person p where p.workspace_id = $1 and p.customer_id = i.customer_id) order by customer_no",
        mine, import_id, before,
    )  # fmt: skip


async def resolve(work: Work) -> None:
    """Note at each staged customer the key they have."""
    await sql.execute(
        work,
        "update incoming_customer i set person_key = p.person_key from person p"
        " where p.workspace_id = $1 and p.customer_id = i.customer_id",
        work.caller.workspace,
    )
    await sql.execute(work, "analyze incoming_customer")


async def keys(work: Work) -> NDArray[np.int64]:
    """The key of each staged customer: (customer_no, key)."""
    return await keys_of(
        work,
        "select i.customer_no::bigint, p.person_key from incoming_customer i"
        " join person p on p.workspace_id = $1 and p.customer_id = i.customer_id",
        work.caller.workspace,
    )


async def settle_found(work: Work, query: str) -> None:
    """The same as `settle` of the people whose person_key a query gives."""
    found = await sql.fetch_value(
        work,
        f"select coalesce(array_agg(distinct person_key), '{{}}') from ({query}) found where person_key is not null",
    )
    await settle(work, cast("list[int]", found))


async def settle(work: Work, person_keys: Sequence[int]) -> None:
    """Work out anew what follows from orders, of these people and of whom they are one with."""
    for begin in range(0, len(person_keys), SETTLED_AT_ONCE):
        some = list(person_keys[begin : begin + SETTLED_AT_ONCE])
        for statement in (SETTLE, SETTLE_GROUPS):
            await sql.execute(work, statement, some)


async def told_last(work: Work, customer_ids: Sequence[str], until: Sequence[datetime], import_id: UUID) -> list[Row]:
    """Key, id and sealed contact of these people, with what was last said of each by a moment (`again`: if any).

    `more`: the import itself said something of them before, and it is not that.
    """
    return await sql.fetch(work, TOLD_LAST, work.caller.workspace, list(customer_ids), list(until), import_id)


async def told_of(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """All that imports said of these people, in the order it was said."""
    return await sql.fetch(
        work,
        "select t.person_key, t.contact, t.created_at, t.said_at from told t"
        f" where t.workspace_id = $1 and t.person_key = any($2) order by t.said_at, {TOLD_IN}",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def told_by(work: Work, import_id: UUID, person_keys: Sequence[int]) -> list[Row]:
    """What an import said of these people already."""
    return await sql.fetch(
        work,
        "select t.person_key, t.contact, t.country, t.created_at from told t"
        " where t.workspace_id = $1 and t.import_id = $2 and t.person_key = any($3)",
        work.caller.workspace, import_id, list(person_keys),
    )  # fmt: skip


async def add_told(work: Work, import_id: UUID, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep what an import says of people: ADD_TOLD's columns.

    It stands in the place of what the same import said of them before.
    """
    if rows:
        await sql.execute(
            work, ADD_TOLD, work.caller.workspace, import_id, *(list(column) for column in zip(*rows, strict=True))
        )


async def set_told(work: Work, rows: Sequence[tuple[object, ...]]) -> None:
    """Write news of people.

    (person_key, contact, words, country, created, attributes, said at, region, city, lat, lon, country guessed).
    A country, moment, attribute or city of None leaves what is known.
    """
    await sql.execute_many(work, SET_TOLD, [(work.caller.workspace, *row) for row in rows])


async def replace_told(work: Work, rows: Sequence[tuple[object, ...]]) -> None:
    """Write what is known of people: (person_key, contact, words, created, newest news); their place is open again."""
    await sql.execute_many(
        work,
        "update person set contact = $3, words = $4, created_at = $5, told_at = greatest($6, (select max(s.said_at)"
        " from attribute_said s where s.workspace_id = $1 and s.person_key = $2)), region = null, city = null,"
        " lat = null, lon = null, country = case when not country_guessed then country end, country_guessed = false"
        " where workspace_id = $1 and person_key = $2",
        [(work.caller.workspace, *row) for row in rows],
    )


async def set_places(work: Work, rows: Sequence[tuple[object, ...]]) -> None:
    """Write where people live: (person_key, country, region, city, lat, lon); a country that was told stays."""
    await sql.execute_many(
        work,
        "update person set country_guessed = country_guessed or (country is null and $3::text is not null),"
        " country = case when country_guessed or country is null then $3 else country end, region = $4, city = $5,"
        " lat = $6, lon = $7"
        " where workspace_id = $1 and person_key = $2",
        [(work.caller.workspace, *row) for row in rows],
    )


async def contacts(work: Work, person_keys: Sequence[int]) -> list[Row]:
    """(person_key, contact, country) of those of these people who are there."""
    return await sql.fetch(
        work,
        "select person_key, contact, country from person where workspace_id = $1 and person_key = any($2)",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip


async def profile(work: Work, customer_id: str, orders: int, before: tuple[datetime, int] | None) -> Seen | None:
    """A person with figures and the newest orders before a moment and key, in one round trip; None for no such id."""
    until, until_key = before or (None, None)
    found = await sql.find_scoped(
        work, "select * from profiles_in($1, $2, $3, $4, $5)", customer_id, orders, until, until_key
    )
    return Seen(*found) if found else None


async def all_ids(work: Work) -> dict[int, str]:
    """The customer id of every person, by key."""
    rows = await sql.fetch(
        work, "select person_key, customer_id from person where workspace_id = $1", work.caller.workspace
    )
    return {row["person_key"]: row["customer_id"] for row in rows}


async def ids(work: Work, person_keys: Sequence[int]) -> dict[int, str]:
    """The customer ids of these people, by key, without those who were merged into others."""
    rows = await sql.fetch(
        work,
        "select person_key, customer_id from person where workspace_id = $1 and person_key = any($2)"
        " and merged_into is null",
        work.caller.workspace, list(person_keys),
    )  # fmt: skip
    return {row["person_key"]: row["customer_id"] for row in rows}


async def key(work: Work, customer_id: str) -> int | None:
    """The key of whom a customer id leads to."""
    found = await sql.fetch_value(
        work,
        "select coalesce(merged_into, person_key) from person where workspace_id = $1 and customer_id = $2",
        work.caller.workspace, customer_id,
    )  # fmt: skip
    return found if isinstance(found, int) else None
