"""What callers are told of the shop as a whole, of the smallest shops, and of what data lacks."""

import pytest

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.archetypes import (
    archetype,
    churn_aggregate,
    recommend_segments,
    top_archetypes,
)
from switchboard.intelligence.operations.customers import churn_risk, profile
from switchboard.intelligence.operations.history import revenue_by_month
from switchboard.intelligence.operations.shop import axes, data_health, set_settings
from switchboard.intelligence.past_records import MonthsAsked
from switchboard.intelligence.records import ArchetypeAsked, Asked, ChurnAsked, CustomerAsked, RecommendAsked, TopAsked
from switchboard.intelligence.segments import AXES, SegmentSettings
from switchboard.intelligence.working_out import IntelligenceSettings
from tests.shop import Shop, open_shop, orders

pytestmark = pytest.mark.slow

GOALS = ("subscription", "retention", "cross_sell", "winback")


async def segmented(ground: Ground, *lines: str) -> Shop:
    made = await open_shop(ground)
    await made.bring(orders(*lines))
    await made.segment()
    return made


async def test_one_customer_with_one_order_is_a_whole_shop(ground: Ground):
    shop = await segmented(ground, "o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10.00,,")
    seen = await profile(ground, shop.caller, CustomerAsked(customer_id="c1"), door="test")
    whole = await churn_aggregate(ground, shop.caller, Asked(), door="test")
    top = await top_archetypes(ground, shop.caller, TopAsked(), door="test")
    months = await revenue_by_month(ground, shop.caller, MonthsAsked(), door="test")
    assert (seen.metrics.lifetime_value, seen.dominant_segments["purchase_frequency"]) == (10.0, "one_time")
    assert whole.customers == sum(whole.by_level.values()) == 1
    assert [(each.member_count, each.population_percent, each.total_revenue) for each in top.archetypes] == [
        (1, 100, 10)
    ]
    assert [(each.month, each.net, each.orders) for each in months.months] == [("2024-03", 10.0, 1)]


async def test_the_churn_score_sums_up_its_factors(ground: Ground):
    shop = await segmented(
        ground,
        "o1,c1,2023-03-01T10:00,p1,,,1,10.00,,",
        *(f"x{n},c2,2024-0{n}-01T10:00,p1,,,1,5,," for n in range(1, 7)),
    )
    risk = await churn_risk(ground, shop.caller, ChurnAsked(customer_id="c1"), door="test")
    assert risk.risk_score == pytest.approx(sum(factor.points for factor in risk.factors))
    assert {factor.name for factor in risk.factors} >= {"long_since_last_purchase", "one_time_or_occasional"}
    assert 1 <= len(risk.recommendations) <= 3


async def test_an_axis_the_data_does_not_carry_is_absent_everywhere_with_its_reason(ground: Ground):
    shop = await segmented(ground, "o1,c1,2024-03-01T10:00,,,,1,10.00,,", "o2,c2,2024-03-02T10:00,,,,1,12.00,,")
    seen = await profile(ground, shop.caller, CustomerAsked(customer_id="c1"), door="test")
    shown = await axes(ground, shop.caller, Asked(), door="test")
    health = await data_health(ground, shop.caller, Asked(), door="test")
    assert "category_exploration" in seen.absent_axes
    assert set(seen.absent_axes) | set(seen.memberships) == set(AXES)
    assert {axis.name: axis.absent for axis in shown.axes if axis.absent} == seen.absent_axes
    assert set(seen.absent_axes) <= {axis for lack in health.lacks for axis in lack.axes}
    assert (health.customers, health.orders, health.guest_share) == (2, 2, 0)


async def test_the_health_tells_what_share_guests_have(ground: Ground):
    shop = await segmented(ground, "o1,c1,2024-03-01T10:00,,,,1,10.00,,", "o2,,2024-03-02T10:00,,,,1,30.00,,")
    health = await data_health(ground, shop.caller, Asked(), door="test")
    assert health.guest_share == 0.75


async def test_the_axes_are_eight_with_rules_in_order(ground: Ground):
    shop = await segmented(ground, "o1,c1,2024-03-01T10:00,p1,,,1,10.00,,")
    shown = await axes(ground, shop.caller, Asked(), door="test")
    assert len(shown.axes) == 8
    for axis in shown.axes:
        lows = [name.low for name in axis.segments if name.low is not None]
        assert lows in (sorted(lows), sorted(lows, reverse=True))
        assert all(name.rule and name.meaning for name in axis.segments)


@pytest.mark.parametrize("goal", GOALS)
async def test_a_campaign_is_told_whom_to_address_or_why_nobody(ground: Ground, goal: str):
    shop = await segmented(
        ground,
        *(
            f"o{n}-{k},c{n},2024-0{1 + k % 6}-0{1 + n}T10:00,p{k % 2},,K{k % 3},1,10,,"
            for n in range(9)
            for k in range(n + 1)
        ),
    )
    targets = await recommend_segments(ground, shop.caller, RecommendAsked(goal=goal, max_segments=3), door="test")
    assert bool(targets.recommendations) is (targets.missing is None)
    assert len(targets.recommendations) <= 3
    counts = [each.member_count for each in targets.recommendations]
    assert counts == sorted(counts, reverse=True)
    for each in targets.recommendations:
        assert 0 < each.qualifying_count <= each.member_count
        if each.archetype_id:
            found = await archetype(ground, shop.caller, ArchetypeAsked(archetype_id=each.archetype_id), door="test")
            assert found.member_count == each.member_count


async def test_archetypes_come_first_by_what_is_asked(ground: Ground):
    shop = await segmented(
        ground,
        *(
            f"o{n}-{k},c{n},2024-0{1 + k % 6}-0{1 + n}T10:00,p1,,,1,{5 * n + 1},,"
            for n in range(9)
            for k in range(n + 1)
        ),
    )
    by = {
        metric: (await top_archetypes(ground, shop.caller, TopAsked(metric=metric, limit=60), door="test")).archetypes
        for metric in ("total_ltv", "avg_ltv", "member_count")
    }
    assert [each.total_revenue for each in by["total_ltv"]] == sorted(
        (each.total_revenue for each in by["total_ltv"]), reverse=True
    )
    assert [each.average_lifetime_value for each in by["avg_ltv"]] == sorted(
        (each.average_lifetime_value for each in by["avg_ltv"]), reverse=True
    )
    assert sum(each.member_count for each in by["member_count"]) == 9
    assert {each.archetype_id for each in by["avg_ltv"]} == {each.archetype_id for each in by["member_count"]}


async def test_settings_that_make_no_sense_are_refused(ground: Ground):
    shop = await segmented(ground, "o1,c1,2024-03-01T10:00,p1,,,1,10.00,,")
    with pytest.raises(Invalid, match="below strong"):
        settings = IntelligenceSettings(segments=SegmentSettings(strong=0.2, moderate=0.5))
        await set_settings(ground, shop.caller, settings, door="test")
    with pytest.raises(Invalid, match="the axes are"):
        settings = IntelligenceSettings(segments=SegmentSettings(anchors={"fame": (1.0, 2.0)}))
        await set_settings(ground, shop.caller, settings, door="test")
