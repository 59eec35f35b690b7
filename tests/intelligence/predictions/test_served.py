"""What is expected of customers, as operations, exports and filters tell it."""

import csv
from datetime import date, datetime, timedelta

import pytest
from pydantic import JsonValue, ValidationError

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence import exports, jobs, past, qualities
from switchboard.intelligence.filter_records import FilterAsked
from switchboard.intelligence.forecast_records import ArchetypeGrowthAsked, LtvAsked, MonthsAhead
from switchboard.intelligence.operations.customers import churn_risk, next_purchase
from switchboard.intelligence.operations.exports import export_predictions, export_profiles, export_segments
from switchboard.intelligence.operations.filters import count_filter
from switchboard.intelligence.operations.forecasts import (
    archetype_growth_projection,
    growth_projection,
    ltv_forecast,
    revenue_forecast,
)
from switchboard.intelligence.records import ChurnAsked
from switchboard.intelligence.shop_records import Export, ExportAsked, PredictionsAsked
from tests.intelligence.predictions.shops import made_up
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.heavy


def history() -> str:
    """Three hundred customers over almost two years."""
    shop, first, lines = made_up(300), date(2022, 1, 3).toordinal(), list[str]()
    for number, (person, day, net) in enumerate(zip(shop.person, shop.day, shop.net, strict=True)):
        at = f"{date.fromordinal(first + int(day))}T10:00:00Z"
        lines.append(f"o{number},c{person},{at},p{number % 7},P,K > L,1,{net:.2f},0,0")
    return orders(*lines)


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    opened = await open_shop(ground)
    await opened.bring(history())
    await opened.segment()
    return opened


async def rows(shop: Shop, done: Export) -> list[dict[str, str]]:
    path = exports.place(shop.ground.data_dir, shop.workspace.id, done.export_id, done.format)
    text = b"".join(await exports.opened(shop.ground, shop.caller, path)).decode()
    return list(csv.DictReader(text.splitlines()))


async def measured(shop: Shop) -> None:
    async with shop.ground.work(jobs.job_caller(shop.workspace.id)) as work:
        await qualities.keep(work)


async def test_the_model_stands_beside_the_score_and_its_reasons_add_up(shop: Shop):
    await measured(shop)
    told = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c7"), door="test")
    assert told.model is not None
    assert told.not_enough_data == ()
    assert sum(each.contribution for each in told.model.factors) == pytest.approx(told.model.probability, abs=1e-9)
    assert told.model.factors[0].name == "base"
    assert told.model.quality is not None
    assert told.model.quality.auc > 0.6
    assert told.model.quality.since < told.as_of.date()


async def test_the_next_purchase_lies_in_its_window(shop: Shop):
    told = await next_purchase(shop.ground, shop.caller, ChurnAsked(customer_id="c7"), door="test")
    assert told.window is not None
    assert told.expected_date is not None
    assert told.as_of.date() <= told.window.since <= told.expected_date <= told.window.to
    assert told.probability is not None
    assert 0 < told.probability < 1
    assert told.quality is None  # nobody measured yet


async def test_a_longer_horizon_is_worked_out_when_it_is_asked_for(shop: Shop):
    near = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c7", horizon_days=30), door="test")
    far = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c7", horizon_days=180), door="test")
    assert near.model is not None
    assert far.model is not None
    assert near.model.probability > far.model.probability
    assert far.model.horizon_days == 180


async def test_predictions_of_the_past_know_the_past_alone(shop: Shop):
    asked = PredictionsAsked(as_of=date(2023, 6, 1))
    before = await rows(shop, await export_predictions(shop.ground, shop.caller, asked, door="test"))
    await shop.bring(
        orders(*(f"later{n},c{n},2023-06-{n % 28 + 1:02}T10:00:00Z,p1,P,K,1,9000,0,0" for n in range(250)))
    )
    await shop.segment()
    after = await rows(shop, await export_predictions(shop.ground, shop.caller, asked, door="test"))
    assert after == before
    assert len(before) < 300


async def test_answers_of_the_past_are_the_same_whatever_came_later(shop: Shop):
    """The later orders are many, dear, and of people from elsewhere."""
    asked = date(2023, 6, 1)

    async def told() -> list[str]:
        answers = [
            await churn_risk(
                shop.ground, shop.caller, ChurnAsked(customer_id="c7", horizon_days=days, as_of=asked), door=""
            )
            for days in (30, 90, 365)
        ]
        next_one = ChurnAsked(customer_id="c7", as_of=asked)
        months, whose = MonthsAhead(months=6, as_of=asked), LtvAsked(customer_id="c7", months=24, as_of=asked)
        return [
            *(each.model_dump_json() for each in answers),
            (await next_purchase(shop.ground, shop.caller, next_one, door="")).model_dump_json(),
            (await ltv_forecast(shop.ground, shop.caller, whose, door="")).model_dump_json(),
            (await revenue_forecast(shop.ground, shop.caller, months, door="")).model_dump_json(),
            (await growth_projection(shop.ground, shop.caller, months, door="")).model_dump_json(),
        ]

    before = await told()
    await shop.bring(
        orders(*(f"later{n},x{n % 90},2023-06-{n % 28 + 1:02}T10:00:00Z,p1,P,K,1,90000,0,0" for n in range(900)))
    )
    await shop.segment()
    assert await told() == before


async def test_an_export_of_predictions_has_what_the_profile_says(shop: Shop):
    done = await export_predictions(shop.ground, shop.caller, PredictionsAsked(), door="test")
    of = {row["customer_id"]: row for row in await rows(shop, done)}
    assert list(of["c7"]) == [
        "customer_id", "as_of", "horizon_days", "churn_probability", "expected_value", "value_low", "value_high",
        "next_purchase_expected", "next_purchase_low", "next_purchase_high",
    ]  # fmt: skip
    told = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c7"), door="test")
    assert told.model is not None
    assert float(of["c7"]["churn_probability"]) == pytest.approx(told.model.probability, rel=1e-6)
    assert datetime.fromisoformat(of["c7"]["as_of"]) == told.as_of
    assert float(of["c7"]["value_low"]) <= float(of["c7"]["value_high"])


async def test_a_filter_asks_for_what_is_expected_and_an_export_keeps_to_it(shop: Shop):
    leaving: dict[str, JsonValue] = {"feature": "churn_probability", "at_least": 0.7}
    counted = await count_filter(shop.ground, shop.caller, FilterAsked(filter=leaving), door="test")
    done = await export_predictions(shop.ground, shop.caller, PredictionsAsked(filter=leaving), door="test")
    found = await rows(shop, done)
    assert len(found) == counted.count
    assert 0 < len(found) < 300
    assert all(float(row["churn_probability"]) >= 0.7 for row in found)
    profiles = await export_profiles(shop.ground, shop.caller, ExportAsked(filter=leaving), door="test")
    assert {row["customer_id"] for row in await rows(shop, profiles)} == {row["customer_id"] for row in found}


async def test_an_export_of_the_past_keeps_to_a_filter_of_that_moment(shop: Shop):
    twice: dict[str, JsonValue] = {"feature": "orders", "at_least": 2}
    then = date(2023, 6, 1)
    counted = await count_filter(shop.ground, shop.caller, FilterAsked(filter=twice, as_of=then), door="test")
    done = await export_profiles(shop.ground, shop.caller, ExportAsked(filter=twice, as_of=then), door="test")
    found = await rows(shop, done)
    assert 0 < len(found) == counted.count < counted.customers_count
    assert all(float(row["orders"]) >= 2 for row in found)
    expected = await export_predictions(
        shop.ground, shop.caller, PredictionsAsked(filter=twice, as_of=then), door="test"
    )
    assert {row["customer_id"] for row in await rows(shop, expected)} == {row["customer_id"] for row in found}


async def test_shares_of_each_axis_add_up_in_the_export_of_segments(shop: Shop):
    done = await export_segments(shop.ground, shop.caller, ExportAsked(), door="test")
    sums = dict[tuple[str, str], float]()
    for row in await rows(shop, done):
        which = (row["customer_id"], row["axis"])
        sums[which] = sums.get(which, 0) + float(row["membership"])
    assert all(each == pytest.approx(1, abs=1e-5) for each in sums.values())
    assert "purchase_frequency" in {axis for _, axis in sums}


async def test_a_small_shop_is_told_what_predictions_take(ground: Ground):
    small = await open_shop(ground)
    await small.bring(
        orders("o1,c1,2023-01-02T10:00:00Z,p1,P,K,1,20,0,0", "o2,c2,2023-03-02T10:00:00Z,p1,P,K,1,20,0,0")
    )
    await small.segment()
    told = await churn_risk(small.ground, small.caller, ChurnAsked(customer_id="c1"), door="test")
    assert told.model is None
    assert told.not_enough_data[0] == "100 customers; there are 2"
    following = await next_purchase(small.ground, small.caller, ChurnAsked(customer_id="c1"), door="test")
    assert (following.expected_date, following.probability) == (None, None)
    with pytest.raises(Conflict, match="not enough data") as refused:
        await export_predictions(small.ground, small.caller, PredictionsAsked(), door="test")
    assert refused.value.code == "not_enough_data"


async def test_a_customer_s_months_add_up_to_what_is_expected(shop: Shop):
    told = await ltv_forecast(shop.ground, shop.caller, LtvAsked(customer_id="c7", months=6), door="test")
    assert told.expected is not None
    assert told.low is not None
    assert told.high is not None
    assert 0 <= told.low <= told.high
    assert sum(each.expected for each in told.monthly) == pytest.approx(told.expected)
    assert [each.month for each in told.monthly] == [1, 2, 3, 4, 5, 6]
    assert all(each.season_index is not None for each in told.monthly)
    longer = await ltv_forecast(shop.ground, shop.caller, LtvAsked(customer_id="c7", months=36), door="test")
    assert longer.expected is not None
    assert longer.expected > told.expected


@pytest.mark.parametrize("months", [0, 37, "six"])
def test_other_months_are_refused(months: object):
    with pytest.raises(ValidationError, match="months"):
        LtvAsked.model_validate({"customer_id": "c7", "months": months})


async def test_revenue_and_growth_begin_with_the_month_that_has_begun(shop: Shop):
    revenue = await revenue_forecast(shop.ground, shop.caller, MonthsAhead(months=3), door="test")
    assert [each.month for each in revenue.points] == [f"{revenue.as_of:%Y-%m}", *following(revenue.as_of, 2)]
    assert all(0 <= each.low <= each.expected <= each.high for each in revenue.points)
    assert revenue.season_known
    assert revenue.backtest is not None
    growth = await growth_projection(shop.ground, shop.caller, MonthsAhead(months=3), door="test")
    assert growth.customers == 300
    assert [each.expected for each in growth.points] == sorted(each.expected for each in growth.points)
    assert growth.points[0].expected >= growth.customers


async def test_a_forecast_of_the_past_is_of_the_past(shop: Shop):
    asked = MonthsAhead(months=2, as_of=date(2023, 6, 1))
    told = await revenue_forecast(shop.ground, shop.caller, asked, door="test")
    assert told.points[0].month == "2023-06"
    with pytest.raises(Invalid, match="before the first order"):
        await growth_projection(shop.ground, shop.caller, MonthsAhead(as_of=date(2021, 1, 1)), door="test")


async def test_archetypes_are_projected_once_there_are_months_to_learn_from(shop: Shop):
    young = await archetype_growth_projection(shop.ground, shop.caller, ArchetypeGrowthAsked(), door="test")
    assert young.archetypes == ()
    assert young.not_enough_data == ("4 snapshots of months; there are 1",)
    async with shop.ground.work(jobs.job_caller(shop.workspace.id)) as work:
        missing = await past.missing(work)
    for moment in missing[-8:]:
        async with shop.ground.work(jobs.job_caller(shop.workspace.id)) as work:
            await past.keep(work, moment)
    told = await archetype_growth_projection(
        shop.ground, shop.caller, ArchetypeGrowthAsked(top_n=3, months=6), door="test"
    )
    assert told.snapshots == 9
    assert len(told.archetypes) == 3
    assert all(0 <= each.low <= each.expected <= each.high for each in told.archetypes)
    assert told.backtest is not None


def following(month: datetime, count: int) -> list[str]:
    found = list[str]()
    for _ in range(count):
        month = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
        found.append(f"{month:%Y-%m}")
    return found
