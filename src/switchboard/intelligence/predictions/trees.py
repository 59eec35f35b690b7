"""Small symmetric trees, boosted: every level of a tree asks one question of all rows.

Source: A. V. Dorogush et al., CatBoost, 2018, for symmetric trees; J. H. Friedman, Greedy function approximation, 2001.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.predictions.special import Narrow, Numbers, Whole, sigmoid

Bins = npt.NDArray[np.uint8]

BINS, TREES, DEPTH = 32, 60, 3
RATE, SHRINK, COLUMNS = 0.08, 40.0, 0.6
LEAST_WEIGHT = 1e-4
QUANTILES = np.linspace(0, 1, BINS + 1)[1:-1]
MOST_ASKING = 50_000  # rows that questions are chosen by
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Questions: tree t asks at level d whether input `inputs[t, d]` is above `above[t, d]`.

    `leaves[t, answers]` is added to the log-odds.
    """

    inputs: Whole
    above: Narrow
    leaves: Numbers


@dataclass(frozen=True, kw_only=True)
class _Level:
    """Rows on their way down a tree: the first bin of the one of `leaves` each is in, its gradient and curvature."""

    first: Whole
    leaves: int
    gradient: Numbers
    curve: Numbers


@dataclass(frozen=True, kw_only=True)
class _Split:
    gain: float = -1.0
    input: int = 0
    above: int = 0


def fit(inputs: Narrow, bought: Numbers, weights: Numbers, begin: Numbers) -> Trees:
    """Trees that go on from the log-odds `begin`, one per row. Of many rows, some ask; all answer."""
    columns: list[Narrow] = list(inputs.T)
    edges = [np.unique(np.quantile(column, QUANTILES).astype(np.float32)) for column in columns]
    bins = [np.searchsorted(cuts, column).astype(np.uint8) for cuts, column in zip(edges, columns, strict=True)]
    random, at = np.random.default_rng(SEED), begin.copy()
    asks = np.sort(random.choice(len(at), MOST_ASKING, replace=False)) if len(at) > MOST_ASKING else np.arange(len(at))
    asking = bins if len(asks) == len(at) else [each[asks] for each in bins]
    questions, leaves = np.zeros((TREES, DEPTH, 2), np.int64), np.zeros((TREES, 1 << DEPTH))
    for number in range(TREES):
        p = sigmoid(at)
        gradient, curve = weights * (p - bought), weights * np.maximum(p * (1 - p), LEAST_WEIGHT)
        offered = list(map(int, random.choice(len(edges), max(1, int(len(edges) * COLUMNS)), replace=False)))
        leaf = np.zeros(len(at), np.int64)
        for level in range(DEPTH):
            rows = _Level(
                first=leaf[asks] * BINS, leaves=1 << level, gradient=gradient[asks], curve=curve[asks],
            )  # fmt: skip
            best = max((_split(rows, asking[each], each) for each in offered), key=_gain)
            questions[number, level] = best.input, best.above
            leaf = leaf * 2 + (bins[best.input] > best.above)
        lean, heavy = (np.bincount(leaf, each, 1 << DEPTH) for each in (gradient, curve))
        leaves[number] = -RATE * lean / (heavy + SHRINK)
        at += leaves[number][leaf]
    above = [[_edge(edges[which], above) for which, above in tree] for tree in questions.tolist()]
    return Trees(inputs=questions[:, :, 0], above=np.array(above, np.float32), leaves=leaves)


def added(trees: Trees, inputs: Narrow) -> Numbers:
    """What the trees add to the log-odds of each row."""
    found = np.zeros(len(inputs))
    for asked, above, leaves in zip(trees.inputs, trees.above, trees.leaves, strict=True):
        leaf = np.zeros(len(inputs), np.uint8)
        for number, least in zip(map(int, asked), above, strict=True):
            leaf <<= 1
            leaf |= inputs[:, number] > least
        found += leaves[leaf]
    return found


def _edge(edges: Narrow, above: int) -> float:
    """Where the bin ends; beyond the last one nothing is."""
    return float(edges[above]) if above < len(edges) else np.inf


def _summed(key: Whole, weights: Numbers, leaves: int) -> Numbers:
    """The sum of the weights in each leaf (leaves x BINS) up to each bin."""
    return np.bincount(key, weights, leaves * BINS).reshape(leaves, BINS).cumsum(1)


def _gain(split: _Split) -> float:
    return split.gain


def _split(rows: _Level, bins: Bins, number: int) -> _Split:
    """The best question of this input for all leaves of the level at once."""
    key = rows.first + bins
    lean, heavy = (_summed(key, each, rows.leaves) for each in (rows.gradient, rows.curve))
    right, rest = lean[:, -1:] - lean, heavy[:, -1:] - heavy
    gains = (lean**2 / (heavy + SHRINK) + right**2 / (rest + SHRINK)).sum(0)[:-1]
    above = int(gains.argmax())
    return _Split(gain=float(gains[above]), input=number, above=above)
