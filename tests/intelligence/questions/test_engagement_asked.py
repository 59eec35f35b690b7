"""How customers' buying moves, and who may buy for a business, as callers ask it: of which moment, in which shops."""

from datetime import date, timedelta
from typing import Any

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotAllowed
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.intelligence.engagement_records import BusinessAsked, Moved, MovedAsked
from switchboard.intelligence.operations.engagement import business_buyers, declining_engagement, momentum
from switchboard.intelligence.records import Asked
from tests.shop import Shop, as_role, open_shop, orders

pytestmark = pytest.mark.slow

ASKS: tuple[tuple[Operation[Any, Any], Asked], ...] = (
    (declining_engagement, MovedAsked()), (momentum, MovedAsked()), (business_buyers, BusinessAsked())
)  # fmt: skip
BEGIN = date(2023, 1, 2)


def sold() -> str:
    """Three hundred days: ten who stop after 200, five who begin to come weekly then, ten who go on, one in bulk."""
    lines = list[str]()
    for day in range(300):
        at, who = BEGIN + timedelta(days=day), f"{day % 10}"
        if day < 200:
            lines.append(f"a{day},fell{who},{at}T20:{day % 60:02},tea,,,1,{10 + day % 10},,")
        if day < 5 or day >= 215:
            lines.append(f"b{day},rose{day % 5},{at}T19:{day % 60:02},tea,,,1,10,,")
        lines.append(f"c{day},same{who},{at}T21:{day % 60:02},tea,,,1,10,,")
        if day % 7 == 0:
            lines += [f"d{day},bulk,{at}T10:{day % 60:02},{product},,,1,50,," for product in ("tea", "cup", "pot")]
    return orders(*lines)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(sold())
    await made.segment()
    return made


async def test_who_fell_and_who_rose_are_told_with_the_shops_share(shop: Shop):
    fell = await declining_engagement(shop.ground, shop.caller, MovedAsked(), door="test")
    assert {each.customer_id for each in fell.customers} == {f"fell{n}" for n in range(10)}
    assert (fell.total, fell.compared, fell.share) == (10, 26, 10 / 26)
    assert fell.customers[0].customer_id == "fell9"
    assert fell.customers[0].reason.startswith("0 orders after 8, 0.00 EUR after 152.00")
    assert fell.chance_share is not None
    assert fell.chance_share < 0.05
    assert fell.net_change < 0
    rose = await momentum(shop.ground, shop.caller, MovedAsked(), door="test")
    assert {each.customer_id for each in rose.customers} == {f"rose{n}" for n in range(5)}
    assert [(each.way, each.customers) for each in rose.balance] == [("growing", 5), ("steady", 11), ("declining", 10)]


async def test_pages_go_through_all_once(shop: Shop):
    found, cursor = list[Moved](), None
    while True:
        page = await declining_engagement(shop.ground, shop.caller, MovedAsked(limit=4, cursor=cursor), door="test")
        found += page.customers
        cursor = page.next_cursor
        if cursor is None:
            break
    whole = await declining_engagement(shop.ground, shop.caller, MovedAsked(), door="test")
    assert tuple(found) == whole.customers


async def test_who_buys_in_bulk_in_office_hours_may_be_a_business(shop: Shop):
    told = await business_buyers(shop.ground, shop.caller, BusinessAsked(), door="test")
    (bulk,) = told.customers
    assert (bulk.customer_id, bulk.score, bulk.signs) == ("bulk", 1.0, ("large_orders", "many_lines", "office_hours"))
    assert (bulk.mean_order, bulk.lines_per_order, bulk.office_share, told.typical_lines) == (150.0, 3.0, 1.0, 1.0)
    assert (told.judged, told.net, told.missing) == (26, 43 * 150.0, None)
    assert "no proof" in told.rule
    few = await business_buyers(shop.ground, shop.caller, BusinessAsked(least_orders=44), door="test")
    assert (few.customers, few.net_share) == ((), 0.0)


async def test_the_past_is_told_as_it_was(shop: Shop):
    then = MovedAsked(as_of=BEGIN + timedelta(days=190))
    fell = await declining_engagement(shop.ground, shop.caller, then, door="test")
    rose = await momentum(shop.ground, shop.caller, then, door="test")
    assert (fell.total, rose.total, fell.until) == (0, 0, BEGIN + timedelta(days=189))
    early = await momentum(shop.ground, shop.caller, MovedAsked(as_of=date(2023, 2, 1)), door="test")
    assert (early.compared, early.share, early.chance_share) == (0, None, None)
    assert "more than 180 days ago" in (early.missing or "")


@pytest.mark.parametrize("which", range(len(ASKS)))
@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, which: int, as_of: date, says: str):
    operation, asked = ASKS[which]
    with pytest.raises(Invalid, match=says):
        await operation(shop.ground, shop.caller, asked.model_copy(update={"as_of": as_of}), door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_a_wrong_cursor_and_who_may_not_list_are_refused(shop: Shop, which: int):
    operation, asked = ASKS[which]
    with pytest.raises(Invalid, match="next_cursor of the page before"):
        await operation(shop.ground, shop.caller, asked.model_copy(update={"cursor": "x"}), door="test")
    with pytest.raises(NotAllowed):
        await operation(shop.ground, as_role(shop, "support"), asked, door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_one_customer_is_a_whole_shop_and_none_says_what_to_do(ground: Ground, which: int):
    operation, asked = ASKS[which]
    made = await open_shop(ground)
    with pytest.raises(Conflict, match="import orders"):
        await operation(ground, made.caller, asked, door="test")
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    told = await operation(ground, made.caller, asked, door="test")
    assert (told.customers, told.total, told.next_cursor) == ((), 0, None)
    assert told.missing
