"""How well predictions did, as it is asked and drawn: before it was measured, after, and of too small a shop."""

from datetime import date

import pytest

from switchboard.foundation.ground import Ground
from switchboard.intelligence import qualities, refreshing, store
from switchboard.intelligence.chart_records import ChartAsked
from switchboard.intelligence.operations.charts import chart
from switchboard.intelligence.operations.quality import prediction_quality
from switchboard.intelligence.predictions_metrics import SHOP
from switchboard.intelligence.records import Asked
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.slow
DRAWN = ChartAsked(chart="calibration", format="svg")


async def measured(shop: Shop) -> None:
    """Measure as the background does."""
    async with shop.ground.work(shop.caller) as work:
        await qualities.keep(work)


async def test_probabilities_are_held_against_what_came_tenth_by_tenth(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(SHOP.csv)
    await shop.segment()
    before = await prediction_quality(ground, shop.caller, Asked(), door="test")
    assert (before.quality, before.calibration, before.not_enough_data) == (None, (), ())
    assert "not been measured yet" in (await chart(ground, shop.caller, DRAWN, door="test")).told
    await measured(shop)
    told = await prediction_quality(ground, shop.caller, Asked(), door="test")
    assert told.quality is not None
    assert sum(each.customers for each in told.calibration) == told.quality.customers == 130
    bought = sum(each.customers * each.bought_share for each in told.calibration)
    off = sum(each.customers * abs(each.probability - each.bought_share) for each in told.calibration)
    assert bought == pytest.approx(130 * told.quality.bought_share)
    assert off / 130 == pytest.approx(told.quality.calibration_error)
    assert [each.probability for each in told.calibration] == sorted(each.probability for each in told.calibration)
    drawn = await chart(ground, shop.caller, DRAWN, door="test")
    assert drawn.told.startswith("Of 130 customers predicted on 3 Jul 2023 for 90 days, ")
    earlier = await prediction_quality(ground, shop.caller, Asked(as_of=date(2023, 9, 1)), door="test")
    assert (earlier.quality, earlier.calibration) == (None, ())


async def test_a_shop_too_small_says_what_it_lacks(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await shop.segment()
    await measured(shop)
    told = await prediction_quality(ground, shop.caller, Asked(), door="test")
    assert (told.quality, told.calibration) == (None, ())
    assert "100 customers; there are 1" in told.not_enough_data
    assert "100 customers; there are 1" in (await chart(ground, shop.caller, DRAWN, door="test")).told


async def test_nothing_is_measured_once_all_orders_are_gone(ground: Ground):
    shop = await open_shop(ground)
    await measured(shop)  # nobody has asked for a segmentation yet
    brought = await shop.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await shop.segment()
    await shop.undo(brought)
    async with shop.ground.work(shop.caller) as work:
        await refreshing.refresh(work)
    await measured(shop)  # the run before is served, on a mirror without lines
    await shop.segment()
    await measured(shop)
    async with shop.ground.work(shop.caller) as work:
        assert await store.qualities(work, 90) == []
