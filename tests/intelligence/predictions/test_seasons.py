"""What the weeks of the year are worth, and that values of months ahead know it."""

import numpy as np
import pytest

from switchboard.intelligence.predictions import lifetime, model
from switchboard.intelligence.predictions.calendars import EVEN, Calendar
from switchboard.intelligence.predictions.days import Days, outcome
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.quality import average_precision
from switchboard.intelligence.predictions.seasons import with_season
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import traits
from tests.intelligence.predictions.shops import days

pytestmark = pytest.mark.slow

LENGTH, CUT = 1_000, 800
AT = np.arange(LENGTH + 400)


def swinging(swing: float, customers: int = 2_500, *, seed: int = 5, cohort: bool = False) -> tuple[Days, Numbers]:
    """Customers with a pace of their own in a shop whose days are worth so much more in season, and that worth.

    Of a cohort all bought first in the first weeks.
    """
    random = np.random.default_rng(seed)
    worth = np.exp(swing * np.cos(2 * np.pi * AT / 364))
    worth = worth / worth[:364].mean()
    born = random.integers(0, 28 if cohort else LENGTH - 60, customers)
    left = born + random.exponential(400, customers)
    pace, share = random.gamma(0.8, 1 / 40, customers), worth[:LENGTH] / worth.max()
    who, when = list[int](), list[int]()
    for number in range(customers):
        begin, end = int(born[number]), int(min(left[number], LENGTH))
        most = int(random.poisson(max(end - begin, 0) * float(pace[number]) * float(worth.max())))
        dates = random.integers(begin, max(end, begin + 1), most)
        dates = {begin, *dates[random.random(most) < share[dates]].tolist()}
        who += [number] * len(dates)
        when += sorted(dates)
    return days(who, when, np.exp(random.normal(3.5, 0.5, len(who)))), worth


def learned(shop: Days, cut: int = CUT) -> Calendar:
    return with_season(Calendar(start=0, factors=np.ones(cut + 400)), shop.before(cut), cut)


def test_a_season_that_came_twice_is_expected_again():
    shop, worth = swinging(0.8)
    calendar = learned(shop)
    said = np.array([calendar.span(day, 28) / 28 for day in range(CUT, CUT + 364, 28)])
    true = np.array([worth[day : day + 28].mean() for day in range(CUT, CUT + 364, 28)])
    assert np.abs(np.log(said / true)).max() < 0.2
    assert calendar.span(CUT, 364) == pytest.approx(364, rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_where_no_season_comes_back_days_are_even(seed: int):
    shop, _ = swinging(0.0, seed=seed)
    assert np.abs(np.log(learned(shop).factors)).max() < 0.12


def test_a_season_is_not_known_after_one_year():
    shop, _ = swinging(0.8)
    assert learned(shop, 500).is_even


def test_customers_who_all_leave_are_no_season():
    shop, _ = swinging(0.0, cohort=True)
    assert np.abs(np.log(learned(shop).factors)).max() < 0.15


def test_an_empty_shop_and_one_that_sold_once_have_no_season():
    nobody = days([], [], [])
    assert learned(nobody).is_even
    assert learned(days([1], [3], [10.0])).is_even


def test_the_swing_of_a_window_is_that_of_its_season_alone():
    calendar = Calendar(start=0, factors=np.full(100, 3.0), season=np.full(100, 1.5))
    assert calendar.swing(10, 30) == pytest.approx(np.log(1.5))
    assert calendar.in_any_season.span(10, 30) == pytest.approx(60)
    assert EVEN.swing(10, 30) == 0


def test_who_buys_next_is_told_better_where_days_are_counted_by_their_season():
    shop, _ = swinging(1.2)
    cut = 850
    fitted = model.fit(shop, cut, 90)
    assert fitted.calendar.knows_season
    of = model.traits_of(fitted, shop.before(cut), cut)
    even = model.buying.fit(traits(shop.before(cut), cut, 90))
    then = outcome(shop, of.persons, cut, cut + 90).bought
    found = [
        average_precision(then, each)
        for each in (
            model.predict(fitted, of).probability,
            model.buying.bought(even, traits(shop.before(cut), cut, 90), 90).pareto,
        )
    ]
    assert found[0] > found[1] + 0.02


def test_a_months_value_is_that_of_its_season():
    shop, worth = swinging(0.8)
    fitted = model.fit(shop, CUT, 90)
    ladder = lifetime.fit(shop, CUT, fitted.buying, fitted.calendar)
    one = histories(np.array([12.0]), np.array([390.0]), np.array([400.0]))
    said = lifetime.worth(ladder, fitted.buying, one, 30.0, 12)
    parts = np.diff(said.expected, prepend=0)
    months = np.array([worth[CUT + round(each * lifetime.MONTH) :][:30].mean() for each in range(12)])
    assert np.corrcoef(parts, months)[0, 1] > 0.8
    assert (parts >= 0).all()
