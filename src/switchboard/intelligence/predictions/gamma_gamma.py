"""Gamma-Gamma: what a customer's purchases are worth, drawn towards the shop's mean where they are few.

Source: P. S. Fader, B. G. S. Hardie, The Gamma-Gamma Model of Monetary Value (2013),
http://www.brucehardie.com/notes/025/gamma_gamma.pdf
"""

from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.fitting import fitted
from switchboard.intelligence.predictions.special import Numbers, Whole, digamma, log_gamma

FEWEST = 10  # customers
PRIOR = np.array([3.0, 3.0, 2.0])  # p, q and v in units of the median value
LEAST_Q = 1.05  # below 1 there is no mean


@dataclass(frozen=True, kw_only=True)
class GammaGamma:
    """Values ~ Gamma(p, nu) around each customer's mean, nu ~ Gamma(q, v); v in currency."""

    p: float
    q: float
    v: float


@dataclass(frozen=True, kw_only=True)
class _Spent:
    """Customers' purchases and means; `counts` are the distinct numbers of purchases, `which` is each one's."""

    purchases: Numbers
    mean: Numbers
    log_mean: Numbers
    counts: Numbers
    which: Whole


def fit(purchases: Numbers, mean_value: Numbers) -> GammaGamma | None:
    """The model of customers with a purchase and a positive mean; None where they are too few."""
    which = (purchases > 0) & (mean_value > 0)
    x, mean = purchases[which], mean_value[which]
    if len(x) < FEWEST:
        return None
    scale = float(np.median(mean))
    counts, place = np.unique(x, return_inverse=True)
    spent = _Spent(purchases=x, mean=mean / scale, log_mean=np.log(mean / scale), counts=counts, which=place)
    p, q, v = fitted(lambda logs: _cost(logs, spent), PRIOR, len(x)).tolist()
    return GammaGamma(p=float(p), q=float(q), v=float(v) * scale)


def mean(model: GammaGamma, purchases: Numbers, mean_value: Numbers) -> Numbers:
    """The expected value of a customer's purchase."""
    q = max(model.q, LEAST_Q)
    return model.p * (model.v + purchases * np.maximum(mean_value, 0)) / (model.p * purchases + q - 1)


def _cost(logs: Numbers, of: _Spent) -> tuple[float, Numbers]:
    """Minus the mean log-likelihood at log-parameters, and its gradient."""
    p, q, v = np.exp(logs).tolist()
    x, m, counts = of.purchases, of.mean, of.counts
    known, shape = np.log(x * m + v), p * x + q
    own = log_gamma(p * counts + q) - log_gamma(p * counts) + p * counts * np.log(counts)
    slope, less = digamma(p * counts + q), digamma(p * counts) - np.log(counts)
    found = own[of.which] - log_gamma(np.array([q])) + q * np.log(v) + (p * x - 1) * of.log_mean - shape * known
    by_p = x * ((slope - less)[of.which] + of.log_mean - known)
    by_q = slope[of.which] - digamma(np.array([q])) + np.log(v) - known
    by_v = q / v - shape / (x * m + v)
    return float(-found.mean()), -np.array([by_p.mean() * p, by_q.mean() * q, by_v.mean() * v])
