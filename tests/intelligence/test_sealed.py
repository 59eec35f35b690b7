"""What a segmentation leaves is sealed, and what was lost or is older is made anew."""

import shutil

import pytest

from switchboard.accounts import tenants
from switchboard.foundation.ground import Ground
from switchboard.foundation.vault import StillSealed
from switchboard.intelligence import mirror, rosters, runs, store
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.past_records import MonthsAsked
from switchboard.intelligence.snapshots import MAGIC, encode, unseal
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow
FILE = orders(
    *(f"o{n},c{n % 60},2024-0{n % 4 + 1}-{n % 27 + 1:02}T10:00,p{n % 9},,,1,{n % 7 + 1},," for n in range(600))
)


async def segmented(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(FILE)
    await shop.segment()
    return shop


async def test_a_snapshots_people_are_sealed_and_open_in_their_own_row_alone(ground: Ground):
    shop = await segmented(ground)
    async with ground.work(shop.caller) as work:
        run = await runs.served(work)
        kept = await store.people(work, run.number)
        assert MAGIC not in kept
        assert len(await rosters.of_run(work, run.number)) == run.customers
        key = await tenants.data_key(work)
        with pytest.raises(StillSealed):
            unseal(key, run.number + 1, kept)


async def test_a_snapshot_of_an_earlier_version_is_read_and_sealed_with_the_next_run(ground: Ground):
    shop = await segmented(ground)
    async with ground.work(shop.caller) as work:
        first = (await runs.served(work)).number
        key = await tenants.data_key(work)
        await store.set_people(work, first, encode(unseal(key, first, await store.people(work, first))))
        assert len(await rosters.of_run(work, first)) == 60
    await shop.segment()
    async with ground.work(shop.caller) as work:
        kept = await store.people(work, first)
        assert MAGIC not in kept
        assert len(unseal(key, first, kept).persons) == 60


async def test_a_mirror_that_is_gone_is_made_anew_by_whoever_asks_it(ground: Ground):
    shop = await segmented(ground)
    before = await revenue_by_month(ground, shop.caller, MonthsAsked(), door="test")
    async with ground.work(shop.caller) as work:
        shutil.rmtree((await mirror.place_of(work)).folder)
    assert await revenue_by_month(ground, shop.caller, MonthsAsked(), door="test") == before
