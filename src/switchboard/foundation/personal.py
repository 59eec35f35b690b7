"""The places that hold personal data: each room declares its own, and forgetting or telling a person asks all of them.

A place in the database is emptied in the transaction that forgets the person. What lies in files, or is too large for
one transaction, is a leftover: it is cleaned after that has committed, as often as it takes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from switchboard.foundation.ground import Ground, Work

Entry = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """One person, or several who are forgotten together, under all keys and ids they have; printed, it names nobody.

    `words` is how else files may call them: e-mails, phones, ids of orders and events.
    """

    person_keys: tuple[int, ...]
    customer_ids: tuple[str, ...]
    words: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Whom({len(self.person_keys)} people)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the database holds people: `count` and `tell` (so many entries at most) look, `take` removes and counts.

    `tables` are those it answers for. `take` keeps what names nobody: a line of the trail under a keyed hash.
    """

    name: str
    about: str
    tables: tuple[str, ...]
    count: Callable[[Work, Whom], Awaitable[int]]
    tell: Callable[[Work, Whom, int], Awaitable[Sequence[Entry]]]
    take: Callable[[Work, Whom], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What cleaning came to: how many things went, and whether nothing is left; else it is tried again later."""

    removed: int
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What is cleaned once the person is gone from the database: given the workspace, whom, and since when."""

    name: str
    about: str
    clean: Callable[[Ground, UUID, "Gone"], Awaitable[Cleaned]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """People who have left the database, with the moment the last of them did, in seconds since 1970."""

    whom: Whom
    since_s: float


PLACES: dict[str, Place] = {}
LEFTOVERS: dict[str, Leftover] = {}


def hold_people(place: Place) -> Place:
    """Declare a place of the database."""
    PLACES[place.name] = place
    return place


def leave_people(leftover: Leftover) -> Leftover:
    """Declare a leftover; they are cleaned in the order they were declared."""
    LEFTOVERS[leftover.name] = leftover
    return leftover
