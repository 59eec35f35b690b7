"""Filters that name somebody by an id lose it when that person is forgotten."""

from typing import Any

import pytest
from pydantic import JsonValue

from switchboard import house
from switchboard.customers.erasure.in_filters import without
from switchboard.customers.erasure.operations import access_export, erase, preview_erasure
from switchboard.customers.erasure.records import AccessAsked, EraseAsked, PreviewAsked
from switchboard.customers.filters.operations import show_filter
from switchboard.customers.filters.records import FilterRef, FilterSave
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.filters import save_filter
from tests.shop import Shop, open_shop, orders

DECLARED = house.DECLARED  # so that every room has declared what it holds
WHO = "ERASEME-7331"


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},{who},2024-03-01T10:00,p1,,,1,10,," for n, who in enumerate((WHO, "c1", "c2")))))
    return shop


async def keep(shop: Shop, name: str, filter_: dict[str, Any]) -> None:
    await save_filter(shop.ground, shop.caller, FilterSave(name=name, filter=filter_, about="for tests"), door="test")


async def shown(shop: Shop, name: str) -> tuple[dict[str, Any], int]:
    found = await show_filter(shop.ground, shop.caller, FilterRef(name=name), door="test")
    return found.filter, found.version


@pytest.mark.slow
async def test_an_erasure_takes_the_id_out_of_saved_filters_and_certifies_it(shop: Shop):
    await keep(shop, "both", {"all": [{"customer_id": [WHO, "c1"]}, {"not": {"customerId": WHO}}]})
    await keep(shop, "others", {"customer_id": ["c1", "c2"]})
    asked = PreviewAsked(customer_id=WHO)
    preview = await preview_erasure(shop.ground, shop.caller, asked, door="test")
    assert {each.place: each.count for each in preview.places}["saved filters"] == 1
    held = await access_export(shop.ground, shop.caller, AccessAsked(customer_id=WHO), door="test")
    assert next(each for each in held.places if each.place == "saved filters").entries[0]["name"] == "both"
    made = await erase(shop.ground, shop.caller, EraseAsked(customer_id=WHO, confirm=WHO), door="test")
    assert made.removed["saved filters"] == 1
    assert await shown(shop, "both") == ({"all": [{"customer_id": ["c1"]}, {"not": {"any": []}}]}, 2)
    assert await shown(shop, "others") == ({"customer_id": ["c1", "c2"]}, 1)


@pytest.mark.slow
async def test_a_filter_that_names_them_by_their_e_mail_loses_it_too(shop: Shop):
    mail = "gone@planted-filter.example"
    await shop.bring(f"email,name\n{mail},Zeb Quill\n", "customers")
    await keep(shop, "mailed", {"customer_id": [mail, "c1"]})
    await erase(shop.ground, shop.caller, EraseAsked(customer_id=mail, confirm=mail), door="test")
    assert await shown(shop, "mailed") == ({"customer_id": ["c1"]}, 2)


def test_ids_are_taken_out_at_any_depth_and_nothing_else_is_touched():
    filter_: JsonValue = {
        "any": [{"not": {"all": [{"customer_id": 7}, {"country": "7"}]}}, {"attribute": "size", "is": 7}]
    }
    left: JsonValue = {"any": [{"not": {"all": [{"any": []}, {"country": "7"}]}}, {"attribute": "size", "is": 7}]}
    assert without(filter_, lambda each: each == "7") == left
