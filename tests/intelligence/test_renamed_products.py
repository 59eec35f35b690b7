"""A product that got another name is found by each it had."""

from typing import Any

import duckdb
import pytest

from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence import mirror
from switchboard.intelligence.mirror_files import changing
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.records import Customers, SearchAsked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.heavy


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    """Teddies became Bears, then Été Bears; c1 bought then, c2 now, c3 something else."""
    opened = await open_shop(ground)
    await opened.bring(
        orders("o1,c1,2024-03-01T10:00,p1,Teddy Würfel,Toys,1,10,,", "o9,c3,2024-03-01T10:00,p9,Cup,,1,5,,")
    )
    await opened.bring(orders("o2,c2,2024-04-01T10:00,p1,Bear,Toys,1,10,,"))
    await opened.bring(orders("o3,c2,2024-04-02T10:00,p1,Été Bear,Toys,1,10,,"))
    await opened.segment()
    return opened


async def asked(shop: Shop, **more: Any) -> Customers:
    return await search(shop.ground, shop.caller, SearchAsked.model_validate(more), door="test")


def who(found: Customers) -> set[str]:
    return {str(each.model_dump()["customer_id"]) for each in found.customers}


@pytest.mark.parametrize("text", ["teddy", "wurfel", "Teddi", "bear", "ete"])
async def test_a_text_finds_it_by_each_name_and_calls_it_by_its_newest(shop: Shop, text: str):
    found = await asked(shop, text=text)
    assert who(found) == {"c1", "c2"}
    assert [(each.by, each.name) for each in found.matched_by] == [("product", "Été Bear")]


async def test_it_is_found_by_each_name_that_rows_of_one_file_or_orders_of_one_call_have_for_it(ground: Ground):
    opened = await open_shop(ground)
    sold = [f"o{n},c{n},2024-03-0{n}T10:00,p1,{name},Toys,1,10,," for n, name in enumerate(("Teddy", "Bear", "Cub"), 1)]
    await opened.bring(orders(*sold, "o8,c8,2024-03-08T10:00,p8,,Toys,1,10,,"))
    line = {"product_id": "p7", "quantity": 1, "unit_price": "5"}
    called = [
        {"order_id": f"x{n}", "customer_id": f"d{n}", "placed_at": f"2024-03-0{n}T10:00:00Z", "lines": [line | name]}
        for n, name in enumerate(({"product": "Cup"}, {}, {"product": "Mug"}), 1)
    ]
    await ingest(ground, opened.caller, Batch.model_validate({"orders": called}), door="test")
    await opened.bring(orders(*sold))
    await opened.segment()
    for name in ("Teddy", "Bear", "Cub"):
        assert who(await asked(opened, filter={"bought": {"product": name}})) == {"c1", "c2", "c3"}
    for name in ("Cup", "Mug"):
        assert who(await asked(opened, filter={"bought": {"product": name}})) == {"d1", "d2", "d3"}


@pytest.mark.parametrize("name", ["teddy wurfel", "Bear", "ÉTÉ BEAR", "p1"])
async def test_a_filter_names_it_as_it_ever_was_called(shop: Shop, name: str):
    assert who(await asked(shop, filter={"bought": {"product": name}})) == {"c1", "c2"}
    assert who(await asked(shop, filter={"bought": {"product": name}}, as_of="2024-03-20")) == {"c1"}


async def test_a_name_that_no_product_ever_had_is_refused(shop: Shop):
    with pytest.raises(Invalid, match=r"filter\.bought\.product"):
        await asked(shop, filter={"bought": {"product": "Teddies"}})


async def test_a_name_comes_back_and_only_the_last_twenty_are_kept(shop: Shop):
    for number in range(25):
        await shop.bring(orders(f"n{number},c4,2024-05-01T10:00,p1,Name{number:03d},Toys,1,10,,"))
    await shop.bring(orders("back,c4,2024-05-01T10:00,p1,Name010,Toys,1,10,,"))
    for name in ("Name024", "Name010", "Name006"):
        assert "c1" in who(await asked(shop, filter={"bought": {"product": name}}))
    for name in ("Teddy Würfel", "Name001"):
        with pytest.raises(Invalid):
            await asked(shop, filter={"bought": {"product": name}})


async def test_a_copy_of_before_products_kept_their_names_is_made_anew(shop: Shop):
    async with shop.ground.work(shop.caller) as work:
        place = await mirror.place_of(work)
        async with changing(place, "", anew=False) as copy:
            copy.execute("alter table product drop column earlier")
            with pytest.raises(duckdb.BinderException):
                copy.execute("select earlier from product")
    assert who(await asked(shop, filter={"bought": {"product": "Cup"}})) == {"c3"}
