"""Shops that break with their past, and small ones whose customers keep to a rule."""

import numpy as np
import pytest

from switchboard.intelligence.predictions import breaks, model
from switchboard.intelligence.predictions.days import Days, outcome
from switchboard.intelligence.predictions.quality import calibration_error
from tests.intelligence.predictions.shops import days, made_up

pytestmark = pytest.mark.heavy

LENGTH, BROKE = 810, 540


def by_rule(customers: int, cut: int, seed: int) -> Days:
    """Half of the customers come back every sixty days, the others never do."""
    random = np.random.default_rng(seed)
    born = random.integers(0, cut - 30, customers)
    visits = [
        (number, day)
        for number, begin in enumerate(born.tolist())
        for day in range(begin, cut + 90 if number % 2 else begin + 1, 60)
    ]
    who, when = zip(*visits, strict=True)
    return days(who, when, np.full(len(who), 30.0))


def collapsing(kept: float, seed: int) -> Days:
    """A shop that sells only so much of what it did, from one day on."""
    shop = made_up(800, seed=seed, length=LENGTH, gap=40)
    return shop.chosen((shop.day < BROKE) | (np.random.default_rng(seed).random(len(shop)) < kept))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("cut", [200, 300, 450])
def test_a_small_shop_whose_customers_keep_to_a_rule_is_calibrated(cut: int, seed: int):
    shop = by_rule(130, cut, seed)
    fitted = model.fit(shop, cut, 90)
    of = model.traits_of(fitted, shop.before(cut), cut)
    came = outcome(shop, of.persons, cut, cut + 90).bought
    assert calibration_error(came, model.predict(fitted, of).probability) < 0.12
    assert fitted.sharper > 1


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("since", [30, 60, 120, 180])
@pytest.mark.parametrize("kept", [0.25, 0.1])
def test_a_shop_that_lost_most_of_its_sales_is_not_expected_to_get_them_back(kept: float, since: int, seed: int):
    shop, cut = collapsing(kept, seed), BROKE + since
    fitted = model.fit(shop, cut, 90)
    of = model.traits_of(fitted, shop.before(cut), cut)
    said, came = model.predict(fitted, of), outcome(shop, of.persons, cut, cut + 90)
    assert 0.35 < said.total[0] / came.value.sum() < 1.8
    assert calibration_error(came.bought, said.probability) < 0.06
    assert said.total[1] < said.total[0] < said.total[2]


@pytest.mark.parametrize("seed", range(6))
def test_a_shop_that_goes_on_as_before_has_lost_nothing(seed: int):
    shop = made_up(800, seed=seed, length=LENGTH, gap=40)
    fitted = model.fit(shop, 700, 90)
    assert breaks.lost(shop.before(700), 700, fitted.buying, fitted.calendar) > -0.1


def test_a_young_shop_can_not_have_broken_with_its_past():
    shop = made_up(800, length=LENGTH, gap=40)
    fitted = model.fit(shop, 150, 30)
    assert breaks.lost(shop.before(150), 150, fitted.buying, fitted.calendar) == 0
    nobody = days([1], [3], [10.0])
    assert breaks.lost(nobody, 150, fitted.buying, fitted.calendar) == 0


def test_a_large_shop_is_not_asked_how_sure_it_is():
    assert model.fit(made_up(8_000, length=400), 380, 90).sharper == 1
