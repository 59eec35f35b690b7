"""What identifies people, and who is one person after all that was told: worked out, in no matter which order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from switchboard.customers.contact import Contact
from switchboard.customers.identities import phones
from switchboard.customers.identities.records import Kind
from switchboard.foundation.vault import DataKey

PURPOSE = "customers.identity"
BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """That a person was told to be reached so; `hash` is of the kind and the plain address.

    `again`: all that was told with it had been told before.
    """

    person_key: int
    kind: Kind
    hash: bytes
    verified: bool
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """That two people are one; `chosen` is the survivor somebody named, and of two the one with the higher number."""

    person: int
    other: int
    number: int = 0
    chosen: int | None = None


def email(written: str) -> str | None:
    """The e-mail as it identifies, without case and spaces; None for what can be none."""
    name, at, host = written.strip().casefold().rpartition("@")
    return f"{name}@{host}" if at and name and "." in host.strip(".") else None


def plain(kind: Kind, written: str, country: str | None, home: str | None) -> str | None:
    """The address as it identifies; None where it identifies nobody."""
    return email(written) if kind == "email" else phones.e164(written, country, home)


def hashed(key: DataKey, kind: Kind, address: str) -> bytes:
    """What a plain address is known by."""
    return key.hasher(PURPOSE).digest(f"{kind}:{address}", size=BYTES)


def told(of: Contact, country: str | None, home: str | None) -> dict[Kind, str | None]:
    """The addresses of a contact as they identify; None for one that is there and identifies nobody."""
    found: dict[Kind, str | None] = {}
    if of.email:
        found["email"] = email(of.email)
    if of.phone:
        found["phone"] = phones.e164(of.phone, country, home)
    return found


def identified(claims: Mapping[int, bool], at_most: int) -> frozenset[int]:
    """Who is one person by an identity, of those it is said to belong to (verified or not): the verified ones.

    Nobody where it is shared by more people than may share one, or is not verified of two.
    """
    verified = frozenset(person for person, is_verified in claims.items() if is_verified)
    return verified if len(verified) > 1 and len(claims) <= at_most else frozenset()


def missing(people: frozenset[int], edges: Iterable[Edge]) -> list[tuple[int, int]]:
    """The pairs that connect all of these people, beside the edges that are there already between two of them."""
    groups = components(people, [edge for edge in edges if {edge.person, edge.other} <= people])
    first, *others = sorted(min(group) for group in groups) or [0]
    return [(first, other) for other in others]


def components(people: Iterable[int], edges: Iterable[Edge]) -> list[frozenset[int]]:
    """The people in the groups that the edges connect them to; whoever no edge touches is alone."""
    above = {person: person for person in people}

    def top(person: int) -> int:
        while above[person] != person:
            above[person] = above[above[person]]
            person = above[person]
        return person

    for edge in edges:
        above.setdefault(edge.person, edge.person)
        above.setdefault(edge.other, edge.other)
        above[top(edge.person)] = top(edge.other)
    groups = dict[int, set[int]]()
    for person in above:
        groups.setdefault(top(person), set()).add(person)
    return [frozenset(group) for group in groups.values()]


def survivor(group: frozenset[int], edges: Iterable[Edge]) -> int:
    """Who stands for the group: the one named last by hand, else the one known longest, with the smallest key."""
    chosen = [edge for edge in edges if edge.chosen in group and edge.person in group]
    named = max(chosen, key=lambda edge: edge.number).chosen if chosen else None
    return min(group) if named is None else named


def merged_into(people: Iterable[int], edges: Sequence[Edge]) -> dict[int, int | None]:
    """The survivor of each person's group; None for survivors and for whoever is alone."""
    groups = components(people, edges)
    tops = {group: survivor(group, edges) if len(group) > 1 else min(group) for group in groups}
    return {person: None if person == tops[group] else tops[group] for group in groups for person in group}
