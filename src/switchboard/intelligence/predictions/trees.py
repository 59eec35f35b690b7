"""Small symmetric trees, boosted: every level of a tree asks one question of all rows.

Source: A. V. Dorogush et al., CatBoost, 2018, for symmetric trees; J. H. Friedman, Greedy function approximation, 2001.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.predictions.special import Numbers, Whole, sigmoid

Bins = npt.NDArray[np.uint8]

BINS, TREES, DEPTH = 32, 60, 3
RATE, SHRINK, COLUMNS = 0.08, 40.0, 0.6
LEAST_WEIGHT = 1e-4
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Bins and questions: tree t asks at level d whether the bin of input `inputs[t, d]` is above `above[t, d]`.

    `leaves[t, answers]` is added to the log-odds. `edges` cut the inputs into bins, `sizes` is how many each has.
    """

    edges: Numbers
    sizes: Whole
    inputs: Whole
    above: Whole
    leaves: Numbers


@dataclass(frozen=True, kw_only=True)
class _Level:
    """Rows on their way down a tree: which of the level's `leaves` each is in, its gradient and its curvature."""

    leaf: Whole
    leaves: int
    gradient: Numbers
    curve: Numbers


@dataclass(frozen=True, kw_only=True)
class _Split:
    gain: float = -1.0
    input: int = 0
    above: int = 0


def fit(inputs: Numbers, bought: Numbers, weights: Numbers, begin: Numbers) -> Trees:
    """Trees that go on from the log-odds `begin`, one per row."""
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in inputs.T]
    bins = _bins(edges, inputs)
    random, at = np.random.default_rng(SEED), begin.copy()
    questions, leaves = np.zeros((TREES, DEPTH, 2), np.int64), np.zeros((TREES, 1 << DEPTH))
    for number in range(TREES):
        p = sigmoid(at)
        gradient, curve = weights * (p - bought), weights * np.maximum(p * (1 - p), LEAST_WEIGHT)
        offered = list(map(int, random.choice(len(edges), max(1, int(len(edges) * COLUMNS)), replace=False)))
        leaf = np.zeros(len(at), np.int64)
        for level in range(DEPTH):
            rows = _Level(leaf=leaf, leaves=1 << level, gradient=gradient, curve=curve)
            best = max((_split(rows, bins[each], each) for each in offered), key=_gain)
            questions[number, level] = best.input, best.above
            leaf = _answered(leaf, bins[best.input], best.above)
        lean, heavy = (np.bincount(leaf, each, 1 << DEPTH) for each in (gradient, curve))
        leaves[number] = -RATE * lean / (heavy + SHRINK)
        at += leaves[number][leaf]
    return Trees(
        edges=np.concatenate(edges), sizes=np.array([len(each) for each in edges]),
        inputs=questions[:, :, 0], above=questions[:, :, 1], leaves=leaves,
    )  # fmt: skip


def added(trees: Trees, inputs: Numbers) -> Numbers:
    """What the trees add to the log-odds of each row."""
    edges = np.split(trees.edges, np.cumsum(trees.sizes)[:-1])
    bins = _bins(edges, inputs)
    found = np.zeros(len(inputs))
    for asked, above, leaves in zip(trees.inputs, trees.above, trees.leaves, strict=True):
        leaf = np.zeros(len(inputs), np.int64)
        for number, bin_ in zip(map(int, asked), map(int, above), strict=True):
            leaf = _answered(leaf, bins[number], bin_)
        found += leaves[leaf]
    return found


def _answered(leaf: Whole, bins: Bins, above: int) -> Whole:
    """Where the rows stand one level below."""
    return leaf * 2 + (bins > above)


def _bins(edges: list[Numbers], inputs: Numbers) -> list[Bins]:
    columns: list[Numbers] = list(inputs.T)
    return [np.searchsorted(cuts, column).astype(np.uint8) for cuts, column in zip(edges, columns, strict=True)]


def _summed(key: Whole, weights: Numbers, leaves: int) -> Numbers:
    """The sum of the weights in each leaf (leaves x BINS) up to each bin."""
    return np.bincount(key, weights, leaves * BINS).reshape(leaves, BINS).cumsum(1)


def _gain(split: _Split) -> float:
    return split.gain


def _split(rows: _Level, bins: Bins, number: int) -> _Split:
    """The best question of this input for all leaves of the level at once."""
    key = rows.leaf * BINS + bins
    lean, heavy = (_summed(key, each, rows.leaves) for each in (rows.gradient, rows.curve))
    right, rest = lean[:, -1:] - lean, heavy[:, -1:] - heavy
    gains = (lean**2 / (heavy + SHRINK) + right**2 / (rest + SHRINK)).sum(0)[:-1]
    above = int(gains.argmax())
    return _Split(gain=float(gains[above]), input=number, above=above)
