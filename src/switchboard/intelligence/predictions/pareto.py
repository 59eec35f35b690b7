"""Pareto/NBD: customers buy at their own steady pace and leave at any moment, each with a hazard of their own.

Source: D. C. Schmittlein, D. G. Morrison, R. Colombo, Counting Your Customers, Management Science 33 (1987). The
likelihood's integral over the time of leaving is taken by 12-point Gauss-Legendre quadrature in its logarithm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.fitting import RATES, fitted
from switchboard.intelligence.predictions.histories import WEEK, Histories
from switchboard.intelligence.predictions.special import Numbers, digamma, log_gamma

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(12)
AT_ONCE = 65_536  # histories
MOST_EXPONENT = 700.0
LEAST = 1e-300
NEAR_ONE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Pareto:
    """Pace of purchases ~ Gamma(r, alpha weeks), hazard of leaving ~ Gamma(s, beta weeks)."""

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True, kw_only=True)
class _Paths:
    """Logarithms of how likely some histories are, having stayed, and having left around each point of the quadrature.

    `left_at` is that time in weeks since the first purchase.
    """

    rows: slice
    shape: Numbers
    stayed: Numbers
    left: Numbers
    left_at: Numbers


def fit(of: Histories) -> Pareto:
    """The parameters of greatest likelihood; a wide prior holds them where it is flat."""
    scale = max(of.age.mean() * 0.3, 1.0)
    start = np.array([0.6, scale, 0.6, scale])
    r, alpha, s, beta = fitted(lambda logs: _cost(logs, of), start, of.total, RATES).tolist()
    return Pareto(r=r, alpha=alpha, s=s, beta=beta)


def log_likelihood(model: Pareto, of: Histories) -> float:
    """Of all customers."""
    return -_cost(np.log([model.r, model.alpha, model.s, model.beta]), of)[0] * of.total


def alive(model: Pareto, of: Histories) -> Numbers:
    """The probability of still being a customer, one per history."""
    found = np.empty(len(of.repeats))
    for paths in _paths(model, of):
        odds = np.exp(np.minimum(paths.left - paths.stayed[:, None], MOST_EXPONENT)).sum(1)
        found[paths.rows] = 1 / (1 + odds)
    return found


def probability(model: Pareto, of: Histories, horizon_days: float, staying: Numbers | None = None) -> Numbers:
    """The probability of a purchase within so many days, one per history; `staying` is `alive`, where it is known."""
    found = np.zeros(len(of.repeats))
    for point, weight in zip(POINTS, WEIGHTS, strict=True):
        found += weight * horizon_days / WEEK / 2 * next_density(model, of, (point + 1) / 2 * horizon_days)
    return np.clip((alive(model, of) if staying is None else staying) * found, 1e-6, 1 - 1e-6)


def next_density(model: Pareto, of: Histories, day: float) -> Numbers:
    """How likely the next purchase comes just so many days from now, per week, of who is still a customer."""
    shape, paced, hazard = model.r + of.repeats, model.alpha + of.age, model.beta + of.age
    gone = day / WEEK
    return shape / paced * np.exp(-(shape + 1) * np.log1p(gone / paced) - model.s * np.log1p(gone / hazard))


def expected(model: Pareto, of: Histories, horizon_days: float, staying: Numbers | None = None) -> Numbers:
    """The expected purchases within so many days, one per history."""
    horizon, hazard = horizon_days / WEEK, model.beta + of.age
    longer = np.log((hazard + horizon) / hazard)
    near_one = abs(model.s - 1) < NEAR_ONE
    spent = hazard * (longer if near_one else -np.expm1((1 - model.s) * longer) / (model.s - 1))
    pace = (model.r + of.repeats) / (model.alpha + of.age)
    return (alive(model, of) if staying is None else staying) * pace * spent


def _paths(model: Pareto, of: Histories) -> Iterator[_Paths]:
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    nearer = min(alpha, beta)
    for start in range(0, len(of.repeats), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        last, age, shape = of.last[rows], of.age[rows], r + of.repeats[rows]
        first, end = np.log(nearer + last), np.log(nearer + age)
        half = (end - first) / 2
        logs = ((first + end) / 2)[:, None] + half[:, None] * POINTS
        left_at = np.exp(logs) - nearer
        weighed = logs + np.log(WEIGHTS) + np.log(np.maximum(half, LEAST))[:, None] + np.log(s)
        left = weighed - shape[:, None] * np.log(alpha + left_at) - (s + 1) * np.log(beta + left_at)
        stayed = -shape * np.log(alpha + age) - s * np.log(beta + age)
        yield _Paths(rows=rows, shape=shape, stayed=stayed, left=left, left_at=left_at)


def _cost(logs: Numbers, of: Histories) -> tuple[float, Numbers]:
    """Minus the mean log-likelihood at log-parameters, and its gradient."""
    r, alpha, s, beta = np.exp(logs).tolist()
    model = Pareto(r=r, alpha=alpha, s=s, beta=beta)
    x, _, customers = of.counts
    log_of, slope_of = log_gamma(np.array([r])), digamma(np.array([r]))
    common = log_gamma(r + x) - log_of + r * np.log(alpha) + s * np.log(beta)
    total = (customers * common).sum()
    by = np.array([
        (customers * (digamma(r + x) - slope_of + np.log(alpha))).sum(),
        of.total * r / alpha, of.total * np.log(beta), of.total * s / beta,
    ])  # fmt: skip
    for paths in _paths(model, of):
        found, gradient = _summed(model, of, paths)
        total += found
        by += gradient
    return -total / of.total, -by * np.exp(logs) / of.total


def _summed(model: Pareto, of: Histories, paths: _Paths) -> tuple[float, Numbers]:
    """What these histories add to the log-likelihood and to its gradient in r, alpha, s, beta."""
    weight, age = of.weight[paths.rows], of.age[paths.rows]
    top = np.maximum(paths.stayed, paths.left.max(1))
    stayed, left = np.exp(paths.stayed - top), np.exp(paths.left - top[:, None])
    both = stayed + left.sum(1)
    stayed, left = stayed / both * weight, left * (weight / both)[:, None]
    paced, hazard = model.alpha + paths.left_at, model.beta + paths.left_at
    slower = stayed / (model.alpha + age) + (left / paced).sum(1)
    gradient = [
        -(stayed * np.log(model.alpha + age)).sum() - (left * np.log(paced)).sum(),
        -(paths.shape * slower).sum(),
        -(stayed * np.log(model.beta + age)).sum() - (left * np.log(hazard)).sum() + left.sum() / model.s,
        -model.s * (stayed / (model.beta + age)).sum() - (model.s + 1) * (left / hazard).sum(),
    ]
    return float((weight * (top + np.log(both))).sum()), np.array(gradient)
