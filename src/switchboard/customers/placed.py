"""People in the order of lists: newest order first, then highest key."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEVER = datetime.min  # noqa: DTZ901 - without a zone: how the driver writes -infinity, "has never ordered"
NEVER_ORDERED = -(1 << 62)
Keys = NDArray[np.int64]
Chosen = NDArray[np.bool_]


class At(NamedTuple):
    """A place in a list of people by their newest orders."""

    at: datetime
    key: int

    @property
    def second(self) -> int:
        """When that was (Unix time)."""
        return NEVER_ORDERED if self.at == NEVER else int(self.at.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """People and when they ordered last (Unix time), in no order."""

    persons: Keys
    ordered: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.persons)

    def only(self, kept: Chosen) -> "Placed":
        """Those of them who are kept."""
        return Placed(persons=self.persons[kept], ordered=self.ordered[kept])

    def newest(self, after: At | None, limit: int) -> "Placed":
        """So many after a place, in order, and one more if there is."""
        these = self
        if after is not None:
            same = self.ordered == after.second
            these = these.only((self.ordered < after.second) | (same & (self.persons < after.key)))
        if len(these) > limit + 1:  # no more than the newest have to be put in order
            least = np.partition(these.ordered, len(these) - limit - 1)[len(these) - limit - 1]
            these = these.only(these.ordered >= least)
        order = np.lexsort((these.persons, these.ordered))[::-1][: limit + 1]
        return Placed(persons=these.persons[order], ordered=these.ordered[order])

    def page(self, after: At | None, limit: int) -> tuple[Keys, At | None]:
        """So many keys after a place, in order; and where the next page begins."""
        found = self.newest(after, limit)
        return found.persons[:limit], found.place(limit - 1) if len(found) > limit else None

    def place(self, number: int) -> At:
        """The place of one of them."""
        second = int(self.ordered[number])
        at = NEVER if second == NEVER_ORDERED else datetime.fromtimestamp(second, UTC)
        return At(at=at, key=int(self.persons[number]))
