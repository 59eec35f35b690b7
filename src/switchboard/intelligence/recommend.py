"""Which segments and archetypes to address for a campaign's goal, how many in them qualify, and why.

Who qualifies: *subscription* routine and consumable buyers; *retention* customers whose purchase frequency is weak;
*cross_sell* those loyal to one category; *winback*, a goal of ours, those gone quiet (`out_of_rhythm`), who have at
least two orders, as it takes a gap to have a rhythm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.archetypes import Placement
from switchboard.intelligence.features import Features
from switchboard.intelligence.portraits import Archetype
from switchboard.intelligence.segments import AXES, WEAK, Segmentation

Goal = Literal["subscription", "retention", "cross_sell", "winback"]
RankBy = Literal["members", "value"]
MAJORITY = 0.5


@dataclass(frozen=True, kw_only=True)
class Target:
    """Who a goal is for: these names of an axis, or with none of them, whoever is weak on it."""

    axis: str
    segments: tuple[str, ...]
    why: str


GOALS: Mapping[Goal, Target] = {
    "subscription": Target(
        axis="repurchase_behavior",
        segments=("routine_buyer", "consumable_buyer"),
        why="they buy the same products again and again, which a subscription saves them",
    ),
    "retention": Target(
        axis="purchase_frequency", segments=(), why="their buying pace is fading, rests on few orders or is undecided"
    ),
    "cross_sell": Target(
        axis="category_exploration",
        segments=("category_loyal",),
        why="they spend in one category and have the others still to discover",
    ),
    "winback": Target(
        axis="purchase_cadence",
        segments=("out_of_rhythm",),
        why="they ordered at least twice and have been quiet for several of their usual gaps",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A whole segment that a goal is for: its customers and their lifetime value together."""

    name: str
    customers: int
    value: float


@dataclass(frozen=True, kw_only=True)
class Census:
    """Who qualifies for a goal: per archetype id, and the whole segments. `missing` says why nobody does."""

    goal: Goal
    qualifying: Mapping[str, int]
    wholes: tuple[Whole, ...]
    missing: str | None


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """An archetype or a whole segment to address. `score` is the share of its members that qualify (0 to 1)."""

    kind: Literal["archetype", "segment"]
    archetype_id: str | None
    name: str
    member_count: int
    qualifying_count: int
    score: float
    value: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Recommendations:
    """What to address for a goal, best first; with none, `missing` says which name nobody has and why."""

    goal: Goal
    recommendations: tuple[Recommended, ...]
    missing: str | None


def goal_named(name: str) -> Goal:
    """The goal of this name, or Invalid naming them all."""
    for goal in GOALS:
        if goal == name:
            return goal
    raise Invalid(f"There is no goal {name!r}; the goals are {', '.join(GOALS)}.", field="goal")


def take_census(goal: Goal, segmentation: Segmentation, features: Features, placement: Placement) -> Census:
    """Who qualifies for the goal; rows of all three agree."""
    target = GOALS[goal]
    on = segmentation.standings.get(target.axis)
    if on is None:
        reason = (
            f"{_who(target)} can not be told, as the axis {target.axis} is absent. {segmentation.absent[target.axis]}"
        )
        return Census(goal=goal, qualifying={}, wholes=(), missing=reason)
    groups: dict[str, npt.NDArray[np.bool_]] = {name: on.has(name) for name in target.segments}
    if not target.segments:
        groups = {f"weak {target.axis}": on.strengths == WEAK}
    fits = np.logical_or.reduce(list(groups.values()))
    counts = np.bincount(placement.codes[fits], minlength=len(placement.keys))
    wholes = tuple(
        Whole(name=name, customers=int(rows.sum()), value=float(features["lifetime_value"][rows].sum()))
        for name, rows in groups.items()
        if rows.any()
    )
    return Census(
        goal=goal,
        qualifying={name: int(n) for name, n in zip(placement.ids, counts, strict=False) if n},
        wholes=wholes,
        missing=None if wholes else f"{_who(target)}: no customer is at this date.",
    )


def _who(target: Target) -> str:
    return " or ".join(target.segments) if target.segments else f"Weak {target.axis}"


def recommend(
    census: Census, archetypes: Sequence[Archetype], max_segments: int = 5, rank_by: RankBy = "members"
) -> Recommendations:
    """At most `max_segments` archetypes whose majority qualifies and whole segments beside them, most members first.

    Ranked by "value" it is the lifetime value of the members that decides.
    """
    if max_segments < 1:
        raise Invalid("max_segments must be at least 1.", field="max_segments")
    why = GOALS[census.goal].why
    found = [_segment(whole, census.goal, why) for whole in census.wholes]
    for archetype in archetypes:
        fits = census.qualifying.get(archetype.archetype_id, 0)
        if fits > MAJORITY * archetype.member_count:
            found.append(_archetype(archetype, fits, why))
    found.sort(key=lambda one: (-(one.value if rank_by == "value" else one.member_count), one.kind, one.name))
    return Recommendations(goal=census.goal, recommendations=tuple(found[:max_segments]), missing=census.missing)


def _segment(whole: Whole, goal: Goal, why: str) -> Recommended:
    axis = AXES[GOALS[goal].axis]
    meaning = next((f"{name.meaning}; " for name in axis.vocabulary if name.name == whole.name), "")
    return Recommended(
        kind="segment",
        archetype_id=None,
        name=whole.name,
        member_count=whole.customers,
        qualifying_count=whole.customers,
        score=1.0,
        value=whole.value,
        reasons=(f"All {whole.customers:,} are {whole.name} ({axis.name}): {meaning}{why}.",),
    )


def _archetype(archetype: Archetype, fits: int, why: str) -> Recommended:
    share, worth = fits / archetype.member_count, archetype.average_lifetime_value
    return Recommended(
        kind="archetype",
        archetype_id=archetype.archetype_id,
        name=archetype.name,
        member_count=archetype.member_count,
        qualifying_count=fits,
        score=share,
        value=archetype.total_revenue,
        reasons=(
            f"{fits:,} of {archetype.member_count:,} members qualify ({share:.0%}): {why}.",
            f"They are {archetype.population_percent:.1f} % of all, worth {worth:,.2f} each.",
        ),
    )
