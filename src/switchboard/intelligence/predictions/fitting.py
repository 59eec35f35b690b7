"""Parameters of greatest likelihood, all of them positive."""

import numpy as np

from switchboard.intelligence.predictions.minimising import Objective, minimise
from switchboard.intelligence.predictions.special import Numbers

FLAT_FROM = 7.0  # a log-parameter beyond it says that the likelihood hardly changes any more
VARIANCE, STRENGTH = 4.0, 5.0  # of the prior that then holds it


def fitted(cost: Objective, start: Numbers, customers: float) -> Numbers:
    """The positive parameters of least cost, which is per customer and in their logarithms.

    Where the likelihood is flat, a wide normal prior on the logarithms, around `start`, decides.
    """
    logs = np.log(start)
    found = minimise(cost, logs)
    if np.isfinite(cost(found)[0]) and np.abs(found).max() <= FLAT_FROM:
        return np.exp(found)

    def held(at: Numbers) -> tuple[float, Numbers]:
        value, gradient = cost(at)
        away = (at - logs) / VARIANCE * STRENGTH / customers
        return value + float(away @ (at - logs)) / 2, gradient + away

    return np.exp(minimise(held, logs.copy()))
