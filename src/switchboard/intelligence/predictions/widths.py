"""How far a customer's value may lie from what is expected: the interval that holds four of five.

A customer who most likely buys nothing has the interval [0, 0], as nothing shorter holds so many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Numbers, Whole

HELD = 0.8
MOST_BINS, PER_BIN, FEWEST = 5, 150, 20
GRID = np.linspace(0, 1, 201)
SHAPE = (-0.15, 0.6)  # mean and deviation of the logarithm where nothing is known
LEAST_VARIANCE = 0.05
LEAST_SHARE, LEAST_VALUE = 1e-4, 1e-6


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Quantiles (bins x GRID) of log(value / value expected of a buyer), by bin of the probability, cut at `cuts`."""

    cuts: Numbers
    quantiles: Numbers


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Customers of an origin: the probability they were given, the value expected of them, and what it was."""

    probability: Numbers
    expected: Numbers
    value: Numbers


def fit(seen: Sequence[Seen], most_bins: int = MOST_BINS) -> Widths:
    """The widths that earlier origins have shown, in as many bins as the buyers there fill."""
    if not seen:
        normal = np.sort(np.random.default_rng(0).normal(*SHAPE, 500))
        return Widths(cuts=np.zeros(0), quantiles=np.quantile(normal, GRID)[None, :])
    p = np.concatenate([each.probability[each.value > 0] for each in seen])
    ratio = np.concatenate([_ratio(each) for each in seen])
    if len(p) < FEWEST:
        return fit([])
    bins = int(np.clip(len(ratio) // PER_BIN, 1, most_bins))
    cuts = np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])
    which = np.searchsorted(cuts, p)
    of = [ratio[which == number] for number in range(bins)]
    return Widths(
        cuts=cuts, quantiles=np.array([np.quantile(each if len(each) > FEWEST else ratio, GRID) for each in of])
    )


def interval(widths: Widths, probability: Numbers, expected: Numbers, error: float) -> tuple[Numbers, Numbers]:
    """The lowest and highest value of each customer; `error` is that of the shop's level in logarithms."""
    p, none = probability, 1 - probability
    buyer = expected / np.maximum(p, LEAST_SHARE)
    which = np.searchsorted(widths.cuts, p)
    wider = _wider(widths.quantiles, error)
    rest = 1 - HELD
    both = none <= rest / 2
    up = np.where(both, (1 - rest / 2 - none) / p, (HELD - none) / p)
    down = np.where(both, (rest / 2 - none) / p, 0)
    high = np.where(up > 0, buyer * np.exp(_at(wider, which, up)), 0.0)
    low = np.where(both, buyer * np.exp(_at(wider, which, down)), 0.0)
    return low, high


def _ratio(seen: Seen) -> Numbers:
    bought = seen.value > 0
    buyer = seen.expected[bought] / np.maximum(seen.probability[bought], LEAST_SHARE)
    return np.log(seen.value[bought]) - np.log(np.maximum(buyer, LEAST_VALUE))


def _wider(quantiles: Numbers, error: float) -> Numbers:
    """The quantiles spread around their median by what is not known of the level."""
    middle = quantiles[:, len(GRID) // 2 : len(GRID) // 2 + 1]
    variance = np.maximum(quantiles.var(1, keepdims=True), LEAST_VARIANCE)
    return middle + (quantiles - middle) * np.sqrt(1 + error**2 / variance)


def _at(quantiles: Numbers, which: Whole, level: Numbers) -> Numbers:
    """The quantile of each one's bin at a level from 0 to 1."""
    place = np.clip(level, 0, 1) * (len(GRID) - 1)
    below = np.minimum(place.astype(np.int64), len(GRID) - 2)
    low, high = quantiles[which, below], quantiles[which, below + 1]
    return low + (high - low) * (place - below)
