"""Without customers:contact nothing of who somebody is is seen or found out from what was written of them."""

from typing import Any

import pytest
from pydantic import JsonValue

from switchboard.customers.consent.operations import consent, record_consent, suppress, suppressions
from switchboard.customers.consent.records import HistoryAsked, Statement, Suppress, SuppressionsAsked
from switchboard.customers.filters.operations import filters, show_filter
from switchboard.customers.filters.records import FilterRef, FiltersAsked, FilterSave
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.masking import masked_as, names_contact
from switchboard.customers.showing.operations import activity, show
from switchboard.customers.showing.records import ActivityAsked, CustomerAsked
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence.custom_records import ArchetypePreview, ArchetypeSave
from switchboard.intelligence.filter_records import FilterAsked
from switchboard.intelligence.operations.custom import preview_archetype, save_archetype
from switchboard.intelligence.operations.filters import count_filter, save_filter
from tests.shop import Shop, as_role, open_shop, orders

PERSON: dict[str, Any] = {
    "customer_id": "M-1", "name": "Adalbert Plantagenet", "email": "ada@planted-example.org", "street": "Zwiebelweg 17",
    "postal_code": "99817", "phone": "+49 170 7654321",
    "attributes": {"note": "Adalbert, ada@planted-example.org, likes tea", "size": 38},
}  # fmt: skip
EVENT: dict[str, Any] = {
    "customer_id": "M-1", "kind": "form", "at": "2026-02-03T00:00:00Z",
    "properties": {
        "name": "Lisbeth Lebendig", "first_name": "Lisbeth", "shippingAddress": {"street": "Elm Row 5", "city": "Bath"},
        "phone": 491701234567, "message": "Adalbert PLANTAGENET, Zwiebelweg 17, 99817", "sku": "tea-1", "n": 7,
    },
}  # fmt: skip
PLANTED = ("adalbert", "plantagenet", "planted-example", "zwiebelweg", "99817", "lisbeth", "lebendig", "elm row")


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(orders("o1,M-1,2026-01-01T10:00,p1,,,1,10,,", "o2,M-2,2026-01-01T10:00,p1,,,1,10,,"))
    others = {"customer_id": "M-2", "attributes": {"note": "likes coffee"}}
    batch = Batch.model_validate({"people": [PERSON, others, others | {"customer_id": "M-3"}], "events": [EVENT]})
    await ingest(shop.ground, shop.caller, batch, door="test")
    return shop


def unmasked(said: str) -> list[str]:
    return [each for each in PLANTED if each in said.lower()]


@pytest.mark.parametrize("role", ["analyst", "agent"])
async def test_free_texts_of_events_and_attributes_name_nobody(shop: Shop, role: str):
    caller = as_role(shop, role)
    page = await show(shop.ground, caller, CustomerAsked(customer_id="M-1"), door="test")
    events = await activity(shop.ground, caller, ActivityAsked(customer_id="M-1"), door="test")
    for said in (page.model_dump_json(), events.model_dump_json()):
        assert unmasked(said) == []
        assert "491701234567" not in said
    (event,) = events.activity
    assert event.properties["message"] == "A••• P•••, Z••• 17, 9•••"
    assert (event.properties["sku"], event.properties["n"]) == ("tea-1", 7)
    assert next(each.value for each in page.attributes if each.name == "note") == "A•••, a•••@p•••.org, likes tea"


async def test_who_may_see_contact_sees_them_as_they_were_written(shop: Shop):
    events = await activity(
        shop.ground, as_role(shop, "support"), ActivityAsked(customer_id="M-1"), door="test"
    )  # fmt: skip
    assert events.activity[0].properties == EVENT["properties"]


async def test_source_and_reference_of_consent_name_nobody(shop: Shop):
    said = Statement(
        customer_id="M-1", channel="email", purpose="news", state="given", source="form ada@planted-example.org",
        reference="Adalbert",
    )  # fmt: skip
    await record_consent(shop.ground, shop.caller, said, door="test")
    asked = HistoryAsked(customer_id="M-1")
    (seen,) = (await consent(shop.ground, as_role(shop, "analyst"), asked, door="test")).statements
    assert (seen.source, seen.reference, seen.proof) == ("form a•••@p•••.org", "A•••", None)
    (whole,) = (await consent(shop.ground, as_role(shop, "support"), asked, door="test")).statements
    assert (whole.source, whole.reference) == ("form ada@planted-example.org", "Adalbert")


async def test_the_source_of_a_suppression_names_no_address(shop: Shop):
    given = Suppress(channel="email", address="x@y.example", reason="asked", source="mail of ada@planted-example.org")
    await suppress(shop.ground, shop.caller, given, door="test")
    found = await suppressions(shop.ground, as_role(shop, "analyst"), SuppressionsAsked(channel="email"), door="test")
    assert found.suppressed[0].source == "mail of a•••@p•••.org"


async def counted(shop: Shop, role: str, **test: object) -> int:
    asked = FilterAsked.model_validate({"filter": {"attribute": "note", **test}})
    return (await count_filter(shop.ground, as_role(shop, role), asked, door="test")).count


@pytest.mark.slow
async def test_a_filter_does_not_tell_who_has_which_address_in_an_attribute(shop: Shop):
    for test in (
        {"contains": "ada@planted-example.org"},
        {"is": "x ada@planted-example.org"},
        {"in": ["+49 170 7654321"]},
    ):
        with pytest.raises(Invalid, match="customers:contact"):
            await counted(shop, "analyst", **test)
    assert await counted(shop, "analyst", contains="ada@plan") == 0
    assert await counted(shop, "analyst", contains="@") == 0
    assert await counted(shop, "analyst", contains="likes tea") == 1
    assert await counted(shop, "owner", contains="ada@planted-example.org") == 1


@pytest.mark.slow
async def test_a_saved_filter_shows_no_address_to_who_may_not_see_it(shop: Shop):
    kept = FilterSave(name="ada", filter={"attribute": "note", "contains": "ada@planted-example.org"})
    await save_filter(shop.ground, shop.caller, kept, door="test")
    caller = as_role(shop, "analyst")
    one = await show_filter(shop.ground, caller, FilterRef(name="ada"), door="test")
    (listed,) = (await filters(shop.ground, caller, FiltersAsked(), door="test")).filters
    assert one.filter == listed.filter == {"attribute": "note", "contains": "a•••@p•••.org"}
    whole = await show_filter(shop.ground, shop.caller, FilterRef(name="ada"), door="test")
    assert whole.filter == kept.filter


@pytest.mark.slow
async def test_an_archetype_is_made_of_no_address(shop: Shop):
    await shop.segment()
    filter_: dict[str, JsonValue] = {"attribute": "note", "contains": "ada@planted-example.org"}
    with pytest.raises(Invalid, match="never in archetypes"):
        await save_archetype(shop.ground, shop.caller, ArchetypeSave(name="ada", filter=filter_), door="test")
    part = ArchetypePreview(filter={"attribute": "note", "contains": "ada@plan"})
    assert (await preview_archetype(shop.ground, shop.caller, part, door="test")).fits == 0


@pytest.mark.parametrize(
    "name", ["name", "first_name", "Address", "shippingAddress", "street", "zip", "mobilePhone", "tel"]
)
def test_names_of_contact_data_are_recognised_however_they_are_written(name: str):
    assert names_contact(name)


@pytest.mark.parametrize("name", ["product_name", "campaign", "hotel", "n", "sku", "cellar"])
def test_other_names_are_not(name: str):
    assert not names_contact(name)


def test_all_that_stands_under_such_a_name_is_hidden():
    assert masked_as("address", {"line": "Elm Row 5", "no": 7, "ok": True}) == {
        "line": "E••• R••• 5•••",
        "no": "•••",
        "ok": True,
    }
