"""The groups of people that are one, as they follow from the merges; and what follows from the groups."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.events import PeopleMerged
from switchboard.customers.identities import rules
from switchboard.customers.identities.rules import Edge
from switchboard.customers.store import identities as store
from switchboard.customers.store import people as people_store
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

AT_ONCE = 5_000


class _Member(TypedDict):
    person_key: int
    root: int
    contact: bytes | None


async def regroup(work: Work, touched: Iterable[int]) -> None:
    """Work out anew who is one with these people, after merges of theirs were made or undone; tell who changed."""
    members = {row["person_key"]: row["root"] for row in await store.circle(work, sorted(touched))}
    edges = [edge for edge in await edges_of(work, sorted(members)) if edge.person in members and edge.other in members]
    into = rules.merged_into(members, edges)
    changed = {person: root for person, root in into.items() if members[person] != (person if root is None else root)}
    if not changed:
        return
    await store.set_survivors(work, changed)
    people = sorted({*changed, *(members[each] for each in changed), *_there(changed.values())})
    await people_store.settle(work, people)
    await find_by(work, sorted(members))
    for begin in range(0, len(people), AT_ONCE):
        news = PeopleMerged(change_id=work.ground.ids(), people=tuple(people[begin : begin + AT_ONCE]))
        await publish(work, news)


async def find_by(work: Work, people: Sequence[int]) -> None:
    """Write what these people and those one with them are found by: the survivors by the words of all."""
    key = await tenants.data_key(work)
    for begin in range(0, len(people), AT_ONCE):
        rows = [_Member(**dict(row)) for row in await store.sealed(work, people[begin : begin + AT_ONCE])]
        await store.set_words(work, list(_words(key, rows).items()))


async def edges_of(work: Work, people: Sequence[int]) -> list[Edge]:
    """The merges of these people that are not undone."""
    return [
        Edge(person=row["person_key"], other=row["other_key"], number=row["number"], chosen=row["chosen"])
        for row in await store.edges_of(work, people)
    ]


def _words(key: DataKey, rows: Sequence[_Member]) -> dict[int, list[int]]:
    words = dict[int, set[int]]()
    for row in rows:
        found = contact.found_by(key, contact.unseal(key, row["person_key"], row["contact"]))
        words.setdefault(row["root"], set()).update(found)
    return {row["person_key"]: sorted(words[row["root"]] if row["person_key"] == row["root"] else ()) for row in rows}


def _there(given: Iterable[int | None]) -> set[int]:
    return {each for each in given if each is not None}
