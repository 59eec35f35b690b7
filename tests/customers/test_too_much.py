"""More than anybody means to say of one person: a hundred thousand attributes, and one of a million letters."""

from typing import Any

import pytest
from pydantic import ValidationError

from switchboard.customers.attributes.operations import define_attribute, set_attributes
from switchboard.customers.attributes.records import DefineAttribute, SetAttributes
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch, Ingested
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from tests.shop import Shop, open_shop

MANY = {f"a{number}": 1 for number in range(100_000)}
LONG = "x" * 1_000_000


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    """Of c1 a note is known."""
    opened = await open_shop(ground)
    asked = DefineAttribute.model_validate({"name": "note", "type": "text"})
    await define_attribute(ground, opened.caller, asked, door="test")
    await opened.bring("customer_id,name,note\nc1,Ann,short\n", "customers")
    return opened


async def sent(shop: Shop, **person: Any) -> Ingested:
    batch = Batch.model_validate({"people": [{"customer_id": "c1"} | person, {"customer_id": "c2"}]})
    return await ingest(shop.ground, shop.caller, batch, door="test")


async def attributes(shop: Shop) -> dict[str, object]:
    seen = await show(shop.ground, shop.caller, CustomerAsked(customer_id="c1"), door="test")
    return {each.name: each.value for each in seen.attributes}


async def test_a_person_with_a_hundred_thousand_attributes_is_refused_alone(shop: Shop):
    answer = await sent(shop, attributes=MANY)
    assert [(each.index, each.field) for each in answer.rejected] == [(0, "attributes")]
    assert "at most 1000 items" in answer.rejected[0].reason
    assert answer.new_people == 1
    assert await attributes(shop) == {"note": "short"}


async def test_a_value_of_a_million_letters_is_left_out_and_counted(shop: Shop):
    answer = await sent(shop, attributes={"note": LONG})
    assert (answer.rejected, answer.attribute_values_left_out) == ((), 1)
    assert answer.attributes_not_understood == {"note": 1}
    assert await attributes(shop) == {"note": "short"}


async def test_by_hand_either_is_refused_by_name(shop: Shop):
    with pytest.raises(ValidationError, match="at most 100 items"):
        SetAttributes.model_validate({"customer_id": "c1", "attributes": MANY})
    asked = SetAttributes.model_validate({"customer_id": "c1", "attributes": {"note": LONG}})
    with pytest.raises(Invalid, match=r"attributes\.note: "):
        await set_attributes(shop.ground, shop.caller, asked, door="test")
    assert await attributes(shop) == {"note": "short"}


async def test_in_a_file_a_value_of_a_million_letters_is_left_out_and_its_row_stays(shop: Shop):
    brought = await shop.bring(f"customer_id,name,note\nc3,Cy,{'y' * 100_000}\n", "customers")
    assert (brought.counts["accepted"], brought.counts["attribute_values_left_out"]) == (1, 1)
