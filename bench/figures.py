"""A measured figure, said as one JSON line on standard output; progress goes to standard error."""

import json
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

BEGAN = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured. `target`, such as "<= 20", is held against `ratio` where there is one, else `value`."""

    figure: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    target: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the target is met; so it is where there is none."""
        if self.target is None:
            return True
        held = self.value if self.ratio is None else self.ratio
        way, _, bound = self.target.partition(" ")
        return held <= float(bound) if way == "<=" else held >= float(bound)


def against(figure: str, value: float, unit: str, reference: float, target: str | None = None) -> Figure:
    """A figure whose ratio to a reference of the same run counts."""
    return Figure(figure=figure, value=value, unit=unit, reference=reference, ratio=value / reference, target=target)


def tell(figures: Iterable[Figure]) -> bool:
    """Print each as it comes; whether all targets were met."""
    well = True
    for figure in figures:
        shown = {name: _short(value) for name, value in asdict(figure).items()}
        print(json.dumps(shown | {"ok": figure.ok}), flush=True)
        well = well and figure.ok
    return well


def say(what: str) -> None:
    """A line of progress."""
    print(f"{time.monotonic() - BEGAN:7.1f} s  {what}", file=sys.stderr, flush=True)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def percentile(values: Iterable[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def _short(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value
