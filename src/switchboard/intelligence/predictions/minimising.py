"""The minimum of a smooth function of a few parameters whose gradient is known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Flags, Numbers

Objective = Callable[[Numbers], tuple[float, Numbers]]
"""The value at a point and the gradient there."""

MOST_STEPS = 200
FLAT = 1e-7  # a gradient this small is none
STRAIGHT = 1e-16  # curvature along a step below which nothing is learned from it
SETTLED, STEPS = 1e-10, 2  # relative change of the value at which it ends, so many steps one after another
LONGEST = 2.0  # of one step, in any parameter
SHRINK, SHORTEST, ENOUGH = 0.35, 1e-8, 1e-4  # of the search along a line


@dataclass(frozen=True, kw_only=True)
class _At:
    point: Numbers
    value: float
    gradient: Numbers

    @staticmethod
    def looked(objective: Objective, point: Numbers) -> "_At":
        """The objective at this point."""
        value, gradient = objective(point)
        return _At(point=point, value=value, gradient=gradient)


def minimise(objective: Objective, start: Numbers, *, bound: float = 9.0) -> Numbers:
    """The point of the least value in the box of ±`bound`, by BFGS with a backtracking search.

    Source: J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed., algorithm 6.1.
    """
    inverse, fresh, settled = np.eye(len(start)), True, 0
    at = _At.looked(objective, start)
    for _ in range(MOST_STEPS):
        free = ~(((at.point >= bound) & (at.gradient < 0)) | ((at.point <= -bound) & (at.gradient > 0)))
        if np.abs(at.gradient * free).max() < FLAT:
            break
        following = _along(objective, at, _direction(inverse, at.gradient, free), bound)
        if following is None:
            if fresh:
                break
            inverse, fresh = np.eye(len(start)), True
            continue
        inverse, fresh = _updated(inverse, following.point - at.point, following.gradient - at.gradient), False
        settled = settled + 1 if at.value - following.value < SETTLED * abs(at.value) else 0
        at = following
        if settled == STEPS:
            break
    return at.point


def _direction(inverse: Numbers, gradient: Numbers, free: Flags) -> Numbers:
    direction = -(inverse @ (gradient * free)) * free
    if direction @ gradient >= 0:
        direction = -gradient * free
    return direction * min(1.0, LONGEST / np.abs(direction).max())


def _along(objective: Objective, at: _At, direction: Numbers, bound: float) -> _At | None:
    """The first point of the line that is low enough; None when none is."""
    length = 1.0
    while length >= SHORTEST:
        point = np.clip(at.point + length * direction, -bound, bound)
        found = _At.looked(objective, point)
        if np.isfinite(found.value) and found.value <= at.value + ENOUGH * at.gradient @ (point - at.point):
            return found
        length *= SHRINK
    return None


def _updated(inverse: Numbers, step: Numbers, change: Numbers) -> Numbers:
    """The inverse of the Hessian after a step that changed the gradient so."""
    along = step @ change
    if along <= STRAIGHT:
        return inverse
    turned = np.eye(len(step)) - np.outer(step, change) / along
    return turned @ inverse @ turned.T + np.outer(step, step) / along
