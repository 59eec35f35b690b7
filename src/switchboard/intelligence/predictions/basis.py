"""Inputs of the learned models on a common scale, and bent where the shop's customers change."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers, Whole

KNOTS = (0.2, 0.5, 0.8)  # quantiles at which a line may bend
RANGE, MOST = (0.001, 0.999), 5.0  # inputs are clipped to these quantiles of what was learned from, and deviations
LINE, BEND = 60.0, 300.0  # penalties: a bend is believed later than a line
STILL = 1e-6  # the deviation of an input that is the same for all
APART = 0.05  # a bend lies so far from the ends


@dataclass(frozen=True, kw_only=True)
class Basis:
    """How inputs become terms: `used` inputs as lines, then bends at `knots` of the inputs `bent`.

    `mean` and `deviation` are of the inputs. `source` says of each term which input it is of.
    """

    mean: Numbers
    deviation: Numbers
    low: Numbers
    high: Numbers
    used: Flags
    bent: Whole
    knots: Numbers
    middle: Numbers

    @property
    def source(self) -> Whole:
        """The input of each term."""
        return np.concatenate([np.flatnonzero(self.used), self.bent])

    @property
    def penalties(self) -> Numbers:
        """The penalty of each term."""
        return np.repeat([LINE, BEND], [int(self.used.sum()), len(self.bent)])


def learned(inputs: Narrow, weights: Numbers) -> Basis:
    """The basis for inputs (rows x inputs) of these weights."""
    mean = np.average(inputs, axis=0, weights=weights).astype(np.float64)
    deviation = np.sqrt(np.average((inputs - mean) ** 2, axis=0, weights=weights))
    used = deviation > STILL
    deviation = np.maximum(deviation, STILL)
    scaled = (inputs - mean) / deviation
    low, high = np.quantile(scaled, RANGE, axis=0)
    low, high = np.maximum(low, -MOST), np.minimum(high, MOST)
    scaled = np.clip(scaled, low, high)
    found = [
        (number, knot)
        for number in np.flatnonzero(used)
        for knot in np.unique(np.quantile(scaled[:, number], KNOTS).round(4))
        if low[number] + APART < knot < high[number] - APART
    ]
    bent, knots = np.array([each for each, _ in found], np.int64), np.array([each for _, each in found], np.float64)
    return Basis(
        mean=mean, deviation=deviation, low=low, high=high, used=used, bent=bent, knots=knots,
        middle=np.maximum(scaled[:, bent] - knots, 0).mean(0),
    )  # fmt: skip


def terms(basis: Basis, inputs: Narrow) -> Numbers:
    """The terms (rows x terms) of inputs."""
    scaled = np.clip((inputs - basis.mean) / basis.deviation, basis.low, basis.high)
    bends = np.maximum(scaled[:, basis.bent] - basis.knots, 0) - basis.middle
    return np.concatenate([scaled[:, basis.used], bends], axis=1)


def pieces(basis: Basis, inputs: Narrow, slopes: Numbers) -> Iterator[tuple[int, Narrow]]:
    """What each input adds to the sum of its terms times `slopes`: which input, and that of each row.

    The same as by `terms`, a column at a time and in single precision: a fifth of the time.
    """
    lines = int(basis.used.sum())
    for line, number in enumerate(np.flatnonzero(basis.used).tolist()):
        column = inputs[:, number] * np.float32(1 / basis.deviation[number])
        column -= np.float32(basis.mean[number] / basis.deviation[number])
        np.clip(column, np.float32(basis.low[number]), np.float32(basis.high[number]), out=column)
        found = column * np.float32(slopes[line])
        for bend in np.flatnonzero(basis.bent == number).tolist():
            above = column - np.float32(basis.knots[bend])
            np.maximum(above, np.float32(0), out=above)
            above *= np.float32(slopes[lines + bend])
            found += above
        found -= np.float32(basis.middle[basis.bent == number] @ slopes[lines:][basis.bent == number])
        yield number, found


def summed(basis: Basis, inputs: Narrow, slopes: Numbers) -> Numbers:
    """The terms of each row times the slopes, together."""
    found = np.zeros(len(inputs))
    for _, piece in pieces(basis, inputs, slopes):
        found += piece
    return found
