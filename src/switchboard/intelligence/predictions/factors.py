"""Why a customer is expected to stay away: contributions that sum, with the shop's base, to the probability.

The served log-odds are told again as a sum over the traits' terms; what does not add up so is `together`. Each part of
the log-odds gets its share of the way from the base to the probability, along one slope.
"""

from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import basis
from switchboard.intelligence.predictions.basis import Basis
from switchboard.intelligence.predictions.special import Numbers, sigmoid
from switchboard.intelligence.predictions.traits import NAMES, Traits

GROUPS = ("recency", "orders", "tenure", "rhythm", "recent_activity", "spend", "season", "together")
OF = {
    "recency": ("recency",),
    "orders": ("purchases", "purchases_365", "fading_270", "pace", "months"),
    "tenure": ("tenure",),
    "rhythm": ("gap", "gap_deviation", "last_gap", "largest_gap", "overdue"),
    "recent_activity": (*(f"purchases_{days}" for days in (30, 60, 90, 180)), "fading_30", "fading_90"),
    "spend": (
        "average_value", "last_value", "largest_value", "typical_value", "value_90", "value_365", "refunds", "lines",
    ),
    "season": ("same_window_last_year",),
}  # fmt: skip
MOST, SOFT = 20_000, 30.0  # customers it is fitted on; penalties are a 30th of those of learning
NEAR = 1e-6
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Additive:
    """The log-odds as a sum: `level` and `slopes` of the terms of `basis`, around `middle`, their mean."""

    basis: Basis
    slopes: Numbers
    middle: Numbers
    level: float


@dataclass(frozen=True, kw_only=True)
class Factors:
    """Contributions (customers x GROUPS) to the probability of no purchase; with `base` each row sums to it."""

    base: float
    contributions: Numbers


def fit(of: Traits, log_odds: Numbers, shift: float) -> Additive:
    """The additive reading of these customers' log-odds, which hold the shop's shift."""
    some = np.random.default_rng(SEED).choice(len(of), min(MOST, len(of)), replace=False)
    inputs = of.logs[some]
    bent = basis.learned(inputs, np.ones(len(some)))
    terms, raw = basis.terms(bent, inputs), log_odds[some] - shift
    middle, level = terms.mean(0), float(raw.mean())
    away = terms - middle
    squares = np.asarray(away.T @ away, np.float64)
    squares[np.diag_indices(len(squares))] += bent.penalties / SOFT
    slopes = np.linalg.solve(squares, np.asarray(away.T @ (raw - level), np.float64)).astype(np.float64)
    return Additive(basis=bent, slopes=slopes, middle=middle, level=level)


def explained(additive: Additive, of: Traits, log_odds: Numbers, shift: float) -> Factors:
    """Why each of these customers has the probability that the log-odds say."""
    grouped, source = np.zeros((len(GROUPS), len(of))), additive.basis.source
    for number, piece in basis.pieces(additive.basis, of.logs, additive.slopes):
        middle = float((additive.middle * additive.slopes)[source == number].sum())
        grouped[_group(NAMES[number])] += piece - middle
    away = log_odds - additive.level
    grouped[GROUPS.index("season")] += shift
    grouped[GROUPS.index("together")] = away - grouped.sum(0)
    base, p = float(sigmoid(np.array([additive.level]))[0]), sigmoid(log_odds)
    small = np.abs(away) < NEAR
    slope = np.where(small, base * (1 - base), (p - base) / np.where(small, 1, away))
    return Factors(base=1 - base, contributions=(-slope * grouped).T)


def _group(trait: str) -> int:
    return next(number for number, group in enumerate(GROUPS) if trait in OF.get(group, ()))
