"""What chance alone would bring: whether two things meet more often than that, or one grows more than that.

Source: Fisher's exact test is the upper tail of the hypergeometric distribution, R. A. Fisher, Journal of the Royal
Statistical Society 85 (1922) 87; for many tests at once the probability is multiplied by their number (Bonferroni).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.predictions.special import log_gamma
from switchboard.intelligence.product_question_records import Trend

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

LEVEL = 0.05  # probability below which something is not called chance
BEYOND = 1.96  # standard deviations that chance exceeds, up or down, in one case of twenty


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Cases in which two things may meet: `whole` cases, `one` (n) with the first, `other` (n) with the second."""

    whole: int
    one: Whole
    other: Whole


def at_least(hits: Whole, of: Draw) -> Numbers:
    """How likely it is (n) that so many cases or more have both, when one has nothing to do with the other.

    Never below the exact probability, and close above it where that is small: the terms of the tail fall at least as
    fast as the first two of them.
    """
    log = log_gamma(np.arange(1, of.whole + 2, dtype=np.float64))  # of all factorials up to the number of cases
    one, other, neither = of.one, of.other, of.whole - of.one - of.other + hits
    first = log[one] - log[hits] - log[one - hits] + log[of.whole - one] - log[other - hits] - log[neither]
    first -= log[of.whole] - log[other] - log[of.whole - other]
    falling = (one - hits) * (other - hits) / ((hits + 1.0) * (neither + 1.0))
    bound = np.ones(len(hits))
    np.divide(np.exp(first), 1 - falling, out=bound, where=falling < 1)
    return np.minimum(bound, 1.0)


def trend(now: int, before: int, days: tuple[int, int]) -> Trend | None:
    """Which way a count went from one window to the next, whose lengths in `days` are (now, before).

    Rising and falling are beyond chance alone: more than BEYOND standard deviations of a binomial count from an even
    pace. None where there was nothing in either.
    """
    both, share = now + before, days[0] / sum(days)
    if not both:
        return None
    if not before or not now:
        return "new" if now else "gone"
    z = (now - both * share) / math.sqrt(both * share * (1 - share))
    return "steady" if abs(z) <= BEYOND else "rising" if z > 0 else "falling"
