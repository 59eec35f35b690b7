"""Merging and un-merging by hand, and what a merge would come to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import contact, groups
from switchboard.customers.consent.deciding import holding
from switchboard.customers.consent.records import Holding
from switchboard.customers.contact import Contact
from switchboard.customers.identities import grouping, rules
from switchboard.customers.identities.noting import connect
from switchboard.customers.identities.records import MergePreview, ShownContact, Unmerged
from switchboard.customers.identities.rules import Edge
from switchboard.customers.profiles import SCALE, SEE_CONTACT
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import attributes as attributes_store
from switchboard.customers.store import identities as store
from switchboard.customers.store.identities import Row
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work

MOST = 1_000  # people who are one by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people to be made one: their own keys, the group both would be, and who of it would survive."""

    first: int
    second: int
    group: tuple[int, ...]
    survivor: int
    chosen: int | None


async def pair(work: Work, customer_id: str, other_id: str, survivor: str | None) -> Pair:
    """The two, checked; raise NotFound, Invalid or Conflict where they can not be merged."""
    ids = [await asked_as(work, each) for each in (customer_id, other_id)]
    first, second = [await person(work, each) for each in ids]
    if first["person_key"] == second["person_key"]:
        raise Invalid("other_id: this is the same customer; name another one", field="other_id")
    if first["root"] == second["root"]:
        raise Conflict(
            f"{customer_id!r} and {other_id!r} are one person already; customers.merges shows why", code="already_one"
        )
    members = await store.circle(work, [first["person_key"], second["person_key"]])
    if len(members) > MOST:
        raise Conflict(f"more than {MOST:,} customers would be one person; merge none of them by hand", code="too_many")
    keys = [row["person_key"] for row in members]
    chosen = None
    if survivor is not None:
        wanted = await asked_as(work, survivor)
        chosen = next((row["person_key"] for row in members if row["customer_id"] == wanted), None)
        if chosen is None:
            raise Invalid("survivor: name one of the ids that lead to the two customers", field="survivor")
    edges = await grouping.edges_of(work, keys)
    made = Edge(person=first["person_key"], other=second["person_key"], number=1 << 62, chosen=chosen)
    top = rules.survivor(frozenset(keys), [*edges, made])
    group = (top, *sorted(set(keys) - {top}))
    return Pair(first=first["person_key"], second=second["person_key"], group=group, survivor=top, chosen=chosen)


async def person(work: Work, customer_id: str) -> Row:
    """(person_key, customer_id, root) of an id as it is kept; raise NotFound."""
    for row in await store.here(work, [customer_id]):
        return row
    raise NotFound(f"there is no customer {customer_id!r}; find them with search_customers")


async def preview(work: Work, of: Pair) -> MergePreview:
    """What the merged person would be."""
    workspace = await tenants.current(work)
    ids = {row["person_key"]: row["customer_id"] for row in await store.circle(work, of.group)}
    sealed = {row["person_key"]: row["contact"] for row in await store.own(work, of.group)}
    key = await tenants.data_key(work)
    known = groups.folded(key, [(each, sealed[each]) for each in of.group])
    shown = known if work.caller.may(SEE_CONTACT) else known.masked()
    sides = await groups.of_all(work, [of.first, of.second])
    halves = [groups.folded(key, [(each, sealed[each]) for each in sides[side]]) for side in (of.first, of.second)]
    held = await holding(work, [of.first, of.second])
    together = await holding(work, [of.first], joined=of.group)
    differing = [
        f"{channel} for {purpose}" for channel, purpose in sorted(held[of.first].keys() & held[of.second].keys())
        if held[of.first][channel, purpose].state != held[of.second][channel, purpose].state
    ]  # fmt: skip
    total = await store.ordered(work, of.group, workspace.as_of(work.now))
    return MergePreview(
        customer_id=ids[of.survivor],
        customer_ids=tuple(ids[each] for each in of.group),
        orders=total["orders"],
        lifetime_value=total["net"] / SCALE,
        currency=workspace.currency,
        contact=ShownContact(**{each.name: getattr(shown, each.name) for each in fields(Contact)}),
        consent=tuple(
            Holding(channel=channel, purpose=purpose, state=now.state, since=now.since, jurisdiction=now.jurisdiction)
            for (channel, purpose), now in sorted(together[of.first].items())
        ),
        conflicts=(
            *_differing(*halves),
            *(f"attribute: {each}" for each in await _attributes_differing(work, sides[of.first], sides[of.second])),
            *(f"consent: {each}" for each in differing),
        ),
    )


async def merge(work: Work, of: Pair) -> UUID:
    """Make the two one by hand; the merge's id."""
    merge_id = work.ground.ids()
    first, second = sorted((of.first, of.second))
    await store.add_merges(work, [(merge_id, first, second, None, None, of.chosen)])
    await grouping.regroup(work, [first, second])
    return merge_id


async def undo(work: Work, merge_id: UUID, whose: str | None) -> Unmerged:
    """Undo one merge; the identity that made it is taken from one of the two."""
    edge = await store.edge(work, merge_id)
    if edge is None:
        raise NotFound(f"there is no merge {merge_id}; customers.merges lists them")
    if edge["undone_at"] is not None:
        raise Conflict(f"merge {merge_id} is undone already", code="already_undone")
    two = (edge["person_key"], edge["other_key"])
    if whose is None:
        survivor = (await groups.of(work, two[0]))[0]
        out = two[0] if two[1] == survivor else two[1]
    else:
        out = (await person(work, await asked_as(work, whose)))["person_key"]
        if out not in two:
            raise Invalid("customer_id: name one of the two customers of this merge", field="customer_id")
    return await _part(work, out, two[0] if out == two[1] else two[1], [edge])


async def take_out(work: Work, customer_id: str) -> Unmerged:
    """Undo all merges of one customer, who loses the identities that made them."""
    asked = await person(work, await asked_as(work, customer_id))
    out = asked["person_key"]
    edges = await store.edges_of(work, [out])
    if not edges:
        raise Conflict(f"customer {customer_id!r} is merged with nobody", code="not_merged")
    survivor = asked["root"]
    first = edges[0]
    other = survivor if survivor != out else first["person_key"] + first["other_key"] - out
    return await _part(work, out, other, edges)


async def _part(work: Work, out: int, other: int, edges: Sequence[Row]) -> Unmerged:
    by_hand = [edge["id"] for edge in edges if edge["hash"] is None]
    hashes = [edge["hash"] for edge in edges if edge["hash"] is not None]
    if by_hand:
        await store.undo_merges(work, by_hand)
    for each in hashes:
        await store.contest(work, out, each)
    await connect(work, hashes, [out, other, *(edge[end] for edge in edges for end in ("person_key", "other_key"))])
    one = await groups.of(work, out)
    still = await store.edges_of(work, [out]) if other in one else []
    ids = {row["person_key"]: row["customer_id"] for row in await store.circle(work, [out, other])}
    return Unmerged(
        undone=tuple(edge["id"] for edge in edges), customer_id=ids[out], other_id=ids[other],
        separate=other not in one, still_by=tuple(edge["id"] for edge in still),
    )  # fmt: skip


async def _attributes_differing(work: Work, *sides: Sequence[int]) -> list[str]:
    """The attributes that both have, differently, by name."""
    first, second = [
        {row["name"]: json.loads(row["value"]) for row in await attributes_store.of_one(work, side)} for side in sides
    ]
    return sorted(name for name in first.keys() & second.keys() if first[name] != second[name])


def _differing(first: Contact, second: Contact) -> list[str]:
    """What both know, differently."""
    found = [name for name in ("name", "email", "phone") if _differs(getattr(first, name), getattr(second, name))]
    where = [" ".join(getattr(of, name) or "" for name in contact.ADDRESS).strip() for of in (first, second)]
    return [*found, *(["address"] if _differs(*where) else [])]


def _differs(first: str | None, second: str | None) -> bool:
    return bool(first and second and first.strip().casefold() != second.strip().casefold())
