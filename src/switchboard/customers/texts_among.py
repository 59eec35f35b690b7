"""Whom a text finds among people of a kind: of an archetype, with certain segments, whom a filter finds.

Who they are is known in memory, who has the words in the database. Where few have the words, all of those are read, and
the kind is looked at here. Where many do, those of the kind are looked up, newest first, until there are enough: of m
people with the words among N, about n * N / m for n, whatever the share of the kind is. The cheaper one is taken, by
what the planner expects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np

from switchboard.customers.placed import At, Chosen, Keys, Placed
from switchboard.customers.store import figures as store
from switchboard.foundation.ground import Work

SPARE = 1.2  # more people than should do are looked up at first
LEAST = 1_000  # so many at once cost hardly more than fewer
LOOKED_THROUGH = 50_000  # people who are looked up for a page
TO_ONE = 1.8  # so many people with the words are read in the time in which one of the kind is looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Which people a list keeps: so many of so many people.

    `among` tells which of these are; `placed` gives those of these who are, and `newest` so many after a place in the
    order of lists.
    """

    number: int
    people: int
    among: Callable[[Keys], Chosen]
    placed: Callable[[Keys], Placed]
    newest: Callable[[At | None, int], Placed]

    @property
    def share(self) -> float:
        """Of all people."""
        return self.number / max(self.people, 1)


class Page(NamedTuple):
    """Keys in the order of lists, where the next page begins, and how many were found, `whole` when that is all."""

    keys: Keys
    following: At | None
    found: int
    whole: bool


async def page(work: Work, words: Sequence[int], kept: Kept, after: At | None, limit: int) -> Page:
    """So many of those who are kept and have all these words, after a place in the order of lists."""
    having = await store.having(work, words, most_read(kept, limit))
    if having.keys is not None:
        found = kept.placed(np.array(having.keys, np.int64))
        keys, following = found.page(after, limit)
        return Page(keys=keys, following=following, found=len(found), whole=True)
    return await _looked_up(work, words, kept, after, _Sizes(limit=limit, expected=having.expected))


class _Sizes(NamedTuple):
    limit: int
    expected: float


def most_read(kept: Kept, limit: int) -> float:
    """How many people with the words are read, at most, before looking up those who are kept is cheaper."""
    return max(min(TO_ONE * kept.number, sqrt(TO_ONE * SPARE * (limit + 1) * kept.people)), LEAST)


async def _looked_up(work: Work, words: Sequence[int], kept: Kept, after: At | None, sizes: _Sizes) -> Page:
    """Those who are kept, a bounded number of them, of whom the first look should hold enough; then as many again."""
    limit, parts, count, place = sizes.limit, list[Placed](), 0, after
    looked, at_end = 0, False
    while not at_end and count <= limit and looked < LOOKED_THROUGH:
        at_first = max(LEAST, ceil(SPARE * (limit + 1) * kept.people / max(sizes.expected, 1)))
        size = min(max(at_first, looked), LOOKED_THROUGH - looked)
        some = kept.newest(place, size)
        here = some.only(np.arange(len(some)) < size)
        have = await store.among(work, words, np.sort(here.persons).tolist(), sizes.expected)
        parts.append(here.only(np.isin(here.persons, np.array(have, np.int64))))
        count, looked, at_end = count + len(parts[-1]), looked + size, len(some) <= size
        place = None if at_end else here.place(size - 1)
    found = Placed(
        persons=np.concatenate([each.persons for each in parts]),
        ordered=np.concatenate([each.ordered for each in parts]),
    )
    following = found.place(limit - 1) if count > limit else place
    return Page(keys=found.persons[:limit], following=following, found=count, whole=at_end and after is None)
