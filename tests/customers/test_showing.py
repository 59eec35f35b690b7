"""One customer on one page, as each role may see them."""

from collections.abc import Mapping

import pytest

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.roles import ROLES, permissions_of
from switchboard.customers.attributes.operations import set_attributes
from switchboard.customers.attributes.records import SetAttributes
from switchboard.customers.masking import masked
from switchboard.customers.showing.operations import activity, show
from switchboard.customers.showing.records import Activity, ActivityAsked, CustomerAsked, CustomerShown
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Ground
from tests.shop import Shop, as_owner, as_role, open_shop, orders, rows

pytestmark = pytest.mark.slow

PEOPLE = """customer_id,name,email,phone,street,postal_code,city,country,created_at,note
c1,Mia Thornby,mia.thornby@hidden.test,+49 170 1234567,Larch Lane 1,10117,Berlin,Germany,2024-01-05,likes tea
"""
EVENTS = """event_id,customer_id,kind,at,properties
e1,c1,opened,2024-03-02T10:00:00Z,"{""to"": ""mia.thornby@hidden.test"", ""call"": ""+49 170 1234567"", ""n"": 7}"
e2,c1,clicked,2024-03-02T10:00:00Z,
e3,c1,opened,2024-03-05T10:00:00Z,
"""
PLANTED = ("thornby", "hidden", "170 12", "Larch Lane", "10117")


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    opened = await open_shop(ground)
    await opened.bring(
        orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,", "o2,c1,2024-03-03T10:00,p1,Tea,Drinks,1,,,4")
    )
    await opened.bring(PEOPLE, "customers")
    await opened.bring(EVENTS, "events")
    asked = SetAttributes(customer_id="c1", attributes={"note": "write to mia.thornby@hidden.test"}, source="call")
    await set_attributes(opened.ground, opened.caller, asked, door="test")
    return opened


async def page(shop: Shop, role: str = "owner", **more: int) -> CustomerShown:
    asked = CustomerAsked.model_validate({"customer_id": "c1"} | more)
    return await show(shop.ground, as_role(shop, role), asked, door="test")


async def events(shop: Shop, **asked: object) -> Activity:
    return await activity(
        shop.ground, shop.caller, ActivityAsked.model_validate({"customer_id": "c1"} | asked), door="test"
    )


async def test_a_page_tells_who_they_are_and_what_they_did(shop: Shop):
    seen = await page(shop)
    assert seen.contact is not None
    assert (seen.contact.name, seen.contact.street) == ("Mia Thornby", "Larch Lane 1")
    assert (seen.place.city, seen.place.region, seen.place.country) == ("Berlin", "Berlin", "DE")
    assert (seen.orders, seen.events) == (1, 3)
    assert [at and at.date().isoformat() for at in (seen.first_seen_at, seen.last_seen_at, seen.last_order_at)] == [
        "2024-01-05", "2024-03-05", "2024-03-01",
    ]  # fmt: skip
    assert [(each.name, each.source) for each in seen.attributes] == [("note", "call")]
    assert [each.kind for each in seen.activity[:1]] == ["opened"]


@pytest.mark.parametrize("role", ROLES)
async def test_contact_is_seen_by_those_who_may_and_by_nobody_else(shop: Shop, role: str):
    said = (await page(shop, role)).model_dump_json()
    may = "customers:contact" in permissions_of(role)
    assert [planted for planted in PLANTED if planted.lower() in said.lower()] == (list(PLANTED) if may else [])
    assert "Berlin" in said


async def test_events_come_in_pages_that_go_on_where_the_page_ends(shop: Shop):
    seen = await page(shop, events=1)
    found, cursor = [each.at for each in seen.activity], seen.activity_cursor
    while cursor:
        more = await events(shop, limit=1, cursor=cursor)
        found, cursor = [*found, *(each.at for each in more.activity)], more.next_cursor
    assert (len(found), found) == (3, sorted(found, reverse=True))
    assert (await page(shop, events=0)).activity == ()
    for wrong in ("x", "1.zz", "9" * 30 + ".00"):
        with pytest.raises(Invalid, match="cursor"):
            await events(shop, cursor=wrong)


async def test_nobody_is_shown_for_an_id_that_nobody_has(shop: Shop):
    with pytest.raises(NotFound, match="there is no customer 'c9'"):
        await show(shop.ground, shop.caller, CustomerAsked(customer_id="c9"), door="test")
    with pytest.raises(NotFound, match="there is no customer 'c9'"):
        await activity(shop.ground, shop.caller, ActivityAsked(customer_id="c9"), door="test")


async def test_that_somebody_was_shown_is_audited_with_them_as_subject(shop: Shop, server: Embedded):
    await page(shop, "support")
    await events(shop)
    assert isinstance(shop.ground.trail, JournalledTrail)
    await shop.ground.trail.flush()
    with as_owner(server) as owner:
        found = rows(
            owner, "select operation, subject from audit_line where workspace_id = %s and subject <> ''",
            shop.workspace.id,
        )  # fmt: skip
    assert {name for name, _ in found} >= {"customers.show", "customers.activity", "customers.set_attributes"}
    assert len({subject for _, subject in found}) == 1


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("a.b@hidden.test", "a•••@h•••.test"),
        ("to <x@y.eu>, then call +49 (170) 123-4567 today", "to <x•••@y•••.eu>, then call ••• today"),
        ({"a@b.eu": ["a@b.eu", 7, None, True]}, {"a•••@b•••.eu": ["a•••@b•••.eu", 7, None, True]}),
        ("order 2024-1234567", "order 2024-1234567"),
    ],
)
def test_addresses_and_numbers_are_hidden_wherever_they_stand(value: str | Mapping[str, object], seen: object):
    assert masked(value) == seen  # pyright: ignore[reportArgumentType] - JSON
