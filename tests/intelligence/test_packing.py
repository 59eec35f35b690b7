"""What is kept of one customer comes back as it was worked out."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.intelligence import packing
from switchboard.intelligence.archetypes import Tree, parts, place
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.churn import signs, tenths
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.packing import Result, pack, unpack
from switchboard.intelligence.predicting import nothing_predicted
from switchboard.intelligence.predictions.predictor import FIGURES
from switchboard.intelligence.segments import AXES, segment
from switchboard.intelligence.working_out import IntelligenceSettings, work_out
from tests.intelligence.mirrors import NOW, WELL, Line, customers, mirror
from tests.shop import as_owner, open_shop, orders, rows

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)
figure = st.floats(0.01, 1e6)


def result(**figures: list[float]) -> Result:
    """Customers of these figures, segmented."""
    features = customers(**figures)
    segmentation = segment(features, WELL, SCALE)
    placement = place(parts(segmentation), Tree(), len(segmentation))
    return Result(
        features=features, segmentation=segmentation, placement=placement,
        tenths=tenths(signs(features, segmentation)), predicted=nothing_predicted(len(features)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(pace=figure, basket=figure, share=st.floats(0.01, 1), value=st.floats(-1e9, 1e9))
def test_figures_come_back_with_seven_digits_and_shares_sum_to_one(
    pace: float, basket: float, share: float, value: float
):
    kept = result(pace=[pace], basket_value=[basket], top_category_share=[share], lifetime_value=[value])
    back = unpack(pack(kept, slice(0, 1)).tobytes())
    for name, said in back.features.items():
        assert said == pytest.approx(float(kept.features[name][0]), rel=6e-7)
    for axis, on in kept.segmentation.standings.items():
        assert sum(back.memberships[axis].values()) == pytest.approx(1, abs=1e-12)
        assert back.dominant[axis] == on.names[on.codes[0]]
        for name, of in back.memberships[axis].items():
            assert of == pytest.approx(float(on.shares[on.names.index(name), 0]), abs=2e-5)


def test_a_figure_nobody_knows_is_left_out():
    back = unpack(pack(result(gap_mean=[math.nan]), slice(0, 1)).tobytes())
    assert "gap_mean" not in back.features
    assert set(back.features) == set(FEATURES) - {"gap_mean"}


def test_an_absent_axis_stays_absent():
    con = mirror([Line(document=1, ago=5, gross=10)])
    outcome = work_out(con, NOW, IntelligenceSettings(), None)
    back = unpack(pack(outcome.result, slice(0, 1)).tobytes())
    assert set(back.dominant) | set(outcome.result.segmentation.absent) == set(AXES)
    assert "category_exploration" not in back.memberships


def test_what_is_expected_comes_back_and_what_is_not_known_is_left_out():
    kept = result(orders=[3.0])
    figures = kept.predicted.figures.copy()
    figures[0, :2] = 0.25, 31.5
    back = unpack(pack(replace(kept, predicted=replace(kept.predicted, figures=figures)), slice(0, 1)).tobytes())
    assert back.expected == {"churns": 0.25, "value": 31.5}


def test_a_row_of_an_older_version_says_nothing_of_what_is_expected():
    older = pack(result(orders=[3.0]), slice(0, 1)).tobytes()[: -4 * len(FIGURES)]
    back = unpack(older)
    assert (back.features["orders"], back.expected) == (3.0, {})


def test_a_packed_row_is_as_small_as_it_says():
    assert packing.DETAIL.itemsize == len(pack(result(orders=[1.0]), slice(0, 1)).tobytes()) == 293


async def test_what_postgresql_reads_is_what_was_worked_out(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(
        orders(
            *(
                f"o{n},c{n % 40:02},2023-{n % 9 + 1:02}-11T10:00,p{n % 5},,K{n % 3},1,{n % 13 + 1}.55,0.25,"
                for n in range(300)
            ),
            "r1,c01,2023-08-12T10:00,p1,,K1,-1,1000,,",
        )
    )
    await shop.segment()
    with as_owner(server) as owner:
        figures = rows(
            owner,
            "select p.customer_id, f.lifetime_value, f.archetype, f.risk, f.detail"
            " from figures f join person p using (person_key) where f.workspace_id = %s order by 1",
            shop.workspace.id,
        )
        sums = rows(
            owner,
            "select p.customer_id, sum(d.gross - coalesce(d.discount, 0) - d.refund)::bigint,"
            " count(*) filter (where d.is_order)::integer,"
            " max(d.placed_at) filter (where d.is_order)::date - date '1970-01-01'"
            " from document d join person p using (person_key) where d.workspace_id = %s group by 1 order by 1",
            shop.workspace.id,
        )
    assert [row[:2] for row in figures] == [row[:2] for row in sums]
    assert int(str(sums[1][1])) < 0  # a refund beyond what was bought is kept as it is
    for (_, _, archetype, risk, detail), (_, _, count, last_day) in zip(figures, sums, strict=True):
        assert isinstance(detail, bytes)
        back = unpack(detail)
        assert (back.features["orders"], back.features["last_order_day"]) == (count, last_day)
        assert packing.dominant(detail) == back.dominant
        assert len(str(archetype)) == 8
        assert 0 <= int(str(risk)) <= 10


def test_many_rows_are_written_in_pieces_that_fit_together():
    count = packing.AT_ONCE + 3
    kept = result(orders=np.ones(count).tolist())
    whole = pack(kept, slice(0, count))
    assert len(whole) == count
    assert unpack(whole[packing.AT_ONCE : packing.AT_ONCE + 1].tobytes()) == unpack(whole[:1].tobytes())
