from typing import Protocol

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skfuzzy.cluster import cmeans_predict  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.archetypes import parts, place, settle
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.churn import levels, signs, tenths
from switchboard.intelligence.features import Numbers, measure
from switchboard.intelligence.health import Health, examine
from switchboard.intelligence.portraits import portray
from switchboard.intelligence.segments import (
    AXES,
    STRENGTHS,
    SegmentSettings,
    memberships,
    segment,
    segments_of,
    shop_scale,
    strength_codes,
)
from tests.intelligence.mirrors import NOW, WELL, Line, customers, mirror

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)
THREE = np.array([0.0, 1.0, 3.0])


class Predict(Protocol):
    """scikit-fuzzy's function, which has no types of its own."""

    def __call__(
        self, test_data: Numbers, cntr_trained: Numbers, m: float, error: float, maxiter: int
    ) -> tuple[object, ...]: ...


def peer(x: Numbers, centres: Numbers) -> Numbers:
    """The memberships by scikit-fuzzy."""
    predict: Predict = cmeans_predict  # pyright: ignore[reportUnknownVariableType]
    return np.array(predict(x[None], centres[:, None], 2, 1e-9, 100)[0], np.float64)


def test_a_share_is_as_large_as_the_squared_distance_is_small():
    # distances 0.5, 0.5 and 2.5: 4, 4 and 0.16 of 8.16
    assert memberships(np.array([0.5]), np.zeros(1), THREE)[:, 0] == pytest.approx([4 / 8.16, 4 / 8.16, 0.16 / 8.16])


def test_uncertainty_is_added_to_every_squared_distance():
    # 0.25 + 0.75, 0.25 + 0.75 and 6.25 + 0.75: 1, 1 and 1/7 of 15/7
    found = memberships(np.array([0.5]), np.array([0.75]), THREE)[:, 0]

    assert found == pytest.approx([7 / 15, 7 / 15, 1 / 15])


def test_memberships_of_certain_points_are_those_of_scikit_fuzzy():
    x: Numbers = np.linspace(-0.5, 3.5, 2_001)

    np.testing.assert_allclose(memberships(x, np.zeros(len(x)), THREE), peer(x, THREE), atol=1e-9)


@pytest.mark.parametrize("axis", AXES)
def test_served_shares_of_certain_customers_are_those_of_scikit_fuzzy(axis: str):
    anchors = AXES[axis].anchors
    centres = AXES[axis].centres(anchors)
    x: Numbers = np.linspace(float(centres[0]), float(centres[-1]), 500)

    np.testing.assert_allclose(memberships(x, np.zeros(len(x)), centres), peer(x, centres), atol=1e-9)


def test_uncertainty_lowers_the_strength_and_never_changes_the_name():
    unsure = customers(basket_value=[50] * 3, orders=[100, 1, 1e-3])

    on = segment(unsure, WELL, SCALE).standings["purchase_value"]

    assert [on.names[code] for code in on.codes] == ["typical_baskets"] * 3
    assert [STRENGTHS[code] for code in on.strengths] == ["strong", "moderate", "weak"]


@pytest.mark.parametrize(
    ("top", "names", "strength"),
    [
        (0.70, 4, "strong"),  # s = (0.70 - 0.25) / 0.75 = 0.6 exactly
        (0.6999, 4, "moderate"),
        (0.50, 4, "moderate"),  # s = 1/3 exactly
        (0.4999, 4, "weak"),
        (1 / 6, 6, "weak"),
        (1.0, 1, "strong"),  # one name alone
    ],
)
def test_strength_is_how_far_the_share_is_above_chance(top: float, names: int, strength: str):
    assert STRENGTHS[strength_codes(np.array([top]), names, (1 / 3, 0.6))[0]] == strength


def test_a_workspace_sets_the_cuts_of_strength():
    on = segment(customers(basket_value=[50], orders=[1]), WELL, SCALE, SegmentSettings(strong=0.5)).standings

    assert STRENGTHS[on["purchase_value"].strengths[0]] == "strong"


@pytest.mark.parametrize(("moderate", "strong"), [(0.7, 0.6), (0.0, 0.6), (0.3, 1.1)])
def test_cuts_out_of_order_are_refused(moderate: float, strong: float):
    with pytest.raises(Invalid, match="below strong"):
        SegmentSettings(moderate=moderate, strong=strong)


def test_the_shops_scale_is_the_typical_customer():
    shop = customers(basket_value=[10, 20, 90], gap_mean=[np.nan, 5, 7])

    assert shop_scale(shop) == ShopScale(typical_order=20, typical_gap=6)


@pytest.mark.parametrize(("order", "kept"), [(104.9, 100.0), (95.3, 100.0), (105.2, 105.2), (95.0, 95.0)])
def test_the_shops_scale_stays_until_it_moved_five_per_cent(order: float, kept: float):
    found = shop_scale(customers(basket_value=[order]), ShopScale(typical_order=100.0, typical_gap=1.0))

    assert found == ShopScale(typical_order=kept, typical_gap=1.0)


def test_a_shop_where_everything_is_free_has_a_scale_all_the_same():
    assert shop_scale(customers(basket_value=[0.0, 0.0])).typical_order == 0.01


def test_a_customers_segments_carry_every_name_and_sum_to_one():
    found = segments_of(segment(customers(orders=[4], pace=[12]), WELL, SCALE), 0)

    assert set(found.memberships) == set(AXES) == set(found.dominant) == set(found.strength)
    for axis, shares in found.memberships.items():
        assert list(shares) == [name.name for name in AXES[axis].vocabulary]
        assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
        assert found.dominant[axis] == max(shares, key=lambda name: shares[name])


def test_a_few_customers_stand_where_they_stand_among_all():
    everyone = customers(basket_value=np.geomspace(1, 2_000, 70_000).tolist())
    some = customers(basket_value=everyone["basket_value"][[5, 69_000]].tolist())

    whole, part = (segment(shop, WELL, SCALE).standings["purchase_value"] for shop in (everyone, some))

    np.testing.assert_array_equal(whole.codes[[5, 69_000]], part.codes)
    np.testing.assert_array_equal(whole.shares[:, [5, 69_000]], part.shares)


ORDERS = st.lists(
    st.builds(
        Line,
        document=st.integers(1, 12),
        person=st.one_of(st.none(), st.integers(1, 4)),
        ago=st.integers(1, 900),
        gross=st.sampled_from([0.0, 0.01, 10.0, 10.0, 1e6]),
        discount=st.sampled_from([None, 0.0, 0.01, 10.0]),
        refund=st.sampled_from([0.0, 0.0, 3.0, 1e6]),
        product=st.one_of(st.none(), st.integers(1, 3)),
        category=st.one_of(st.none(), st.integers(1, 4)),
    ),
    max_size=25,
)


@pytest.mark.heavy
@settings(deadline=None, max_examples=60)
@given(lines=ORDERS, health=st.sampled_from([WELL, Health()]))
def test_any_shop_has_defined_answers_throughout(lines: list[Line], health: Health):
    con = mirror(lines)
    features = measure(con, NOW)
    examine(con, NOW, features)

    segmented = segment(features, health, shop_scale(features))
    placed = place(parts(segmented), settle(segmented), len(segmented))

    assert sum(archetype.member_count for archetype in portray(segmented, features, placed)) == len(features)
    assert np.all(levels(tenths(signs(features, segmented))) <= 3)
    for on in segmented.standings.values():
        _all_defined(on.shares.astype(np.float64), on.codes)


def _all_defined(shares: Numbers, codes: npt.NDArray[np.uint8]) -> None:
    assert not np.isnan(shares).any()
    np.testing.assert_allclose(shares.sum(0), np.ones(len(codes)), atol=1e-6)
    own = shares[codes, np.arange(len(codes))]
    np.testing.assert_allclose(own, shares.max(0) if len(codes) else own, atol=1e-6)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([Line(document=1, ago=5, gross=10)], id="one order in all"),
        pytest.param([Line(document=n, person=n, ago=5, gross=10) for n in range(1, 30)], id="all identical customers"),
        pytest.param([Line(document=n, ago=n % 300 + 1, gross=10) for n in range(3_000)], id="one very busy customer"),
        pytest.param([Line(document=1, ago=900, gross=10)], id="one order long ago"),
    ],
)
def test_odd_shops_have_defined_answers(lines: list[Line]):
    features = measure(mirror(lines), NOW)

    segmented = segment(features, WELL, shop_scale(features))

    for on in segmented.standings.values():
        _all_defined(on.shares.astype(np.float64), on.codes)


def test_identical_customers_are_in_one_archetype_named_everyone_else():
    features = measure(mirror(Line(document=n, person=n, ago=5, gross=10) for n in range(1, 30)), NOW)
    segmented = segment(features, WELL, shop_scale(features))

    placed = place(parts(segmented), settle(segmented), len(segmented))

    assert [archetype.name for archetype in portray(segmented, features, placed)] == ["Everyone else"]
