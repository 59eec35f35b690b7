"""A snapshot comes back as it was kept."""

import numpy as np
import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.archetypes import Tree, parts, place
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.churn import signs, tenths
from switchboard.intelligence.health import Health
from switchboard.intelligence.packing import Result
from switchboard.intelligence.predicting import nothing_predicted
from switchboard.intelligence.segments import segment
from switchboard.intelligence.snapshots import Roster, decode, encode, roster_of
from tests.intelligence.mirrors import WELL, customers

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)


def many(count: int, health: Health = WELL) -> Roster:
    rng = np.random.default_rng(3)
    features = customers(
        orders=rng.integers(1, 9, count).tolist(),
        pace=rng.uniform(0.5, 80, count).tolist(),
        basket_value=rng.lognormal(4, 1, count).tolist(),
        top_category_share=rng.uniform(0.1, 1, count).tolist(),
        last_order_day=rng.integers(-10, 19_000, count).tolist(),
    )
    segmentation = segment(features, health, SCALE)
    return roster_of(
        Result(
            features=features, segmentation=segmentation, placement=place(parts(segmentation), Tree(), count),
            tenths=tenths(signs(features, segmentation)), predicted=nothing_predicted(count),
        )
    )  # fmt: skip


@pytest.mark.parametrize(("count", "health"), [(1_000, WELL), (1, WELL), (0, Health())])
def test_a_snapshot_comes_back_as_it_was(count: int, health: Health):
    before = many(count, health)

    after = decode(encode(before))

    assert (after.absent, after.archetype_ids) == (before.absent, before.archetype_ids)
    assert list(after.axes) == list(before.axes)
    np.testing.assert_array_equal(after.persons, before.persons)
    np.testing.assert_array_equal(after.last_days, before.last_days)
    np.testing.assert_array_equal(after.archetypes, before.archetypes)
    np.testing.assert_array_equal(after.churn_tenths, before.churn_tenths)
    for axis, (names, codes) in before.axes.items():
        assert after.axes[axis][0] == names
        np.testing.assert_array_equal(after.axes[axis][1], codes)


def test_a_customer_takes_few_bytes():
    assert len(encode(many(10_000))) < 10 * 10_000


@pytest.mark.parametrize("data", [b"", b"SWB", b"something else altogether", b"SWBSNAP"])
def test_other_bytes_are_no_snapshot(data: bytes):
    with pytest.raises(Invalid, match="no snapshot"):
        decode(data)


def test_another_version_is_refused():
    data = bytearray(encode(many(2)))
    data[7] = 9

    with pytest.raises(Invalid, match="format 9, not 2"):
        decode(bytes(data))
