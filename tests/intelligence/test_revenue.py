"""Revenue by month, as bookkeeping would have it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.past_records import MonthsAsked
from tests.shop import Shop, open_shop, orders

SOLD = orders(
    "o1,c1,2023-10-31T10:00,p1,,,2,10.00,1.00,",
    "o2,,2023-10-31T23:30,p1,,,1,5.00,,",  # a guest, at half past midnight on the first of November in Helsinki
    "o3,c1,2023-11-15T10:00,p1,,,1,8.00,,",
    "o3,c1,2023-11-15T10:00,p2,,,1,2.00,,",
    "o4,c2,2024-01-02T10:00,p1,,,1,7.00,,",
    "r1,c1,2024-01-01T10:00,p1,,,-1,8.00,,",  # what was bought in November comes back
)


async def months(shop: Shop, asked: MonthsAsked | None = None) -> Sequence[tuple[str, float, int, int]]:
    shown = await revenue_by_month(shop.ground, shop.caller, asked or MonthsAsked(), door="test")
    return [(month.month, month.net, month.orders, month.customers) for month in shown.months]


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground, zone="Europe/Helsinki")
    await made.bring(SOLD.replace("T23:30", "T23:30+00:00").replace("T10:00,", "T10:00+00:00,"))
    await made.segment()
    return made


async def test_each_month_has_its_orders_guests_and_refunds(shop: Shop):
    assert await months(shop) == [
        ("2023-10", 19.0, 1, 1),
        ("2023-11", 15.0, 2, 1),
        ("2023-12", 0.0, 0, 0),
        ("2024-01", -1.0, 1, 1),
    ]


async def test_the_sum_of_all_months_is_the_net_of_all_lines(shop: Shop):
    assert sum(net for _, net, _, _ in await months(shop)) == 33.0


async def test_only_the_last_months_asked_for_are_shown(shop: Shop):
    assert [month for month, *_ in await months(shop, MonthsAsked(months=2))] == ["2023-12", "2024-01"]


async def test_a_moment_of_the_past_sees_what_was_sold_by_then(shop: Shop):
    assert await months(shop, MonthsAsked(as_of=datetime(2023, 11, 1, 12, tzinfo=UTC))) == [
        ("2023-10", 19.0, 1, 1),
        ("2023-11", 5.0, 1, 0),
    ]


async def test_before_the_first_order_there_is_nothing_to_ask(shop: Shop):
    with pytest.raises(Invalid, match="before the first order") as refused:
        await months(shop, MonthsAsked(as_of=date(2023, 10, 1)))
    assert refused.value.field == "as_of"


async def test_an_order_of_another_currency_counts_in_the_workspaces(ground: Ground):
    made = await open_shop(ground)
    await made.rate("USD", date(2024, 1, 1), "0.5")
    await made.bring(
        "order_id,customer_id,placed_at,unit_price,currency\no1,c1,2024-01-02T10:00,10,USD\no2,c1,2024-01-02T11:00,1,EUR\n"
    )
    await made.segment()
    assert await months(made) == [("2024-01", 6.0, 2, 1)]
