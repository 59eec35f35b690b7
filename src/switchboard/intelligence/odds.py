"""Log-odds learned from earlier days: a spline-logistic regression and small trees, at equal weights.

Source: the learned part of docs/decisions/0020-predictions.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions import basis, logistic, trees
from switchboard.intelligence.predictions.basis import Basis
from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers
from switchboard.intelligence.predictions.trees import Trees


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Cases of an earlier day: inputs (cases x inputs, in logarithms), to whom it happened, and their weights."""

    inputs: Narrow
    happened: Flags
    weights: Numbers


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Log-odds: `level` and the mean of what terms @ slopes and the trees add to it."""

    basis: Basis
    level: float
    slopes: Numbers
    trees: Trees

    def of(self, inputs: Narrow) -> Numbers:
        """Those of these cases."""
        line = basis.summed(self.basis, inputs, self.slopes)
        return self.level + (line + trees.added(self.trees, inputs)) / 2

    def raised(self, shift: float) -> "Odds":
        """The same at another level."""
        return replace(self, level=self.level + shift)


def learned(seen: Sequence[Seen]) -> Odds:
    """What these days tell; each has a level of its own."""
    inputs = np.concatenate([each.inputs for each in seen])
    happened = np.concatenate([each.happened for each in seen]).astype(np.float64)
    weights = np.concatenate([each.weights for each in seen])
    day = np.repeat(np.arange(len(seen)), [len(each.happened) for each in seen])
    bent = basis.learned(inputs, weights)
    found = logistic.fit(basis.terms(bent, inputs), happened, weights, day, bent.penalties)
    grown = trees.fit(inputs, happened, weights, found.intercept + found.origins[day])
    return Odds(basis=bent, level=found.intercept, slopes=found.slopes, trees=grown)
