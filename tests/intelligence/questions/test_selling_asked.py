"""Questions about what a shop sells as callers ask them: of which moment, in which shops, and what is refused."""

from datetime import date
from typing import Any

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.foundation.records import Record
from switchboard.intelligence.operations.selling import category_trends, product_affinity, product_performance
from switchboard.intelligence.product_question_records import AffinityAsked, ProductsAsked, TrendsAsked
from switchboard.intelligence.records import Asked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

ASKS: tuple[tuple[Operation[Any, Any], Asked], ...] = (
    (product_affinity, AffinityAsked()), (category_trends, TrendsAsked()), (product_performance, ProductsAsked())
)  # fmt: skip
# Twenty orders of tea with a cup, twenty of bread, one a day from the first of January; the last tea comes back.
SOLD = orders(
    *(
        f"o{n},c{n % 9},2024-01-{1 + n // 2:02}T10:00,{product},{product.title()},{kind},1,10,,"
        for n in range(40)
        for product, kind in ((("tea", "Drinks"), ("cup", "Ware")) if n % 2 else (("bread", "Food"),))
    ),
    "r1,c3,2024-01-20T12:00,tea,Tea,Drinks,-1,10,,",
)


async def ask(shop: Shop, which: int, as_of: date | None = None) -> Record:
    """The answer to one of the questions."""
    operation, asked = ASKS[which]
    said = asked.model_copy(update={"as_of": as_of})
    return await operation(shop.ground, shop.caller, said, door="test")


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(SOLD)
    await made.segment()
    return made


async def test_what_is_bought_together_is_told_by_the_shops_names(shop: Shop):
    told = await product_affinity(shop.ground, shop.caller, AffinityAsked(), door="test")
    (pair,) = told.pairs
    assert {pair.first.product_id, pair.second.product_id} == {"tea", "cup"}
    assert (pair.orders, pair.support, pair.lift, told.orders) == (20, 0.5, 2.0, 40)
    of_cup = await product_affinity(shop.ground, shop.caller, AffinityAsked(product_id="cup"), door="test")
    assert [(each.first.product_id, each.second.name) for each in of_cup.pairs] == [("cup", "Tea")]


async def test_categories_come_in_pages(shop: Shop):
    first = await category_trends(shop.ground, shop.caller, TrendsAsked(limit=2), door="test")
    asked = TrendsAsked(limit=2, cursor=first.next_cursor)
    second = await category_trends(shop.ground, shop.caller, asked, door="test")
    assert [each.category for each in (*first.categories, *second.categories)] == ["Food", "Ware", "Drinks"]
    assert (first.total, second.total, second.next_cursor) == (3, 3, None)
    assert [each.now.net for each in second.categories] == [190.0]


async def test_products_come_in_pages(shop: Shop):
    first = await product_performance(
        shop.ground, shop.caller, ProductsAsked(limit=1, sort_by="return_rate"), door="test"
    )
    (tea,) = first.products
    assert (tea.product_id, tea.return_rate, tea.net, tea.buyers, tea.repeat_rate) == ("tea", 0.05, 190.0, 9, 1.0)
    assert (first.total, first.next_cursor, first.currency) == (3, "1", "EUR")


async def test_a_moment_of_the_past_sees_what_was_sold_by_then(shop: Shop):
    then = ProductsAsked(as_of=date(2024, 1, 6), category="Drinks")
    (tea,) = (await product_performance(shop.ground, shop.caller, then, door="test")).products
    assert (tea.lines, tea.net, tea.return_rate, tea.repeat_rate) == (5, 50.0, 0.0, 0.0)
    trends = await category_trends(shop.ground, shop.caller, TrendsAsked(as_of=date(2024, 1, 6)), door="test")
    assert {each.category: each.now.orders for each in trends.categories} == {"Drinks": 5, "Food": 5, "Ware": 5}


async def test_what_the_shop_does_not_have_is_told_where_it_is_listed(shop: Shop):
    ground, caller = shop.ground, shop.caller
    for operation, asked, says in (
        (product_affinity, AffinityAsked(product_id="rum"), "no product 'rum'; intelligence.product_performance"),
        (product_performance, ProductsAsked(product_id="rum"), "no product 'rum'; intelligence.product_performance"),
        (product_performance, ProductsAsked(category="Rum"), "no category 'Rum'; intelligence.category_trends"),
        (category_trends, TrendsAsked(category="Rum"), "no category 'Rum'; intelligence.category_trends"),
    ):
        wanted: Operation[Any, Any] = operation
        with pytest.raises(NotFound, match=says):
            await wanted(ground, caller, asked, door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, which: int, as_of: date, says: str):
    with pytest.raises(Invalid, match=says) as refused:
        await ask(shop, which, as_of)
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_an_empty_shop_says_what_to_do(ground: Ground, which: int):
    with pytest.raises(Conflict, match="import orders") as refused:
        await ask(await open_shop(ground), which)
    assert refused.value.code == "not_segmented"


@pytest.mark.parametrize(("which", "lacks"), [(0, "no products"), (1, "has a category"), (2, "no products")])
async def test_one_order_without_a_product_is_told_what_is_missing(ground: Ground, which: int, lacks: str):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    assert lacks in (await ask(made, which)).model_dump_json()


async def test_one_product_is_a_whole_shop(ground: Ground):
    made = await open_shop(ground)
    await made.bring(orders("o1,c1,2024-01-02T10:00,tea,,,1,10,,"))
    await made.segment()
    (tea,) = (await product_performance(ground, made.caller, ProductsAsked(), door="test")).products
    pairs = await product_affinity(ground, made.caller, AffinityAsked(product_id="tea"), door="test")
    assert (tea.product_id, tea.category, tea.buyers, tea.repeat_rate, tea.trend) == ("tea", None, 1, 0.0, None)
    assert (pairs.pairs, pairs.orders, pairs.tested, pairs.missing) == ((), 1, 0, None)
