"""What an axis is: one position and one uncertainty per customer, and an ordered vocabulary on written anchors.

The names of an axis meet at borders halfway between neighbouring anchors. Each name therefore has a member rule, an
interval in plain units, that all customers with that dominant name satisfy. Anchors are never fitted: a name means the
same in every shop and at every date.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.features import Features, Numbers
from switchboard.intelligence.health import Health

ON_BORDER = 1e-9  # of the transformed unit: this near a border counts as on it


@dataclass(frozen=True, kw_only=True)
class Name:
    """One word of an axis, what it means, and how it reads inside an archetype's name."""

    name: str
    meaning: str
    phrase: str


@dataclass(frozen=True, kw_only=True)
class ShopScale:
    """The two figures of the shop that positions are relative to: currency of an order, days between two."""

    typical_order: float
    typical_gap: float


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where customers stand on an axis: x and its variance e in the transformed unit, and who takes the crisp name."""

    x: Numbers
    e: Numbers
    crisp: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The member rule of a name: between `low` and `high` in the axis's unit; None is unbounded.

    Exactly on a border belongs to the name before it. The crisp name has neither: `text` says it.
    """

    name: str
    low: float | None
    high: float | None
    crisp: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One behavioural axis. `into` turns plain units into the unit distances are taken in, `back` undoes it."""

    name: str
    unit: str
    meaning: str
    crisp: Name | None
    names: tuple[Name, ...]
    anchors: tuple[float, ...]
    into: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]
    locate: Callable[[Features, ShopScale, tuple[float, ...]], Position]
    missing: Callable[[Health], str | None]

    @property
    def vocabulary(self) -> tuple[Name, ...]:
        """All names in order, the crisp one first."""
        return (self.crisp, *self.names) if self.crisp else self.names

    def centres(self, anchors: tuple[float, ...]) -> Numbers:
        """The anchors in the transformed unit, ascending."""
        return self.into(np.array(anchors, np.float64))

    def midpoints(self, anchors: tuple[float, ...]) -> Numbers:
        """The borders between neighbouring names in the transformed unit, ascending."""
        centres = self.centres(anchors)
        return (centres[1:] + centres[:-1]) / 2

    def borders(self, anchors: tuple[float, ...]) -> tuple[float, ...]:
        """The borders between neighbouring names in the axis's unit, in the order of the names."""
        return tuple(float(border) for border in self.back(self.midpoints(anchors)))

    def rules(self, anchors: tuple[float, ...]) -> tuple[Rule, ...]:
        """The member rule of each name, in the order of the vocabulary."""
        borders = self.borders(anchors)
        rules: list[Rule] = []
        if self.crisp:
            rules.append(Rule(name=self.crisp.name, low=None, high=None, crisp=True, text=self.crisp.meaning))
        falling = len(borders) > 0 and anchors[0] > anchors[-1]
        for name, before, after in zip(self.names, (None, *borders), (*borders, None), strict=True):
            low, high = (after, before) if falling else (before, after)
            rules.append(Rule(name=name.name, low=low, high=high, crisp=False, text=_span(low, high, self.unit)))
        return tuple(rules)

    def checked(self, anchors: tuple[float, ...]) -> tuple[float, ...]:
        """These anchors, or Invalid naming the axis: as many as the names, in their order, and above 0."""
        field = f"anchors.{self.name}"
        names = ", ".join(name.name for name in self.names)
        if len(anchors) != len(self.names):
            raise Invalid(f"{field}: give {len(self.names)} numbers, one each for {names}.", field=field)
        if not all(np.isfinite(anchor) and anchor > 0 for anchor in anchors):
            raise Invalid(f"{field}: every anchor must be a number above 0 ({self.unit}).", field=field)
        if self.name in SHARES and max(anchors) > 1:
            raise Invalid(f"{field}: an anchor of a share lies between 0 and 1.", field=field)
        if not bool(np.all(np.diff(self.centres(anchors)) > ON_BORDER)):
            way = "falling" if self.anchors[0] > self.anchors[-1] else "rising"
            raise Invalid(f"{field}: the anchors must be {way}, as they stand for {names} in turn.", field=field)
        return anchors


SHARES = frozenset({"category_exploration", "price_sensitivity", "repurchase_behavior", "return_behavior"})


def _span(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return f"any number of {unit}"
    if low is None:
        return f"at most {high:.3g} {unit}"
    return f"at least {low:.3g} {unit}" if high is None else f"{low:.3g} to {high:.3g} {unit}"


def logarithm(plain: Numbers) -> Numbers:
    """The transformed unit in which equal ratios are equal distances."""
    return np.log(plain)


def exponential(x: Numbers) -> Numbers:
    """What `logarithm` was taken of."""
    return np.exp(x)


def unchanged(plain: Numbers) -> Numbers:
    """The figure itself: equal differences are equal distances."""
    return plain


def never(_: Health) -> None:
    """No reason: the axis is present in every shop."""
    return
