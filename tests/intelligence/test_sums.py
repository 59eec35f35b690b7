"""The sums that are taken are those that `features.sql` says, for every column and customer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.intelligence.features import FEATURES, AsOf, derived, measure
from switchboard.intelligence.sums import NAMES, in_pairs
from tests.intelligence.mirrors import NOW, Line, by_sql, mirror
from tests.intelligence.shops import SHOPS, Shop, add_orders, open_shop

ROUNDED = ("gap_mean", "gap_deviation", "category_entropy")  # their order of summing is each engine's own

lines = st.builds(
    Line,
    document=st.integers(1, 6),
    ago=st.sampled_from((-1, 0, 1, 89, 90, 91, 364, 365, 366, 800)),
    hour=st.sampled_from((0.0, 9.0, 12.0, 23.99)),
    gross=st.sampled_from((-2.0, 0.0, 0.01, 3.0, 3.0, 10.0, 250_000.0)),
    discount=st.sampled_from((None, 0.0, 0.5, 3.0, 4.0)),
    refund=st.sampled_from((0.0, 0.0, 1.25, 3.0)),
    person=st.sampled_from((None, 1, 2, 3, 10**12)),
    product=st.sampled_from((None, 0, 1, 2, 2**31 - 1)),
    category=st.sampled_from((None, 1, 2, 7)),
)


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest) -> Shop:
    return open_shop(request.param)


def the_same(shop: Shop, moment: AsOf) -> None:
    found, said = measure(shop.con, moment), by_sql(shop.con, moment)
    assert found.persons.tolist() == said["person"].tolist()
    expected = derived(said, moment)
    for name in FEATURES:
        rounded = 1e-11 if name in ROUNDED else 0
        np.testing.assert_allclose(found[name], expected[name], rtol=rounded, atol=rounded, err_msg=name)


@pytest.mark.heavy
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(lines, max_size=40))
def test_any_lines_have_the_sums_that_the_query_says(some: list[Line]):
    the_same(Shop(con=mirror(some), earlier=NOW, now=NOW), NOW)


@pytest.mark.slow
def test_real_shops_have_the_sums_that_the_query_says(shop: Shop):
    add_orders(shop)
    the_same(shop, shop.now)
    the_same(shop, shop.earlier)


def test_the_columns_are_those_of_the_query():
    assert list(by_sql(mirror([]), NOW)) == list(NAMES)


@pytest.mark.parametrize("spread", [1, 2**20, 2**31])
def test_pairs_lie_in_order_and_equal_ones_as_they_came(spread: int):
    random = np.random.default_rng(1)
    row, column = random.integers(0, 2**20, 5_000), random.integers(-3, 3, 5_000) * spread // 4
    row[:2_000] = 5

    order, fresh = in_pairs(row, column)

    expected = np.lexsort((column, row))
    assert order.tolist() == expected.tolist()
    pairs = list(zip(row[expected].tolist(), column[expected].tolist(), strict=True))
    assert fresh.tolist() == [at == 0 or pair != pairs[at - 1] for at, pair in enumerate(pairs)]
