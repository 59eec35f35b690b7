"""Segments: how far each customer belongs to each name of the eight axes.

Shares are fuzzy c-means memberships (m = 2) on the expected squared distance of an uncertain point from the written
anchors: proportional to 1 / ((x - c)² + e). The dominant name is the nearest anchor whatever e is, so uncertainty
lowers the strength and never changes the name. Source: J. C. Bezdek, Pattern Recognition with Fuzzy Objective Function
Algorithms, Plenum 1981, theorem 11.1, with the distance of a point of variance e.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.axes import (
    category_exploration,
    customer_maturity,
    price_sensitivity,
    purchase_cadence,
    purchase_frequency,
    purchase_value,
    repurchase_behavior,
    return_behavior,
)
from switchboard.intelligence.axes.axis import ON_BORDER, Axis, Position, ShopScale
from switchboard.intelligence.features import Features, Numbers, Persons
from switchboard.intelligence.health import Health

Codes = npt.NDArray[np.uint8]
Strength = Literal["strong", "moderate", "weak"]
STRENGTHS: tuple[Strength, ...] = ("weak", "moderate", "strong")
WEAK, MODERATE, STRONG = 0, 1, 2  # their codes

_MODULES = (
    purchase_frequency,
    purchase_value,
    category_exploration,
    price_sensitivity,
    purchase_cadence,
    customer_maturity,
    repurchase_behavior,
    return_behavior,
)
AXES: Mapping[str, Axis] = MappingProxyType({module.AXIS.name: module.AXIS for module in _MODULES})
"""The eight axes by name, in the order they are shown."""
SEGMENTS_IN_WORDS = "; ".join(
    f"{axis.name}: {', '.join(name.name for name in axis.vocabulary)}" for axis in AXES.values()
)
"""What may be asked for, as descriptions of fields list it."""

AXES_AT_ONCE = 2  # NumPy lets go of the interpreter while it works
AT_ONCE = 8_192  # customers per pass of the memberships: what the processor's cache holds
NEAREST = 1e-12  # squared distance below which two points are the same
KEPT = 0.05  # relative change up to which a figure of the shop's scale stays as it was


@dataclass(frozen=True, kw_only=True)
class SegmentSettings:
    """What a workspace may set: its own anchors per axis (in the axis's unit) and the cuts of strength.

    `strong` and `moderate` are the least strength s of their class, 0 < moderate < strong <= 1.
    """

    anchors: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    strong: float = 0.6
    moderate: float = 1 / 3

    def __post_init__(self) -> None:
        for name, anchors in self.anchors.items():
            axis_named(name).checked(anchors)
        if not 0 < self.moderate < self.strong <= 1:
            raise Invalid("moderate must lie above 0 and below strong, and strong at most at 1.", field="moderate")

    def anchors_of(self, axis: Axis) -> tuple[float, ...]:
        """The workspace's anchors of an axis, else the written ones."""
        return self.anchors.get(axis.name, axis.anchors)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All customers on one axis. `names` is the vocabulary of k names in order.

    `codes` (n) are the dominant names, `strengths` (n) index STRENGTHS, `shares` (k, n) sum to 1 per customer.
    """

    names: tuple[str, ...]
    codes: Codes
    strengths: Codes
    shares: npt.NDArray[np.float32]

    def has(self, *names: str) -> npt.NDArray[np.bool_]:
        """Whose dominant name is one of these."""
        return np.isin(self.codes, [self.names.index(name) for name in names if name in self.names])


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """Every customer on every axis the shop's data carries, rows as in `persons`; the others with the reason."""

    persons: Persons
    standings: Mapping[str, Standing]
    absent: Mapping[str, str]
    scale: ShopScale

    def __len__(self) -> int:
        return len(self.persons)


@dataclass(frozen=True, kw_only=True)
class CustomerSegments:
    """One customer's memberships {axis: {segment: share, sums to 1}}, dominant names and strengths per axis."""

    memberships: dict[str, dict[str, float]]
    dominant: dict[str, str]
    strength: dict[str, Strength]


def axis_named(name: str) -> Axis:
    """The axis of this name, or Invalid naming the eight."""
    if name not in AXES:
        raise Invalid(f"There is no axis {name!r}; the axes are {', '.join(AXES)}.", field="axis_name")
    return AXES[name]


def segment_named(axis_name: str, segment_name: str) -> Axis:
    """The axis that has this segment, or Invalid naming the axes, or the segments of the axis."""
    axis = axis_named(axis_name)
    names = [name.name for name in axis.vocabulary]
    if segment_name not in names:
        raise Invalid(f"{axis_name} has no segment {segment_name!r}; it has {', '.join(names)}.", field="segment_name")
    return axis


def absent_axes(health: Health) -> dict[str, str]:
    """The axes the shop's data does not carry, each with the reason in a sentence."""
    reasons = {name: axis.missing(health) for name, axis in AXES.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def shop_scale(features: Features, kept: ShopScale | None = None) -> ShopScale:
    """The typical order and the typical gap: medians over the customers. `kept` stays until a figure moved over 5 %.

    A shop without customers has an order of 1 and a gap of 30 days.
    """
    gaps = features["gap_mean"][~np.isnan(features["gap_mean"])]
    order = max(float(np.median(features["basket_value"])), purchase_value.LEAST) if len(features) else 1.0
    gap = float(np.median(gaps)) if len(gaps) else 30.0
    if kept is None:
        return ShopScale(typical_order=order, typical_gap=gap)
    return ShopScale(
        typical_order=_unless_moved(kept.typical_order, order), typical_gap=_unless_moved(kept.typical_gap, gap)
    )


def _unless_moved(kept: float, found: float) -> float:
    return kept if abs(np.log(found / kept)) <= KEPT else found


def segment(
    features: Features, health: Health, scale: ShopScale, settings: SegmentSettings | None = None
) -> Segmentation:
    """Every customer's segments. `health` is of the whole shop even where `features` are of a few customers."""
    chosen = settings or SegmentSettings()
    absent = absent_axes(health)
    present = {name: axis for name, axis in AXES.items() if name not in absent}

    def stand(axis: Axis) -> Standing:
        return standing(axis, features, scale, chosen)

    with ThreadPoolExecutor(AXES_AT_ONCE) as threads:
        standings = dict(zip(present, threads.map(stand, present.values()), strict=True))
    return Segmentation(persons=features.persons, standings=standings, absent=absent, scale=scale)


def standing(axis: Axis, features: Features, scale: ShopScale, settings: SegmentSettings) -> Standing:
    """All customers on one axis."""
    anchors = settings.anchors_of(axis)
    position = axis.locate(features, scale, anchors)
    names = tuple(name.name for name in axis.vocabulary)
    first = len(names) - len(axis.names)  # 1 where there is a crisp name before the others
    codes = nearest(position.x, axis.midpoints(anchors)) + np.uint8(first)
    codes[position.crisp] = 0
    shares, top = np.empty((len(names), len(codes)), np.float32), np.empty(len(codes))
    for start in range(0, len(codes), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        exact = _shares(position, rows, axis.centres(anchors))
        np.max(exact, axis=0, out=top[rows])  # that of the nearest anchor, as e is the same to all of them
        shares[first:, rows] = exact
        if first:
            shares[0, rows] = position.crisp[rows]
    top[position.crisp] = 1.0
    cuts = (settings.moderate, settings.strong)
    return Standing(names=names, codes=codes, strengths=strength_codes(top, len(names), cuts), shares=shares)


def nearest(x: Numbers, midpoints: Numbers) -> Codes:
    """The index of the nearest anchor, `midpoints` lying between them; exactly on a border it is the one before."""
    codes = np.zeros(len(x), np.uint8)
    for midpoint in midpoints:
        codes += x > midpoint + ON_BORDER
    return codes


def memberships(x: Numbers, e: Numbers, centres: Numbers) -> Numbers:
    """Shares (k, n) of n points of variance e in k centres: each column sums to 1."""
    shares = x - centres[:, None]
    np.square(shares, out=shares)
    shares += e
    np.maximum(shares, NEAREST, out=shares)
    np.reciprocal(shares, out=shares)
    shares *= 1 / shares.sum(0)
    return shares


def _shares(position: Position, rows: slice, centres: Numbers) -> Numbers:
    """The shares (k, n) of these rows in the names that are not crisp, 0 for who has the crisp one.

    Who lies beyond the outer anchors is as decided as who stands on them.
    """
    shares = memberships(np.clip(position.x[rows], centres[0], centres[-1]), position.e[rows], centres)
    if position.crisp[rows].any():
        shares *= ~position.crisp[rows]
    return shares


def strength_codes(top: Numbers, names: int, cuts: tuple[float, float]) -> Codes:
    """The strength class of dominant shares among k names: s = (top - 1/k) / (1 - 1/k) against (moderate, strong)."""
    if names == 1:
        return np.full(len(top), STRONG, np.uint8)
    s = (top - 1 / names) / (1 - 1 / names)
    return ((s >= cuts[0] - NEAREST).astype(np.uint8) + (s >= cuts[1] - NEAREST)).astype(np.uint8)


def segments_of(segmentation: Segmentation, row: int) -> CustomerSegments:
    """The segments of the customer in this row."""
    memberships_of: dict[str, dict[str, float]] = {}
    dominant: dict[str, str] = {}
    strength: dict[str, Strength] = {}
    for name, on in segmentation.standings.items():
        shares = on.shares[:, row].astype(np.float64)
        memberships_of[name] = dict(zip(on.names, (float(share) for share in shares / shares.sum()), strict=True))
        dominant[name] = on.names[on.codes[row]]
        strength[name] = STRENGTHS[on.strengths[row]]
    return CustomerSegments(memberships=memberships_of, dominant=dominant, strength=strength)
