"""Where names stand beside the marks of a chart, so that none lies on a mark or on another name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from switchboard.intelligence.charts.parts import width_of, wrapped

Side = Literal["above", "below", "right", "left"]
SIDES: tuple[Side, ...] = ("above", "right", "left", "below")  # the first that is free
LABEL, LEADING, LINES = 12, 14, 3  # points: of letters, and from line to line; lines of a name at most
SMALLER = LABEL / 13  # of the letters that widths are told of
BESIDE, CLEAR = 4, 2  # points between a mark and its name, and around a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark by its middle and how far it reaches to each side, in points; `name` may stand beside it."""

    x: float
    y: float
    reach: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name in lines, on which side of its mark, and how far its first line's middle is from the mark's."""

    lines: tuple[str, ...]
    side: Side
    dx: float
    dy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether both have a place in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )  # fmt: skip

    def is_within(self, other: "Box") -> bool:
        return (
            self.left >= other.left and self.right <= other.right
            and self.top >= other.top and self.bottom <= other.bottom
        )  # fmt: skip


def placed(marks: Sequence[Mark], room: Box, *, most: int, width: float) -> list[Label | None]:
    """For each mark, in the order in which they matter, its name where it is free; None where no side is.

    `width` is that of a line of a name.
    """
    taken = [_around(each) for each in marks]
    found = list[Label | None]()
    count = 0
    for mark in marks:
        label = _free(mark, width, room, taken) if count < most else None
        if label is not None:
            taken.append(_box(mark, label))
            count += 1
        found.append(label)
    return found


def _free(mark: Mark, width: float, room: Box, taken: Iterable[Box]) -> Label | None:
    lines = tuple(wrapped(mark.name, width / SMALLER, LINES))
    others = list(taken)
    for side in SIDES:
        label = _label(mark, lines, side)
        box = _box(mark, label)
        if box.is_within(room) and not any(box.meets(each) for each in others):
            return label
    return None


def _label(mark: Mark, lines: tuple[str, ...], side: Side) -> Label:
    high = (len(lines) - 1) * LEADING
    away = mark.reach + BESIDE
    if side in {"left", "right"}:
        return Label(lines=lines, side=side, dx=away if side == "right" else -away, dy=-high / 2)
    far = away + LABEL / 2
    return Label(lines=lines, side=side, dx=0, dy=far if side == "below" else -far - high)


def _box(mark: Mark, label: Label) -> Box:
    wide = max(map(width_of, label.lines)) * SMALLER
    left = mark.x + label.dx - {"right": 0, "left": wide}.get(label.side, wide / 2)
    top = mark.y + label.dy - LABEL / 2
    return Box(
        left=left - CLEAR, top=top - CLEAR, right=left + wide + CLEAR,
        bottom=top + (len(label.lines) - 1) * LEADING + LABEL + CLEAR,
    )  # fmt: skip


def _around(mark: Mark) -> Box:
    return Box(left=mark.x - mark.reach, top=mark.y - mark.reach, right=mark.x + mark.reach, bottom=mark.y + mark.reach)
