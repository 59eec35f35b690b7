"""Whether a count changed by more than chance: two counts of events that come by themselves.

Given how many events there are in both spans, those of one are binomial, with its part of both as the probability.
Source: J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313, the exact test of two Poisson counts.
"""

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.predictions.special import log_gamma

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def at_most(count: Whole, of: Whole, part: Numbers) -> Numbers:
    """How likely it is (n) that so many events or fewer are in the span that is this `part` (0 to 1) of both."""
    if not len(count):
        return np.zeros(0)
    terms = count + 1
    row = np.repeat(np.arange(len(count)), terms)
    number = np.arange(len(row)) - np.repeat(np.cumsum(terms) - terms, terms)
    log = log_gamma(np.arange(1, int(of.max()) + 2, dtype=np.float64))  # of all factorials up to the highest count
    all_of, p = of[row], np.clip(part[row], 1e-12, 1 - 1e-12)
    likely = log[all_of] - log[number] - log[all_of - number] + number * np.log(p) + (all_of - number) * np.log1p(-p)
    return np.minimum(np.bincount(row, np.exp(likely), len(count)), 1.0)


def at_least(count: Whole, of: Whole, part: Numbers) -> Numbers:
    """How likely it is (n) that so many events or more are in that span."""
    return at_most(of - count, of, 1 - part)
