"""What a customer bought and whom they are like, asked of real orders."""

from datetime import date, timedelta

import numpy as np
import pytest

from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.likeness import likeness, nearest
from switchboard.intelligence.operations.customers import profile
from switchboard.intelligence.operations.purchases import bought, similar_customers
from switchboard.intelligence.purchase_records import BoughtAsked, SimilarAsked
from switchboard.intelligence.records import CustomerAsked
from switchboard.intelligence.snapshots import Roster
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

BEGIN = date(2023, 1, 2)
LINES = orders(
    *(
        f"o{n}-{k},c{n:02},{BEGIN + timedelta(days=(7, 14, 60)[n % 3] * k + n)}T10:00,p{k % 3},Thing {k % 3},"
        f"{('Tea', 'Ware')[k % 2]},2,{10 + k % 3},1,"
        for n in range(30)
        for k in range((20, 10, 3)[n % 3])
    ),
    "r1,c00,2023-03-01T10:00,p0,Thing 0,Tea,-1,10,,",
)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(LINES)
    await made.segment()
    return made


def wide_roster(people: int) -> Roster:
    """Who is x on a is every other one, who is y on b every one of two in turn; the last orders a day apart."""
    numbers = np.arange(people)
    none = np.zeros(people, np.uint8)
    return Roster(
        persons=numbers + 0, last_days=numbers.astype(np.int32), archetype_ids=("one",), archetypes=none,
        churn_tenths=none, axes={"a": (("x", "z"), (numbers % 2).astype(np.uint8)),
                                 "b": (("x", "y"), (numbers // 2 % 2).astype(np.uint8))}, absent={},
    )  # fmt: skip


async def test_products_come_most_spent_first_and_a_page_at_a_time(shop: Shop):
    first = await bought(shop.ground, shop.caller, BoughtAsked(customer_id="c00", limit=2), door="test")
    rest = await bought(
        shop.ground, shop.caller, BoughtAsked(customer_id="c00", limit=2, cursor=first.next_cursor), door="test"
    )

    assert first.total == 3
    assert [each.product_id for each in (*first.products, *rest.products)] == ["p1", "p2", "p0"]
    assert rest.next_cursor is None


async def test_what_came_back_is_no_order_and_takes_its_money_back(shop: Shop):
    found = await bought(shop.ground, shop.caller, BoughtAsked(customer_id="c00"), door="test")

    of = next(each for each in found.products if each.product_id == "p0")
    assert (of.orders, of.quantity, of.net) == (7, 13, 7 * 19 - 10)


async def test_categories_add_up_to_the_lifetime_value(shop: Shop):
    found = await bought(shop.ground, shop.caller, BoughtAsked(customer_id="c01"), door="test")
    whole = (await profile(shop.ground, shop.caller, CustomerAsked(customer_id="c01"), door="test")).metrics

    assert sum(each.net for each in found.categories) == pytest.approx(whole.lifetime_value)
    assert sum(each.share or 0 for each in found.categories) == pytest.approx(1)


async def test_of_an_earlier_moment_later_orders_are_not_known(shop: Shop):
    asked = BoughtAsked(customer_id="c00", as_of=BEGIN + timedelta(days=8))

    assert (await bought(shop.ground, shop.caller, asked, door="test")).total == 2


async def test_the_most_alike_are_those_of_the_same_pace_now_and_then(shop: Shop):
    for as_of in (None, BEGIN + timedelta(days=100)):
        found = await similar_customers(
            shop.ground, shop.caller, SimilarAsked(customer_id="c00", limit=5, as_of=as_of), door="test"
        )

        assert len(found.similar) == 5
        assert {int(each.customer.customer_id[1:]) % 3 for each in found.similar} == {0}
        assert [each.similarity for each in found.similar] == sorted(
            (each.similarity for each in found.similar), reverse=True
        )
        assert "c00" not in {each.customer.customer_id for each in found.similar}


async def test_likeness_is_what_the_profiles_have_in_common(shop: Shop):
    found = await similar_customers(shop.ground, shop.caller, SimilarAsked(customer_id="c04", limit=1), door="test")
    other = found.similar[0].customer.customer_id
    one, two = [
        (await profile(shop.ground, shop.caller, CustomerAsked(customer_id=each), door="test")).memberships
        for each in ("c04", other)
    ]

    assert found.similar[0].similarity == pytest.approx(likeness(one, two))
    assert found.axes == len(one)


async def test_nobody_is_like_a_stranger(shop: Shop):
    with pytest.raises(NotFound, match="there is no customer 'nobody'"):
        await similar_customers(shop.ground, shop.caller, SimilarAsked(customer_id="nobody"), door="test")


def test_those_with_most_in_common_come_first_and_are_bounded():
    roster = wide_roster(1_000)

    rows = nearest(roster, {"a": "x", "b": "y"}, 500, but=7)

    assert len(rows) == 200
    assert all(roster.axes["a"][1][rows] == 0)
    assert all(roster.axes["b"][1][rows] == 1)
    assert 7 not in roster.persons[rows]
    assert abs(roster.last_days[rows].astype(int) - 500).max() <= 401
