"""People and their contacts, as files tell of them."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import duckdb

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.contact import Contact
from switchboard.customers.imports.records import Staged
from switchboard.customers.store import people as store
from switchboard.foundation.ground import Work

AT_ONCE = 5_000
BUYERS = """
select customer, email, name, phone from customer
where customer is not null and coalesce(email, name, phone) is not null
"""


async def keep_buyers(work: Work, database: duckdb.DuckDBPyConnection, prefix: str, import_id: UUID) -> None:
    """Keep the contacts that an order file holds; the people are there already."""
    rows = await asyncio.to_thread(lambda: database.execute(BUYERS).fetchall())
    told = {
        prefix + str(customer): Told(contact=Contact(email=email, name=name, phone=phone))
        for customer, email, name, phone in rows
    }
    await keep_told(work, told, import_id)


class Told:
    """What a file says of one person."""

    def __init__(
        self, *, contact: Contact, country: str | None = None, created_at: datetime | None = None,
        attributes: str | None = None,
    ) -> None:  # fmt: skip
        self.contact = contact
        self.country = country
        self.created_at = None if created_at is None else created_at.replace(tzinfo=UTC)
        self.attributes = attributes


PEOPLE = """
select coalesce(p.customer, p.email), p.email, p.name, p.phone, p.country, p.region, p.city, p.street, p.postal_code,
    p.birthday::varchar, p.created_at, a.attributes
from person p left join (
    select person_no, json_group_object(name, value)::varchar as attributes from attribute group by person_no) a
    using (person_no)
"""


async def keep_people(work: Work, staged: Staged, prefix: str, import_id: UUID) -> dict[str, int]:
    """Store the people of a customer file: new ones added, known ones told of; counts of both."""
    rows = await asyncio.to_thread(lambda: staged.database.execute(PEOPLE).fetchall())
    told = {prefix + str(row[0]): _told(row) for row in rows}
    await store.stage(work, _as_csv(told))
    new = await store.keep(work, import_id)
    await keep_told(work, told, import_id)
    return {"new_people": new, "known_people": len(told) - new}


def _told(row: Sequence[Any]) -> Told:
    _, email, name, phone, country, region, city, street, postal_code, birthday, created_at, attributes = row
    said = Contact(
        email=email, name=name, phone=phone, region=region, city=city, street=street, postal_code=postal_code,
        birthday=birthday,
    )  # fmt: skip
    return Told(contact=said, country=country, created_at=created_at, attributes=attributes)


async def _as_csv(told: Mapping[str, Told]) -> AsyncGenerator[bytes]:
    """The people as the stage takes them: number, id, country, no order yet."""
    for number, (customer_id, said) in enumerate(told.items(), start=1):
        text = io.StringIO()
        csv.writer(text).writerow((number, customer_id, said.country, None))
        yield text.getvalue().encode()


async def keep_told(work: Work, told: Mapping[str, Told], import_id: UUID) -> None:
    """Write what is said of people who are there, keeping aside what it changes."""
    if not told:
        return
    key = await tenants.data_key(work)
    customer_ids = list(told)
    for begin in range(0, len(customer_ids), AT_ONCE):
        known = await store.contacts(work, customer_ids[begin : begin + AT_ONCE])
        changed: list[tuple[Any, ...]] = []
        for row in known:
            said, old = told[row["customer_id"]], contact.unseal(key, row["person_key"], row["contact"])
            new = old.with_news(said.contact)
            if new == old and not (said.country or said.created_at or said.attributes):
                continue
            sealed = contact.seal(key, row["person_key"], new)
            words = contact.found_by(key, new)
            changed.append((row["person_key"], sealed, words, said.country, said.created_at, said.attributes))
        await _write(work, changed, import_id)


async def _write(work: Work, changed: Sequence[tuple[Any, ...]], import_id: UUID) -> None:
    if changed:
        await store.set_aside(work, import_id, [row[0] for row in changed])
        await store.set_contacts(work, changed)
