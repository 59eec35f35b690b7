"""Who is one person: the people that were merged, for everything that reads of a person."""

from collections.abc import Mapping, Sequence

from switchboard.customers import contact
from switchboard.customers.contact import Contact
from switchboard.customers.store import identities as store
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

Sealed = tuple[int, bytes | None]
"""A person's key and sealed contact."""


async def of(work: Work, person_key: int) -> tuple[int, ...]:
    """All who are one with this person: the survivor first, then the others as they became known."""
    return (await of_all(work, [person_key]))[person_key]


async def of_all(work: Work, person_keys: Sequence[int]) -> Mapping[int, tuple[int, ...]]:
    """The same for each of these people; whoever is not there is alone."""
    members = dict[int, list[int]]()
    root_of = {person: person for person in person_keys}
    for row in await store.circle(work, person_keys):
        members.setdefault(row["root"], []).append(row["person_key"])
        root_of[row["person_key"]] = row["root"]
    for root, keys in members.items():
        keys.sort(key=lambda each, root=root: (each != root, each))
    return {person: tuple(members.get(root_of[person], [person])) for person in person_keys}


async def merged(work: Work, survivors: Sequence[int]) -> list[store.Row]:
    """(person_key, merged_into, contact) of those who were merged into these, as they became known."""
    return await store.merged(work, survivors)


async def any_merged(work: Work) -> bool:
    """Whether anybody was merged at all."""
    return await store.any_merged(work)


def folded(key: DataKey, sealed: Sequence[Sealed]) -> Contact:
    """How a group is reached: by what is known of the first, and where that lacks something, of the next."""
    known = contact.NO_CONTACT
    for person, each in sealed:
        known = known.completed(contact.unseal(key, person, each))
    return known
