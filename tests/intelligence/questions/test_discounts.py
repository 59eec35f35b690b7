"""Dependency on discounts, by hand and against the features."""

import pytest

from switchboard.intelligence.features import measure
from switchboard.intelligence.questions.discounts import bands, dependent, spent
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow


def bought(person: int, full: float, reduced: float, orders: int = 1) -> list[Line]:
    """Orders with so much at full price and so much with a tenth off, in all."""
    return [
        Line(document=10 * person + n, person=person, ago=n + 1, gross=gross / orders, discount=off * gross / orders)
        for n in range(orders)
        for gross, off in ((full, 0.0), (reduced, 0.1))
        if gross
    ]


SIX = [
    *bought(1, 100, 0), *bought(2, 75, 25), *bought(3, 50, 50, 2), *bought(4, 40, 60), *bought(5, 10, 90, 2),
    *bought(6, 0, 100, 2),
]  # fmt: skip


def test_customers_stand_in_bands_by_the_share_they_bought_with_a_discount():
    of = spent(shop(SIX), NOW)
    assert [(each.name, each.customers, each.gross, each.net) for each in bands(of)] == [
        ("none", 1, 100.0, 100.0), ("few", 1, 100.0, 97.5), ("some", 1, 100.0, 95.0), ("most", 1, 100.0, 94.0),
        ("nearly_all", 1, 100.0, 91.0), ("all", 1, 100.0, 90.0),
    ]  # fmt: skip
    assert sum(each.share for each in bands(of)) == pytest.approx(1.0)


def test_who_reaches_both_thresholds_is_dependent():
    of = dependent(spent(shop(SIX), NOW), 0.5, 2)
    assert (of.customers, of.share, of.net) == (3, 0.5, 276.0)
    assert of.net_share == pytest.approx(276 / 567.5)
    assert dependent(spent(shop(SIX), NOW), 1.0, 1).customers == 1
    assert dependent(spent(shop(SIX), NOW), 0.01, 4).customers == 0


def test_revenue_at_a_discount_is_that_of_the_lines_that_have_one():
    of = spent(shop(SIX), NOW)
    assert (of.discounted.sum(), of.discounted_net.sum(), of.discount.sum()) == (3_250_000, 2_925_000, 325_000)


def test_guests_refunds_and_what_comes_after_the_moment_do_not_count():
    more = [
        Line(document=90, person=None, ago=1, gross=50.0, discount=5.0), Line(document=91, person=1, ago=1, refund=9.0),
        Line(document=92, person=1, ago=-1, gross=50.0, discount=5.0),
    ]  # fmt: skip
    assert bands(spent(shop([*SIX, *more]), NOW)) == bands(spent(shop(SIX), NOW))


@pytest.mark.parametrize(("discount", "known"), [(None, False), (0.0, True)])
def test_whether_discounts_are_stated_is_known(discount: float | None, known: bool):
    of = spent(shop([Line(document=1, ago=1, gross=5.0, discount=discount)]), NOW)
    assert of.is_known is known
    assert [each.customers for each in bands(of)] == [1, 0, 0, 0, 0, 0]


def test_a_real_shop_has_the_figures_of_its_features():
    con, now = real_shop("grocer")
    of, features = spent(con, now), measure(con, now)
    assert len(of) == len(features)
    assert of.orders.sum() == features["orders"].sum()
    assert (of.gross.sum() - of.discount.sum()) / 10_000 == pytest.approx(features["order_net"].sum())
    assert of.discounted_net.sum() / 10_000 == pytest.approx(features["discounted_net"].sum())
    assert sum(each.customers for each in bands(of)) == len(features)
