"""RFM, held against counting by hand and against a plain reading of its tie rule."""

from dataclasses import replace

import numpy as np
import pytest

from switchboard.intelligence.features import measure
from switchboard.intelligence.questions import rfm
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow

# Five customers in the order of all three figures: the first ordered longest ago, once, for 10.
FIVE = [Line(document=10 * n + k, person=n, ago=100 - 10 * n, gross=10.0) for n in range(1, 6) for k in range(n)]


def plainly(figures: list[int]) -> list[int]:
    """The fifth in which the middle of those of the same figure stands, counted one by one."""
    found: list[int] = []
    for each in figures:
        below, ties = sum(other < each for other in figures), figures.count(each)
        middle = (below + ties / 2) / len(figures)
        found.append(next(score for score in range(1, 6) if middle < score / 5 or score == 5))
    return found


def test_five_customers_who_differ_have_the_five_scores():
    table = rfm.rfm(shop(FIVE), NOW)
    assert [(each.recency, each.frequency, each.monetary) for each in table.cells] == [
        (n, n, n) for n in (5, 4, 3, 2, 1)
    ]
    assert [(each.group, each.customers, each.mean_value) for each in table.cells] == [
        ("champions", 1, 50.0), ("loyal", 1, 40.0), ("need_attention", 1, 30.0), ("hibernating", 1, 20.0),
        ("hibernating", 1, 10.0),
    ]  # fmt: skip


def test_a_group_has_its_customers_share_and_means():
    of = {each.name: each for each in rfm.rfm(shop(FIVE), NOW).groups}
    hibernating = of["hibernating"]
    assert (hibernating.customers, hibernating.share, hibernating.total_value) == (2, 0.4, 30.0)
    assert (hibernating.mean_value, hibernating.mean_orders) == (15.0, 1.5)
    assert hibernating.mean_days_since_last_order == 85.0
    assert (of["new"].customers, of["new"].mean_value, of["new"].mean_orders) == (0, None, None)
    assert sum(each.customers for each in of.values()) == 5


def test_each_score_says_from_where_to_where_it_goes():
    table = rfm.rfm(shop(FIVE), NOW)
    assert [(each.score, each.low, each.high) for each in table.scores if each.figure == "days_since_last_order"] == [
        (5, 50, 50), (4, 60, 60), (3, 70, 70), (2, 80, 80), (1, 90, 90)
    ]  # fmt: skip


def test_customers_who_do_not_differ_are_all_in_the_middle():
    table = rfm.rfm(shop([Line(document=n, person=n, ago=3, gross=5.0) for n in range(1, 8)]), NOW)
    assert [(each.recency, each.frequency, each.monetary, each.customers) for each in table.cells] == [(3, 3, 3, 7)]


def test_one_customer_is_a_whole_shop():
    table = rfm.rfm(shop(FIVE[:1]), NOW)
    assert [(each.group, each.customers) for each in table.cells] == [("need_attention", 1)]


def test_refunds_are_no_orders_and_lower_the_value():
    back = Line(document=99, person=5, ago=1, refund=45.0)
    table = rfm.rfm(shop([*FIVE, back]), NOW)
    (best,) = [each for each in table.cells if each.recency == 5]
    assert (best.frequency, best.monetary, best.mean_value) == (5, 1, 5.0)
    assert max(each.high for each in table.scores if each.figure == "orders") == 5
    assert min(each.low for each in table.scores if each.figure == "days_since_last_order") == 50


def test_guests_and_what_comes_after_the_moment_do_not_count():
    more = [Line(document=90, person=None, ago=1, gross=500.0), Line(document=91, person=1, ago=-1, gross=500.0)]
    assert rfm.rfm(shop([*FIVE, *more]), NOW) == rfm.rfm(shop(FIVE), NOW)


def test_an_order_of_many_lines_is_one_order():
    lines = [replace(each, product=product, gross=5.0) for each in FIVE for product in (1, 2)]
    assert rfm.rfm(shop(lines), NOW) == rfm.rfm(shop(FIVE), NOW)


@pytest.mark.parametrize("seed", range(5))
def test_ties_share_the_score_of_their_middle(seed: int):
    figures = np.random.default_rng(seed).integers(-20, 20 * (seed + 1), 97)
    assert rfm.scores(figures).tolist() == plainly(figures.tolist())


def test_no_group_is_without_a_place_among_the_scores():
    names = {rfm.group_of(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}
    assert names == set(rfm.MEANINGS)


def test_a_real_shop_has_the_figures_of_its_features():
    con, now = real_shop("gifts")
    table, features = rfm.rfm(con, now), measure(con, now)
    assert table.customers == len(features)
    assert sum(each.total_value for each in table.groups) == pytest.approx(features["lifetime_value"].sum())
    orders = sum((each.mean_orders or 0) * each.customers for each in table.groups)
    assert orders == pytest.approx(features["orders"].sum())
    frequency = plainly(features["orders"].astype(int).tolist())
    counted = [each.customers for each in table.scores if each.figure == "orders"]
    assert counted == [frequency.count(score) for score in (5, 4, 3, 2, 1) if score in frequency]
