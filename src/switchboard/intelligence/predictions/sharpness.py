"""Whether log-odds are too timid, or too bold: the factor that was right at the newest earlier day.

What is learned is drawn towards doubt, which is right for most shops. Where customers keep to a rule, a small shop is
told apart long before it is believed. The factor is measured on customers and days that nothing was learned from, and
believed as far as it stands out.
"""

from collections.abc import Sequence

import numpy as np

from switchboard.intelligence.predictions import learning
from switchboard.intelligence.predictions.calendars import STANDS_OUT
from switchboard.intelligence.predictions.learning import Example
from switchboard.intelligence.predictions.origins import shift_to
from switchboard.intelligence.predictions.special import Flags, Numbers

MOST = 5_000  # customers: where there are more, doubt is small
DOUBT = 4.0  # of a factor that is far from 1: one over the variance of its logarithm
FACTORS: Numbers = np.linspace(-1.5, 2.0, 71)  # their logarithms
LEAST = 1e-9


def factor(examples: Sequence[Example], pareto: Numbers, carried: Numbers | float, horizon: int) -> float:
    """What log-odds are to be multiplied with; 1: they are right.

    `examples` are the origins of windows of `horizon` days, newest first; of the newest one's customers `pareto` is
    what the buy-till-you-die model says, and `carried` is added to their log-odds.
    """
    newest = examples[0]
    if len(newest.bought) > MOST or newest.bought.all() or not newest.bought.any():
        return 1.0
    z = _held_out(examples, pareto, horizon) + carried
    costs = np.array([_cost(np.exp(each) * z, newest.bought) + DOUBT * each**2 / 2 for each in FACTORS])
    best = int(np.clip(costs.argmin(), 1, len(FACTORS) - 2))
    bend = (costs[best + 1] - 2 * costs[best] + costs[best - 1]) / (FACTORS[1] - FACTORS[0]) ** 2
    error = 1 / max(float(bend), DOUBT)
    found = float(FACTORS[best])
    return float(np.exp(found * max(0.0, 1 - STANDS_OUT * error / max(found**2, LEAST))))


def _held_out(examples: Sequence[Example], pareto: Numbers, horizon: int) -> Numbers:
    """Log-odds of the newest origin's customers, learned from windows that had ended by then.

    Where none had, what each half of the customers has taught is said of the other half.
    """
    newest = examples[0]
    before = [each for each in examples if each.back >= newest.back + horizon]
    if before:
        known = learning.fit(before, sum(len(each.bought) for each in before))
        return learning.blended(known, pareto, newest.inputs)
    found, even = np.empty(len(pareto)), np.arange(len(pareto)) % 2 == 0
    for half in (even, ~even):
        known = learning.fit([_of(newest, ~half)], len(pareto))
        found[half] = learning.blended(known, pareto[half], newest.inputs[half])
    return found


def _of(example: Example, which: Flags) -> Example:
    return Example(inputs=example.inputs[which], bought=example.bought[which], back=example.back)


def _cost(z: Numbers, bought: Numbers) -> float:
    """Minus the log-likelihood, at the level that came."""
    level = z + shift_to(z, float(bought.mean()))
    return float((np.logaddexp(0, level) - bought * level).sum())
