"""BG/NBD: customers buy at their own steady pace and may leave after any purchase.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005).
"""

from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.fitting import RATES, fitted
from switchboard.intelligence.predictions.histories import WEEK, Histories
from switchboard.intelligence.predictions.special import Numbers, digamma, log_gamma

MOST_EXPONENT = 700.0  # of exp in float64
LEAST = 1e-300


@dataclass(frozen=True, kw_only=True)
class BetaGeo:
    """Pace of purchases ~ Gamma(r, alpha weeks), chance of leaving after each ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


def fit(of: Histories) -> BetaGeo:
    """The parameters of greatest likelihood; a wide prior holds them where it is flat."""
    start = np.array([0.5, of.age.mean() * 0.3, 1.0, 2.0])
    r, alpha, a, b = fitted(lambda logs: _cost(logs, of), start, of.total, RATES).tolist()
    return BetaGeo(r=r, alpha=alpha, a=a, b=b)


def log_likelihood(model: BetaGeo, of: Histories) -> float:
    """Of all customers; formula (6) of the source, up to no constant."""
    return -_cost(np.log([model.r, model.alpha, model.a, model.b]), of)[0] * of.total


def alive(model: BetaGeo, of: Histories) -> Numbers:
    """The probability of still being a customer, one per history."""
    r, alpha, a, b, x = model.r, model.alpha, model.a, model.b, of.repeats
    grown = (r + x) * (np.log(alpha + of.age) - np.log(alpha + of.last))
    odds = a / np.maximum(b + x - 1, 1e-9) * np.exp(np.minimum(grown, MOST_EXPONENT))
    return np.where(x > 0, 1 / (1 + odds), 1.0)


def probability(model: BetaGeo, of: Histories, horizon_days: float) -> Numbers:
    """The probability of a purchase within so many days, one per history."""
    waited = model.alpha + of.age
    none = (model.r + of.repeats) * np.log(waited / (waited + horizon_days / WEEK))
    return alive(model, of) * -np.expm1(none)


def _cost(logs: Numbers, of: Histories) -> tuple[float, Numbers]:
    """Minus the mean log-likelihood at log-parameters, and its gradient."""
    r, alpha, a, b = np.exp(logs).tolist()
    x, which, customers = of.counts
    repeat = x > 0
    shape = (r + x)[which]
    log_of, slope_of = log_gamma(np.array([r, b, a + b])), digamma(np.array([r, b, a + b]))
    rising = log_gamma(r + x) - log_of[0] + r * np.log(alpha)
    common = rising + log_of[2] + log_gamma(b + x) - log_of[1] - log_gamma(a + b + x)
    log_age, log_last = np.log(alpha + of.age), np.log(alpha + of.last)
    stays = -shape * log_age
    leaves = np.where(repeat, np.log(a) - np.log(np.maximum(b + x - 1, LEAST)), -np.inf)[which] - shape * log_last
    top = np.maximum(stays, leaves)
    both = np.exp(stays - top) + np.exp(leaves - top)
    left = np.exp(leaves - top) / both
    stayed, weight = 1 - left, of.weight
    left_at = np.bincount(which, weight * left, len(x))
    total = (customers * common).sum() + (weight * (top + np.log(both))).sum()
    by_r = (customers * (digamma(r + x) - slope_of[0] + np.log(alpha))).sum() - (
        weight * (stayed * log_age + left * log_last)
    ).sum()
    by_alpha = (customers * r / alpha).sum() - (
        weight * shape * (stayed / (alpha + of.age) + left / (alpha + of.last))
    ).sum()
    spread = slope_of[2] - digamma(a + b + x)
    by_a = (customers * spread).sum() + left_at.sum() / a
    by_b = (customers * (spread + digamma(b + x) - slope_of[1])).sum()
    by_b -= (left_at[repeat] / (b + x[repeat] - 1)).sum()
    return -total / of.total, -np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b]) / of.total
