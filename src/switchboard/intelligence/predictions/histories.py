"""How often, until when and since when people bought: all that buy-till-you-die models read of a customer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from switchboard.intelligence.predictions.special import Numbers, Whole

WEEK = 7.0
MOST_REPEATS = 2**20 - 1
LONGEST = 2**20 - 1  # days


@dataclass(frozen=True, kw_only=True)
class Histories:
    """Distinct histories, each of `weight` customers: repeat purchases, and in weeks when the last and the first were.

    `last` is from the first purchase to the last, `age` from the first to now. `back` says of each customer which
    history is theirs. Purchases of one day are one.
    """

    repeats: Numbers
    last: Numbers
    age: Numbers
    weight: Numbers
    back: Whole

    @cached_property
    def total(self) -> float:
        """How many customers."""
        return float(self.weight.sum())

    @cached_property
    def counts(self) -> tuple[Numbers, Whole, Numbers]:
        """The distinct numbers of repeats, which of them each history has, and of how many customers each is."""
        distinct, which = np.unique(self.repeats, return_inverse=True)
        return distinct, which, np.bincount(which, self.weight).astype(np.float64)


def histories(repeats: Numbers, last_days: Numbers, age_days: Numbers) -> Histories:
    """The histories of customers, from whole days."""
    x, last, age = (
        np.minimum(np.rint(each).astype(np.int64), most)
        for each, most in ((repeats, MOST_REPEATS), (last_days, LONGEST), (age_days, LONGEST))
    )
    keys, back, weight = np.unique((x << 40) | (last << 20) | age, return_inverse=True, return_counts=True)
    return Histories(
        repeats=(keys >> 40).astype(np.float64),
        last=((keys >> 20) & LONGEST) / WEEK,
        age=np.maximum((keys & LONGEST) / WEEK, 1 / WEEK),
        weight=weight.astype(np.float64),
        back=back,
    )
