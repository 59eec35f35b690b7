"""Ridge logistic regression with an intercept for each origin, by Newton's method with step halving."""

from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Numbers, Whole, log_odds, sigmoid

ORIGIN, INTERCEPT = 4.0, 1e-3  # penalties
MOST_STEPS, SHORTEST = 25, 1e-3
MOST_AT_FIRST = 20_000  # rows
LEAST_WEIGHT = 1e-4
SETTLED, ROUNDING = 1e-6, 1e-9


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """Log-odds = intercept + terms @ slopes, and each origin's own level beside."""

    intercept: float
    slopes: Numbers
    origins: Numbers


def fit(terms: Numbers, bought: Numbers, weights: Numbers, origin: Whole, penalties: Numbers) -> Logistic:
    """The coefficients of least penalised cost; `origin` numbers the rows' origins from 0."""
    origins = int(origin.max()) + 1
    own = np.zeros((len(terms), origins))
    own[np.arange(len(terms)), origin] = 1
    design = np.concatenate([np.ones((len(terms), 1)), terms, own], axis=1)
    penalty = np.concatenate([[INTERCEPT], penalties, np.full(origins, ORIGIN)])
    at = np.zeros(design.shape[1])
    at[0] = log_odds(np.array([np.average(bought, weights=weights)]))[0]
    if len(design) > MOST_AT_FIRST:  # near the minimum of a part of the rows, few steps are left
        part = slice(None, None, len(design) // MOST_AT_FIRST + 1)
        at = _least(design[part], at, (bought[part], weights[part] * len(design) / len(design[part]), penalty))
    at = _least(design, at, (bought, weights, penalty))
    return Logistic(intercept=float(at[0]), slopes=at[1 : 1 + terms.shape[1]], origins=at[1 + terms.shape[1] :])


def _least(design: Numbers, at: Numbers, of: tuple[Numbers, Numbers, Numbers]) -> Numbers:
    """The coefficients of least cost, from `at` on; `of` is who bought, weights, and penalties."""
    bought, weights, penalty = of

    def cost(z: Numbers, at: Numbers) -> float:
        return float((weights * (np.logaddexp(0, z) - bought * z)).sum() + 0.5 * (penalty * at * at).sum())

    z = design @ at
    value = cost(z, at)
    for _ in range(MOST_STEPS):
        step, length = _newton(design, z, at, of), 1.0
        while True:
            nearer = at - length * step
            z = design @ nearer
            found = cost(z, nearer)
            if found <= value + ROUNDING or length <= SHORTEST:
                break
            length /= 2
        gained, at, value = value - found, nearer, found
        if gained < SETTLED * abs(value):
            break
    return at


def _newton(design: Numbers, z: Numbers, at: Numbers, of: tuple[Numbers, Numbers, Numbers]) -> Numbers:
    bought, weights, penalty = of
    p = sigmoid(z)
    curve = weights * np.maximum(p * (1 - p), LEAST_WEIGHT)
    gradient = design.T @ (weights * (p - bought)) + penalty * at
    weighed = design * np.sqrt(curve)[:, None]  # a matrix times itself costs half of one times another
    hessian = weighed.T @ weighed
    hessian[np.diag_indices(len(at))] += penalty
    return np.linalg.solve(hessian, gradient).astype(np.float64)
