"""What the predictions are made from: a row for each person and day on which they bought or gave back."""

from dataclasses import dataclass, fields, replace

import numpy as np

from switchboard.intelligence.predictions.special import Flags, Numbers, Whole
from switchboard.intelligence.sums import changes


@dataclass(frozen=True, kw_only=True)
class Days:
    """Rows by person, then day (since 1970-01-01); `net` of that day in currency, refunds on their own day.

    `bought`: there was a purchase; refunds alone are none. `lines` counts what was bought.
    """

    person: Whole
    day: Whole
    net: Numbers
    lines: Numbers
    bought: Flags

    def __len__(self) -> int:
        return len(self.person)

    def chosen(self, which: Flags) -> "Days":
        """The rows that are chosen."""
        return replace(self, **{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def before(self, cut: int) -> "Days":
        """What was known when that day began."""
        return self.chosen(self.day < cut)

    def between(self, start: int, end: int) -> "Days":
        """The rows from one day up to before another."""
        return self.chosen((self.day >= start) & (self.day < end))

    def sample(self, most: int) -> "Days":
        """The rows of at most so many people, the same ones every time."""
        people = self.person[changes(self.person)]
        if len(people) <= most:
            return self
        return self.chosen(np.isin(self.person, np.random.default_rng(0).choice(people, most, replace=False)))

    @property
    def buyers(self) -> Whole:
        """Who ever bought, ascending."""
        found = self.person[self.bought]
        return found[changes(found)]

    @property
    def start(self) -> int:
        """The day of the first purchase; there is one."""
        return int(self.day[self.bought].min())


def rows_of(people: Whole, person: Whole) -> tuple[Whole, Flags]:
    """Where each person stands among `people` (ascending), of those who do; and who does."""
    if not len(people):
        return np.zeros(0, np.int64), np.zeros(len(person), np.bool_)
    row = np.minimum(np.searchsorted(people, person), len(people) - 1)
    there = people[row] == person
    return row[there], there


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What people did in a window: bought at all, on how many days, and for how much net of refunds."""

    bought: Flags
    orders: Numbers
    value: Numbers


def outcome(days: Days, people: Whole, start: int, end: int) -> Outcome:
    """What these people did from the day `start` up to before the day `end`."""
    window = days.between(start, end)
    row, there = rows_of(people, window.person)
    orders = np.bincount(row, window.bought[there], len(people)).astype(np.float64)
    value = np.bincount(row, window.net[there], len(people)).astype(np.float64)
    return Outcome(bought=orders > 0, orders=orders, value=value)


def until_next(days: Days, people: Whole, start: int, end: int) -> Numbers:
    """Days from `start` to each one's first purchase before `end`; NaN where there is none."""
    window = days.between(start, end)
    window = window.chosen(window.bought)
    row, there = rows_of(people, window.person)
    found = np.full(len(people), np.inf)
    np.minimum.at(found, row, (window.day[there] - start).astype(np.float64))
    found[np.isinf(found)] = np.nan
    return found
