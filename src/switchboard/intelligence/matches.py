"""Everybody whom a filter finds, as a set that is put in order a page at a time."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.placed import At, Keys, Placed
from switchboard.intelligence.copies import Everybody

Chosen = NDArray[np.bool_]
MANY = 50  # one of so many people: of more, a page is found among the newest; of fewer, all are put in order
SPARE = 1.5  # more of the newest than should do are looked at first


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Who of everybody in a copy is found."""

    of: Everybody
    chosen: Chosen

    @cached_property
    def persons(self) -> Keys:
        """Their keys, ascending."""
        return self.of.persons[self.chosen]

    @cached_property
    def ordered(self) -> NDArray[np.int64]:
        """When they ordered last (Unix time), in the same order."""
        return self.of.ordered[self.chosen]

    @cached_property
    def _number(self) -> int:
        return int(np.count_nonzero(self.chosen))

    def __len__(self) -> int:
        return self._number

    def page(self, after: At | None, limit: int) -> tuple[Keys, At | None]:
        """So many keys after a place, newest order first, then highest key; and where the next page begins."""
        return self.newest(after, limit).page(None, limit)

    def newest(self, after: At | None, limit: int) -> Placed:
        """So many after a place, in order, and one more if there is."""
        if len(self) * MANY <= len(self.of):
            return self._all_placed().newest(after, limit)
        found, at = np.zeros(0, np.intp), 0 if after is None else _end_of(self.of, after)
        size = int(SPARE * (limit + 1) * len(self.of) / len(self)) + 1
        while at < len(self.of) and len(found) <= limit:
            looked_at = self.of.newest[at : at + size]
            found = np.concatenate([found, looked_at[self.chosen[looked_at]]])
            at, size = at + size, 2 * size
        found = found[: limit + 1]
        return Placed(persons=self.of.persons[found], ordered=self.of.ordered[found])

    def placed(self, keys: Keys) -> Placed:
        """Those of these people who are among them."""
        return self._all_placed().only(np.isin(self.persons, keys))

    def only(self, kept: Chosen) -> "Matches":
        """Those of them who are kept."""
        chosen = self.chosen.copy()
        chosen[chosen] = kept
        return Matches(of=self.of, chosen=chosen)

    def has(self, keys: Keys) -> Chosen:
        """Which of these people are among them."""
        return np.isin(keys, self.persons)

    def _all_placed(self) -> Placed:
        return Placed(persons=self.persons, ordered=self.ordered)


def _end_of(of: Everybody, place: At) -> int:
    """How many of the newest come up to a place in the order of lists."""

    def order(number: int) -> tuple[int, int]:
        who = of.newest[number]
        return -int(of.ordered[who]), -int(of.persons[who])

    return bisect_right(range(len(of)), (-place.second, -place.key), key=order)
