"""Numbers of payment cards never get in by what people type or systems send, as they do not in files."""

from typing import Any

import pytest

from switchboard.customers.attributes.operations import define_attribute, set_attributes
from switchboard.customers.attributes.records import DefineAttribute, SetAttributes
from switchboard.customers.consent.operations import consent, record_consent, suppress
from switchboard.customers.consent.records import HistoryAsked, Statement, Suppress
from switchboard.customers.filters.operations import filters
from switchboard.customers.filters.records import FiltersAsked, FilterSave
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.operations import import_file, imports
from switchboard.customers.records import ImportRequest, ImportsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.filters import save_filter
from tests.shop import Shop, as_owner, count, open_shop, orders, rows

CARD, BARE, SEEN = "4111 1111 1111 1111", "4111111111111111", "•••• •••• •••• 1111"


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(orders("o1,c1,2026-01-01T10:00,p1,,,1,10,,"))
    return shop


async def test_attributes_set_by_hand_are_kept_without_cards(shop: Shop, server: Embedded):
    for name, kind in (("note", "text"), ("tags", "list"), ("member_id", "text")):
        asked = DefineAttribute.model_validate({"name": name, "type": kind})
        await define_attribute(shop.ground, shop.caller, asked, door="test")
    given: dict[str, Any] = {"note": f"pay {CARD}", "tags": ["vip", BARE], "member_id": BARE}
    asked = SetAttributes(customer_id="c1", attributes=given, source=f"call, card {BARE}")
    kept = await set_attributes(shop.ground, shop.caller, asked, door="test")
    assert kept.attributes == {"note": f"pay {SEEN}", "tags": ["vip", SEEN], "member_id": BARE}
    with as_owner(server) as owner:
        found = rows(owner, "select distinct source from attribute_said where workspace_id = %s", shop.workspace.id)
    assert found == [(f"call, card {SEEN}",)]


async def test_no_attribute_is_named_by_a_card_nor_is_one_its_number(shop: Shop):
    with pytest.raises(Invalid, match="name: a card's number; use another"):
        asked = DefineAttribute.model_validate({"name": f"card {CARD}", "type": "text"})
        await define_attribute(shop.ground, shop.caller, asked, door="test")
    asked = DefineAttribute.model_validate({"name": "points", "type": "number", "label": f"Points {CARD}"})
    made = await define_attribute(shop.ground, shop.caller, asked, door="test")
    assert made.attribute.label == f"Points {SEEN}"
    with pytest.raises(Invalid, match=r"attributes.points: a card's number"):
        given = SetAttributes(customer_id="c1", attributes={"points": int(BARE)}, source="call")
        await set_attributes(shop.ground, shop.caller, given, door="test")


async def test_the_name_of_a_file_is_kept_without_cards(shop: Shop):
    upload = await shop.upload(orders("o9,c9,2026-01-01T10:00,p1,,,1,10,,"), f"{CARD}.csv")
    done = await import_file(shop.ground, shop.caller, ImportRequest(upload_id=upload), door="test")
    listed = (await imports(shop.ground, shop.caller, ImportsAsked(), door="test")).imports
    assert [each.file for each in listed if each.import_id == done.import_id] == [f"{SEEN}.csv"]


async def test_statements_of_consent_are_kept_without_cards(shop: Shop):
    said = Statement(
        customer_id="c1", channel="email", purpose="news", state="given", source=f"till {CARD}", reference=BARE,
        proof={"slip": {"paid": CARD}},
    )  # fmt: skip
    for _ in range(2):
        await record_consent(shop.ground, shop.caller, said, door="test")
    (seen,) = (await consent(shop.ground, shop.caller, HistoryAsked(customer_id="c1"), door="test")).statements
    assert (seen.source, seen.reference, seen.proof) == (f"till {SEEN}", SEEN, {"slip": {"paid": SEEN}})


async def test_the_source_of_a_suppression_is_kept_without_cards(shop: Shop):
    asked = Suppress(channel="email", address="x@y.example", reason="asked", source=f"mail with {CARD}")
    assert (await suppress(shop.ground, shop.caller, asked, door="test")).source == f"mail with {SEEN}"


@pytest.mark.slow
async def test_saved_filters_are_kept_without_cards(shop: Shop):
    filter_: dict[str, Any] = {"any": [{"customer_id": [BARE]}, {"city": [f"Bath {CARD}"]}]}
    asked = FilterSave(name=f"card {CARD}", about=f"who paid with {BARE}", filter=filter_)
    await save_filter(shop.ground, shop.caller, asked, door="test")
    (kept,) = (await filters(shop.ground, shop.caller, FiltersAsked(), door="test")).filters
    assert (kept.name, kept.about) == (f"card {SEEN}", f"who paid with {SEEN}")
    assert kept.filter == {"any": [{"customer_id": [BARE]}, {"city": [f"Bath {SEEN}"]}]}


@pytest.mark.parametrize("card", [CARD, "3782-822463-10005"])
async def test_ids_that_are_sent_as_cards_are_written_are_refused_item_by_item(shop: Shop, server: Embedded, card: str):
    head = {"customer_id": "c1", "placed_at": "2026-02-01T00:00:00Z"}
    event = {"customer_id": "c1", "kind": "seen", "at": "2026-02-01T00:00:00Z"}
    batch: dict[str, Any] = {
        "orders": [
            head | {"order_id": card, "lines": [{"unit_price": 1}]},
            head | {"order_id": "o7", "lines": [{"unit_price": 1, "product_id": card}]},
            head | {"order_id": BARE, "lines": [{"unit_price": 1}]},
        ],
        "people": [{"customer_id": card}],
        "events": [event | {"event_id": card}],
    }
    told = await ingest(shop.ground, shop.caller, Batch.model_validate(batch), door="test")
    assert {(each.kind, each.field, each.reason) for each in told.rejected} == {
        (kind, field, "a card's number; use another")
        for kind, field in (
            ("order", "order_id"), ("order", "lines.0.product_id"), ("person", "customer_id"), ("event", "event_id"),
        )
    }  # fmt: skip
    assert told.orders.new == 1
    assert count(server, "activity", shop.workspace.id) == 0
