"""The copies of the mirror that filters read, as a process holds them open."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from switchboard.customers.store.keys import reserve
from switchboard.foundation import sql
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.intelligence import copies, mirror, refreshing
from switchboard.intelligence.copies import LARGE, Copy
from switchboard.intelligence.filter_records import FilterAsked
from switchboard.intelligence.mirror_files import name_of_newest, published
from switchboard.intelligence.operations.filters import count_filter
from tests.shop import Shop, as_owner, open_shop, orders

pytestmark = pytest.mark.slow


@pytest.fixture
async def shop(ground: Ground, server: Embedded) -> AsyncGenerator[Shop]:
    """A shop of so many people that a refresh is not always quick."""
    shop = await open_shop(ground)
    await add(shop, LARGE)
    yield shop
    with as_owner(server) as owner:
        owner.execute("delete from person where workspace_id = %s", (shop.workspace.id,))


async def add(shop: Shop, people: int) -> None:
    async with shop.ground.work(shop.caller) as work:
        await sql.execute(
            work,
            "insert into person (workspace_id, person_key, customer_id, import_id)"
            " select $1, $2::bigint + n, 'c' || $2::bigint + n, $3 from generate_series(1, $4::integer) n",
            shop.workspace.id, await reserve(work, "person", people), new_id(), people,
        )  # fmt: skip


async def fresh(shop: Shop) -> Copy:
    async with shop.ground.work(shop.caller) as work:
        return await copies.fresh(work)


async def test_a_large_workspace_is_answered_from_the_copy_before_until_the_newest_is_open(shop: Shop):
    first = await fresh(shop)
    await add(shop, 1)
    async with shop.ground.work(shop.caller) as work:
        await refreshing.refresh(work)
    assert (await fresh(shop)).name == first.name
    async with asyncio.timeout(30):
        while (now := await fresh(shop)).name == first.name:
            await asyncio.sleep(0.02)
    assert (first.people, now.people) == (LARGE, LARGE + 1)
    assert (await fresh(shop)).name == now.name  # nothing changed: it is made once


async def test_very_many_who_ask_at_once_are_answered_after_one_refresh(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,5,," for n in range(20))))
    await shop.segment()
    await shop.bring(orders("o20,c20,2024-03-02T10:00,p1,,,1,5,,"))
    before, asked = (await fresh(shop)).name, FilterAsked(filter={"all": []})
    await shop.bring(orders("o21,c21,2024-03-02T10:00,p1,,,1,5,,"))
    published = asyncio.create_task(names_of(shop))
    found = await asyncio.gather(*(count_filter(ground, shop.caller, asked, door="test") for _ in range(40)))
    assert {one.count for one in found} == {22}
    last = (await fresh(shop)).name
    published.cancel()
    assert await published == {before, last}


async def test_figures_about_to_be_superseded_come_for_whoever_asks_for_them(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},c{n},2024-03-01T10:00,p1,,,1,5,," for n in range(20))))
    first = await shop.segment()
    assert (await fresh(shop)).run == first.run
    await shop.bring(orders(*(f"p{n},c1,2024-03-02T10:00,p1,,,1,50,," for n in range(3))))
    second = await shop.segment()
    async with ground.work(shop.caller) as work:
        await refreshing.refresh(work, superseding=True)
        with published(await mirror.place_of(work)) as there:
            assert there is not None
            assert there.execute("select run from people_cursor").fetchall() == [(first.run,)]
    rich = FilterAsked(filter={"feature": "lifetime_value", "more_than": 100})
    assert (await count_filter(ground, shop.caller, rich, door="test")).count == 1
    assert (await fresh(shop)).run == second.run


async def names_of(shop: Shop) -> set[str | None]:
    """What the newest copy was called, one after the other, until this is cancelled."""
    async with shop.ground.work(shop.caller) as work:
        place = await mirror.place_of(work)
    names = set[str | None]()
    with suppress(asyncio.CancelledError):
        while True:
            names.add(name_of_newest(place))
            await asyncio.sleep(0.005)
    return names
