"""Recommended products as callers ask for them: what is told, of which moment, and what is refused."""

from datetime import date, timedelta

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence import ahead
from switchboard.intelligence.operations.products import recommend_products, recommend_products_for_group
from switchboard.intelligence.recommendation_records import (
    ProductsForCustomer,
    ProductsForCustomerAsked,
    ProductsForGroup,
    ProductsForGroupAsked,
)
from tests.shop import Shop, as_role, open_shop, orders

pytestmark = pytest.mark.slow

FIRST = date(2024, 1, 1)
CUSTOMERS, TIMES, EVERY = 120, 15, 10  # every customer orders every ten days, until 2024-05-29
OLD = "old"  # everybody's first order has it, and no other one


def _order(n: int, k: int) -> list[str]:
    """The lines of the k-th order of customer n: their staple, a product that changes, and with s0 a cup half the time.

    Customer 7 gives back what they bought with their last order.
    """
    at = FIRST + timedelta(days=EVERY * k + n % EVERY)
    has = [
        f"s{n % 4}",
        f"p{(7 * n + k) % 20}",
        *(["cup"] if n % 4 == 0 and k % 2 == 0 else []),
        *([OLD] if not k else []),
    ]
    return [f"o{n}-{k},c{n},{at}T10:00,{each},{each.upper()},{each[0]},1,10,," for each in has]


SOLD = orders(
    *(line for n in range(CUSTOMERS) for k in range(TIMES) for line in _order(n, k)),
    "r7,c7,2024-05-29T12:00,s3,S3,s,-1,10,,",
)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(SOLD)
    await made.bring("customer_id,country\nnew,DE\n", kind="customers")
    await made.segment()
    return made


async def told(shop: Shop, customer_id: str, **asked: object) -> ProductsForCustomer:
    said = ProductsForCustomerAsked.model_validate({"customer_id": customer_id, **asked})
    return await recommend_products(shop.ground, shop.caller, said, door="test")


async def told_of(shop: Shop, **asked: object) -> ProductsForGroup:
    said = ProductsForGroupAsked.model_validate(asked)
    return await recommend_products_for_group(shop.ground, shop.caller, said, door="test")


async def test_what_somebody_buys_every_ten_days_is_due_again(shop: Shop):
    first = (await told(shop, "c1")).recommendations[0]
    assert (first.product_id, first.name, first.category, first.times_bought) == ("s1", "S1", "s", TIMES)
    assert first.last_bought == date(2024, 5, 21)
    assert first.reasons[0] == "Due again: bought 15 times, every 10 days in the mean, last 9 days ago."
    assert first.probability is not None
    assert first.probability > 0.9


async def test_what_goes_with_it_is_told_with_how_often_it_does(shop: Shop):
    found = {each.product_id: each for each in (await told(shop, "c4", limit=50)).recommendations}
    assert any(
        each.startswith("Bought with S0: 53% of the orders with that have it, ") for each in found["cup"].reasons
    )


async def test_new_and_again_part_what_was_never_bought_from_what_was(shop: Shop):
    whole, new, again = [await told(shop, "c1", kind=kind, limit=50) for kind in ("any", "new", "again")]
    assert {each.times_bought for each in new.recommendations} == {0}
    assert min(each.times_bought for each in again.recommendations) > 0
    assert whole.total == new.total + again.total


async def test_what_they_gave_back_is_left_out(shop: Shop):
    found = await told(shop, "c7", limit=50)
    assert "s3" not in {each.product_id for each in found.recommendations}
    assert found.returned_left_out == 1


async def test_what_is_sold_no_more_is_left_out_unless_asked_for(shop: Shop):
    lately, ever = [await told(shop, "c1", limit=50, sold_within_days=days) for days in (90, 365)]
    assert OLD not in {each.product_id for each in lately.recommendations}
    assert OLD in {each.product_id for each in ever.recommendations}
    assert (lately.unsold_left_out, ever.unsold_left_out) == (1, 0)


async def test_somebody_without_orders_is_told_what_sells_now(shop: Shop):
    found = await told(shop, "new", limit=4)
    assert found.based_on == "popularity"
    assert {each.product_id for each in found.recommendations} == {"s0", "s1", "s2", "s3"}
    assert {each.probability for each in found.recommendations} == {None}
    assert all(each.reasons[0].startswith("Sells now: in 4") for each in found.recommendations)


async def test_products_come_in_pages(shop: Shop):
    whole = await told(shop, "c1", limit=9)
    first = await told(shop, "c1", limit=4)
    second = await told(shop, "c1", limit=5, cursor=first.next_cursor)
    assert first.recommendations + second.recommendations == whole.recommendations


async def test_how_right_it_was_is_told_beside(shop: Shop):
    quality = (await told(shop, "c1")).quality
    assert quality is not None
    assert (quality.customers, quality.since) == (CUSTOMERS, date(2024, 4, 30))
    assert quality.hit_rate == 1.0


async def test_what_was_learned_is_kept_with_the_run(shop: Shop):
    before = await told(shop, "c1", limit=50)
    await ahead.work_out(shop.ground, shop.workspace.id)
    async with shop.ground.work(shop.caller) as work:
        kept = await ahead.kept(work, "product_ranking")
    assert kept is not None
    assert await told(shop, "c1", limit=50) == before


async def test_a_moment_of_the_past_sees_what_was_bought_by_then(shop: Shop):
    then = await told(shop, "c1", as_of=date(2024, 4, 20))
    assert then.recommendations[0].last_bought == date(2024, 4, 11)
    assert then.as_of.date() == date(2024, 4, 20)


async def test_too_short_a_history_is_told_with_what_it_takes(shop: Shop):
    found = await told(shop, "c1", as_of=date(2024, 2, 1))
    assert found.recommendations == ()
    assert found.not_enough_data == ("90 days of history with products; there are 31",)


async def test_a_small_shop_is_told_what_is_missing(ground: Ground):
    made = await open_shop(ground)
    await made.bring(orders(*(f"o{n},c{n},2024-01-0{n}T10:00,tea,Tea,,1,10,," for n in (1, 2, 3))))
    await made.segment()
    found, of = await told(made, "c1"), await told_of(made)
    assert found.not_enough_data == of.not_enough_data
    assert found.not_enough_data == (
        "100 customers who ordered products in the last 60 days; there are 3",
        "20 different products sold; there are 1",
        "90 days of history with products; there are 3",
    )


async def test_orders_without_products_are_told_so(ground: Ground):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    assert (
        "100 customers who ordered products in the last 60 days; there are 0"
        in (await told(made, "c1")).not_enough_data
    )


async def test_a_group_is_told_what_its_customers_buy_more_than_all_do(shop: Shop):
    bought = {"bought": {"product": "s0", "times_at_least": 2}}
    found = await told_of(shop, filter=bought, limit=3)
    first = found.recommendations[0]
    assert (found.customers, first.product_id, first.bought_share, first.shop_bought_share) == (30, "s0", 1.0, 0.25)
    assert first.lift is not None
    assert 3 < first.lift <= 4
    assert first.reasons[0] == "Bought by 100.0% of the group in two years, by 25.0% of all customers."
    assert "cup" in {each.product_id for each in found.recommendations}


async def test_the_whole_shop_has_no_lift(shop: Shop):
    found = await told_of(shop, limit=5)
    assert (found.group, found.customers) == ("the whole shop", CUSTOMERS)
    assert {each.lift for each in found.recommendations} == {1.0}


async def test_a_group_of_nobody_is_told_so(shop: Shop):
    found = await told_of(shop, filter={"country": "DE"})
    assert found.recommendations == ()
    assert found.not_enough_data == ("1 customer of the group who bought a product in the last two years; there are 0",)


async def test_who_may_not_list_customers_asks_for_no_filter(shop: Shop):
    said = ProductsForGroupAsked.model_validate({"filter": {"country": "DE"}})
    with pytest.raises(NotAllowed, match="customers:search"):
        await recommend_products_for_group(shop.ground, as_role(shop, "support"), said, door="test")


async def test_what_can_not_be_is_refused(shop: Shop):
    for as_of, says in (
        (date(2023, 1, 1), "before the first order"),
        (date(2030, 1, 1), "after the workspace's clock"),
    ):
        with pytest.raises(Invalid, match=says):
            await told(shop, "c1", as_of=as_of)
        with pytest.raises(Invalid, match=says):
            await told_of(shop, as_of=as_of)
    with pytest.raises(NotFound, match="nobody"):
        await told(shop, "nobody")
    with pytest.raises(Invalid, match="cursor"):
        await told(shop, "c1", cursor="x")
    with pytest.raises(Invalid, match="named in one way"):
        await told_of(shop, archetype_id="a", audience="b")


async def test_an_empty_shop_says_what_to_do(ground: Ground):
    made = await open_shop(ground)
    with pytest.raises(Conflict, match="import orders"):
        await told(made, "c1")
    with pytest.raises(Conflict, match="import orders"):
        await told_of(made)
