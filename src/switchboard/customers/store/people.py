"""People: added by imports, changed by what is said of them, found by their id."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

STAGE = """
create temporary table incoming_customer (
    customer_no integer, customer_id text collate "C", country text, last_order_at timestamptz, person_key bigint)
    on commit drop
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A person as the store's function gives them; `orders` is JSON."""

    person_key: int
    customer_id: str
    contact: bytes | None
    country: str | None
    created_at: datetime | None
    last_order_at: datetime
    archetype: str | None
    risk: int | None
    lifetime_value: int | None
    detail: bytes | None
    orders: str | None


async def stage(work: Work, source: AsyncIterable[bytes]) -> None:
    """Stream the customers of a file into a temporary table: number, id, country, newest order."""
    await sql.execute(work, STAGE)
    columns = ("customer_no", "customer_id", "country", "last_order_at")
    await sql.copy_in(work, "incoming_customer", columns, source, csv=True)
    await sql.execute(work, "analyze incoming_customer")


async def keep(work: Work, import_id: UUID) -> int:
    """Add the people that are new and note the newest order of all; how many are new."""
    mine = work.caller.workspace
    await sql.execute(
        work,
        "update person p set last_order_at = greatest(p.last_order_at, i.last_order_at),"
        " country = coalesce(p.country, i.country) from incoming_customer i"
        " where p.workspace_id = $1 and p.customer_id = i.customer_id"
        " and (i.last_order_at > p.last_order_at or p.country is null and i.country is not null)",
        mine,
    )
    new = await sql.execute(
        work,
        "insert into person (workspace_id, person_key, customer_id, country, last_order_at, import_id)"
        " select $1, nextval('person_key'), i.customer_id, i.country, coalesce(i.last_order_at, '-infinity'), $2"
        " from incoming_customer i where not exists"
        " (select from person p where p.workspace_id = $1 and p.customer_id = i.customer_id) order by customer_no",
        mine, import_id,
    )  # fmt: skip
    await sql.execute(
        work,
        "update incoming_customer i set person_key = p.person_key from person p"
        " where p.workspace_id = $1 and p.customer_id = i.customer_id",
        mine,
    )
    await sql.execute(work, "analyze incoming_customer")
    return new


async def contacts(work: Work, customer_ids: Sequence[str]) -> list[Row]:
    """Key, id and sealed contact of these people."""
    return await sql.fetch(
        work,
        "select person_key, customer_id, contact, words, country, created_at, import_id, attributes::text from person"
        " where workspace_id = $1 and customer_id = any($2)",
        work.caller.workspace, list(customer_ids),
    )  # fmt: skip


async def set_contacts(work: Work, rows: Sequence[tuple[object, ...]]) -> None:
    """Write sealed contacts with what they are found by: (person_key, contact, words, country, created, attributes)."""
    await sql.execute_many(
        work,
        "update person set contact = $3, words = $4, country = coalesce($5, country),"
        " created_at = coalesce($6, created_at), attributes = coalesce($7::jsonb, attributes)"
        " where workspace_id = $1 and person_key = $2",
        [(work.caller.workspace, *row) for row in rows],
    )


async def set_aside(work: Work, import_id: UUID, person_keys: Sequence[int]) -> None:
    """Keep what people were before this import changes them."""
    await sql.execute(
        work,
        "insert into replaced_person select $1, person_key, $2, import_id,"
        " jsonb_build_object('contact', encode(contact, 'base64'), 'words', words, 'country', country,"
        " 'created_at', created_at, 'attributes', attributes)"
        " from person where workspace_id = $1 and person_key = any($3) and import_id <> $2 on conflict do nothing",
        work.caller.workspace, import_id, list(person_keys),
    )  # fmt: skip


async def profile(work: Work, customer_id: str, orders: int, until: datetime | None) -> Seen | None:
    """A person with figures and the newest orders before `until`, in one round trip; None when there is no such id."""
    found = await sql.read_scoped(
        work, "select * from profile_in($1, $2, $3, $4)", work.caller.workspace, customer_id, orders, until
    )
    return Seen(**dict(found[0])) if found else None


async def all_ids(work: Work) -> dict[int, str]:
    """The customer id of every person, by key."""
    rows = await sql.fetch(
        work, "select person_key, customer_id from person where workspace_id = $1", work.caller.workspace
    )
    return {row["person_key"]: row["customer_id"] for row in rows}


async def key(work: Work, customer_id: str) -> int | None:
    """The key of a customer id."""
    found = await sql.fetch_value(
        work,
        "select person_key from person where workspace_id = $1 and customer_id = $2",
        work.caller.workspace, customer_id,
    )  # fmt: skip
    return found if isinstance(found, int) else None


async def any_id(work: Work, at_or_after: int) -> str | None:
    """The id of the first person with figures whose key is this or above, else of the first of all."""
    found = await sql.fetch_value(
        work,
        "select p.customer_id from figures f join person p using (person_key) where f.workspace_id = $1"
        " and p.workspace_id = $1 order by f.person_key < $2, f.person_key limit 1",
        work.caller.workspace, at_or_after,
    )  # fmt: skip
    return None if found is None else str(found)


async def newest_order(work: Work) -> datetime | None:
    """When the newest order of a customer was placed; None when there is none."""
    found = await sql.fetch_value(
        work,
        "select last_order_at from person where workspace_id = $1 and last_order_at > '-infinity'"
        " order by last_order_at desc, person_key desc limit 1",
        work.caller.workspace,
    )
    return found if isinstance(found, datetime) else None
