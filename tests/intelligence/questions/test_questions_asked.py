"""Questions about all customers as callers ask them: of which moment, in which shops, and what is refused."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.foundation.records import Record
from switchboard.intelligence.operations.questions import cohorts, discount_dependency, one_time_buyers, rfm
from switchboard.intelligence.question_records import CohortsAsked, DiscountAsked, OneTimeAsked
from switchboard.intelligence.records import Asked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

SOLD = orders(
    "o1,c1,2023-10-31T10:00,p1,Tea,Drinks,2,10.00,1.00,",
    "o2,,2023-10-31T23:30,p1,Tea,Drinks,1,5.00,,",
    "o3,c1,2023-11-15T10:00,p1,Tea,Drinks,1,8.00,,",
    "o3,c1,2023-11-15T10:00,p2,Cup,Ware,1,2.00,,",
    "o4,c2,2024-01-02T10:00,p2,Cup,Ware,1,7.00,,",
    "r1,c1,2024-01-01T10:00,p1,Tea,Drinks,-1,8.00,,",
)
LATE = orders("o0,c2,2023-12-01T10:00,p1,Tea,Drinks,1,4.00,2.00,", "o5,c1,2023-12-02T10:00,p1,Tea,Drinks,1,4.00,,")
ASKS: tuple[tuple[Operation[Any, Any], Asked], ...] = (
    (rfm, Asked()),
    (cohorts, CohortsAsked()),
    (one_time_buyers, OneTimeAsked()),
    (discount_dependency, DiscountAsked()),
)


async def ask(shop: Shop, which: int, as_of: date | None = None) -> Record:
    """The answer to one of the questions."""
    operation, asked = ASKS[which]
    said = asked.model_copy(update={"as_of": as_of})
    return await operation(shop.ground, shop.caller, said, door="test")


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground, zone="Europe/Helsinki")
    await made.bring(SOLD)
    await made.segment()
    return made


async def test_a_shop_of_two_customers_is_scored(shop: Shop):
    table = await rfm(shop.ground, shop.caller, Asked(), door="test")
    assert (table.customers, table.currency) == (2, "EUR")
    assert [(each.recency, each.frequency, each.monetary, each.mean_value) for each in table.cells] == [
        (4, 2, 2, 7.0), (2, 4, 4, 21.0)
    ]  # fmt: skip


async def test_cohorts_are_of_the_workspaces_calendar(shop: Shop):
    told = await cohorts(shop.ground, shop.caller, CohortsAsked(months=4), door="test")
    assert [(each.month, each.customers, each.net) for each in told.cohorts] == [
        ("2023-10", 1, 21.0), ("2023-11", 0, 0.0), ("2023-12", 0, 0.0), ("2024-01", 1, 7.0)
    ]  # fmt: skip
    assert [month.active for month in told.cohorts[0].months] == [1, 1, 0, 0]


async def test_one_time_buyers_are_told_with_what_they_bring(shop: Shop):
    told = await one_time_buyers(shop.ground, shop.caller, OneTimeAsked(within_days=30), door="test")
    assert (told.customers, told.share, told.net, told.net_share) == (1, 0.5, 7.0, 0.25)
    assert (told.returning.customers, told.returning.came_back) == (1, 1)
    assert (told.products.missing, told.categories.missing) == (None, None)


async def test_discounts_are_told_with_who_depends_on_them(shop: Shop):
    told = await discount_dependency(shop.ground, shop.caller, DiscountAsked(), door="test")
    assert (told.customers, told.gross, told.discounted_gross, told.discounted_net) == (2, 37.0, 20.0, 19.0)
    assert told.dependent is not None
    assert (told.dependent.customers, told.dependent.net) == (1, 29.0)
    assert [each.customers for each in told.bands] == [1, 0, 0, 1, 0, 0]


async def test_a_moment_of_the_past_sees_what_was_sold_by_then(shop: Shop):
    then = date(2023, 11, 1)
    table = await rfm(shop.ground, shop.caller, Asked(as_of=then), door="test")
    months = await cohorts(shop.ground, shop.caller, CohortsAsked(as_of=then, months=2), door="test")
    once = await one_time_buyers(shop.ground, shop.caller, OneTimeAsked(as_of=then), door="test")
    assert [(each.customers, each.mean_value) for each in table.cells] == [(1, 19.0)]
    assert [(each.month, each.customers) for each in months.cohorts] == [("2023-09", 0), ("2023-10", 1)]
    assert (once.customers, once.share, once.returning.share) == (1, 1.0, None)
    assert table.as_of.isoformat() == "2023-10-31T22:00:00+00:00"


@pytest.mark.parametrize("which", range(len(ASKS)))
@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, which: int, as_of: date, says: str):
    with pytest.raises(Invalid, match=says) as refused:
        await ask(shop, which, as_of)
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("months", [0, 37, "six", None])
def test_a_number_of_months_that_can_not_be_is_refused(months: object):
    with pytest.raises(ValidationError, match="months"):
        CohortsAsked.model_validate({"months": months})


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_an_empty_shop_says_what_to_do(ground: Ground, which: int):
    with pytest.raises(Conflict, match="import orders") as refused:
        await ask(await open_shop(ground), which)
    assert refused.value.code == "not_segmented"


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_one_order_without_product_category_and_discount_is_a_whole_shop(ground: Ground, which: int):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    told = (await ask(made, which)).model_dump_json()
    assert "NaN" not in told
    assert ("state no discounts" in told) is (which == 3)


async def test_orders_that_come_late_count_as_those_that_came_at_once(ground: Ground):
    """Lines that came by delta lie behind the others in the mirror, and each order still counts once."""
    late, at_once = await open_shop(ground), await open_shop(ground)
    await late.bring(SOLD)
    await late.segment()
    await late.bring(LATE)
    await at_once.bring(SOLD + LATE.partition("\n")[2])
    for made in (late, at_once):
        await made.segment()
    for which in range(len(ASKS)):
        assert await ask(late, which) == await ask(at_once, which)
    table = await rfm(ground, late.caller, Asked(), door="test")
    assert sum((each.mean_orders or 0) * each.customers for each in table.groups) == 5
