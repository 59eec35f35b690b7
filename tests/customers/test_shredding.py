"""A workspace whose data key was destroyed is read by nobody; the others go on."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from switchboard.accounts import tenants
from switchboard.accounts.installation import shred
from switchboard.accounts.operations import workspace_settings
from switchboard.accounts.store.shredding import overwrite_key
from switchboard.customers.operations import imports
from switchboard.customers.records import ImportsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Gone, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Nothing
from switchboard.intelligence import mirror
from switchboard.intelligence.mirror_files import is_published
from tests.shop import Shop, as_owner, open_shop, orders

pytestmark = pytest.mark.slow
PEOPLE = "customer_id,email,name\nc1,planted@example.com,Plantina\n"
ORDERS = orders(*(f"o{n},c{n % 5},2024-03-0{n % 9 + 1}T10:00,p1,,,1,{n % 7 + 1},," for n in range(60)))


async def filled(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(ORDERS)
    await shop.bring(PEOPLE, kind="customers")
    await shop.segment()
    return shop


def owner_url(server: Embedded) -> str:
    return server.url(role="switchboard")


async def test_nothing_it_sealed_opens_and_every_operation_says_so(ground: Ground, server: Embedded):
    shop, other = await filled(ground), await filled(ground)
    async with ground.work(shop.caller) as work:
        place = await mirror.place_of(work)
    assert is_published(place)
    done = await shred(ground, owner_url(server), shop.workspace.name)
    assert done.files_removed > 0
    assert not is_published(place)
    for call in (
        lambda: imports(ground, shop.caller, ImportsAsked(), door="test"),
        lambda: workspace_settings(ground, shop.caller, Nothing(), door="test"),
        shop.segment,
        lambda: shop.bring(PEOPLE, kind="customers"),
    ):
        with pytest.raises(Gone, match="was destroyed"):
            await call()
    async with ground.work(shop.caller) as work:
        with pytest.raises(Gone):
            await tenants.data_key(work)
    assert (await other.segment()).customers == 5
    left = [path for path in ground.data_dir.rglob(f"*{shop.workspace.id}*") if "postgres" not in path.parts]
    assert not left


async def test_the_wrapped_key_is_not_in_the_tables_file_any_more(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    with as_owner(server) as owner:
        (wrapped,) = owner.execute("select data_key from workspace where id = %s", (shop.workspace.id,)).fetchall()[0]
        await shred(ground, owner_url(server), shop.workspace.name)
        (path,) = owner.execute("select pg_relation_filepath('workspace')").fetchall()[0]
    assert isinstance(wrapped, bytes)
    file = Path(server.places.data) / str(path)
    assert wrapped not in file.read_bytes()
    with pytest.raises(Gone):
        await shred(ground, owner_url(server), shop.workspace.name)
    with pytest.raises(NotFound):
        await shred(ground, owner_url(server), "nowhere")


async def test_a_process_that_knew_the_key_notices_within_five_seconds(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await imports(ground, shop.caller, ImportsAsked(), door="test")
    overwrite_key(owner_url(server), shop.workspace.id)  # as another process would
    later = replace(ground, clock=lambda: ground.clock() + timedelta(seconds=5))
    with pytest.raises(Gone):
        await imports(later, shop.caller, ImportsAsked(), door="test")
