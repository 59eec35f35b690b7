"""Definitions of figures: every figure of every answer has one, and the pages show them all."""

from pathlib import Path

import pytest

from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.definition_pages import pages
from switchboard.intelligence.definition_records import DefineAsked
from switchboard.intelligence.definitions import METRICS, SUBJECTS
from switchboard.intelligence.metrics import Reckoned
from switchboard.intelligence.operations.definitions import define
from tests.intelligence.answer_fields import declaring, numeric_fields
from tests.shop import Shop, open_shop

DOCS = Path(__file__).parents[2] / "docs" / "metrics"
EXEMPT = {
    "Export.bytes": "the size of a file",
    "ExportFound.bytes": "the size of a file",
    "Movement.from_run": "the number of a run",
    "Movement.to_run": "the number of a run",
    "RunDone.run": "the number of a run",
    "SnapshotShown.run": "the number of a run",
    "OwnArchetype.priority": "what the workspace chose",
    "ThresholdShown.value": "part of a definition",
    "Definitions.total": "how many definitions there are",
}
"""Numbers that are no figures, and why."""
UNDEFINED: set[str] = {
    "Affinity.found", "Affinity.orders", "Affinity.products", "Affinity.tested", "Ago.customers",
    "Ago.from_days", "Ago.net", "Ago.to_days", "Archetype.average_lifetime_value", "Archetype.member_count",
    "Archetype.population_percent", "Archetype.total_revenue", "ArchetypeExpected.current",
    "ArchetypeExpected.expected", "ArchetypeExpected.high", "ArchetypeExpected.low", "ArchetypeGrowth.months",
    "ArchetypeGrowth.snapshots", "ArchetypePreviewed.fits", "ArchetypePreviewed.member_count",
    "ArchetypePreviewed.population_percent", "Axes.moderate", "Axes.strong", "AxisShown.anchors",
    "Backtest.covered", "Backtest.mean_error_percent", "Backtest.windows", "Balance.customers", "Balance.net",
    "Balance.net_before", "Balance.share", "Beginning.came_back", "Beginning.customers", "Beginning.lift",
    "Beginning.p_value", "Beginning.share", "Beginnings.tested", "Behaviour.customers", "Behaviour.share",
    "Behaviour.total_value", "Behaviour.value_share", "Bought.lift", "Bought.lines", "Bought.net",
    "Bought.share", "Bought.shop_share", "BusinessBuyer.lines_per_order", "BusinessBuyer.mean_order",
    "BusinessBuyer.net", "BusinessBuyer.office_share", "BusinessBuyer.orders", "BusinessBuyer.score",
    "BusinessBuyers.judged", "BusinessBuyers.net", "BusinessBuyers.net_share", "BusinessBuyers.office_share",
    "BusinessBuyers.total", "BusinessBuyers.typical_lines", "BusinessBuyers.typical_order",
    "CampaignCustomers.qualifying_count", "CampaignCustomers.worth_count", "CategoryTrend.net_change",
    "CategoryTrend.net_share", "CategoryTrends.total", "CategoryTrends.uncategorised_net",
    "ChurnAggregate.at_risk_count", "ChurnAggregate.by_level", "ChurnAggregate.critical_risk_count",
    "ChurnAggregate.customers", "ChurnAggregate.value_at_risk", "ChurnModel.horizon_days",
    "ChurnModel.probability", "ChurnRisk.risk_score", "Cohort.customers", "Cohort.net", "CohortMonth.active",
    "CohortMonth.after", "CohortMonth.net", "CohortMonth.retained", "CohortMonth.value_so_far",
    "Comparison.in_both", "Contribution.contribution", "Customer.days_since_last_purchase",
    "Customer.lifetime_value", "Customers.total", "Customers.total_at_least", "DataHealth.customers",
    "DataHealth.guest_share", "DataHealth.history_days", "DataHealth.orders", "Dependent.customers",
    "Dependent.least_orders", "Dependent.least_share", "Dependent.net", "Dependent.net_share",
    "Dependent.share", "Difference.one", "Difference.other", "Difference.ratio", "DiscountBand.above",
    "DiscountBand.customers", "DiscountBand.gross", "DiscountBand.net", "DiscountBand.share",
    "DiscountBand.up_to", "DiscountDependency.customers", "DiscountDependency.discount",
    "DiscountDependency.discount_rate", "DiscountDependency.discounted_gross",
    "DiscountDependency.discounted_net", "DiscountDependency.discounted_share", "DiscountDependency.gross",
    "Export.rows", "Factor.points", "FeatureMean.lift", "FeatureMean.mean", "FeatureMean.shop_mean",
    "GrowthProjection.customers", "Insight.figure", "Insight.money", "Insight.threshold",
    "Lapsed.expected_loss", "Lapsed.gaps_passed", "Lapsed.usual_gap_days", "Lapsed.yearly_net",
    "LtvForecast.expected", "LtvForecast.high", "LtvForecast.low", "LtvForecast.months", "LtvMonth.expected",
    "LtvMonth.month", "LtvMonth.season_index", "Metrics.average_order_value",
    "Metrics.days_since_last_purchase", "Metrics.lifetime_value", "Metrics.tenure_days",
    "Metrics.total_orders", "Month.customers", "Month.net", "Month.orders", "MonthExpected.expected",
    "MonthExpected.high", "MonthExpected.low", "Move.customers", "Moved.net", "Moved.net_before",
    "Moved.orders", "Moved.orders_before", "Moved.p_value", "Movement.joined", "Movement.left",
    "Moving.chance_share", "Moving.compared", "Moving.net_change", "Moving.orders", "Moving.orders_before",
    "Moving.share", "Moving.total", "NextPurchase.horizon_days", "NextPurchase.probability",
    "OneTimeBuyers.customers", "OneTimeBuyers.median_days_ago", "OneTimeBuyers.net",
    "OneTimeBuyers.net_share", "OneTimeBuyers.share", "Overlap.members_in_common", "Overlap.share_of_it",
    "Overlap.share_of_members", "OwnArchetype.member_count", "Paged.total", "Pair.confidence",
    "Pair.confidence_back", "Pair.lift", "Pair.orders", "Pair.p_value", "Pair.support",
    "PlanGroup.churn_probability", "PlanGroup.customers", "PlanGroup.lifetime_value", "PlanGroup.net_365",
    "PlanGroup.share", "ProductPerformance.buyers", "ProductPerformance.gross", "ProductPerformance.lines",
    "ProductPerformance.net", "ProductPerformance.net_90", "ProductPerformance.net_90_before",
    "ProductPerformance.net_change", "ProductPerformance.orders", "ProductPerformance.orders_before",
    "ProductPerformance.repeat_rate", "ProductPerformance.return_rate", "Products.total", "Profile.features",
    "Profile.memberships", "Quality.auc", "Quality.average_precision", "Quality.bought_share",
    "Quality.brier", "Quality.calibration_error", "Quality.covered", "Quality.customers",
    "Quality.next_date_error_days", "Quality.value_error", "Retention.after", "Retention.customers",
    "Retention.retained", "RetentionPlan.customers", "Return.came_back", "Return.customers", "Return.share",
    "Return.within_days", "RuleShown.figure", "RuleShown.threshold", "RunDone.archetypes", "RunDone.coverage",
    "RunDone.customers", "RunDone.moderate", "RunDone.strong", "RunDone.took_s", "SegmentShown.high",
    "SegmentShown.low", "SegmentShown.members", "SignaturePart.share", "Size.now", "Size.then",
    "SnapshotShown.customers", "Sold.buyers", "Sold.lines", "Sold.net", "Sold.orders", "Target.member_count",
    "Target.qualifying_count", "Target.score", "TierShown.customers", "TierShown.expected_value",
    "TierShown.from_value", "TierShown.lifetime_value", "TierShown.share", "TierShown.value_share",
    "Trait.lift", "Trait.mean", "Trait.shop_mean", "TrendChange.members", "TrendChange.percent",
    "TrendChange.share_points", "TrendPoint.members", "TrendPoint.share", "Valued.churn_probability",
    "Valued.days_since_last_purchase", "Valued.expected_value", "Valued.lifetime_value",
    "WinBack.expected_loss", "WinBack.yearly_net",
}  # fmt: skip
"""Figures that still need a definition: a new one is declared beside the code that works it out."""


def shown() -> dict[str, list[str]]:
    """The metrics by the field that shows them."""
    found = dict[str, list[str]]()
    for name, defined in METRICS.items():
        for record, field in defined.metric.shown:
            found.setdefault(declaring(record, field), []).append(name)
    return found


def test_no_figure_is_without_a_definition():
    lacking = numeric_fields().keys() - shown().keys() - EXEMPT.keys()
    assert lacking == UNDEFINED, "declare each in the *_metrics.py beside its code, and its Subject in definitions.py"


def test_what_is_exempt_is_still_shown():
    assert EXEMPT.keys() <= numeric_fields().keys()


def test_every_definition_is_whole():
    for name, defined in METRICS.items():
        metric, subject = defined.metric, defined.subject
        said = (metric.title, metric.definition, metric.formula, metric.unit)
        assert all(said), name
        assert metric.period or subject.period, name
        assert metric.source or subject.source, name
        assert metric.worked, f"{name} has no worked example"
        assert all(isinstance(each, Reckoned) or each.ask or subject.ask for each in metric.worked), name


def test_names_and_shops_are_not_used_twice():
    assert len(METRICS) == sum(len(subject.metrics) for subject in SUBJECTS)
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


def test_the_docs_show_what_the_code_says():
    kept = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert kept == pages(), "make them anew: python -m switchboard.intelligence.definition_pages docs/metrics"


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def test_a_figure_is_defined_by_its_name(shop: Shop):
    told = await define(shop.ground, shop.caller, DefineAsked(name="rfm.group_share"), door="test")
    (one,) = told.definitions
    assert (one.title, one.unit, told.total, told.next_cursor) == ("Share of a group", "share, 0 to 1", 1, None)
    assert "gives `groups.name=hibernating.share` 0.4. 2 of 5." in one.example[0]
    assert one.link == "docs/metrics/rfm.md#rfmgroup_share"


async def test_an_unknown_figure_is_told_with_the_nearest(shop: Shop):
    with pytest.raises(NotFound, match=r"rfm\.group_share.*search"):
        await define(shop.ground, shop.caller, DefineAsked(name="rfm.groupshare"), door="test")
    with pytest.raises(NotFound, match="there is no metric 'zzzzzz'; intelligence"):
        await define(shop.ground, shop.caller, DefineAsked(name="zzzzzz"), door="test")
    with pytest.raises(Invalid, match="not both"):
        await define(shop.ground, shop.caller, DefineAsked(name="a", search="b"), door="test")


async def test_words_find_figures_and_pages_go_through_all_once(shop: Shop):
    found, cursor = list[str](), None
    while True:
        page = await define(shop.ground, shop.caller, DefineAsked(limit=100, cursor=cursor), door="test")
        found += [each.name for each in page.definitions]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(METRICS)
    told = await define(shop.ground, shop.caller, DefineAsked(search="Score RFM"), door="test")
    assert told.definitions[0].name.startswith("rfm.score")
    none = await define(shop.ground, shop.caller, DefineAsked(search="zzzzzz"), door="test")
    assert (none.definitions, none.total) == ((), 0)
