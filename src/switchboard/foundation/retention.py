"""How long each kind of data is kept: rooms declare the kinds they hold, `customers` runs them by what is set."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from switchboard.foundation.ground import Work

Count = Callable[[Work, datetime], Awaitable[int]]
Remove = Callable[[Work, datetime, int], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of data: how many days it is kept unless set otherwise (None: for ever), and at least.

    `count` tells how much is older than a moment; `remove` takes so much of it at most and tells how much: less than
    asked for is the end. Without them it is kept elsewhere (a backup), and what is set is what we tell people of it.
    """

    name: str
    about: str
    days: int | None
    least_days: int
    count: Count | None = None
    remove: Remove | None = None


KINDS: dict[str, Kind] = {}


def keep_kind(kind: Kind) -> Kind:
    """Declare a kind of data."""
    KINDS[kind.name] = kind
    return kind
