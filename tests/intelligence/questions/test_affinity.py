"""Product affinity, held against a worked basket by hand and against counting pairs in plain Python."""

from collections import Counter
from itertools import combinations

import duckdb
import pytest

from switchboard.intelligence.months import day_of
from switchboard.intelligence.product_question_records import AffinityAsked
from switchboard.intelligence.questions import affinity
from switchboard.intelligence.questions.affinity import Found
from tests.intelligence.mirrors import NOW, TODAY, Line
from tests.intelligence.questions.plain_shop import real_shop, shop
from tests.intelligence.questions.test_chance import exactly

pytestmark = pytest.mark.slow

ASKED = AffinityAsked(days=100)


def basket(document: int, *products: int, person: int | None = None, ago: int = 1) -> list[Line]:
    """An order of these products, of a customer of its own unless one is named."""
    who = document if person is None else person
    return [Line(document=document, person=who, ago=ago, gross=5.0, product=product) for product in products]


def told(lines: list[Line], asked: AffinityAsked = ASKED, product: int | None = None) -> Found:
    return affinity.affinity(shop(lines), NOW, product, asked)


def tea_and_cups() -> list[Line]:
    """Forty orders: 10 with tea (1) and cups (2), 2 with tea alone, 3 with cups alone, 25 with bread (3)."""
    baskets = [(1, 2)] * 10 + [(1,)] * 2 + [(2,)] * 3 + [(3,)] * 25
    return [line for n, products in enumerate(baskets, start=1) for line in basket(n, *products)]


def test_a_pair_has_its_support_confidences_and_lift():
    found = told(tea_and_cups())
    (pair,) = found.pairs
    assert (pair.first.product_id, pair.second.product_id, pair.orders) == ("p1", "p2", 10)
    assert (pair.first.name, pair.second.name) == ("Product 1", "Product 2")
    assert (pair.support, pair.confidence, pair.confidence_back) == (0.25, 10 / 12, 10 / 13)
    assert pair.lift == pytest.approx(10 * 40 / (12 * 13))
    assert pair.p_value == pytest.approx(3 * exactly(10, 40, 12, 13), rel=0.01)
    assert (found.found, found.tested, found.orders, found.products) == (1, 3, 40, 3)


def test_asked_for_one_product_it_is_the_first_of_each_pair_and_fewer_pairs_are_tested():
    found = told(tea_and_cups(), product=2)
    (pair,) = found.pairs
    assert (pair.first.product_id, pair.confidence, pair.confidence_back) == ("p2", 10 / 13, 10 / 12)
    assert pair.p_value == pytest.approx(2 * exactly(10, 40, 12, 13), rel=0.01)
    assert found.tested == 2


def test_a_product_that_was_never_sold_has_no_pairs():
    found = told(tea_and_cups(), product=99)
    assert (found.pairs, found.found, found.products, found.tested) == ((), 0, 3, 3)


def test_a_product_of_too_few_orders_is_not_compared_unless_it_is_asked_for():
    lines = [*tea_and_cups(), *basket(41, 4, 1)]
    assert (told(lines).products, told(lines, product=4).products, told(lines, product=4).tested) == (3, 4, 3)


def test_a_product_that_the_catalogue_does_not_have_is_not_compared():
    con = shop(tea_and_cups())
    con.execute("delete from product where product = 2")
    found = affinity.affinity(con, NOW, None, ASKED)
    assert (found.pairs, found.products, found.orders) == ((), 2, 40)


def test_a_pair_that_chance_explains_is_not_shown():
    """Two products each in half of a hundred orders, in a quarter of them together: what chance brings."""
    kinds = [(1, 2), (1,), (2,), (3,)]
    found = told([line for n in range(100) for line in basket(n + 1, *kinds[n % 4])])
    assert (found.pairs, found.tested) == ((), 3)


def test_a_pair_below_the_least_support_is_not_shown():
    assert told(tea_and_cups(), AffinityAsked(days=100, least_orders=10)).found == 1
    assert told(tea_and_cups(), AffinityAsked(days=100, least_orders=11)).found == 0


def test_what_one_customer_alone_buys_together_is_no_pattern():
    lines = [line for n in range(10) for line in basket(n + 1, 1, 2, person=1)]
    others = [line for n in range(30) for line in basket(100 + n, 3)]
    assert told(lines + others).pairs == ()
    assert told([*lines, *basket(11, 1, 2, person=2), *others]).found == 1


def test_guests_buy_together_as_customers_do():
    guests = [
        Line(document=each.document, person=None, ago=1, gross=5.0, product=each.product) for each in tea_and_cups()
    ]
    assert told(guests).pairs == told(tea_and_cups()).pairs


def test_only_orders_of_the_days_asked_for_and_before_the_moment_count():
    more = [line for n in range(20) for line in basket(200 + n, 2, 3, ago=101)]
    later = [line for n in range(20) for line in basket(300 + n, 2, 3, ago=-1)]
    assert told([*tea_and_cups(), *more, *later]) == told(tea_and_cups())


def test_a_product_of_many_lines_of_an_order_counts_once_and_a_refund_not_at_all():
    again = [*tea_and_cups(), *basket(1, 1), *basket(1, 2)]
    back = [
        Line(document=400 + n, person=n, ago=1, refund=5.0, product=product) for n in range(9) for product in (1, 2)
    ]
    assert told([*again, *back]) == told(tea_and_cups())


def test_an_order_of_very_many_products_is_left_out():
    whole = basket(99, *range(1, affinity.LARGEST + 2))
    assert told([*tea_and_cups(), *whole]).orders == 40
    assert told([*tea_and_cups(), *whole[1:]]).orders == 41


def test_a_large_shop_is_looked_at_through_its_newest_days():
    old = [line for n in range(20) for line in basket(200 + n, 2, 3, ago=30)]
    found = affinity.affinity(shop([*tea_and_cups(), *old]), NOW, None, ASKED, most_lines=50)
    assert (found.orders, found.since) == (40, day_of(TODAY - 1))
    assert (found.pairs, found.found) == (told(tea_and_cups()).pairs, 1)


def test_a_shop_of_one_product_or_none_has_no_pairs():
    assert (told(basket(1, 1)).found, told(basket(1, 1)).tested, told(basket(1, 1)).orders) == (0, 0, 1)
    nothing = told([Line(document=1, ago=1, gross=5.0)])
    assert (nothing.pairs, nothing.orders, nothing.products) == ((), 0, 0)


@pytest.mark.parametrize("by", ["lift", "orders", "confidence"])
def test_the_first_pair_has_most_of_what_is_asked(by: str):
    con, now = real_shop("gifts")
    asked = AffinityAsked.model_validate({"sort_by": by, "limit": 50, "days": 90})
    pairs = affinity.affinity(con, now, None, asked).pairs
    figures = {
        "lift": [each.lift for each in pairs],
        "orders": [each.orders for each in pairs],
        "confidence": [max(each.confidence, each.confidence_back) for each in pairs],
    }
    assert len(pairs) == 50
    assert figures[by] == sorted(figures[by], reverse=True)
    assert max(each.p_value for each in pairs) <= 0.05


def test_a_real_shop_has_the_pairs_that_plain_counting_finds():
    con, now = real_shop("gifts")
    found = affinity.affinity(con, now, None, AffinityAsked(days=60, least_orders=30, limit=200, sort_by="orders"))
    baskets = plainly(con, now.second, now.day - 60)
    products = Counter(product for of in baskets for product in of)
    counted = {each for each, orders in products.items() if orders >= 30}
    pairs = Counter(pair for of in baskets for pair in combinations(sorted(of & counted), 2))
    tested = len(counted) * (len(counted) - 1) // 2
    beyond = {
        pair
        for pair, hits in pairs.items()
        if hits >= 30 and tested * exactly(hits, len(baskets), products[pair[0]], products[pair[1]]) <= 0.05
    }
    assert (found.orders, found.products, found.tested) == (len(baskets), len(counted), tested)
    assert found.found == len(beyond) > 10
    for each in found.pairs:
        one, other = int(each.first.product_id[1:]), int(each.second.product_id[1:])
        assert (one, other) in beyond
        assert each.orders == pairs[one, other]
        assert each.lift == pytest.approx(pairs[one, other] * len(baskets) / products[one] / products[other])


def plainly(con: duckdb.DuckDBPyConnection, second: int, since: int) -> list[set[int]]:
    """The products of each order that has a hundred of them at most."""
    of: dict[int, set[int]] = {}
    for document, product in con.execute(
        "select document, product from sale where second < ? and day >= ? and gross > 0 and product is not null",
        [second, since],
    ).fetchall():
        of.setdefault(document, set()).add(product)
    return [each for each in of.values() if len(each) <= affinity.LARGEST]
