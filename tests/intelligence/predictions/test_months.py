"""Months ahead: of one series of days, and of a customer."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.intelligence import archetype_growth
from switchboard.intelligence.archetype_growth import Sizes
from switchboard.intelligence.predictions import lifetime, monthly, predictor
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.monthly import Ahead, Backtest, Window
from switchboard.intelligence.predictions.predictor import FIGURES
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import traits
from tests.intelligence.predictions.shops import made_up

pytestmark = pytest.mark.slow


def seasonal(days: int, swing: float = 0.8) -> Numbers:
    return 100 * np.exp(swing * np.cos(2 * np.pi * np.arange(days) / 364))


def ahead(series: Numbers, lead: int, span: int) -> Ahead:
    return monthly.ahead(monthly.known(series), lead, span)


def test_a_constant_series_goes_on_as_it_is():
    for days in (90, 500, 1_000):
        said = ahead(np.full(days, 10.0), 0, 30)
        assert said.expected == pytest.approx(300)
        assert said.low <= 300 <= said.high


def test_a_shop_that_knows_its_year_expects_its_season():
    series = seasonal(900)
    for lead in (0, 91, 182):
        coming = float((100 * np.exp(0.8 * np.cos(2 * np.pi * np.arange(900 + lead, 930 + lead) / 364))).sum())
        assert ahead(series, lead, 30).expected == pytest.approx(coming, rel=0.08)


def test_a_young_shop_expects_its_present_level_and_says_so_with_a_wider_interval():
    young, old = ahead(np.full(200, 10.0), 180, 30), ahead(np.full(900, 10.0), 180, 30)
    assert young.expected == pytest.approx(300)
    assert young.high - young.low > old.high - old.low
    assert not monthly.knows_last_year(200)


def test_days_on_which_an_open_shop_could_not_sell_say_nothing_of_its_level():
    series = np.full(600, 10.0)
    series[560:580] = 0
    assert ahead(series, 0, 30).expected == pytest.approx(300, rel=0.02)


def test_a_shop_that_has_closed_is_not_taken_for_one_that_could_not_sell():
    series = np.full(600, 10.0)
    series[540:] = 0
    assert ahead(series, 0, 30).expected < 150


def test_last_year_s_same_days_stand_to_that_year_as_the_season_does():
    series = seasonal(900)
    index = monthly.season(series, 0, 30)
    assert index is not None
    assert index == pytest.approx(series[536:566].mean() / series[369:733].mean(), rel=0.05)
    assert monthly.season(series[:300], 0, 30) is None


def test_the_rule_is_held_against_what_came():
    told = monthly.backtest(seasonal(1_000), [(0, 30), (30, 30)])
    assert told is not None
    assert told.windows >= 20
    assert told.error < 0.1
    assert monthly.backtest(np.full(50, 1.0), [(0, 30)]) is None


@settings(max_examples=40, deadline=None)
@given(
    days=st.integers(1, 900), zeros=st.floats(0, 1), scale=st.floats(0, 1e7), lead=st.integers(0, 1_000),
    span=st.integers(1, 400),
)  # fmt: skip
def test_no_series_gives_a_negative_or_missing_number(days: int, zeros: float, scale: float, lead: int, span: int):
    random = np.random.default_rng(days)
    series = random.random(days) * scale * (random.random(days) > zeros) - (random.random(days) > 0.95) * scale / 9
    said = ahead(series, lead, span)
    assert np.isfinite([said.expected, said.low, said.high]).all()
    assert 0 <= said.low <= said.expected <= said.high


def test_a_customer_s_value_grows_with_the_months_and_lies_in_its_interval():
    shop = made_up(1_200)
    known = predictor.fit(shop, 600)
    of = traits(shop, 600, 90)
    said = predictor.figures(known, of)
    worths = said[:, FIGURES.index("worth")]
    for row in np.flatnonzero(of["purchases"] > 4)[:20].tolist():
        history = histories(of.repeats[row : row + 1], of.last[row : row + 1], of.age[row : row + 1])
        found = lifetime.worth(known.ladder, known.model.buying, history, float(worths[row]), 36)
        assert (np.diff(found.expected) >= 0).all()
        assert (found.low <= found.high).all()
        assert found.expected[2] == pytest.approx(float(said[row, FIGURES.index("value")]), rel=0.35)


def test_values_of_all_customers_over_half_a_year_come_near_what_came():
    shop = made_up(2_000, length=900)
    known, of = predictor.fit(shop, 700), traits(shop, 700, 90)
    worths = predictor.figures(known, of)[:, FIGURES.index("worth")]
    total = sum(
        float(
            lifetime.worth(
                known.ladder, known.model.buying,
                histories(of.repeats[row : row + 1], of.last[row : row + 1], of.age[row : row + 1]),
                float(worths[row]), 6,
            ).expected[-1]
        )
        for row in range(0, len(of), 4)
    )  # fmt: skip
    some = np.isin(shop.person, of.persons[::4])
    came = shop.chosen(some).between(700, 700 + 183)
    assert total == pytest.approx(float(came.net.sum()), rel=0.25)


def test_an_archetype_goes_on_growing_but_ever_less():
    months = [
        Sizes(as_of=datetime(2024, 1 + n, 1, tzinfo=UTC), members={"a": int(100 * 1.1**n), "b": 50}) for n in range(10)
    ]
    said = archetype_growth.projected(months, {"a": 236, "b": 50, "new": 7}, 3)
    assert 236 < said["a"].expected < 236 * 1.1**3
    assert said["b"].expected == pytest.approx(50)
    assert said["new"].low <= 7 <= said["new"].high
    assert archetype_growth.missing(months[:3]) == ("4 snapshots of months; there are 3",)
    told = archetype_growth.backtest(months)
    assert told is not None
    assert told.windows == 12
    assert told.error < 0.1


def test_intervals_are_no_narrower_than_the_rule_s_own_errors_were():
    told = monthly.held(
        [Window(end=n, over=n + 1, error=e, width=0.2) for n, e in enumerate((0.1, 0.5, 0.4, 0.3, 0.2))]
    )
    assert told.stretch == pytest.approx(2.5)  # four of five would need more than 2.0
    assert told.covered == pytest.approx(4 / 5)  # the second lay outside of what was known after the first
    assert monthly.held([Window(end=n, over=n + 1, error=0.1, width=0.2) for n in (1, 2)]).stretch == 1
    said = ahead(seasonal(900), 0, 30)
    exact = replace(told, error=0.0)
    assert np.log(said.as_wide_as(exact).high / said.expected) == pytest.approx(2.5 * np.log(said.high / said.expected))
    bad = Backtest(windows=9, error=1.2, covered=0.9, stretch=1.0)
    assert np.log(said.as_wide_as(bad).high / said.expected) == pytest.approx(1.2)


def test_what_is_counted_is_told_in_whole_numbers_as_wide_as_chance():
    few = Ahead(expected=0.3, low=0.25, high=0.4, origins=5).counted()
    assert (few.low, few.high) == (0, 2)
    many = Ahead(expected=100, low=95.5, high=105.5, origins=5).counted()
    assert (many.low, many.high) == (87, 113)  # chance alone makes 12.8 of a hundred
    assert Ahead(expected=100, low=40, high=250, origins=5).counted().high == 250


def test_a_shop_that_doubled_last_month_gets_an_interval_and_no_crash():
    random = np.random.default_rng(4)
    series = random.gamma(4, 25, 700)
    series[-30:] *= 2
    told = monthly.backtest(series, [(0, 30), (30, 30), (60, 30)])
    assert told is not None
    said = ahead(series, 0, 30).as_wide_as(told)
    assert 3_000 < said.expected < 6_500
    assert said.low < said.expected < said.high
