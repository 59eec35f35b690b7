"""Who was forgotten stays gone, however their phone is written."""

from typing import Any

import pytest

from switchboard import house
from switchboard.accounts import tenants
from switchboard.accounts.operations import change_workspace
from switchboard.accounts.records import WorkspaceChange
from switchboard.customers import uploads
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import erase, lift_erasure
from switchboard.customers.erasure.records import EraseAsked, LiftAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.customers.known_by import hashes_asked
from switchboard.customers.store import erasure as store
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.shop import Shop, as_owner, open_shop, rows

DECLARED = house.DECLARED  # so that every room has declared what it holds
pytestmark = pytest.mark.slow
ABROAD = {"phone": "+49 40 7770003"}
AT_HOME = {"phone": "040 7770003", "country": "DE"}
NAMED = {"phone": "(040) 777-0003", "country": "Germany"}
WITHOUT = {"phone": "040/7770003"}


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def bring(shop: Shop, customer: str, **more: Any) -> None:
    batch = Batch.model_validate({"people": [{"customer_id": customer, **more}]})
    await ingest(shop.ground, shop.caller, batch, door="test")


async def forget(shop: Shop, customer: str) -> None:
    asked = EraseAsked(customer_id=customer, confirm=customer)
    await erase(shop.ground, shop.caller, asked, door="test")


def there(server: Embedded, shop: Shop) -> set[str]:
    with as_owner(server) as owner:
        found = rows(owner, "select customer_id from person where workspace_id = %s", shop.workspace.id)
    return {str(row[0]) for row in found}


@pytest.mark.parametrize("erased", [ABROAD, AT_HOME, NAMED, AT_HOME | {"phone_verified": True}])
@pytest.mark.parametrize("back", [ABROAD, AT_HOME, NAMED, WITHOUT, {"phone": "0049 40 7770003"}])
async def test_no_spelling_of_a_phone_brings_somebody_back(
    shop: Shop, server: Embedded, erased: dict[str, Any], back: dict[str, Any]
):
    await bring(shop, "c1", **erased)
    await forget(shop, "c1")
    await bring(shop, "new", **back)
    assert there(server, shop) == set()


async def test_the_workspaces_country_counts_where_none_is_told(shop: Shop, server: Embedded):
    await change_workspace(shop.ground, shop.caller, WorkspaceChange(country="DE"), door="test")
    await bring(shop, "c1", **WITHOUT)
    await forget(shop, "c1")
    await bring(shop, "new", **ABROAD)
    assert there(server, shop) == set()


async def test_the_same_digits_of_another_country_are_somebody_else(shop: Shop, server: Embedded):
    await bring(shop, "c1", **AT_HOME)
    await forget(shop, "c1")
    await bring(shop, "new", phone="040 7770003", country="NL")
    assert there(server, shop) == {"new"}


async def test_an_order_with_the_phone_in_another_spelling_is_left_out(shop: Shop, server: Embedded):
    await bring(shop, "c1", **ABROAD)
    await forget(shop, "c1")
    text = "order_id,customer_id,placed_at,unit_price,phone,country\no1,new,2024-04-01,5,040 7770003,DE\n"
    brought = await shop.bring(text)
    assert brought.counts["reasons"] == {"erased": 1}
    assert there(server, shop) == set()


async def test_who_shares_a_phone_in_another_spelling_goes_on_being_a_customer(shop: Shop, server: Embedded):
    await bring(shop, "c1", **ABROAD)
    await bring(shop, "c2", **AT_HOME)
    await forget(shop, "c1")
    await bring(shop, "c3", **ABROAD)
    assert there(server, shop) == {"c2", "c3"}


async def test_what_was_kept_of_a_spelling_before_goes_on_keeping_it_out(shop: Shop, server: Embedded):
    async with shop.ground.work(shop.caller) as work:
        key = await tenants.data_key(work)
        hashed = key.hasher("customers.forgotten").digest("phone:0407770003", size=16)
        await store.keep_forgotten(work, work.ground.ids(), [hashed])
    await bring(shop, "new", **AT_HOME)
    assert there(server, shop) == set()


async def test_lifting_an_erasure_takes_the_phone_in_any_spelling(shop: Shop, server: Embedded):
    await bring(shop, "c1", **AT_HOME)
    await forget(shop, "c1")
    asked = LiftAsked(phone="0049 (40) 7770003", reason="signed_up")
    await lift_erasure(shop.ground, shop.caller, asked, door="test")
    await bring(shop, "c1", **AT_HOME)
    assert there(server, shop) == {"c1"}


async def test_files_that_wait_go_with_the_phone_in_another_spelling(shop: Shop):
    waiting = await shop.upload("customer_id,phone\nx9,040 7770003\n")
    await bring(shop, "c1", **ABROAD)
    await forget(shop, "c1")
    await complete(shop.ground, shop.workspace.id)
    assert not uploads.place(shop.ground.data_dir, shop.workspace.id, waiting).exists()


async def test_what_is_no_phone_is_compared_by_nothing(shop: Shop):
    async with shop.ground.work(shop.caller) as work:
        key = await tenants.data_key(work)
    assert hashes_asked(key, "n/a", ("DE",)) == set()


async def test_what_is_sent_of_somebody_forgotten_is_left_out_and_counted(shop: Shop, server: Embedded):
    await bring(shop, "c1", email="zoe@planted.example")
    await forget(shop, "c1")
    head = {"order_id": "o1", "customer_id": "c1", "placed_at": "2024-04-01T10:00:00Z"}
    batch: dict[str, Any] = {
        "people": [{"customer_id": "new", "email": "ZOE@planted.example"}, {"customer_id": "c2"}],
        "orders": [head | {"lines": [{"unit_price": 1}, {"unit_price": 2}]}],
        "events": [{"event_id": "e1", "customer_id": "c1", "kind": "seen", "at": "2024-04-01T10:00:00Z"}],
    }
    told = await ingest(shop.ground, shop.caller, Batch.model_validate(batch), door="test")
    assert (told.forgotten, told.people.new, told.orders.new, told.events.new) == (4, 1, 0, 0)
    assert there(server, shop) == {"c2"}
