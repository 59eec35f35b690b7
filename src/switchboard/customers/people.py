"""People and their contacts, as files tell of them."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import contact, groups
from switchboard.customers.contact import NO_CONTACT, Contact
from switchboard.customers.forgotten import without_the_forgotten
from switchboard.customers.identities import grouping, noting
from switchboard.customers.identities.noting import Finder
from switchboard.customers.identities.records import Kind
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.scratch import Scratch
from switchboard.customers.stand_ins import stand_in
from switchboard.customers.store import people as store
from switchboard.customers.store.people import Row
from switchboard.customers.storing import stored
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

AT_ONCE = 5_000
KINDS: tuple[Kind, ...] = ("email", "phone")
BUYERS = """
select c.id, coalesce(b.email, case when c.id <> c.customer then c.customer end) as mail, b.name, b.phone
from customer b join called c using (customer) where coalesce(mail, b.name, b.phone) is not null
"""


async def keep_buyers(work: Work, scratch: Scratch, prefix: str, import_id: UUID) -> tuple[int, ...]:
    """Keep the contacts that an order file holds, of people who are there already; of whom nothing new was said."""
    told = {
        prefix + str(customer): Told(contact=Contact(email=_text(email), name=_text(name), phone=_text(phone)))
        for customer, email, name, phone in await scratch.fetch(BUYERS)
    }
    return await keep_told(work, told, import_id)


async def keep_emails(work: Work, emails: Sequence[str], prefix: str, import_id: UUID) -> tuple[int, ...]:
    """Keep the e-mails that stand in for people's ids; of whom nothing new was said."""
    key = await tenants.data_key(work)
    told = {prefix + stand_in(key, email): Told(contact=Contact(email=email)) for email in emails}
    return await keep_told(work, told, import_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file says of one person; `attributes` is JSON."""

    contact: Contact
    country: str | None = None
    created_at: datetime | None = None
    attributes: str | None = None
    verified: frozenset[Kind] = frozenset()


PEOPLE = """
select coalesce(p.customer, p.email), coalesce(p.email, case when contains(p.customer, '@') then p.customer end),
    p.name, p.phone, p.country, p.region, p.city, p.street, p.postal_code, p.created_at, a.attributes,
    p.email_verified, p.phone_verified
from person p left join (
    select person_no, json_group_object(name, value)::varchar as attributes from attribute group by person_no) a
    using (person_no)
"""


@without_the_forgotten
async def keep_people(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
    """Store the people of a customer file: new ones added, known ones told of; counts of both."""
    rows = await asyncio.to_thread(lambda: staged.database.execute(PEOPLE).fetchall())
    key = await tenants.data_key(work)
    told = {prefix + stand_in(key, str(row[0])): _told(row) for row in rows}
    await store.stage(work, _as_csv(told))
    new = await store.keep(work, import_id)
    finder = await noting.finder(work)
    same = await keep_told(work, told, import_id, finder)
    counts = {"new_people": new, "known_people": len(told) - new}
    if finder.unplaced_phones:
        counts["phones_without_country"] = finder.unplaced_phones
    return Kept(counts=counts, same_people=same)


def _told(row: Sequence[Any]) -> Told:
    _, email, name, phone, country, region, city, street, postal_code, created_at, attributes, *verified = row
    said = Contact(
        email=email, name=name, phone=phone, region=region, city=city, street=street, postal_code=postal_code,
    )  # fmt: skip
    created = None if created_at is None else created_at.replace(tzinfo=UTC)
    kinds = frozenset[Kind](kind for kind, is_verified in zip(KINDS, verified, strict=True) if is_verified)
    return Told(contact=said, country=country, created_at=created, attributes=attributes, verified=kinds)


async def _as_csv(told: Mapping[str, Told]) -> AsyncGenerator[bytes]:
    """The people as the stage takes them: number, id, country, no order yet."""
    rows = ((number, of, said.country, None) for number, (of, said) in enumerate(told.items(), start=1))
    while some := tuple(islice(rows, AT_ONCE)):
        text = io.StringIO()
        csv.writer(text).writerows(some)
        yield text.getvalue().encode()
        stored(len(some))


async def keep_told(
    work: Work, told: Mapping[str, Told], import_id: UUID, finder: Finder | None = None
) -> tuple[int, ...]:
    """Write what is said of people who are there; the keys of those of whom it was what was last said already.

    Whoever a verified identity makes one with somebody is merged; in a unit of work that is no import's, hold
    `imports.lock` first.
    """
    key = await tenants.data_key(work)
    finder = finder or await noting.finder(work)
    customer_ids, same = list(told), list[int]()
    for begin in range(0, len(customer_ids), AT_ONCE):
        said, changed = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
        rows = await store.told_last(work, customer_ids[begin : begin + AT_ONCE])
        before = await _before(work, import_id, [row["person_key"] for row in rows if row["again"]])
        for row in rows:
            of, person = told[row["customer_id"]], row["person_key"]
            again = row["again"] and _last(key, row) == _comparable(of)
            finder.look(person, of.contact, of.country, of.verified, again=again)
            if again:
                same.append(person)
                continue
            more = (of.country, of.created_at, of.attributes)
            sealed = _sealed(key, person, of.contact)
            said.append(_both(key, person, before[person], of) if person in before else (person, sealed, *more))
            old = contact.unseal(key, person, row["contact"])
            new = old.with_news(of.contact)
            if new != old or any(more):
                whole = sealed if new == of.contact else _sealed(key, person, new)
                changed.append((person, whole, contact.found_by(key, new), *more))
        await store.add_told(work, import_id, said)
        await store.set_contacts(work, changed)
        await noting.note(work, import_id, finder.take())
        if changed and await groups.any_merged(work):
            await grouping.find_by(work, [row[0] for row in changed])
        stored(len(customer_ids[begin : begin + AT_ONCE]))
    return tuple(same)


async def _before(work: Work, import_id: UUID, person_keys: Sequence[int]) -> dict[int, Row]:
    """What the same import said of these people before, as a stream does that goes on all day."""
    return {row["person_key"]: row for row in await store.told_by(work, import_id, person_keys)} if person_keys else {}


def _both(key: DataKey, person: int, before: Row, news: Told) -> tuple[Any, ...]:
    """What an import said before and now: news wins where it says something."""
    said = contact.unseal(key, person, before["contact"]).with_news(news.contact)
    more = (news.country or before["country"], news.created_at or before["created_at"])
    return person, _sealed(key, person, said), *more, news.attributes or before["attributes"]


async def fold_again(work: Work, person_keys: Sequence[int]) -> None:
    """Write of these people what all that is still said of them comes to."""
    key = await tenants.data_key(work)
    for begin in range(0, len(person_keys), AT_ONCE):
        known = {person: Told(contact=NO_CONTACT) for person in person_keys[begin : begin + AT_ONCE]}
        for row in await store.told_of(work, list(known)):
            person, before = row["person_key"], known[row["person_key"]]
            known[person] = Told(
                contact=before.contact.with_news(contact.unseal(key, person, row["contact"])),
                created_at=row["created_at"] or before.created_at,
                attributes=row["attributes"] or before.attributes,
            )
        rows = [
            (person, _sealed(key, person, of.contact), contact.found_by(key, of.contact), of.created_at, of.attributes)
            for person, of in known.items()
        ]
        await store.replace_contacts(work, rows)
        if await groups.any_merged(work):
            await grouping.find_by(work, list(known))


def _text(given: object) -> str | None:
    return None if given is None else str(given)


def _sealed(key: DataKey, person: int, said: Contact) -> bytes | None:
    return None if said == NO_CONTACT else contact.seal(key, person, said)


def _last(key: DataKey, row: Row) -> tuple[object, ...]:
    said = contact.unseal(key, row["person_key"], row["said"])
    last = Told(contact=said, country=row["country"], created_at=row["created_at"], attributes=row["attributes"])
    return _comparable(last)


def _comparable(told: Told) -> tuple[object, ...]:
    attributes = json.loads(told.attributes) if told.attributes else None
    return (told.contact, told.country, told.created_at, attributes)
