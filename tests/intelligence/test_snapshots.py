import numpy as np
import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.health import Health
from switchboard.intelligence.segments import Segmentation, segment
from switchboard.intelligence.snapshots import Snapshot, compact, decode, encode, snapshot
from tests.intelligence.mirrors import NOW, WELL, customers

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)


def many(count: int) -> Segmentation:
    rng = np.random.default_rng(3)
    return segment(
        customers(
            orders=rng.integers(1, 9, count).tolist(),
            pace=rng.uniform(0.5, 80, count).tolist(),
            basket_value=rng.lognormal(4, 1, count).tolist(),
            top_category_share=rng.uniform(0.1, 1, count).tolist(),
        ),
        WELL,
        SCALE,
    )


def kept(segmentation: Segmentation) -> Snapshot:
    count = len(segmentation)
    archetypes = (np.arange(count) % 2).astype(np.uint8)
    return snapshot(NOW, segmentation, ("4f53cda1", "4feeea72"), archetypes, np.full(count, 7, np.uint8))


def test_a_snapshot_comes_back_as_it_was():
    before = kept(many(1_000))

    after = decode(encode(before))

    assert (after.as_of, after.absent, after.archetype_ids) == (NOW, {}, ("4f53cda1", "4feeea72"))
    assert list(after.axes) == list(before.axes)
    np.testing.assert_array_equal(after.persons, before.persons)
    np.testing.assert_array_equal(after.archetypes, before.archetypes)
    np.testing.assert_array_equal(after.churn_tenths, before.churn_tenths)
    for axis, on in before.axes.items():
        assert after.axes[axis].names == on.names
        np.testing.assert_array_equal(after.axes[axis].codes, on.codes)
        np.testing.assert_array_equal(after.axes[axis].strengths, on.strengths)
        np.testing.assert_array_equal(after.axes[axis].shares, on.shares)


def test_compact_shares_sum_to_one_and_keep_the_dominant_name_on_top():
    segmented = many(5_000)

    for on in segmented.standings.values():
        small = compact(on)
        assert small.shares.sum(0, dtype=np.int64).tolist() == [255] * 5_000
        np.testing.assert_array_equal(small.shares[small.codes, np.arange(5_000)], small.shares.max(0))
        assert np.abs(small.shares / 255 - on.shares).max() < len(on.names) / 255


def test_a_customer_takes_few_bytes():
    assert len(encode(kept(many(10_000)))) < 45 * 10_000


def test_a_shop_without_customers_has_a_snapshot():
    nobody = segment(customers(orders=[]), Health(), SCALE)

    after = decode(encode(kept(nobody)))

    assert len(after.persons) == 0
    assert after.absent == nobody.absent


@pytest.mark.parametrize("data", [b"", b"SWB", b"something else altogether", b"SWBSNAP"])
def test_other_bytes_are_no_snapshot(data: bytes):
    with pytest.raises(Invalid, match="no snapshot"):
        decode(data)


def test_another_version_is_refused():
    data = bytearray(encode(kept(many(2))))
    data[7] = 9

    with pytest.raises(Invalid, match="format 9, not 1"):
        decode(bytes(data))
