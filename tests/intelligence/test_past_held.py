"""A past moment is worked out once for all who ask of it, and anew once anything has changed."""

import asyncio
from datetime import UTC, datetime

import pytest

from switchboard.foundation.ground import Ground
from switchboard.intelligence import runs
from switchboard.intelligence.working_out import Outcome
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow
THEN = datetime(2024, 3, 10, tzinfo=UTC)


async def then(shop: Shop, moment: datetime = THEN) -> Outcome:
    async with shop.ground.work(shop.caller) as work:
        return await runs.in_the_past(work, await runs.served(work), moment)


async def test_whoever_asks_again_is_told_what_is_held_until_something_changes(ground: Ground):
    shop, other = await open_shop(ground), await open_shop(ground)
    for each, price in ((shop, 5), (other, 7)):
        await each.bring(orders(*(f"o{n},c{n % 9},2024-03-0{n % 8 + 1}T10:00,p1,,,1,{price},," for n in range(30))))
        await each.segment()
    first, again = await asyncio.gather(then(shop), then(shop))
    assert again.result is first.result
    earlier = await then(shop, datetime(2024, 3, 5, tzinfo=UTC))
    assert len(earlier.result.features) < len(first.result.features) == 9
    assert (await then(other)).result.features.columns["lifetime_value"].sum() == 30 * 7
    await shop.bring(orders("o-late,c99,2024-03-02T10:00,p1,,,1,5,,"))
    await shop.segment()
    assert len((await then(shop)).result.features) == 10
