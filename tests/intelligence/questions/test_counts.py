"""Counts against chance, by the binomial distribution written out."""

from math import comb

import numpy as np
import pytest

from switchboard.intelligence.questions.counts import at_least, at_most

CASES = [(0, 5, 0.5), (1, 5, 0.5), (5, 5, 0.5), (3, 40, 0.25), (0, 0, 0.5), (17, 60, 1 / 3), (2, 9, 0.9)]


@pytest.mark.parametrize(("count", "of", "part"), CASES)
def test_both_tails_are_those_of_the_binomial_distribution(count: int, of: int, part: float):
    likely = [comb(of, k) * part**k * (1 - part) ** (of - k) for k in range(of + 1)]
    given = np.array([count]), np.array([of]), np.array([part])
    assert at_most(*given)[0] == pytest.approx(sum(likely[: count + 1]), rel=1e-9)
    assert at_least(*given)[0] == pytest.approx(sum(likely[count:]), rel=1e-9)


def test_many_are_told_at_once_as_each_by_itself():
    counts, of, parts = (np.array(column) for column in zip(*CASES, strict=True))
    whole = at_most(counts, of, parts)
    assert whole == pytest.approx([
        at_most(counts[n : n + 1], of[n : n + 1], parts[n : n + 1])[0] for n in range(len(CASES))
    ])  # fmt: skip
    assert len(at_most(counts[:0], of[:0], parts[:0])) == len(at_least(counts[:0], of[:0], parts[:0])) == 0


def test_a_large_count_is_told_too():
    (p,) = at_most(np.array([5_000]), np.array([10_000]), np.array([0.5]))
    assert p == pytest.approx(0.5 + comb(10_000, 5_000) / 2**10_001, rel=1e-9)
