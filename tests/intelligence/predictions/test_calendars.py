"""What days were worth: holidays that move, and a shop that was shut."""

import numpy as np
import pytest

from switchboard.intelligence.predictions import calendars, model, monthly
from switchboard.intelligence.predictions.days import Days, outcome
from switchboard.intelligence.predictions.special import Numbers, Whole
from switchboard.intelligence.predictions.traits import traits
from tests.intelligence.predictions.shops import days, made_up

HOLIDAY = np.array([160, 560, 890])  # 400 and 330 days apart
RUSH = 14  # days before it


def rushing(length: int, times: float = 3.0, seed: int = 1) -> Numbers:
    """Orders a day of a shop that sells so many times as much before the holiday."""
    factors = np.ones(length)
    for day in HOLIDAY.tolist():
        factors[max(day - RUSH, 0) : day] *= times
    return np.random.default_rng(seed).poisson(30 * factors).astype(np.float64)


def shut(length: int, start: int, end: int, rate: float = 10.0) -> Numbers:
    series = np.random.default_rng(3).poisson(rate, length).astype(np.float64)
    series[start:end] = 0
    return series


def found(series: Numbers) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in calendars.outages(series)]


def test_a_rush_is_learned_and_expected_where_the_holiday_moves_to():
    calendar, usual = calendars.learned(rushing(800), 0, [HOLIDAY], 1_000)
    assert calendar.of(890 - RUSH, RUSH) == pytest.approx(3, rel=0.2)
    assert calendar.of(930, 30) == pytest.approx(1)
    assert usual[560 - RUSH : 560].mean() == pytest.approx(30, rel=0.2)


def test_a_holiday_nobody_buys_for_changes_little():
    calendar, _ = calendars.learned(rushing(800, times=1.0), 0, [HOLIDAY], 1_000)
    assert calendar.of(890 - 21, 28) == pytest.approx(1, abs=0.06)


def test_a_month_with_the_holiday_that_moved_into_it_is_expected_higher():
    series = rushing(870)  # last year it fell 33 days earlier
    with_it, without = (monthly.ahead(monthly.known(series, each), 0, 30) for each in ([HOLIDAY], []))
    came = 30.0 * (16 + 3 * RUSH)
    assert abs(with_it.expected / came - 1) < 0.15
    assert abs(without.expected / came - 1) > 0.3


def test_a_shop_that_was_shut_is_seen_and_its_days_do_not_count():
    assert found(shut(600, 500, 520)) == [(500, 520)]
    calendar, usual = calendars.learned(shut(600, 500, 520), 0, [], 700)
    assert usual[500:520].mean() == pytest.approx(10, rel=0.15)
    assert calendar.span(495, 30) == pytest.approx(10, abs=0.5)
    assert calendar.place(np.array([520])) == pytest.approx(500)


@pytest.mark.parametrize(
    ("start", "end"),
    [(540, 600), (585, 600)],
)
def test_an_end_that_lasts_until_now_is_no_outage(start: int, end: int):
    assert found(shut(600, start, end)) == []


def test_a_decline_is_no_outage_even_when_it_turns():
    falling = np.concatenate(
        [np.full(200, 10.0), np.linspace(10, 0.5, 120), np.linspace(0.5, 10, 120), np.full(60, 10.0)]
    )
    assert found(falling) == []
    low = np.full(600, 10.0)
    low[300:] = 2
    assert found(low) == []


def test_quiet_weeks_that_come_every_year_are_a_season():
    series = shut(900, 200, 221)
    series[564:585] = 0
    assert found(series) == []


def test_a_week_without_an_order_says_nothing_of_a_shop_that_sells_one_in_three_days():
    random = np.random.default_rng(8)
    assert sum(len(found(random.poisson(0.3, 700).astype(np.float64))) for _ in range(20)) == 0


def moved(shop: Days, start: int, length: int) -> Days:
    """The shop with all its life from a day on so much later: nobody could buy in between."""
    return days(shop.person, np.where(shop.day >= start, shop.day + length, shop.day), shop.net)


def test_probabilities_are_those_of_the_same_shop_without_the_time_it_was_shut():
    shop = made_up(1_500, length=800)
    closed = moved(shop, 480, 30)
    plain, masked = model.fit(shop, 600, 90), model.fit(closed, 630, 90)
    assert not masked.calendar.is_even
    said = [
        model.predict(fitted, traits(of, cut, 90, fitted.calendar)).probability
        for fitted, of, cut in ((plain, shop, 600), (masked, closed, 630))
    ]
    assert np.abs(said[0] - said[1]).mean() < 0.03
    came = outcome(closed, traits(closed, 630, 90).persons, 630, 720)
    assert said[1].mean() == pytest.approx(came.bought.mean(), abs=0.04)


def test_days_ahead_are_told_back_in_those_of_the_clock():
    calendar, _ = calendars.learned(rushing(800), 0, [HOLIDAY], 1_200)
    usual = calendar.place(np.array([900])) - calendar.place(np.array([850]))
    assert calendar.ahead(850, usual) == pytest.approx([50])
    far: Whole = np.array([5_000])
    assert calendar.place(far) - calendar.place(far - 1) == pytest.approx(1)
