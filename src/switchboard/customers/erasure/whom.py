"""A person under all the keys, ids and addresses they have, as they are found everywhere."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from switchboard.accounts import tenants
from switchboard.customers import contact, known_by
from switchboard.customers.contact import Contact
from switchboard.customers.identities import phones, rules
from switchboard.customers.places.countries import country_code
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import erasure as store
from switchboard.customers.store import figures
from switchboard.customers.store import identities as identities_store
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Whom
from switchboard.foundation.vault import DataKey, Place

SHORTEST_ID = 4  # letters of an order's or event's id that is looked for in files: "5" is also a quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A contact that was said of somebody, and the country that was told beside it."""

    contact: Contact
    country: str | None


async def find(work: Work, customer_id: str, *, and_hold: bool = False) -> tuple[Whom, tuple[Told, ...]]:
    """The person of this id, and every contact that was ever said of them; raise NotFound."""
    rows = await store.group(work, await asked_as(work, customer_id), and_hold=and_hold)
    if not rows:
        raise NotFound(f"there is no customer {customer_id!r}; find them with search_customers")
    return await of_rows(work, rows)


async def of_rows(work: Work, rows: Sequence[store.Row]) -> tuple[Whom, tuple[Told, ...]]:
    """The people of these rows (person_key, customer_id, contact, country)."""
    key, keys = await tenants.data_key(work), [row["person_key"] for row in rows]
    sealed = [row for row in (*rows, *await store.told_contacts(work, keys)) if row["contact"] is not None]
    told = tuple(
        {Told(contact=contact.unseal(key, row["person_key"], row["contact"]), country=row["country"]) for row in sealed}
    )
    home = (await tenants.current(work)).country
    prefixes = tuple(f"{source}:" for source in await store.sources(work))
    ids = {each for row in rows for each in _bare(row["customer_id"], prefixes)}
    identities = {each for known in await store.identities(work, keys) for each in _bare(known, prefixes)}
    words = ids | {each for each in identities if len(each) >= SHORTEST_ID} | set(_written(told, home))
    whom = Whom(
        person_keys=tuple(keys), customer_ids=tuple(row["customer_id"] for row in rows), words=tuple(sorted(words))
    )
    return whom, told


async def hashes(work: Work, whom: Whom, told: Iterable[Told]) -> list[bytes]:
    """What keeps them gone: hashes of their ids, and of e-mails and phones that nobody else has, however written."""
    key, home = await tenants.data_key(work), (await tenants.current(work)).country
    found = {known_by.hash_of_id(key, each) for each in whom.customer_ids}
    countries = dict[str, set[str | None]]()
    for each in told:
        for address in filter(None, (each.contact.email, each.contact.phone)):
            countries.setdefault(address, set()).add(country_code(each.country or "") or home)
    for address, some in countries.items():
        if await _is_theirs_alone(work, whom, address, some):
            found |= known_by.hashes_kept(key, address, some)
    return sorted(found)


async def _is_theirs_alone(work: Work, whom: Whom, address: str, countries: Iterable[str | None]) -> bool:
    """Whether nobody else has the e-mail or phone, as it is written here or otherwise."""
    key, most = await tenants.data_key(work), len(whom.person_keys) + 1
    others = await figures.page(work, contact.asked_for(key, address), None, most)
    kind = "email" if "@" in address else "phone"
    plain = {found for each in countries if (found := rules.plain(kind, address, each, None))}
    others += await identities_store.claims(work, {rules.hashed(key, kind, each) for each in plain}, most)
    return {row["person_key"] for row in others} <= set(whom.person_keys)


def seal(key: DataKey, certificate: str, whom: Whom) -> bytes:
    """Whom files are still searched for; opens at this certificate only."""
    said = {"keys": whom.person_keys, "ids": whom.customer_ids, "words": whom.words}
    return key.seal(json.dumps(said, ensure_ascii=False).encode(), _place(certificate))


def unseal(key: DataKey, certificate: str, sealed: bytes) -> Whom:
    """What `seal` made."""
    said = json.loads(key.open(sealed, _place(certificate)))
    return Whom(person_keys=tuple(said["keys"]), customer_ids=tuple(said["ids"]), words=tuple(said["words"]))


def together(several: Sequence[Whom]) -> Whom:
    """All of them as one."""
    return Whom(
        person_keys=tuple(key for whom in several for key in whom.person_keys),
        customer_ids=tuple(each for whom in several for each in whom.customer_ids),
        words=tuple({word for whom in several for word in whom.words}),
    )


def _bare(known: str, prefixes: tuple[str, ...]) -> Iterable[str]:
    """An id as it is kept, and as its source writes it."""
    yield known
    for prefix in prefixes:
        if known.startswith(prefix):
            yield known.removeprefix(prefix)


def _written(told: Iterable[Told], home: str | None) -> Iterable[str]:
    for each in told:
        said = each.contact
        yield from (each for each in (said.email, said.phone) if each)
        number = phones.e164(said.phone, each.country, home) if said.phone else None
        yield from (number, phones.at_home(number)) if number else ()
        yield from (each for each in (said.name, said.street) if each and len(contact.words(each)) > 1)


def _place(certificate: str) -> Place:
    return Place(table="erasure_certificate", field="wanted", row=certificate)
