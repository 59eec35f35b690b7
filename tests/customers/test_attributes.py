"""What is known of people beside contact and orders: types, sources, times; what was said last counts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.customers.attributes import operations
from switchboard.customers.attributes.records import (
    AttributeDefined,
    Attributes,
    AttributesAsked,
    DefineAttribute,
    ForgetAttribute,
    SetAttributes,
)
from switchboard.customers.records import Import
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import AttributeShown, CustomerAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from tests.shop import Shop, as_owner, as_role, count, open_shop, rows

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def define(shop: Shop, **asked: Any) -> AttributeDefined:
    return await operations.define_attribute(
        shop.ground, shop.caller, DefineAttribute.model_validate(asked), door="test"
    )


async def set_by_hand(shop: Shop, customer: str = "c1", **values: Any) -> dict[str, Any]:
    asked = SetAttributes(customer_id=customer, attributes=values)
    return dict((await operations.set_attributes(shop.ground, shop.caller, asked, door="test")).attributes)


async def listed(shop: Shop, **asked: Any) -> Attributes:
    return await operations.attributes(shop.ground, shop.caller, AttributesAsked.model_validate(asked), door="test")


async def types(shop: Shop) -> dict[str, str]:
    return {each.name: each.type for each in (await listed(shop)).attributes}


async def shown(shop: Shop, customer: str = "c1") -> dict[str, AttributeShown]:
    seen = await show(shop.ground, shop.caller, CustomerAsked(customer_id=customer), door="test")
    return {each.name: each for each in seen.attributes}


def kept(server: Embedded, shop: Shop) -> dict[str, Any]:
    """What each person's row holds."""
    with as_owner(server) as owner:
        found = rows(owner, "select customer_id, attributes from person where workspace_id = %s", shop.workspace.id)
    return {str(customer): attributes for customer, attributes in found}


def people(header: str, *lines: str) -> str:
    return "\n".join([f"customer_id,{header}", *lines]) + "\n"


async def bring(shop: Shop, header: str, *lines: str, source: str = "shop") -> Import:
    return await shop.bring(people(header, *lines), "customers", source)


async def test_a_column_is_of_the_type_that_all_of_its_values_have(shop: Shop, server: Embedded):
    await bring(shop, "size,vip,since,tier,code", "c1,38,yes,2020-01-31,gold,007", "c2,39.5,no,2021-12-01,38,012")
    assert await types(shop) == {"code": "text", "since": "date", "size": "number", "tier": "text", "vip": "flag"}
    assert kept(server, shop) == {
        "c1": {"size": 38, "vip": True, "since": "2020-01-31", "tier": "gold", "code": "007"},
        "c2": {"size": 39.5, "vip": False, "since": "2021-12-01", "tier": "38", "code": "012"},
    }


async def test_what_somebody_defined_goes_before_what_the_values_look_like(shop: Shop, server: Embedded):
    await define(shop, name="Size", type="text", label="Shoe size")
    await define(shop, name="tags", type="list")
    await define(shop, name="spent", type="money", currency="EUR")
    await define(shop, name="vip", type="flag")
    brought = await bring(shop, "size,tags,spent,vip", 'c1,38,"a, b;c",€12.50,1', "c2,,,$5,maybe", "c3,,,,")
    assert kept(server, shop)["c1"] == {"Size": "38", "tags": ["a, b", "c"], "spent": 12.5, "vip": True}
    assert kept(server, shop)["c2"] is None
    assert brought.counts["attributes_not_understood"] == {"spent": 1, "vip": 1}
    assert "$5" not in json.dumps(brought.counts)


async def test_a_value_keeps_who_told_it_and_when(shop: Shop):
    brought = await bring(shop, "tier,size", "c1,gold,38", source="crm")
    await set_by_hand(shop, size=40)
    seen = await shown(shop)
    assert (seen["tier"].value, seen["tier"].source, seen["tier"].import_id) == ("gold", "crm", brought.import_id)
    assert seen["tier"].said_at == brought.began_at
    assert (seen["size"].value, seen["size"].source, seen["size"].import_id) == (40, "by hand", None)
    assert seen["size"].said_at > seen["tier"].said_at


async def test_undoing_an_import_restores_what_was_said_before(shop: Shop, server: Embedded):
    first = await bring(shop, "tier,size", "c1,gold,38")
    second = await bring(shop, "tier,colour", "c1,silver,red")
    assert kept(server, shop) == {"c1": {"tier": "silver", "size": 38, "colour": "red"}}
    await shop.undo(second)
    assert kept(server, shop) == {"c1": {"tier": "gold", "size": 38}}
    await shop.undo(first)
    assert count(server, "person", shop.workspace.id) == 0


async def test_a_file_may_say_when_it_was_true_and_then_late_news_change_nothing(shop: Shop, server: Embedded):
    await bring(shop, "tier,updated_at", "c1,gold,2024-03-01")
    late = await bring(shop, "tier,size,updated_at", "c1,silver,38,2024-02-01")
    assert kept(server, shop) == {"c1": {"tier": "gold", "size": 38}}
    await shop.undo(late)
    assert kept(server, shop) == {"c1": {"tier": "gold"}}


async def test_what_was_set_by_hand_counts_until_something_newer_is_said(shop: Shop, server: Embedded):
    await bring(shop, "tier,updated_at", "c1,gold,2024-03-01")
    await set_by_hand(shop, tier="platinum")
    await bring(shop, "tier,updated_at", "c1,silver,2024-04-01")
    assert kept(server, shop) == {"c1": {"tier": "platinum"}}
    newest = await bring(shop, "tier", "c1,bronze")
    assert kept(server, shop) == {"c1": {"tier": "bronze"}}
    await shop.undo(newest)
    assert kept(server, shop) == {"c1": {"tier": "platinum"}}
    assert await set_by_hand(shop, tier=None) == {}


async def test_who_was_told_of_by_hand_stays_when_the_import_that_brought_them_is_undone(shop: Shop, server: Embedded):
    brought = await bring(shop, "tier", "c1,gold", "c2,gold")
    await set_by_hand(shop, tier="silver")
    await shop.undo(brought)
    assert kept(server, shop) == {"c1": {"tier": "silver"}}


async def test_a_new_type_converts_what_is_there(shop: Shop, server: Embedded):
    await bring(shop, "size", "c1,38", "c2,x", "c3,38")
    assert await types(shop) == {"size": "text"}
    preview = await define(shop, name="size", type="number", preview=True)
    assert (preview.converted, preview.not_fitting, preview.people_not_fitting) == (1, 1, 1)
    assert (preview.attribute.type, await types(shop)) == ("number", {"size": "text"})
    with pytest.raises(Conflict, match="1 values of 1 people are no number"):
        await define(shop, name="size", type="number")
    done = await define(shop, name="size", type="number", unit="EU", leave_out=True)
    assert (done.attribute.unit, done.attribute.people, done.attribute.by_hand) == ("EU", 2, True)
    assert kept(server, shop) == {"c1": {"size": 38}, "c2": None, "c3": {"size": 38}}


async def test_only_values_of_the_type_are_set_by_hand(shop: Shop):
    await bring(shop, "tier,size,since,vip", "c1,gold,38,2020-01-31,yes")
    await define(shop, name="tags", type="list")
    wrong: dict[str, Any] = {
        "tier": 5, "size": "38", "since": "31.01.2020", "vip": 1, "tags": "red", "tier ": "x"
    }  # fmt: skip
    for name, value in wrong.items():
        with pytest.raises(Invalid, match=f"attributes.{name}") as refused:
            await set_by_hand(shop, **{name: value})
        assert refused.value.field == f"attributes.{name}"
    for value in ("x" * 4_001, "", "a\0b"):
        with pytest.raises(Invalid, match=r"attributes.tier: it is a text of 1 to 4,000 letters"):
            await set_by_hand(shop, tier=value)
    assert (await set_by_hand(shop, TIER="x" * 4_000, tags=["red"], size=1.5, vip=False))["size"] == 1.5


async def test_a_long_value_is_kept_out_and_told(shop: Shop, server: Embedded):
    brought = await bring(shop, "note,tier", "c1,short,gold", f"c2,{'x' * 900_000},gold")
    assert brought.counts["attributes_not_understood"] == {"note": 1}
    assert kept(server, shop) == {"c1": {"note": "short", "tier": "gold"}, "c2": {"tier": "gold"}}


async def test_a_workspace_has_so_many_attributes(shop: Shop, server: Embedded):
    with as_owner(server) as owner:
        owner.execute(
            "insert into attribute (workspace_id, name, type, label, by_hand, made_by, made_at)"
            " select %s, 'a' || n, 'text', '', true, %s, now() from generate_series(1, 998) n",
            (shop.workspace.id, shop.workspace.id),
        )
    brought = await bring(shop, "b1,b2,b3,a7", "c1,1,2,3,4")
    assert brought.counts["columns_kept_out"] == {"b3": "a workspace has at most 1,000 attributes"}
    assert kept(server, shop) == {"c1": {"a7": "4", "b1": 1, "b2": 2}}
    with pytest.raises(Invalid, match="at most 1,000 attributes; forget one"):
        await define(shop, name="one more", type="text")


async def test_contact_data_does_not_become_an_attribute(shop: Shop, server: Embedded):
    brought = await bring(
        shop, "email,work mail,phone,default_address_phone,nickname,tier",
        "c1,a@hidden.test,b@hidden.test,+49 170 1234567,+49 170 7654321,Annie,gold",
    )  # fmt: skip
    assert kept(server, shop) == {"c1": {"tier": "gold"}}
    assert brought.counts["columns_kept_out"] == dict.fromkeys(
        ("work mail", "default_address_phone", "nickname"), "contact data: map the column to its field"
    )


async def test_an_attribute_that_is_forgotten_is_gone_from_all_that_was_said(shop: Shop, server: Embedded):
    await bring(shop, "tier,size", "c1,gold,38")
    newer = await bring(shop, "tier", "c1,silver")
    await set_by_hand(shop, tier="x")
    forgotten = await operations.forget_attribute(shop.ground, shop.caller, ForgetAttribute(name="TIER"), door="test")
    assert forgotten.people == 1
    await shop.undo(newer)
    assert (kept(server, shop), await types(shop)) == ({"c1": {"size": 38}}, {"size": "number"})
    with pytest.raises(NotFound, match="there is no attribute"):
        await operations.forget_attribute(shop.ground, shop.caller, ForgetAttribute(name="tier"), door="test")


async def test_attributes_come_in_pages_with_how_many_have_them(shop: Shop):
    await bring(shop, "a,b,c", "c1,1,,1", "c2,2,2,")
    page = await listed(shop, limit=2)
    assert [(each.name, each.people) for each in page.attributes] == [("a", 2), ("b", 1)]
    rest = await listed(shop, limit=2, cursor=page.next_cursor)
    assert ([each.name for each in rest.attributes], rest.next_cursor) == (["c"], None)


async def test_who_may_not_say_what_attributes_are(shop: Shop):
    await bring(shop, "tier", "c1,gold")
    for role in ("support", "analyst", "agent"):
        with pytest.raises(NotAllowed, match="customers:attributes"):
            await operations.define_attribute(
                shop.ground, as_role(shop, role), DefineAttribute(name="x", type="text"), door="test"
            )
    with pytest.raises(NotAllowed, match="customers:edit"):
        await operations.set_attributes(
            shop.ground,
            as_role(shop, "analyst"),
            SetAttributes(customer_id="c1", attributes={"tier": "x"}),
            door="test",
        )


async def test_importing_a_file_again_changes_nothing(shop: Shop, server: Embedded):
    header, line = "tier,size,updated_at", "c1,gold,38,2024-03-01"
    await bring(shop, header, line)
    await bring(shop, header, line)
    assert count(server, "told", shop.workspace.id) == 1
    assert (await shown(shop))["tier"].said_at == START + timedelta(days=60)


NEWS = st.fixed_dictionaries(
    {
        "day": st.integers(1, 4),
        "tier": st.sampled_from(["", "gold", "silver"]),
        "size": st.sampled_from(["", "38", "39"]),
        "city": st.sampled_from(["", "Berlin", "Paris"]),
        "undone": st.booleans(),
    }
)


@pytest.mark.heavy
@pytest.mark.timeout(300)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(told=st.lists(NEWS, min_size=2, max_size=6))
async def test_what_was_said_last_counts_whatever_arrives_first_and_whatever_is_undone(
    ground: Ground, server: Embedded, told: list[dict[str, Any]]
):
    shop = await open_shop(ground)
    await define(shop, name="tier", type="text")
    await define(shop, name="size", type="number")
    brought = [
        await bring(
            shop, "tier,size,city,updated_at", f"c1,{of['tier']},{of['size']},{of['city']},2024-01-0{of['day']}"
        )
        for of in told
    ]
    for one, of in zip(brought, told, strict=True):
        if of["undone"]:
            await shop.undo(one)
    left = sorted(
        (of for of in told if not of["undone"]), key=lambda of: of["day"]
    )  # stable: of a day the last to come
    if not left:
        assert kept(server, shop) == {}
        return
    newest = {name: next((of[name] for of in reversed(left) if of[name]), None) for name in ("tier", "size", "city")}
    wanted = {"tier": newest["tier"], "size": newest["size"] and int(newest["size"])}
    assert kept(server, shop) == {"c1": {name: value for name, value in wanted.items() if value} or None}
    place = (await show(shop.ground, shop.caller, CustomerAsked(customer_id="c1"), door="test")).place
    assert place.city == newest["city"]
    assert (place.lat is None) == (newest["city"] is None)


async def test_what_was_repeated_is_handed_on_to_whoever_repeated_it_and_to_nobody_else(shop: Shop, server: Embedded):
    await define(shop, name="tier", type="text")
    await define(shop, name="size", type="number")
    header = "tier,size,updated_at"
    said = ("c1,,,2024-01-01", "c1,gold,,2024-01-01", "c1,,38,2024-01-02", "c1,,38,2024-01-02", "c1,,38,2024-01-02")
    _, gold, first, second, third = [await bring(shop, header, each) for each in said]
    await shop.undo(first)
    assert kept(server, shop) == {"c1": {"tier": "gold", "size": 38}}
    await shop.undo(gold)
    assert kept(server, shop) == {"c1": {"size": 38}}
    await shop.undo(third)
    assert kept(server, shop) == {"c1": {"size": 38}}
    await shop.undo(second)
    assert kept(server, shop) == {"c1": None}
    assert count(server, "repeated_told", shop.workspace.id) == 0


async def test_a_file_of_which_every_row_is_wrong_brings_no_attribute(shop: Shop):
    brought = await shop.bring("customer_id,email,tier\n,no address,gold\n,nor this,basic\n", "customers")
    assert (brought.counts["accepted"], brought.counts["quarantined"]) == (0, 2)
