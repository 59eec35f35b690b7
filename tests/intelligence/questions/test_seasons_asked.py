"""Questions about seasons and events as callers ask them: who, of which days, and what is refused."""

from datetime import date, timedelta
from math import comb
from typing import Any

import pytest

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.operations.seasons import (
    event_engagement,
    seasonal_engagement,
    seasonal_recommendations,
)
from switchboard.intelligence.records import Asked, SearchAsked
from switchboard.intelligence.season_records import EventAsked, PeaksAsked, SeasonAsked
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

# Two years of tea: 20 customers order on the first of every month. Ten more order pumpkins and tea in October alone.
MONTHS = [date(year, month, 1) for year in (2022, 2023) for month in range(1, 13)]
OCTOBER = [date(year, 10, day) for year in (2022, 2023) for day in (5, 12, 19, 26)]
SOLD = orders(
    *(f"t{n}-{at},t{n},{at}T10:00,tea,Tea,Drinks,1,10,," for n in range(20) for at in MONTHS),
    *(
        f"h{n}-{at},h{n},{at}T10:00,{each},{each.title()},{kind},1,20,,"
        for n in range(10)
        for at in OCTOBER
        for each, kind in (("pumpkin", "Decoration"), ("tea", "Drinks"))
    ),
)
TEA, PUMPKINS = 20 * len(MONTHS), 10 * len(OCTOBER)
ASKS: tuple[tuple[Operation[Any, Any], Asked], ...] = (
    (seasonal_engagement, SeasonAsked(season="autumn")),
    (event_engagement, EventAsked(event="Halloween")),
    (seasonal_recommendations, PeaksAsked()),
)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(SOLD)
    await made.segment()
    return made


async def test_whose_orders_gather_around_halloween_is_told_with_the_chance(shop: Shop):
    asked = EventAsked(event="halloween", who="clustered", limit=4)
    found = await event_engagement(shop.ground, shop.caller, asked, door="test")
    assert [(each.name, each.since) for each in found.windows] == [
        ("Halloween 2022", date(2022, 10, 10)), ("Halloween 2023", date(2023, 10, 10)),
    ]  # fmt: skip
    assert (found.clustered, found.engaged, found.judged, found.total) == (10, 10, 30, 10)
    assert (found.orders_inside, found.orders) == (60, TEA + PUMPKINS)
    first = found.customers[0]
    usual = 60 / (TEA - 20 * 10 + PUMPKINS)  # of the orders since 2022-10-05
    assert (first.orders_inside, first.orders, first.net_inside) == (6, 8, 240.0)
    assert first.expected_share == pytest.approx(usual)
    chance = sum(comb(8, k) * round(usual, 4) ** k * (1 - round(usual, 4)) ** (8 - k) for k in (6, 7, 8))
    assert first.p_value == pytest.approx(chance)
    assert first.reason == "6 of 8 orders in Halloween (75%), for 240.00 EUR; 17% of the shop's since their first."


async def test_customers_of_an_event_come_in_pages(shop: Shop):
    asked = EventAsked(event="Halloween", limit=4)
    first = await event_engagement(shop.ground, shop.caller, asked, door="test")
    rest = await event_engagement(
        shop.ground, shop.caller, EventAsked(event="Halloween", limit=500, cursor=first.next_cursor), door="test"
    )
    ids = [each.customer_id for each in (*first.customers, *rest.customers)]
    assert (len(ids), len(set(ids)), rest.next_cursor) == (10, 10, None)


async def test_a_season_has_everybody_who_ordered_in_it(shop: Shop):
    found = await seasonal_engagement(shop.ground, shop.caller, SeasonAsked(season="autumn"), door="test")
    assert (found.engaged, found.engaged_share, found.clustered) == (30, 1.0, 10)
    assert found.shop_share == (20 * 6 + PUMPKINS) / (TEA + PUMPKINS)
    assert found.index is not None
    assert found.index > 1
    same = await seasonal_engagement(shop.ground, shop.caller, SeasonAsked(months=(11, 9, 10)), door="test")
    assert (same.orders_inside, same.net_inside) == (found.orders_inside, found.net_inside)


async def test_given_days_are_a_campaign(shop: Shop):
    asked = EventAsked(since=date(2023, 3, 1), until=date(2023, 3, 1))
    found = await event_engagement(shop.ground, shop.caller, asked, door="test")
    assert (found.engaged, found.orders_inside, found.net_inside, found.clustered) == (20, 20, 200.0, 0)


async def test_days_outside_the_history_are_told_so(shop: Shop):
    asked = EventAsked(since=date(2020, 3, 1), until=date(2020, 3, 9))
    found = await event_engagement(shop.ground, shop.caller, asked, door="test")
    assert (found.engaged, found.total, found.index) == (0, 0, None)
    assert found.missing == (
        "None of the days asked about lies in the shop's history, which is from 2022-01-01 to 2023-12-01."
    )


async def test_what_peaks_in_the_coming_weeks_is_told_for_whom(shop: Shop):
    asked = PeaksAsked(as_of=date(2023, 10, 2), weeks=4)
    found = await seasonal_recommendations(shop.ground, shop.caller, asked, door="test")
    (peak,) = found.peaks
    assert (found.years, found.one_year_only, found.since) == (1, True, date(2023, 10, 2))
    assert (peak.product_id, peak.orders_then, peak.orders, peak.customers) == ("pumpkin", 40, 40, 10)
    shop_then, year = 40, 40 + 20 * 12  # tea is ordered on the first, so none of it lies in the weeks
    assert peak.index == pytest.approx(year / shop_then)
    assert peak.reason.startswith("In 40 orders of the same 28 days of the year before, 7.0 times its usual share")
    told = await search(shop.ground, shop.caller, SearchAsked(filter=peak.filter), door="test")
    assert told.total == peak.customers


async def test_two_years_are_not_one(shop: Shop):
    await shop.bring(orders("last,t1,2024-10-01T10:00,tea,Tea,Drinks,1,10,,"))
    await shop.segment()
    found = await seasonal_recommendations(
        shop.ground, shop.caller, PeaksAsked(of="categories", as_of=date(2024, 10, 2)), door="test"
    )
    (peak,) = found.peaks
    assert (found.years, found.one_year_only, peak.product_id, peak.name) == (2, False, None, "Decoration")
    assert [each.orders for each in peak.years] == [40, 40]


async def test_less_than_a_year_is_told_with_how_much_there_is(shop: Shop):
    asked = PeaksAsked(as_of=date(2022, 7, 1))
    found = await seasonal_recommendations(shop.ground, shop.caller, asked, door="test")
    assert (found.peaks, found.years) == ((), 0)
    assert found.missing == "A year of orders; there are 181 days. Import older orders, or ask again later."


@pytest.mark.parametrize(
    ("operation", "asked", "field", "says"),
    [
        (seasonal_engagement, SeasonAsked(), "season", "one of the two"),
        (seasonal_engagement, SeasonAsked(season="winter", months=(1,)), "season", "one of the two"),
        (seasonal_engagement, SeasonAsked(months=(0, 13)), "months", "from 1 to 12"),
        (event_engagement, EventAsked(), "event", "one of the two"),
        (event_engagement, EventAsked(event="Purim"), "event", "the events are New Year"),
        (event_engagement, EventAsked(since=date(2023, 2, 1)), "until", "give both"),
        (event_engagement, EventAsked(since=date(2023, 2, 2), until=date(2023, 2, 1)), "until", "give both"),
        (event_engagement, EventAsked(event="Easter", cursor="x"), "cursor", "cursor"),
    ],
)
async def test_what_can_not_be_asked_is_refused(
    shop: Shop, operation: Operation[Any, Any], asked: Asked, field: str, says: str
):
    with pytest.raises(Invalid, match=says) as refused:
        await operation(shop.ground, shop.caller, asked, door="test")
    assert refused.value.field == field


@pytest.mark.parametrize("which", range(len(ASKS)))
@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2021, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, which: int, as_of: date, says: str):
    operation, asked = ASKS[which]
    with pytest.raises(Invalid, match=says) as refused:
        await operation(shop.ground, shop.caller, asked.model_copy(update={"as_of": as_of}), door="test")
    assert refused.value.field == "as_of"


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_an_empty_shop_says_what_to_do(ground: Ground, which: int):
    operation, asked = ASKS[which]
    made = await open_shop(ground)
    with pytest.raises(Conflict, match="import orders"):
        await operation(made.ground, made.caller, asked, door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_one_order_is_a_whole_shop(ground: Ground, which: int):
    operation, asked = ASKS[which]
    made = await open_shop(ground)
    await made.bring(orders(f"o1,c1,{date(2024, 10, 20) + timedelta(days=1)}T10:00,tea,,,1,10,,"))
    await made.segment()
    told = await operation(made.ground, made.caller, asked, door="test")
    assert "NaN" not in told.model_dump_json()
