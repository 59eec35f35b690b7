"""Archetypes side by side: who of their members may leave, how they grew; and the shapes of an axis's segments."""

from collections.abc import Mapping

import numpy as np

from switchboard.intelligence.axes.axis import Axis
from switchboard.intelligence.churn import LEVELS, levels
from switchboard.intelligence.features import Numbers
from switchboard.intelligence.segments import memberships
from switchboard.intelligence.snapshots import Roster

BEFORE_DAYS = 90  # growth is told from then
POINTS = 101  # of a shape
BEYOND = 0.5  # steps between anchors that shapes are shown beyond the outer ones
AT_RISK = tuple(place for place, level in enumerate(LEVELS) if level in {"HIGH", "CRITICAL"})


def at_risk(roster: Roster) -> Mapping[str, int]:
    """Members at risk of leaving by archetype id."""
    risky = np.isin(levels(roster.churn_tenths), AT_RISK)
    counts = np.bincount(roster.archetypes[risky], minlength=len(roster.archetype_ids))
    return dict(zip(roster.archetype_ids, counts.tolist(), strict=True))


def growth(now: int, before: int) -> float | None:
    """How much larger it is, -1 where nobody is left; None where there was nobody."""
    return now / before - 1 if before else None


def shapes(axis: Axis, anchors: tuple[float, ...], uncertainty: float) -> tuple[Numbers, Numbers]:
    """Places along the axis in its own unit, and the share (a row a segment) of each segment there."""
    centres = axis.centres(anchors)
    beyond = BEYOND * float(np.diff(centres).mean()) if len(centres) > 1 else BEYOND
    first, last = float(centres[0]) - beyond, float(centres[-1]) + beyond
    x = np.linspace(first, last, POINTS, dtype=np.float64)
    held = np.clip(x, float(centres[0]), float(centres[-1]))  # beyond the outer anchors one is as decided as on them
    return axis.back(x), memberships(held, np.full(POINTS, uncertainty), centres)
