"""Portraits: what the members of each archetype have in common, against the whole shop."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.archetypes import Placement, archetype_id, is_fading, segments_in
from switchboard.intelligence.features import FEATURES, Features, Numbers
from switchboard.intelligence.segments import STRENGTHS, Codes, Segmentation, Standing, Strength
from switchboard.intelligence.words import title

MOST_TRAITS = 6
TELLING = 0.2  # relative distance from the shop's mean from which a feature is a trait
NO_TRAIT = ("first_order_day", "last_order_day")  # days of the calendar have no mean worth a ratio


@dataclass(frozen=True, kw_only=True)
class Sign:
    """The most frequent segment among the members on an axis.

    `share` of them (0 to 1) have it, 1 where the archetype fixes it; `strength` is the most frequent class of those.
    """

    axis: str
    segment: str
    strength: Strength
    share: float
    is_fixed: bool


@dataclass(frozen=True, kw_only=True)
class Trait:
    """A feature in which the members differ: their mean, the shop's, and the ratio of the two."""

    feature: str
    mean: float
    shop_mean: float
    lift: float


@dataclass(frozen=True, kw_only=True)
class Archetype:
    """One archetype with what its members are like. Money in workspace currency, `population_percent` 0 to 100."""

    archetype_id: str
    name: str
    member_count: int
    population_percent: float
    average_lifetime_value: float
    total_revenue: float
    dominant_segments: Mapping[str, str]
    signature: tuple[Sign, ...]
    traits: tuple[Trait, ...]


def portray(segmentation: Segmentation, features: Features, placement: Placement) -> tuple[Archetype, ...]:
    """The archetypes in the order of the placement's codes, largest first. Rows of all three agree."""
    count = len(placement.keys)
    members = np.bincount(placement.codes, minlength=count)[:count]
    revenue = np.bincount(placement.codes, weights=features["lifetime_value"], minlength=count)[:count]
    signs = {axis: _signs(on, placement.codes, count) for axis, on in segmentation.standings.items()}
    traits = _traits(features, placement.codes, count)
    portraits: list[Archetype] = []
    for index, key in enumerate(placement.keys):
        fixed = segments_in(key)
        signature = tuple(
            Sign(
                axis=axis,
                segment=found[index][0],
                strength=found[index][1],
                share=found[index][2],
                is_fixed=axis in fixed,
            )
            for axis, found in signs.items()
        )
        portraits.append(
            Archetype(
                archetype_id=archetype_id(key),
                name=title(fixed, is_fading=is_fading(key)),
                member_count=int(members[index]),
                population_percent=100 * float(members[index]) / len(segmentation),
                average_lifetime_value=float(revenue[index] / members[index]),
                total_revenue=float(revenue[index]),
                dominant_segments={sign.axis: sign.segment for sign in signature},
                signature=signature,
                traits=traits[index],
            )
        )
    return tuple(portraits)


def _signs(on: Standing, codes: Codes, count: int) -> list[tuple[str, Strength, float]]:
    """Per archetype: the most frequent segment, the most frequent strength of it, and its share of the members."""
    names, classes = len(on.names), len(STRENGTHS)
    cells = (codes.astype(np.int64) * names + on.codes) * classes + on.strengths
    table = np.bincount(cells, minlength=count * names * classes).reshape(count, names, classes)
    per_name = table.sum(2)
    found: list[tuple[str, Strength, float]] = []
    for index in range(count):
        name = int(per_name[index].argmax())
        strength = STRENGTHS[int(table[index, name].argmax())]
        found.append((on.names[name], strength, float(per_name[index, name] / per_name[index].sum())))
    return found


def _traits(features: Features, codes: Codes, count: int) -> list[tuple[Trait, ...]]:
    """Per archetype: the features whose mean lies furthest from the shop's, as a ratio."""
    found: list[list[Trait]] = [[] for _ in range(count)]
    of = codes.astype(np.intp)  # once, as every bincount would
    for name in FEATURES:
        known = ~np.isnan(features[name])
        if name in NO_TRAIT or not known.any():
            continue
        column, members = (features[name], of) if known.all() else (features[name][known], of[known])
        shop = float(column.mean())
        for index, mean in enumerate(_means(column, members, count)):
            if shop > 0 and mean >= 0 and abs(mean / shop - 1) >= TELLING:
                found[index].append(Trait(feature=name, mean=float(mean), shop_mean=shop, lift=float(mean / shop)))
    return [tuple(sorted(traits, key=_unlike_one, reverse=True)[:MOST_TRAITS]) for traits in found]


def _means(column: Numbers, codes: npt.NDArray[np.intp], count: int) -> Numbers:
    """The mean per archetype, NaN where it has no figure."""
    sizes = np.bincount(codes, minlength=count)[:count]
    sums = np.bincount(codes, weights=column, minlength=count)[:count]
    return np.divide(sums, sizes, out=np.full(count, np.nan), where=sizes > 0)


def _unlike_one(trait: Trait) -> float:
    """How far a ratio is from 1, the same for a half and a double; nothing at all counts as a tenth."""
    return abs(float(np.log(max(trait.lift, 0.1))))
