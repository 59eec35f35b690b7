"""A figure's way here as a small line, drawn in the page itself: in a picture 100 wide and 30 high."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH, EDGE = 100.0, 30.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """The line and the ground below it, as points of a picture; `last` is where it ends."""

    line: str
    ground: str
    last: tuple[float, float]


def spark(values: Sequence[float | None]) -> Spark | None:
    """The line of the values that are known; None for fewer than two."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low, high = min(value for _, value in known), max(value for _, value in known)
    step, span = WIDE / max(len(values) - 1, 1), high - low

    def at(place: int, value: float) -> tuple[float, float]:
        height = (value - low) / span if span else 0.5
        return round(place * step, 2), round(HIGH - EDGE - height * (HIGH - 2 * EDGE), 2)

    points = [at(place, value) for place, value in known]
    line = " ".join(f"{x},{y}" for x, y in points)
    return Spark(line=line, ground=f"{points[0][0]},{HIGH} {line} {points[-1][0]},{HIGH}", last=points[-1])
