import numpy as np
import pytest

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.trends import Count, Roll, movement, trend

JUNE, JULY, AUGUST = (AsOf(day=day, second=day * 86_400) for day in (100, 130, 161))


def test_a_trend_goes_from_the_first_snapshot_to_the_last():
    found = trend(
        [
            Count(as_of=AUGUST, members=60, customers=200),
            Count(as_of=JUNE, members=40, customers=100),
            Count(as_of=JULY, members=70, customers=140),
        ]
    )

    assert [(point.as_of, point.members, point.share) for point in found.points] == [
        (JUNE, 40, 0.4),
        (JULY, 70, 0.5),
        (AUGUST, 60, 0.3),
    ]
    assert found.change is not None
    assert (found.change.start, found.change.end) == (JUNE, AUGUST)
    assert found.change.members == 20
    assert found.change.percent == 50
    assert found.change.share_points == pytest.approx(-10)


def test_growth_from_nobody_has_no_per_cent():
    found = trend([Count(as_of=JUNE, members=0, customers=0), Count(as_of=JULY, members=5, customers=10)])

    assert found.change is not None
    assert found.change.percent is None
    assert found.change.share_points == 50


@pytest.mark.parametrize("points", [0, 1])
def test_one_snapshot_is_no_change(points: int):
    assert trend([Count(as_of=JUNE, members=1, customers=2)][:points]).change is None


def roll(persons: list[int], codes: list[int], names: tuple[str, ...]) -> Roll:
    return Roll(persons=np.array(persons, np.int64), codes=np.array(codes, np.uint8), names=names)


def test_movement_counts_who_went_where_who_joined_and_who_left():
    before = roll([1, 2, 3, 5], [0, 0, 1, 1], ("new", "growing"))
    after = roll([1, 2, 3, 4], [0, 1, 2, 0], ("new", "growing", "established"))

    found = movement(before, after)

    assert found.moves.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert found.joined.tolist() == [1, 0, 0]
    assert found.left.tolist() == [0, 1]


def test_movement_from_nobody_is_all_joining():
    found = movement(roll([], [], ("a",)), roll([1, 2], [0, 0], ("a",)))

    assert found.moves.tolist() == [[0]]
    assert found.joined.tolist() == [2]
