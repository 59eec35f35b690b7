"""Parameters of greatest likelihood, all of them positive."""

import numpy as np

from switchboard.intelligence.predictions.minimising import Objective, minimise
from switchboard.intelligence.predictions.special import Numbers

FLAT_FROM = 7.0  # a log-parameter beyond it says that the likelihood hardly changes any more
VARIANCE, STRENGTH = 4.0, 5.0  # of the prior that then holds it
RATES: Numbers = np.array([[1.0, 0, 0, 0], [1, -1, 0, 0], [0, 0, 1, 0], [0, 0, 1, -1]])
"""The logarithms of two gammas' shapes and rates, by those of shapes and means: a shape that the data do not tell lies
along an axis then, and is let go of at once.
"""


def fitted(cost: Objective, start: Numbers, customers: float, turned: Numbers | None = None) -> Numbers:
    """The positive parameters of least cost, which is per customer and in their logarithms.

    Where the likelihood is flat, a wide normal prior on the logarithms, around `start`, decides. It is looked for in
    the logarithms `turned`, where a matrix is given.
    """
    logs = np.log(start)
    turn = np.eye(len(logs)) if turned is None else turned
    begin = np.linalg.solve(turn, logs).astype(np.float64)

    def plain(at: Numbers) -> tuple[float, Numbers]:
        value, gradient = cost(turn @ at)
        return value, turn.T @ gradient

    def held(at: Numbers) -> tuple[float, Numbers]:
        value, gradient = cost(turn @ at)
        away = (turn @ at - logs) / VARIANCE * STRENGTH / customers
        return value + float(away @ (turn @ at - logs)) / 2, turn.T @ (gradient + away)

    found = turn @ minimise(plain, begin)
    if not np.isfinite(cost(found)[0]) or np.abs(found).max() > FLAT_FROM:
        found = turn @ minimise(held, begin.copy())
    return np.exp(found)
