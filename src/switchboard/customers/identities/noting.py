"""Noting what people were told to be reached by, and who is one person after it.

Whoever notes holds the lock that imports hold, so of two who tell the same the second sees what the first told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers.contact import Contact
from switchboard.customers.identities import grouping, rules
from switchboard.customers.identities.records import Kind
from switchboard.customers.identities.rules import Edge, Fact
from switchboard.customers.store import identities as store
from switchboard.customers.store import imports
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

How = Literal["import", "statement", "hand"]


@dataclass(slots=True, kw_only=True)
class Finder:
    """Finds the identities in contacts, and counts the phones that are none."""

    key: DataKey
    home: str | None
    unplaced_phones: int = 0
    _found: list[Fact] = field(default_factory=list[Fact])

    def look(self, person: int, of: Contact, country: str | None, verified: frozenset[Kind], *, again: bool) -> None:
        """Keep what a contact identifies the person by; `again`: all of it was told before.

        Of that, only what is verified now is news, and a phone that was told before its country was known.
        """
        if again and not verified and (of.phone is None or of.phone.startswith("+")):
            return
        for kind, address in rules.told(of, country, self.home).items():
            if address is None:
                self.unplaced_phones += kind == "phone"
            else:
                hashed = rules.hashed(self.key, kind, address)
                fact = Fact(person_key=person, kind=kind, hash=hashed, verified=kind in verified, again=again)
                self._found.append(fact)

    def take(self) -> list[Fact]:
        """What was found since the last time."""
        found, self._found = self._found, []
        return found


async def finder(work: Work) -> Finder:
    """One for the workspace at work."""
    return Finder(key=await tenants.data_key(work), home=(await tenants.current(work)).country)


async def note(work: Work, told_by: UUID, facts: Sequence[Fact], how: How = "import") -> None:
    """Keep what was told of people, and merge those whom a verified identity makes one.

    In a unit of work that changes rows of people first, whoever calls holds `imports.lock` before that.
    """
    if not facts:
        return
    await imports.lock(work)
    once = dict[tuple[int, bytes], Fact]()
    for fact in facts:
        at = (fact.person_key, fact.hash)
        once[at] = fact if fact.verified or at not in once else once[at]
    rows = [(fact.person_key, fact.kind, fact.hash, fact.verified, fact.again) for fact in once.values()]
    await store.add(work, told_by, how, rows)
    touched = {fact.hash for fact in facts if fact.verified}
    others = {fact.hash for fact in facts} - touched
    touched |= {row["hash"] for row in await store.edges_by(work, others)}  # one more may share it than may
    await connect(work, touched)


async def connect(work: Work, hashes: Iterable[bytes], touched: Iterable[int] = ()) -> None:
    """Merge whom these identities make one, and no others by them; `touched` are people whose merges changed beside."""
    wanted, changed = sorted(set(hashes)), set(touched)
    if wanted:
        changed |= await _rewire(work, wanted)
    if changed:
        await grouping.regroup(work, changed)


async def _rewire(work: Work, hashes: Sequence[bytes]) -> set[int]:
    """Make and undo merges by these identities until they connect whom they shall; whose merges changed."""
    at_most = await store.limit_of(work)
    claims: dict[bytes, dict[int, bool]] = {each: {} for each in hashes}
    kinds, edges = dict[bytes, str](), dict[bytes, list[tuple[UUID, Edge]]]()
    for row in await store.claims(work, hashes, at_most + 1):
        claims[row["hash"]][row["person_key"]] = row["verified"]
        kinds[row["hash"]] = row["kind"]
    for row in await store.edges_by(work, hashes):
        edge = Edge(person=row["person_key"], other=row["other_key"])
        edges.setdefault(row["hash"], []).append((row["id"], edge))
    undone, made = list[tuple[UUID, Edge]](), list[tuple[bytes, int, int]]()
    for each, of in claims.items():
        people, there = rules.identified(of, at_most), edges.get(each, [])
        undone += [(edge_id, edge) for edge_id, edge in there if not {edge.person, edge.other} <= people]
        made += [(each, *pair) for pair in rules.missing(people, [edge for _, edge in there])]
    if undone:
        await store.undo_merges(work, [edge_id for edge_id, _ in undone])
    if made:
        rows = [(work.ground.ids(), person, other, kinds[each], each, None) for each, person, other in made]
        await store.add_merges(work, rows)
    return {end for _, edge in undone for end in (edge.person, edge.other)} | {end for pair in made for end in pair[1:]}


async def take_back(work: Work, import_id: UUID, gone: Sequence[int]) -> None:
    """Forget what an import told, and all of people who are gone with it."""
    hashes = await store.take(work, import_id)
    others, theirs = await store.forget(work, gone) if gone else (set[int](), set[bytes]())
    await connect(work, hashes | theirs, others)
