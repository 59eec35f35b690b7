"""A person under all the keys, ids and addresses they have, as they are found everywhere."""

import json
from collections.abc import Iterable, Sequence

from switchboard.accounts import tenants
from switchboard.customers import contact, forgotten
from switchboard.customers.contact import Contact
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import erasure as store
from switchboard.customers.store import figures
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import Whom
from switchboard.foundation.vault import DataKey, Place

SHORTEST_ID = 4  # letters of an order's or event's id that is looked for in files: "5" is also a quantity


async def find(work: Work, customer_id: str, *, and_hold: bool = False) -> tuple[Whom, tuple[Contact, ...]]:
    """The person of this id, and every contact that was ever said of them; raise NotFound."""
    rows = await store.group(work, await asked_as(work, customer_id), and_hold=and_hold)
    if not rows:
        raise NotFound(f"there is no customer {customer_id!r}; find them with search_customers")
    return await of_rows(work, rows)


async def of_rows(work: Work, rows: Sequence[store.Row]) -> tuple[Whom, tuple[Contact, ...]]:
    """The people of these rows (person_key, customer_id, contact)."""
    key, keys = await tenants.data_key(work), [row["person_key"] for row in rows]
    sealed = [(row["person_key"], row["contact"]) for row in (*rows, *await store.told_contacts(work, keys))]
    contacts = tuple({contact.unseal(key, person, said) for person, said in sealed if said is not None})
    prefixes = tuple(f"{source}:" for source in await store.sources(work))
    ids = {each for row in rows for each in _bare(row["customer_id"], prefixes)}
    identities = {each for known in await store.identities(work, keys) for each in _bare(known, prefixes)}
    words = ids | {each for each in identities if len(each) >= SHORTEST_ID} | set(_written(contacts))
    whom = Whom(
        person_keys=tuple(keys), customer_ids=tuple(row["customer_id"] for row in rows), words=tuple(sorted(words))
    )
    return whom, contacts


async def hashes(work: Work, whom: Whom, contacts: Iterable[Contact]) -> list[bytes]:
    """What keeps them gone: hashes of their ids, and of e-mails and phones that nobody else has."""
    key = await tenants.data_key(work)
    found = {forgotten.hash_of_id(key, each) for each in whom.customer_ids}
    for address in {each for said in contacts for each in (said.email, said.phone) if each}:
        others = await figures.page(work, contact.asked_for(key, address), None, len(whom.person_keys) + 1)
        hashed = forgotten.hash_of_address(key, address)
        if hashed is not None and {row["person_key"] for row in others} <= set(whom.person_keys):
            found.add(hashed)
    return sorted(found)


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


def _written(contacts: Iterable[Contact]) -> Iterable[str]:
    for said in contacts:
        yield from (each for each in (said.email, said.phone) if each)
        yield from (each for each in (said.name, said.street) if each and len(contact.words(each)) > 1)


def _place(certificate: str) -> Place:
    return Place(table="erasure_certificate", field="wanted", row=certificate)
