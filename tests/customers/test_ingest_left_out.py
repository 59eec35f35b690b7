"""What of people that are sent can not be kept is told in the answer and in the import's counts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from switchboard.customers.attributes.operations import define_attribute
from switchboard.customers.attributes.records import DefineAttribute
from switchboard.customers.ingest.consuming import Consumer, consume
from switchboard.customers.ingest.messages import Message
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch, Ingested
from switchboard.customers.operations import imports
from switchboard.customers.records import ImportsAsked
from switchboard.foundation.ground import Ground
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.slow


class Given:
    """A stream of so many messages, read at once."""

    name = "given"

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.left = [
            Message(place="", offset=str(n), value=json.dumps(each).encode()) for n, each in enumerate(messages)
        ]

    async def open(self, reached: Mapping[str, str]) -> None: ...

    async def read(self, at_most: int, wait_s: float) -> Sequence[Message]:
        assert wait_s
        read, self.left = self.left[:at_most], self.left[at_most:]
        return read

    async def acknowledge(self, reached: Mapping[str, str]) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def send(shop: Shop, *people: dict[str, Any]) -> Ingested:
    return await ingest(shop.ground, shop.caller, Batch.model_validate({"people": people}), door="test")


async def counts(shop: Shop) -> dict[str, Any]:
    found = await imports(shop.ground, shop.caller, ImportsAsked(), door="test")
    return dict(found.imports[0].counts)


async def test_a_value_of_another_type_is_told_by_its_attribute(shop: Shop):
    await define_attribute(shop.ground, shop.caller, DefineAttribute(name="num", type="number"), door="test")
    told = await send(shop, {"customer_id": "c1", "attributes": {"num": "not a number", "size": 38}})
    assert told.attributes_not_understood == {"num": 1}
    assert told.attribute_values_left_out == 1
    assert (await counts(shop))["person_attribute_values_left_out"] == 1


async def test_contact_data_as_an_attribute_is_told_with_the_reason(shop: Shop):
    told = await send(shop, {"customer_id": "c1", "attributes": {"mail": "ann@planted.example", "size": 38}})
    assert told.attributes_kept_out == {"mail": "contact data: map the column to its field"}
    assert told.attribute_values_left_out == 1


async def test_attributes_beyond_what_a_workspace_has_are_told(shop: Shop):
    many = [{"customer_id": f"c{n}", "attributes": {f"a{n}x{m}": m for m in range(600)}} for n in range(2)]
    told = await send(shop, *many)
    assert told.attribute_values_left_out == 200
    assert told.attributes_kept_out["a1x400"] == "a batch has at most 1,000 attributes"
    assert told.attributes_kept_out["…"] == "and 100 more"
    again = await send(shop, {"customer_id": "c3", "attributes": {"another": "x"}})
    assert again.attributes_kept_out == {"another": "a workspace has at most 1,000 attributes"}
    assert (await counts(shop))["person_attribute_values_left_out"] == 201


async def test_a_batch_of_which_all_is_kept_tells_of_nothing(shop: Shop):
    told = await send(shop, {"customer_id": "c1", "attributes": {"size": 38}})
    assert (told.attributes_not_understood, told.attributes_kept_out, told.attribute_values_left_out) == ({}, {}, 0)
    assert "person_attribute_values_left_out" not in await counts(shop)


async def test_a_phone_that_identifies_nobody_is_told(shop: Shop):
    assert (await send(shop, {"customer_id": "c1", "phone": "040 7770003"})).phones_without_country == 1


async def test_a_stream_accounts_for_values_that_were_left_out(shop: Shop):
    people = ({"customer_id": f"c{n}", "attributes": {"mail": f"c{n}@planted.example"}} for n in range(3))
    stream = Given(*({"person": each} for each in people))
    done = await consume(Consumer(ground=shop.ground, caller=shop.caller, stream=stream, group="g", once=True))
    assert (done.messages, done.refused, done.attribute_values_left_out) == (3, 0, 3)
