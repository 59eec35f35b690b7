"""Whom to keep, win back and address as callers ask it: in which shops, in pages, and what is refused."""

from datetime import date
from typing import Any

import pytest

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.serving import Serving
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import Operation
from switchboard.foundation.reading import read_json
from switchboard.intelligence import value_records as records
from switchboard.intelligence.filter_records import FilterAsked
from switchboard.intelligence.operations.customers import churn_risk, profile
from switchboard.intelligence.operations.filters import count_filter
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.operations.valued import (
    high_value_customers,
    recommend_customers,
    retention_plan,
    win_back,
)
from switchboard.intelligence.records import Asked, ChurnAsked, CustomerAsked
from tests.api.counter import client_of, key_of, well
from tests.intelligence.predictions.shops import made_up
from tests.shop import Shop, as_role, open_shop, orders

pytestmark = pytest.mark.slow

ASKS: tuple[tuple[Operation[Any, Any], Asked], ...] = (
    (high_value_customers, records.HighValueAsked()), (win_back, records.WinBackAsked()), (retention_plan, Asked()),
    (recommend_customers, records.CampaignAsked(campaign_type="winback")),
)  # fmt: skip
CAMPAIGNS = ("subscription", "retention", "cross_sell", "winback")


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """Three hundred customers over almost two years, with predictions."""
    of, first, lines = made_up(300), date(2022, 1, 3).toordinal(), list[str]()
    for number, (person, day, net) in enumerate(zip(of.person, of.day, of.net, strict=True)):
        at = f"{date.fromordinal(first + int(day))}T10:00:00Z"
        lines.append(f"o{number},c{person},{at},p{number % 7},P,K{person % 2},1,{net * 9:.2f},0,0")
    made = await open_shop(ground)
    await made.bring(orders(*lines))
    await made.segment()
    return made


async def test_the_best_customers_are_those_their_profiles_show(shop: Shop):
    asked = records.HighValueAsked(least_tier="Mid Value", limit=500)
    told = await high_value_customers(shop.ground, shop.caller, asked, door="test")
    assert sum(each.customers for each in told.tiers) == 300
    assert told.total == len(told.customers) == sum(each.customers for each in told.tiers[:3])
    values = [each.lifetime_value for each in told.customers]
    assert values == sorted(values, reverse=True)
    best = told.customers[0]
    known = await profile(shop.ground, shop.caller, CustomerAsked(customer_id=best.customer_id), door="test")
    assert known.metrics.lifetime_value == best.lifetime_value
    assert known.metrics.days_since_last_purchase == best.days_since_last_purchase
    risk = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id=best.customer_id), door="test")
    assert risk.risk_level == best.risk_level
    assert risk.model is not None
    assert risk.model.probability == pytest.approx(best.churn_probability, rel=1e-12)
    assert told.not_enough_data == ()


async def test_pages_go_through_all_who_lapsed_once(shop: Shop):
    whole = await win_back(
        shop.ground, shop.caller, records.WinBackAsked(least_tier="Standard", limit=500), door="test"
    )
    assert whole.total == len(whole.customers) > 10
    found, cursor = list[records.Lapsed](), None
    while True:
        asked = records.WinBackAsked(least_tier="Standard", limit=7, cursor=cursor)
        page = await win_back(shop.ground, shop.caller, asked, door="test")
        found += page.customers
        cursor = page.next_cursor
        if cursor is None:
            break
    assert tuple(found) == whole.customers
    losses = [each.expected_loss or 0 for each in found]
    assert losses == sorted(losses, reverse=True)
    assert sum(losses) == pytest.approx(whole.expected_loss)
    assert all(each.gaps_passed > 1 for each in found)


async def test_a_group_of_the_plan_has_as_many_as_its_filter_finds(shop: Shop):
    plan = await retention_plan(shop.ground, shop.caller, Asked(), door="test")
    assert sum(each.customers for each in plan.groups) == plan.customers == 300
    for each in plan.groups:
        counted = await count_filter(shop.ground, shop.caller, FilterAsked(filter=each.filter), door="test")
        assert counted.count == each.customers > 0


@pytest.mark.parametrize("campaign", CAMPAIGNS)
async def test_a_campaign_addresses_who_the_axes_say(shop: Shop, campaign: str):
    asked = records.CampaignAsked(campaign_type=campaign, target_size=1_000)
    told = await recommend_customers(shop.ground, shop.caller, asked, door="test")
    assert told.qualifying_count == told.worth_count == len(told.customers)
    assert (told.missing is None) == bool(told.customers)
    if campaign == "winback":
        (cadence,) = [
            each for each in (await axes(shop.ground, shop.caller, Asked(), door="test")).axes
            if each.name == "purchase_cadence"
        ]  # fmt: skip
        assert told.qualifying_count == {each.name: each.members for each in cadence.segments}["out_of_rhythm"]
    assert all(len(each.reasons) == 2 for each in told.customers)


async def test_a_campaign_reads_camel_case_and_keeps_to_size_and_value(shop: Shop):
    asked = read_json(records.CampaignAsked, b'{"campaignType": "Retention", "targetSize": 3, "minLtv": 5000}')
    told = await recommend_customers(shop.ground, shop.caller, asked, door="test")
    assert 0 < len(told.customers) <= 3
    assert min(each.lifetime_value for each in told.customers) >= 5_000
    assert told.worth_count < told.qualifying_count
    none = records.CampaignAsked(campaign_type="retention", min_ltv=1e9)
    told = await recommend_customers(shop.ground, shop.caller, none, door="test")
    assert told.customers == ()
    assert "lower min_ltv" in (told.missing or "")


async def test_a_campaign_is_asked_for_at_its_published_address(shop: Shop):
    credentials = Credentials(shop.ground, None)
    api = make_api(Serving(ground=shop.ground, credentials=credentials, ready=well, log=AccessLog()))
    async with client_of(api, await key_of(shop.ground, shop.caller, "marketer")) as client:
        asked = {"campaignType": "winback", "targetSize": 2, "minLtv": 50}
        told = await client.post("/api/mcp/campaigns/recommend", json=asked)
        refused = await client.post("/api/mcp/campaigns/recommend", json={"campaign_type": "winback", "target_size": 0})
    assert (told.status_code, len(told.json()["customers"]), refused.status_code) == (200, 2, 422)
    assert all(each["reasons"] for each in told.json()["customers"])


async def test_an_unknown_campaign_is_refused(shop: Shop):
    with pytest.raises(Invalid, match="the goals are subscription, retention, cross_sell, winback"):
        asked = records.CampaignAsked(campaign_type="spring")
        await recommend_customers(shop.ground, shop.caller, asked, door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_the_past_is_refused_and_the_present_may_be_named(shop: Shop, which: int):
    operation, asked = ASKS[which]
    told = await operation(shop.ground, shop.caller, asked, door="test")
    named = asked.model_copy(update={"as_of": told.as_of})
    assert (await operation(shop.ground, shop.caller, named, door="test")).as_of == told.as_of
    with pytest.raises(Invalid, match="of the present alone; leave it out") as refused:
        await operation(shop.ground, shop.caller, asked.model_copy(update={"as_of": date(2023, 1, 1)}), door="test")
    assert refused.value.field == "as_of"


async def test_lists_are_for_who_may_list(shop: Shop):
    for which in (0, 1, 3):
        operation, asked = ASKS[which]
        await operation(shop.ground, as_role(shop, "analyst"), asked, door="test")
        with pytest.raises(NotAllowed):
            await operation(shop.ground, as_role(shop, "support"), asked, door="test")


@pytest.mark.parametrize("which", range(len(ASKS)))
async def test_an_empty_shop_says_what_to_do(ground: Ground, which: int):
    operation, asked = ASKS[which]
    made = await open_shop(ground)
    with pytest.raises(Conflict, match="import orders") as refused:
        await operation(ground, made.caller, asked, door="test")
    assert refused.value.code == "not_segmented"


async def test_one_customer_is_a_whole_shop_without_predictions(ground: Ground):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,600\n")
    await made.segment()
    best = await high_value_customers(
        ground, made.caller, records.HighValueAsked(least_tier="Mid Value", sort_by="expected_value"), door="test"
    )
    (only,) = best.customers
    assert (only.customer_id, only.value_tier, only.churn_probability) == ("c1", "Mid Value", None)
    assert best.tiers[2].expected_value is None
    assert "100 customers; there are 1" in best.not_enough_data
    lapsed = await win_back(ground, made.caller, records.WinBackAsked(), door="test")
    assert (lapsed.customers, lapsed.expected_loss) == ((), None)
    assert "Nobody of Mid Value or above" in (lapsed.missing or "")
    (group,) = (await retention_plan(ground, made.caller, Asked(), door="test")).groups
    assert (group.customers, group.churn_probability) == (1, None)
    for campaign in CAMPAIGNS:
        asked = records.CampaignAsked(campaign_type=campaign)
        told = await recommend_customers(ground, made.caller, asked, door="test")
        assert bool(told.missing) == (not told.customers)
