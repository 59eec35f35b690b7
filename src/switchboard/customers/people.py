"""People and their contacts, as files tell of them."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.customers import contact, groups
from switchboard.customers.attributes import arriving
from switchboard.customers.consent import from_files
from switchboard.customers.consent.from_files import SaidInFile
from switchboard.customers.consent.records import Channel
from switchboard.customers.contact import NO_CONTACT, Contact
from switchboard.customers.forgotten import without_the_forgotten
from switchboard.customers.identities import grouping, noting
from switchboard.customers.identities.noting import Finder
from switchboard.customers.identities.records import Kind
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.places.countries import country_code
from switchboard.customers.places.gazetteer import NOWHERE, Place, Written, places_of
from switchboard.customers.scratch import Scratch
from switchboard.customers.stand_ins import stand_in
from switchboard.customers.store import attributes as attributes_store
from switchboard.customers.store import people as store
from switchboard.customers.store import repeating
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


async def keep_buyers(work: Work, scratch: Scratch, prefix: str, import_id: UUID) -> None:
    """Keep the contacts that an order file holds, of people who are there already."""
    told = {
        prefix + str(customer): Told(contact=Contact(email=_text(email), name=_text(name), phone=_text(phone)))
        for customer, email, name, phone in await scratch.fetch(BUYERS)
    }
    await keep_told(work, told, import_id)


async def keep_emails(work: Work, emails: Sequence[str], prefix: str, import_id: UUID) -> None:
    """Keep the e-mails that stand in for people's ids."""
    key = await tenants.data_key(work)
    told = {prefix + stand_in(key, email): Told(contact=Contact(email=email)) for email in emails}
    await keep_told(work, told, import_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file says of one person; `attributes` is JSON, `said_at` None where it states no time."""

    contact: Contact
    country: str | None = None
    created_at: datetime | None = None
    attributes: str | None = None
    verified: frozenset[Kind] = frozenset()
    said_at: datetime | None = None
    email_consent: bool | None = None
    sms_consent: bool | None = None
    consent_at: datetime | None = None

    def consents(self, person: int) -> Iterable[SaidInFile]:
        """What the file says of their consent."""
        said: tuple[tuple[Channel, bool | None], ...] = (("email", self.email_consent), ("sms", self.sms_consent))
        at = self.consent_at or self.said_at
        return (
            SaidInFile(person_key=person, channel=channel, agrees=agrees, at=at)
            for channel, agrees in said
            if agrees is not None
        )


PEOPLE = """
select coalesce(p.customer, p.email), coalesce(p.email, case when contains(p.customer, '@') then p.customer end),
    p.name, p.phone, p.country, p.region, p.city, p.street, p.postal_code, p.created_at, a.attributes, p.updated_at,
    p.consent_email, p.consent_sms, p.consent_at, p.email_verified, p.phone_verified
from person p left join attributes a using (person_no)
"""


@without_the_forgotten
async def keep_people(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
    """Store the people of a customer file: new ones added, known ones told of; counts of both."""
    arrived = await arriving.take_in(work, staged, (await tenants.current(work)).currency)
    rows = await asyncio.to_thread(lambda: staged.database.execute(PEOPLE).fetchall())
    key = await tenants.data_key(work)
    told = {prefix + stand_in(key, str(row[0])): _told(row, work.now) for row in rows}
    await store.stage(work, _as_csv(told))
    new = await store.keep(work, import_id)
    finder = await noting.finder(work)
    doubtful = await keep_told(work, told, import_id, finder, staged.told_by)
    counts = {"new_people": new, "known_people": len(told) - new}
    if finder.unplaced_phones:
        counts["phones_without_country"] = finder.unplaced_phones
    if arrived.left_out:
        counts["attribute_values_left_out"] = arrived.left_out
    warned: dict[str, JsonValue] = {
        "attributes_not_understood": dict(arrived.not_understood),
        "columns_kept_out": dict(arrived.kept_out),
        "consents_in_doubt": doubtful,
    }
    return Kept(counts=counts, warned={name: each for name, each in warned.items() if each})


def _told(row: Sequence[Any], now: datetime) -> Told:
    _, email, name, phone, country, region, city, street, postal_code, created_at, attributes, *more = row
    said_at, email_consent, sms_consent, consent_at, *verified = more
    said = Contact(
        email=email, name=name, phone=phone, region=region, city=city, street=street, postal_code=postal_code,
    )  # fmt: skip
    created, stated, consented = (
        None if each is None else each.replace(tzinfo=UTC) for each in (created_at, said_at, consent_at)
    )
    return Told(
        contact=said,
        country=(country_code(country) or country) if country else None,
        created_at=created,
        attributes=attributes,
        said_at=None if stated is None else min(stated, now),
        email_consent=email_consent,
        sms_consent=sms_consent,
        consent_at=consented,
        verified=frozenset[Kind](kind for kind, is_verified in zip(KINDS, verified, strict=True) if is_verified),
    )


async def _as_csv(told: Iterable[str]) -> AsyncGenerator[bytes]:
    """The people as the stage takes them: number and id; their country is written with all else that is said."""
    rows = ((number, of, None, None) for number, of in enumerate(told, start=1))
    while some := tuple(islice(rows, AT_ONCE)):
        text = io.StringIO()
        csv.writer(text).writerows(some)
        yield text.getvalue().encode()
        stored(len(some))


async def keep_told(
    work: Work, told: Mapping[str, Told], import_id: UUID, finder: Finder | None = None, source: str = ""
) -> int:
    """Write what is said of people who are there; how many doubtful consents were left out.

    What was said last counts, whenever it arrives.
    Whoever a verified identity makes one with somebody is merged; in a unit of work that is no import's, hold
    `imports.lock` first.
    """
    key, finder = await tenants.data_key(work), finder or await noting.finder(work)
    customer_ids, late, doubtful = list(told), list[int](), 0
    for begin in range(0, len(customer_ids), AT_ONCE):
        some = customer_ids[begin : begin + AT_ONCE]
        known = await store.told_last(work, some, [told[each].said_at or work.now for each in some], import_id)
        news = await _news(work, known, told)
        said = [each for each in news if not each.same]
        for each in news:
            finder.look(each.person, each.of.contact, each.of.country, each.of.verified, again=each.same)
        late += [each.person for each in said if each.late]
        await repeating.note(work, import_id, [pair for each in news for pair in each.repeated(import_id)])
        await repeating.part(work, import_id, [each.person for each in said])
        before = await _before(work, import_id, [row["person_key"] for row in known if row["again"]])
        await store.add_told(work, import_id, [_both(key, before.get(each.person), each) for each in said])
        await store.set_told(work, [each.written() for each in said if not each.late])
        await store.set_places(work, [each.placed() for each in news if each.same and each.place != NOWHERE])
        await noting.note(work, import_id, finder.take())
        if said and await groups.any_merged(work):
            await grouping.find_by(work, [each.person for each in said])
        consents = [each for of in said for each in of.of.consents(of.person)]
        doubtful += await from_files.keep(work, consents, source, import_id)
        stored(len(some))
    await tell_again(work, late)
    return doubtful


async def _news(work: Work, known: Sequence[Row], told: Mapping[str, Told]) -> list["_News"]:
    """What is new of each, with the place they live in then."""
    key = await tenants.data_key(work)
    news = [_News.of_row(key, row, told[row["customer_id"]], work.now) for row in known]
    places = await asyncio.to_thread(places_of, work.ground.data_dir, [each.lives for each in news if each.moves])
    return [replace(each, place=places[each.lives]) if each.moves else each for each in news]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What a file says of a person, beside what is known."""

    person: int
    of: Told
    said_at: datetime
    sealed: bytes | None
    whole: bytes | None
    words: list[int]
    same: bool
    late: bool
    lives: Written
    moves: bool
    said_by: UUID | None
    place: Place = NOWHERE

    @classmethod
    def of_row(cls, key: DataKey, row: Row, of: Told, now: datetime) -> "_News":
        """Seal what is said, alone and with what is known; of what was said before nothing is sealed again."""
        person, said_at = row["person_key"], of.said_at or now
        same = bool(row["again"]) and not row["more"] and _last(key, row) == _comparable(of)
        old = contact.unseal(key, person, row["contact"])
        new = old.with_news(of.contact)
        sealed = None if same else _sealed(key, person, of.contact)
        says_where = bool(of.country or of.contact.region or of.contact.city)
        return cls(
            person=person, of=of, said_at=said_at, sealed=sealed, same=same,
            whole=sealed if same or new == of.contact else _sealed(key, person, new),
            words=[] if same else contact.found_by(key, new),
            late=row["told_at"] is not None and said_at < row["told_at"],
            lives=Written(country=of.country or row["lives_in"], region=new.region, city=new.city),
            moves=says_where and (not same or (row["unplaced"] and new.city is not None)), said_by=row["said_by"],
        )  # fmt: skip

    def repeated(self, import_id: UUID) -> Iterable[tuple[UUID, int]]:
        """Whose word this only says again, and of whom; not of its own."""
        if self.same and self.said_by is not None and self.said_by != import_id:
            yield self.said_by, self.person

    def told(self) -> tuple[Any, ...]:
        """The row of what the import said."""
        of = self.of
        return (
            self.person, self.sealed, of.country, of.created_at, of.attributes, self.said_at, of.said_at is not None,
            of.email_consent, of.sms_consent, of.consent_at,
        )  # fmt: skip

    def written(self) -> tuple[Any, ...]:
        """What of the person's row is written."""
        of, place = self.of, self.place
        return (
            self.person, self.whole, self.words, self.lives.country or place.country, of.created_at, of.attributes,
            self.said_at, place.region, place.city, place.lat, place.lon, self.lives.country is None,
        )  # fmt: skip

    def placed(self) -> tuple[Any, ...]:
        """Where they live."""
        place = self.place
        return (self.person, place.country, place.region, place.city, place.lat, place.lon)


async def tell_again(work: Work, person_keys: Sequence[int]) -> None:
    """Write of these people, anew and wholly, what all that is still said of them comes to."""
    await fold_again(work, person_keys)
    await store.settle(work, person_keys)
    await place_again(work, person_keys)


async def _before(work: Work, import_id: UUID, person_keys: Sequence[int]) -> dict[int, Row]:
    """What the same import said of these people before, as a stream does that goes on all day."""
    return {row["person_key"]: row for row in await store.told_by(work, import_id, person_keys)} if person_keys else {}


def _both(key: DataKey, before: Row | None, news: "_News") -> tuple[Any, ...]:
    """What an import said before and now: news wins where it says something."""
    if before is None:
        return news.told()
    said = contact.unseal(key, news.person, before["contact"]).with_news(news.of.contact)
    person, _, country, created, *more = news.told()
    return person, _sealed(key, person, said), country or before["country"], created or before["created_at"], *more


async def fold_again(work: Work, person_keys: Sequence[int]) -> None:
    """The same without what follows from it: newest order, country and place."""
    key = await tenants.data_key(work)
    for begin in range(0, len(person_keys), AT_ONCE):
        some = person_keys[begin : begin + AT_ONCE]
        known = {person: Told(contact=NO_CONTACT) for person in some}
        for row in await store.told_of(work, some):
            person, before = row["person_key"], known[row["person_key"]]
            known[person] = Told(
                contact=before.contact.with_news(contact.unseal(key, person, row["contact"])),
                created_at=row["created_at"] or before.created_at,
                said_at=row["said_at"],
            )
        rows = [
            (person, _sealed(key, person, of.contact), contact.found_by(key, of.contact), of.created_at, of.said_at)
            for person, of in known.items()
        ]
        await store.replace_told(work, rows)
        await attributes_store.fold(work, some)
        if await groups.any_merged(work):
            await grouping.find_by(work, list(known))


async def place_again(work: Work, person_keys: Sequence[int]) -> None:
    """Write where these people live, as their contact and country have it."""
    key = await tenants.data_key(work)
    for begin in range(0, len(person_keys), AT_ONCE):
        lives = dict[int, Written]()
        for row in await store.contacts(work, person_keys[begin : begin + AT_ONCE]):
            said = contact.unseal(key, row["person_key"], row["contact"])
            if said.city or said.region:
                lives[row["person_key"]] = Written(country=row["country"], region=said.region, city=said.city)
        places = await asyncio.to_thread(places_of, work.ground.data_dir, list(lives.values()))
        found = ((person, places[where]) for person, where in lives.items())
        await store.set_places(work, [(person, at.country, at.region, at.city, at.lat, at.lon) for person, at in found])


def _text(given: object) -> str | None:
    return None if given is None else str(given)


def _sealed(key: DataKey, person: int, said: Contact) -> bytes | None:
    return None if said == NO_CONTACT else contact.seal(key, person, said)


def _last(key: DataKey, row: Row) -> tuple[object, ...]:
    said = contact.unseal(key, row["person_key"], row["said"])
    last = Told(
        contact=said, country=row["country"], created_at=row["created_at"], attributes=row["attributes"],
        said_at=row["said_at"] if row["stated"] else None, email_consent=row["email_consent"],
        sms_consent=row["sms_consent"], consent_at=row["consent_at"],
    )  # fmt: skip
    return _comparable(last)


def _comparable(told: Told) -> tuple[object, ...]:
    attributes = json.loads(told.attributes) if told.attributes else None
    consents = (told.email_consent, told.sms_consent, told.consent_at)
    return (told.contact, told.country, told.created_at, attributes, told.said_at, consents)
