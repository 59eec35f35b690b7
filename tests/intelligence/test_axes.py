from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.health import Health
from switchboard.intelligence.segments import AXES, Segmentation, SegmentSettings, segment
from tests.intelligence.mirrors import WELL, customers

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)


def names_on(axis: str, **figures: list[float]) -> list[str]:
    """The dominant names of these customers on the written anchors."""
    return named_by(SegmentSettings(), axis, **figures)


def named_by(settings: SegmentSettings, axis: str, **figures: list[float]) -> list[str]:
    on = segment(customers(**figures), WELL, SCALE, settings).standings[axis]
    return [on.names[code] for code in on.codes]


def test_there_are_eight_axes_with_a_closed_vocabulary():
    assert {axis: [name.name for name in AXES[axis].vocabulary] for axis in AXES} == {
        "purchase_frequency": ["one_time", "occasional", "regular", "frequent", "weekly", "several_weekly"],
        "purchase_value": ["small_baskets", "typical_baskets", "large_baskets", "very_large_baskets"],
        "category_exploration": [
            "not_yet_known",
            "category_loyal",
            "category_focused",
            "category_mixed",
            "category_explorer",
        ],
        "price_sensitivity": ["full_price", "light_deals", "deal_buyer", "deal_hunter"],
        "purchase_cadence": ["no_rhythm_yet", "in_rhythm", "running_late", "out_of_rhythm"],
        "customer_maturity": ["new", "growing", "established", "long_standing"],
        "repurchase_behavior": ["too_early", "variety_buyer", "some_repeats", "consumable_buyer", "routine_buyer"],
        "return_behavior": ["no_returns", "rare_returns", "some_returns", "heavy_returns"],
    }


@pytest.mark.parametrize(
    ("axis", "borders"),
    [
        ("purchase_frequency", (3.46, 10.4, 31.2, 93.5)),
        ("purchase_value", (0.674, 1.48, 3.26)),
        ("category_exploration", (0.689, 0.51, 0.378)),
        ("price_sensitivity", (0.2, 0.4, 0.6)),
        ("purchase_cadence", (1.21, 3.64)),
        ("customer_maturity", (90, 270, 810)),
        ("repurchase_behavior", (0.125, 0.275, 0.425)),
        ("return_behavior", (0.03, 0.12)),
    ],
)
def test_names_meet_halfway_between_the_written_anchors(axis: str, borders: tuple[float, ...]):
    assert AXES[axis].borders(AXES[axis].anchors) == pytest.approx(borders, rel=5e-3)


# axis, the figures that place a customer at a plain position, other figures
PLACED: dict[str, Callable[[float], dict[str, list[float]]]] = {
    "purchase_frequency": lambda at: {"pace": [at], "orders": [9]},
    "purchase_value": lambda at: {"basket_value": [at * SCALE.typical_order]},
    "category_exploration": lambda at: {"top_category_share": [at], "orders": [9]},
    "price_sensitivity": lambda at: {"deal_share": [at]},
    "purchase_cadence": lambda at: {"recency_days": [at * 30], "gap_mean": [30], "gaps": [4]},
    "customer_maturity": lambda at: {"tenure_days": [at]},
    "repurchase_behavior": lambda at: {"repeat_lines": [at * 1004 - 0.8], "later_lines": [1000], "orders": [9]},
    "return_behavior": lambda at: {"refund": [at * 1000], "gross": [1000]},
}


@pytest.mark.parametrize("axis", AXES)
def test_on_a_border_stands_the_name_before_it(axis: str):
    borders = AXES[axis].borders(AXES[axis].anchors)
    words = [name.name for name in AXES[axis].names]
    step = -1 if AXES[axis].anchors[0] > AXES[axis].anchors[-1] else 1

    for i, border in enumerate(borders):
        assert names_on(axis, **PLACED[axis](border)) == [words[i]]
        assert names_on(axis, **PLACED[axis](border * (1 - step * 1e-6))) == [words[i]]
        assert names_on(axis, **PLACED[axis](border * (1 + step * 1e-6))) == [words[i + 1]]


@pytest.mark.parametrize("axis", AXES)
def test_the_written_anchor_is_the_middle_of_its_name(axis: str):
    for anchor, name in zip(AXES[axis].anchors, AXES[axis].names, strict=True):
        assert names_on(axis, **PLACED[axis](anchor)) == [name.name]


@pytest.mark.parametrize("deals", [0.2, 0.4, 0.6])
def test_a_round_share_on_a_border_stands_with_the_name_before_it(deals: float):
    before = {0.2: "full_price", 0.4: "light_deals", 0.6: "deal_buyer"}

    assert names_on("price_sensitivity", deal_share=[deals]) == [before[deals]]


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "new"), (89, "new"), (90, "growing"), (269, "growing"), (270, "established"), (811, "long_standing")],
)
def test_customers_are_new_for_less_than_ninety_days(days: int, name: str):
    assert names_on("customer_maturity", tenure_days=[days]) == [name]


@pytest.mark.parametrize(
    ("axis", "figures", "crisp"),
    [
        ("purchase_frequency", {"orders": [1], "pace": [1.0]}, "one_time"),
        ("category_exploration", {"orders": [1], "top_category_share": [1.0]}, "not_yet_known"),
        ("category_exploration", {"orders": [5], "top_category_share": [np.nan]}, "not_yet_known"),
        ("purchase_cadence", {"orders": [5], "gaps": [0], "gap_mean": [np.nan]}, "no_rhythm_yet"),
        ("repurchase_behavior", {"orders": [1], "later_lines": [0]}, "too_early"),
        ("repurchase_behavior", {"orders": [4], "later_lines": [0]}, "too_early"),
        ("return_behavior", {"refund": [0]}, "no_returns"),
    ],
)
def test_what_can_not_be_placed_has_the_crisp_name_alone(axis: str, figures: dict[str, list[float]], crisp: str):
    on = segment(customers(**figures), WELL, SCALE).standings[axis]

    assert on.names[on.codes[0]] == crisp
    assert on.shares[:, 0].tolist() == [1] + [0] * (len(on.names) - 1)
    assert on.strengths[0] == 2


@pytest.mark.parametrize(("orders", "name"), [(2, "consumable_buyer"), (3, "routine_buyer")])
def test_a_routine_takes_three_orders(orders: int, name: str):
    bought = {"later_lines": [30.0], "repeat_lines": [30.0]}

    assert names_on("repurchase_behavior", orders=[orders], **bought) == [name]


def test_a_routine_takes_three_orders_on_a_workspaces_own_anchors_too():
    own = SegmentSettings(anchors={"repurchase_behavior": (0.01, 0.05, 0.1, 0.2)})

    named = named_by(own, "repurchase_behavior", orders=[2], later_lines=[30], repeat_lines=[30])

    assert named == ["consumable_buyer"]


# Worked by hand from the formulas of the axes: figures, position x, variance e
@pytest.mark.parametrize(
    ("axis", "figures", "x", "e"),
    [
        # due 12 x 90 / 365 = 2.95890, fade = ln(3.95890 / 2) = 0.68282, e = 0.6 x 0.68282² + 0.25 / 5
        (
            "purchase_frequency",
            {"pace": [12], "orders": [5], "orders_90": [1], "tenure_days": [400]},
            2.484907,
            0.329746,
        ),
        ("purchase_frequency", {"pace": [0], "orders": [5], "orders_90": [0], "tenure_days": [900]}, -1.203973, 0.05),
        ("purchase_value", {"basket_value": [100], "orders": [3]}, 0.693147, 0.06),
        ("purchase_value", {"basket_value": [0], "orders": [3]}, -8.517193, 0.06),
        ("category_exploration", {"top_category_share": [0.5], "orders": [5]}, 0.693147, 0.05),
        ("price_sensitivity", {"deal_share": [0.5], "orders": [4]}, 0.5, 0.0175),
        ("price_sensitivity", {"deal_share": [np.nan], "orders": [4]}, 0.0, 0.005),
        # usual gap (10 x 3 + 30) / 4 = 15; cv² = (0.5² x 3 + 1) / 4 = 0.4375
        (
            "purchase_cadence",
            {"recency_days": [30], "gap_mean": [10], "gap_deviation": [5], "gaps": [3]},
            0.693147,
            0.109375,
        ),
        # one gap has no spread of its own: cv² = 1
        (
            "purchase_cadence",
            {"recency_days": [0], "gap_mean": [10], "gap_deviation": [np.nan], "gaps": [1]},
            -3.688879,
            0.5,
        ),
        ("customer_maturity", {"tenure_days": [0]}, 0.0, 0.0),
        ("customer_maturity", {"tenure_days": [100]}, 4.605170, 0.0),
        # r = 4.8 / 16 = 0.3, e = 0.5 x 0.3 x 0.7 / 16
        ("repurchase_behavior", {"repeat_lines": [4], "later_lines": [12], "orders": [5]}, 0.3, 0.0065625),
        ("return_behavior", {"refund": [10], "gross": [200], "refunded_orders": [2]}, -2.995732, 0.25),
    ],
)
def test_positions_and_uncertainties_are_as_worked_by_hand(
    axis: str, figures: dict[str, list[float]], x: float, e: float
):
    placed = AXES[axis].locate(customers(**figures), SCALE, AXES[axis].anchors)

    assert placed.x[0] == pytest.approx(x, abs=2e-6)
    assert placed.e[0] == pytest.approx(e, abs=2e-6)


@pytest.mark.parametrize(
    ("axis", "health", "reason"),
    [
        ("category_exploration", replace(WELL, categories=0), "No product has a category."),
        (
            "category_exploration",
            replace(WELL, categories=2),
            "The products fall into fewer than three categories (2).",
        ),
        (
            "category_exploration",
            replace(WELL, category_share=0.79),
            "Only 79% of the sales have a category; it takes 80%.",
        ),
        ("price_sensitivity", replace(WELL, discount_known=0), "The orders state no discounts."),
        (
            "price_sensitivity",
            replace(WELL, discounted_share=0.009),
            "Fewer than 1% of the order lines have a discount.",
        ),
        ("customer_maturity", replace(WELL, history_days=179), "The history is 179 days long; it takes 180."),
        ("repurchase_behavior", replace(WELL, products=0), "The order lines name no products."),
        ("repurchase_behavior", replace(WELL, products=19), "The shop has fewer than 20 products (19)."),
        (
            "repurchase_behavior",
            replace(WELL, top_product_share=0.51),
            "One product is 51% of the order lines, so buying it again tells nothing.",
        ),
        ("return_behavior", replace(WELL, refund_customers=0), "There are no refunds or returns."),
        ("return_behavior", replace(WELL, refund_customers=0.004), "Fewer than 0.5% of the customers have a refund."),
    ],
)
def test_what_the_data_lacks_makes_an_axis_absent_with_the_reason(axis: str, health: Health, reason: str):
    segmented: Segmentation = segment(customers(orders=[2]), health, SCALE)

    assert segmented.absent == {axis: reason}
    assert axis not in segmented.standings


def test_an_axis_is_there_from_the_written_least_on():
    least = replace(
        WELL,
        categories=3,
        category_share=0.8,
        discounted_share=0.01,
        history_days=180,
        products=20,
        top_product_share=0.5,
        refund_customers=0.005,
    )

    assert segment(customers(orders=[2]), least, SCALE).absent == {}


@pytest.mark.parametrize(
    ("axis", "anchors", "message"),
    [
        ("purchase_value", (1.0, 2.0), "anchors.purchase_value: give 4 numbers, one each for small_baskets"),
        ("purchase_value", (1.0, 3.0, 2.0, 4.0), "anchors.purchase_value: the anchors must be rising"),
        ("category_exploration", (0.2, 0.3, 0.4, 0.5), "anchors.category_exploration: the anchors must be falling"),
        ("purchase_cadence", (0.0, 1.0, 2.0), "anchors.purchase_cadence: every anchor must be a number above 0"),
        ("price_sensitivity", (0.1, 0.3, 0.5, 70.0), "anchors.price_sensitivity: an anchor of a share"),
        ("purchase_value", (1.0, 1.0, 2.0, float("nan")), "anchors.purchase_value: every anchor"),
    ],
)
def test_wrong_anchors_are_refused_naming_the_axis(axis: str, anchors: tuple[float, ...], message: str):
    with pytest.raises(Invalid, match=message) as refused:
        SegmentSettings(anchors={axis: anchors})

    assert refused.value.field == f"anchors.{axis}"


def test_anchors_of_an_unknown_axis_are_refused_naming_the_eight():
    with pytest.raises(Invalid, match="the axes are purchase_frequency, purchase_value"):
        SegmentSettings(anchors={"frequency": (1.0,)})


def test_a_workspace_sets_its_own_anchors():
    own = SegmentSettings(anchors={"customer_maturity": (10.0, 20.0, 40.0, 80.0)})

    assert named_by(own, "customer_maturity", tenure_days=[14, 15, 60]) == ["new", "growing", "long_standing"]


def test_member_rules_read_in_plain_units():
    rules = {rule.name: rule for axis in AXES.values() for rule in axis.rules(axis.anchors)}

    assert rules["one_time"].text == "exactly one order"
    assert rules["occasional"].text == "at most 3.46 orders a year"
    assert rules["deal_buyer"].text == "0.4 to 0.6 share of spend on discounted lines"
    assert rules["long_standing"].text == "at least 810 days since the first order"
    assert rules["category_loyal"].low == pytest.approx(0.8 / 1.35**0.5)
    assert rules["category_loyal"].high is None
    assert len(rules) == sum(len(axis.vocabulary) for axis in AXES.values())
