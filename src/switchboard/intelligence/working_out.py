"""One segmentation, from the mirror's lines to every customer's segments, archetype and risk: pure but for DuckDB."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from switchboard.foundation.reached import reach
from switchboard.foundation.records import Record
from switchboard.intelligence.archetypes import Tree, claimed, parts, place, settle
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.churn import LEVELS, ValueTiers, levels, signs, tenths
from switchboard.intelligence.features import AsOf, Features, measure
from switchboard.intelligence.health import Health, examine
from switchboard.intelligence.packing import Result
from switchboard.intelligence.portraits import Archetype, portray
from switchboard.intelligence.predicting import Predicted, buyers_of, nothing_predicted, predicted
from switchboard.intelligence.recommend import GOALS, Census, take_census
from switchboard.intelligence.segments import Codes, Segmentation, SegmentSettings, segment, shop_scale

AT_RISK = (LEVELS.index("HIGH"), LEVELS.index("CRITICAL"))
ARCHETYPES = TypeAdapter(tuple[Archetype, ...])


class IntelligenceSettings(Record):
    """What a workspace may set of its segmentation."""

    segments: SegmentSettings = SegmentSettings()
    value_tiers: ValueTiers = ValueTiers()


class Summary(Record):
    """The figures of a run over all customers."""

    segments: dict[str, dict[str, int]]
    levels: dict[str, int]
    value_at_risk: float
    coverage: float
    census: dict[str, Census]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a run takes from the facts before it and the next one remembers."""

    scale: ShopScale
    tree: Tree


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything a run worked out."""

    as_of: AsOf
    settings: IntelligenceSettings
    result: Result
    fitted: Fitted
    health: Health
    archetypes: tuple[Archetype, ...]
    summary: Summary

    @property
    def absent(self) -> Mapping[str, str]:
        """The axes the shop's data does not carry, each with the reason."""
        return self.result.segmentation.absent


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An archetype of the workspace's own and whom it takes: rows as the outcome has them."""

    archetype_id: str
    name: str
    members: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A shop that was measured elsewhere than on its mirror; `lacks` says what nobody can be predicted without."""

    features: Features
    health: Health
    lacks: tuple[str, ...]


def work_out(
    shop: duckdb.DuckDBPyConnection | Measured,
    as_of: AsOf,
    settings: IntelligenceSettings,
    old: Fitted | None,
    *,
    predicts: bool = False,
) -> Outcome:
    """All customers' segments, archetypes and risk at a moment, and if asked for what is expected of them.

    The shop is its mirror, or was measured elsewhere. `old` is what the run before it fitted.
    """
    with ThreadPoolExecutor(1) as beside:
        predicting = None if isinstance(shop, Measured) or not predicts else beside.submit(_predict, shop, as_of)
        features = shop.features if isinstance(shop, Measured) else measure(shop, as_of)
        reach("looking at what the shop's data holds")
        health = shop.health if isinstance(shop, Measured) else examine(shop, as_of, features)
        reach("placing all customers")
        scale = shop_scale(features, old.scale if old else None)
        segmentation = segment(features, health, scale, settings.segments)
        tree = settle(segmentation, old.tree if old else None)
        placement = place(parts(segmentation), tree, len(segmentation))
        risk = tenths(signs(features, segmentation))
        lacks = shop.lacks if isinstance(shop, Measured) else ()
        expected = predicting.result() if predicting else nothing_predicted(len(features), lacks)
    result = Result(features=features, segmentation=segmentation, placement=placement, tenths=risk, predicted=expected)
    return Outcome(
        as_of=as_of,
        settings=settings,
        result=result,
        fitted=Fitted(scale=scale, tree=tree),
        health=health,
        archetypes=portray(segmentation, features, placement),
        summary=_summary(result),
    )


def _predict(shop: duckdb.DuckDBPyConnection, as_of: AsOf) -> Predicted:
    with shop.cursor() as own:
        return predicted(own, as_of, buyers_of(own, as_of))


def with_own(of: Outcome, claims: Sequence[Claim]) -> Outcome:
    """The outcome once a workspace's own archetypes took their members, the first claim first."""
    names = {each.archetype_id: each.name for each in claims}
    placement = claimed(of.result.placement, {each.archetype_id: each.members for each in claims})
    result = replace(of.result, placement=placement)
    portraits = portray(result.segmentation, result.features, placement)
    archetypes = tuple(replace(each, name=names.get(each.archetype_id, each.name)) for each in portraits)
    return replace(of, result=result, archetypes=archetypes, summary=_summary(result))


def _summary(result: Result) -> Summary:
    level = levels(result.tenths)
    at_risk = np.isin(level, AT_RISK)
    named = [number for number, key in enumerate(result.placement.keys) if key]
    count = max(len(result.features), 1)
    return Summary(
        segments=_members(result.segmentation),
        levels=_by_level(result.tenths),
        value_at_risk=float(result.features["net_365"][at_risk].sum()),
        coverage=float(np.isin(result.placement.codes, named).sum()) / count,
        census={goal: take_census(goal, result.segmentation, result.features, result.placement) for goal in GOALS},
    )


def sizes_with(of: Outcome, settings: SegmentSettings) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """How many customers there would be in each segment, per axis, and at each level of risk with other settings."""
    segmentation = segment(of.result.features, of.health, of.fitted.scale, settings)
    return _members(segmentation), _by_level(tenths(signs(of.result.features, segmentation)))


def _by_level(score: Codes) -> dict[str, int]:
    return dict(zip(LEVELS, np.bincount(levels(score), minlength=len(LEVELS)).tolist(), strict=True))


def _members(segmentation: Segmentation) -> dict[str, dict[str, int]]:
    """How many customers have each dominant name, per axis."""
    found: dict[str, dict[str, int]] = {}
    for axis, on in segmentation.standings.items():
        sizes = np.bincount(on.codes, minlength=len(on.names)).tolist()
        found[axis] = dict(zip(on.names, sizes, strict=True))
    return found
