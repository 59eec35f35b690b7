"""The log-odds of a purchase: what a buy-till-you-die model says, blended with what was learned from earlier days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import basis, logistic, trees
from switchboard.intelligence.predictions.basis import Basis
from switchboard.intelligence.predictions.special import Narrow, Numbers, log_odds
from switchboard.intelligence.predictions.trees import Trees

FADES = 360.0  # days in which an origin's weight halves
LEARNED, DOUBT = 2 / 3, 30.0  # the learned models' weight in a large shop; customers of the rarer kind that halve it
SEED = 0
AT_ONCE = 65_536


@dataclass(frozen=True, kw_only=True)
class Example:
    """Customers at an origin: inputs, who bought in the window after it, and how many days it lies back."""

    inputs: Narrow
    bought: Numbers
    back: float


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Both learned models; `trust` (0 to 1) is theirs together against the buy-till-you-die model's."""

    basis: Basis
    intercept: float
    slopes: Numbers
    trees: Trees
    trust: float


def fit(examples: Sequence[Example], most: int) -> Learned:
    """What can be learned from the examples, newest first, on at most so many rows."""
    inputs = np.concatenate([each.inputs for each in examples])
    bought = np.concatenate([each.bought for each in examples])
    origin = np.repeat(np.arange(len(examples)), [len(each.bought) for each in examples])
    back = np.array([each.back for each in examples])
    weights = 0.5 ** ((back - back[0])[origin] / FADES)
    if len(bought) > most:
        kept = np.random.default_rng(SEED).choice(len(bought), most, replace=False)
        inputs, bought, origin, weights = inputs[kept], bought[kept], origin[kept], weights[kept]
    bent = basis.learned(inputs, weights)
    found = logistic.fit(basis.terms(bent, inputs), bought, weights, origin, bent.penalties)
    grown = trees.fit(inputs, bought, weights, found.intercept + found.origins[origin])
    buyers = examples[0].bought.sum()
    rarer = min(buyers, len(examples[0].bought) - buyers)
    return Learned(
        basis=bent, intercept=found.intercept, slopes=found.slopes, trees=grown,
        trust=LEARNED * float(rarer / (rarer + DOUBT)),
    )  # fmt: skip


def blended(learned: Learned | None, pareto: Numbers, inputs: Narrow) -> Numbers:
    """The log-odds of a purchase before the shop's shift; those of the Pareto/NBD where nothing could be learned."""
    own = log_odds(pareto)
    if learned is None:
        return own
    found = np.empty(len(own))
    for start in range(0, len(own), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        line = learned.intercept + basis.summed(learned.basis, inputs[rows], learned.slopes)
        grown = learned.intercept + trees.added(learned.trees, inputs[rows])
        found[rows] = (1 - learned.trust) * own[rows] + learned.trust / 2 * (line + grown)
    return found
