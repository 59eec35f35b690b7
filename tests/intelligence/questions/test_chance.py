"""Chance, held against exact fractions and against SciPy."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import hypergeom

from switchboard.intelligence.questions.chance import Draw, at_least, trend


def exactly(hits: int, whole: int, one: int, other: int) -> float:
    """The upper tail by its definition."""
    ways = sum(comb(one, k) * comb(whole - one, other - k) for k in range(hits, min(one, other) + 1))
    return float(Fraction(ways, comb(whole, other)))


def of(hits: list[int], whole: int, one: list[int], other: list[int]) -> list[float]:
    return at_least(np.array(hits), Draw(whole=whole, one=np.array(one), other=np.array(other))).tolist()


def test_a_lady_who_tells_all_four_cups_apart_does_so_by_chance_once_in_seventy():
    """Source: R. A. Fisher, The Design of Experiments, 1935, chapter 2."""
    assert of([4], 8, [4], [4]) == [pytest.approx(1 / 70)]


def test_it_is_never_below_the_exact_tail_and_close_to_it_where_that_is_small():
    cases = [
        (k, n, a, b)
        for n in (10, 40, 300)
        for a in (2, 7, 9)
        for b in (3, 8)
        for k in range(min(a, b) + 1)
        if a + b - k <= n
    ]
    for hits, whole, one, other in cases:
        exact = exactly(hits, whole, one, other)
        (bound,) = of([hits], whole, [one], [other])
        assert exact * (1 - 1e-9) <= bound <= 1
        if exact < 0.01:
            assert bound <= exact * 1.05


def test_large_counts_have_what_scipy_finds():
    hits, one, other, whole = [150, 400, 1_300], [1_000, 20_000, 9_000], [20_000, 3_000, 60_000], 500_000
    exact = np.asarray(hypergeom.sf(np.array(hits) - 1, whole, np.array(one), np.array(other)), np.float64)
    found = np.array(of(hits, whole, one, other))
    assert float(exact.max()) < 1e-5
    assert (found / exact).tolist() == pytest.approx([1.0] * 3, rel=0.03)
    assert float((found / exact).min()) >= 1 - 1e-6


def test_what_is_expected_is_no_surprise():
    assert of([100, 90, 0], 1_000, [200, 200, 5], [500, 500, 5]) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("now", "before", "days", "says"),
    [
        (120, 80, (90, 90), "rising"),  # z = 40 / sqrt(200) = 2.83
        (80, 120, (90, 90), "falling"),
        (110, 90, (90, 90), "steady"),  # z = 1.41
        (120, 80, (30, 20), "steady"),  # as many a day
        (3, 0, (90, 90), "new"),
        (0, 3, (90, 90), "gone"),
        (0, 0, (90, 90), None),
    ],
)
def test_a_trend_is_what_chance_does_not_explain(now: int, before: int, days: tuple[int, int], says: str | None):
    assert trend(now, before, days) == says
