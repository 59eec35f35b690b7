from collections.abc import Iterable
from itertools import product

import numpy as np
import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.churn import LEVELS, Signs, ValueTiers, level, levels, risk_of, signs, tenths
from switchboard.intelligence.health import Health
from switchboard.intelligence.segments import segment
from tests.intelligence.mirrors import customers


def seen(*, weak: bool = False, days: float = 10, rare: bool = False, new: bool = False) -> Signs:
    return Signs(
        weak_frequency=np.array([weak]),
        days_since_last=np.array([days]),
        rare_buyer=np.array([rare]),
        is_new=np.array([new]),
    )


@pytest.mark.parametrize(
    ("found", "score", "named"),
    [
        (seen(), 0.0, "LOW"),
        (seen(rare=True), 0.2, "LOW"),
        (seen(weak=True), 0.3, "MEDIUM"),
        (seen(days=91), 0.3, "MEDIUM"),
        (seen(rare=True, new=True), 0.4, "MEDIUM"),
        (seen(days=91, rare=True), 0.5, "HIGH"),
        (seen(weak=True, days=91), 0.6, "HIGH"),
        (seen(weak=True, rare=True, new=True), 0.7, "HIGH"),
        (seen(weak=True, days=91, rare=True), 0.8, "CRITICAL"),
        (seen(weak=True, days=91, rare=True, new=True), 1.0, "CRITICAL"),
    ],
)
def test_the_score_is_the_sum_of_the_published_points(found: Signs, score: float, named: str):
    risk = risk_of(found, 0, lifetime_value=0)

    assert risk.risk_score == score
    assert risk.risk_level == named
    assert round(sum(factor.points for factor in risk.factors), 9) == score


def test_only_the_factors_that_apply_are_told():
    risk = risk_of(seen(days=120, rare=True), 0, lifetime_value=0)

    assert [(factor.name, factor.points) for factor in risk.factors] == [
        ("long_since_last_purchase", 0.3),
        ("one_time_or_occasional", 0.2),
    ]


@pytest.mark.parametrize(("days", "score"), [(90, 0), (91, 3)])
def test_more_than_ninety_days_is_long_ago(days: float, score: int):
    assert tenths(seen(days=days))[0] == score


def test_the_levels_hold_their_borders():
    scores = np.array([0, 2, 3, 4, 5, 7, 8, 10], np.uint8)
    named = ["LOW", "LOW", "MEDIUM", "MEDIUM", "HIGH", "HIGH", "CRITICAL", "CRITICAL"]

    assert [LEVELS[code] for code in levels(scores)] == named
    assert [level(int(score)) for score in scores] == named


def every_sign() -> Iterable[Signs]:
    for weak, long_ago, rare, new in product((False, True), repeat=4):
        yield seen(weak=weak, days=91 if long_ago else 1, rare=rare, new=new)


def test_one_customers_risk_and_all_customers_scores_are_one_rule():
    for found in every_sign():
        risk = risk_of(found, 0, lifetime_value=100)

        assert round(10 * risk.risk_score) == tenths(found)[0]
        assert risk.risk_level == LEVELS[levels(tenths(found))[0]]
        assert len(risk.recommendations) <= 3


def test_the_signs_are_read_from_the_segments():
    features = customers(
        orders=[1, 8, 8, 3],
        pace=[1, 18, 24, 2],
        orders_90=[0, 4, 0, 1],
        recency_days=[300, 2, 95, 20],
        tenure_days=[300, 50, 300, 400],
    )
    scale = ShopScale(typical_order=1.0, typical_gap=30.0)

    found = signs(features, segment(features, Health(history_days=400), scale))

    assert found.rare_buyer.tolist() == [True, False, False, True]
    assert found.is_new.tolist() == [False, True, False, False]
    assert found.weak_frequency.tolist() == [False, False, True, False]
    assert tenths(found).tolist() == [5, 2, 6, 2]


def test_without_the_maturity_axis_nobody_is_new():
    features = customers(tenure_days=[5.0])
    scale = ShopScale(typical_order=1.0, typical_gap=30.0)

    assert not signs(features, segment(features, Health(history_days=20), scale)).is_new[0]


@pytest.mark.parametrize(
    ("value", "found", "action"),
    [
        (2_000, seen(weak=True, rare=True, new=True), "Retention priority: maximum intervention, VIP treatment."),
        (2_000, seen(days=91, rare=True), "Retention strategy: quick resolution, retention offer."),
        (1_999, seen(weak=True, rare=True, new=True), "Retention alert: exceptional service, quick resolution."),
        (2_000, seen(rare=True), "VIP customer: maintain excellent service quality."),
    ],
)
def test_the_first_recommendation_is_the_row_of_the_table_that_fits(value: float, found: Signs, action: str):
    first = risk_of(found, 0, lifetime_value=value).recommendations[0]

    assert first.action == action
    assert f"{value:,.2f}" in first.reason


def test_a_factor_that_scored_is_its_own_reason():
    [only] = risk_of(seen(days=120), 0, lifetime_value=100).recommendations

    assert only.action == "Send a win-back message."
    assert only.reason == "Their last order was 120 days ago, more than 90."


def test_a_loyal_customer_of_low_value_needs_nothing():
    assert risk_of(seen(), 0, lifetime_value=100).recommendations == ()


def test_a_workspace_sets_its_own_tiers():
    tiers = ValueTiers(middle=5, high=20, vip=50)

    first = risk_of(seen(), 0, lifetime_value=25, tiers=tiers).recommendations[0]

    assert first.action == "VIP customer: maintain excellent service quality."


@pytest.mark.parametrize(
    ("value", "tier"),
    [(0, "Standard"), (499.99, "Standard"), (500, "Mid Value"), (2_000, "High Value"), (5_000, "VIP")],
)
def test_tiers_hold_their_lower_border(value: float, tier: str):
    assert ValueTiers().tier(value) == tier


def test_tiers_out_of_order_are_refused():
    with pytest.raises(Invalid, match="must rise"):
        ValueTiers(middle=500, high=400, vip=5_000)
