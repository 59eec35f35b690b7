"""Special functions of positive arrays, as NumPy has none."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

SHIFTED = 8  # arguments are moved up by so much, where the asymptotic series holds to 1e-13
HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)
MOST = 35.0  # beyond it a probability is 0 or 1 in float64
LEAST_SHARE = 1e-6


def log_gamma(x: Numbers) -> Numbers:
    """Log Γ(x) for x > 0, to 1e-12. Source: Stirling's series, DLMF 5.11.1."""
    product = x
    for step in range(1, SHIFTED):
        product = product * (x + step)
    z = x + SHIFTED
    series = 1 / (12 * z) - 1 / (360 * z**3) + 1 / (1_260 * z**5) - 1 / (1_680 * z**7) + 1 / (1_188 * z**9)
    return (z - 0.5) * np.log(z) - z + HALF_LOG_TWO_PI + series - np.log(product)


def digamma(x: Numbers) -> Numbers:
    """The derivative of log Γ(x) for x > 0, to 1e-12. Source: DLMF 5.11.2."""
    below = 1 / x
    for step in range(1, SHIFTED):
        below = below + 1 / (x + step)
    z = x + SHIFTED
    return np.log(z) - 1 / (2 * z) - 1 / (12 * z**2) + 1 / (120 * z**4) - 1 / (252 * z**6) + 1 / (240 * z**8) - below


def sigmoid(z: Numbers) -> Numbers:
    """The probability of log-odds."""
    return 1 / (1 + np.exp(-np.clip(z, -MOST, MOST)))


def log_odds(p: Numbers) -> Numbers:
    """The log-odds of probabilities, which are kept a millionth away from 0 and 1."""
    kept = np.clip(p, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.log(kept / (1 - kept))
