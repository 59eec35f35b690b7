"""Names beside marks: none on a mark, none on another name, the first that matter named first."""

from itertools import combinations

import numpy as np
import pytest

from switchboard.intelligence.charts.parts import width_of
from switchboard.intelligence.charts.placing import LABEL, LEADING, SMALLER, Box, Label, Mark, placed

ROOM = Box(left=0, top=0, right=1_000, bottom=380)
NAMES = ("One-time buyers with small baskets who send nothing back", "Regular buyers", "Fading weekly shoppers")


def where(mark: Mark, label: Label) -> Box:
    """The ground that the letters take, worked out anew."""
    wide = max(width_of(line) for line in label.lines) * SMALLER
    middle = mark.x + label.dx + {"right": wide / 2, "left": -wide / 2}.get(label.side, 0)
    first = mark.y + label.dy
    last = first + (len(label.lines) - 1) * LEADING
    return Box(left=middle - wide / 2, right=middle + wide / 2, top=first - LABEL / 2, bottom=last + LABEL / 2)


def crowd(seed: int, count: int) -> list[Mark]:
    drawn = np.random.default_rng(seed)
    return [
        Mark(x=drawn.uniform(0, 1_000), y=drawn.choice([330, drawn.uniform(40, 330)]).item(),
             reach=drawn.uniform(4, 23), name=str(drawn.choice(NAMES)))
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_name_lies_on_a_mark_or_on_another_name(seed: int):
    marks = crowd(seed, 40)

    labels = placed(marks, ROOM, most=10, width=150)

    named = [where(mark, label) for mark, label in zip(marks, labels, strict=True) if label]
    dots = [Box(left=m.x - m.reach, right=m.x + m.reach, top=m.y - m.reach, bottom=m.y + m.reach) for m in marks]
    assert 2 < len(named) <= 10
    assert all(each.is_within(ROOM) for each in named)
    assert not any(each.meets(dot) for each in named for dot in dots)
    assert not any(one.meets(other) for one, other in combinations(named, 2))


def test_a_name_alone_stands_above_its_mark():
    label = placed([Mark(x=500, y=200, reach=10, name="Regular buyers")], ROOM, most=1, width=150)[0]

    assert label
    assert (label.side, label.lines, label.dx) == ("above", ("Regular buyers",), 0)


@pytest.mark.parametrize(
    ("x", "y", "side"), [(500, 10, "right"), (970, 12, "left"), (3, 200, "right"), (500, 200, "above")]
)
def test_at_an_edge_a_name_goes_where_there_is_room(x: float, y: float, side: str):
    label = placed([Mark(x=x, y=y, reach=10, name="Regular buyers")], ROOM, most=1, width=150)[0]

    assert label
    assert label.side == side


def test_the_first_are_named_where_all_have_no_room():
    marks = [Mark(x=500, y=200, reach=10, name="Regular buyers"), Mark(x=502, y=202, reach=10, name="Fading buyers")]

    labels = placed(marks, Box(left=440, top=170, right=560, bottom=215), most=5, width=150)

    assert [label is not None for label in labels] == [True, False]


def test_long_names_take_a_few_lines():
    label = placed([Mark(x=500, y=200, reach=10, name=NAMES[0])], ROOM, most=1, width=150)[0]

    assert label
    assert 1 < len(label.lines) <= 3
    assert " ".join(label.lines) == NAMES[0]
