"""A customer's orders, a page at a time."""

import pytest

from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.customers import orders, profile
from switchboard.intelligence.records import CustomerAsked, OrdersAsked
from tests.shop import open_shop

HEAD = "order_id,customer_id,placed_at,product_id,product,quantity,unit_price\n"
FILE = HEAD + "".join(f"{n},a,2024-01-{1 + n // 2:02d},p,Tea,2,1.50\n" for n in range(45))


async def test_the_profile_shows_twenty_orders_and_the_cursor_gives_the_rest(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(FILE)
    await shop.segment()
    operator = shop.caller
    shown = await profile(ground, operator, CustomerAsked(customer_id="a"), door="test")
    seen = [each.order_id for each in shown.orders]
    cursor = shown.orders_cursor
    while cursor:
        page = await orders(ground, operator, OrdersAsked(customer_id="a", limit=7, cursor=cursor), door="test")
        seen += [each.order_id for each in page.orders]
        cursor = page.next_cursor
    assert len(shown.orders) == 20
    assert seen == [str(n) for n in reversed(range(45))]
    assert (shown.orders[0].total, shown.orders[0].items[0].name, shown.orders[0].item_count) == (3.0, "Tea", 1)


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.x", "9" * 30 + ".1", "1." + "9" * 30])
async def test_a_cursor_that_is_not_ours_is_told(ground: Ground, operator: Caller, cursor: str):
    with pytest.raises(Invalid, match="cursor"):
        await orders(ground, operator, OrdersAsked(customer_id="a", cursor=cursor), door="test")


async def test_nobodys_orders_are_not_found(ground: Ground, operator: Caller):
    with pytest.raises(NotFound):
        await orders(ground, operator, OrdersAsked(customer_id="nobody"), door="test")
