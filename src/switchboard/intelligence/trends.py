"""Trends: how a segment or archetype grew or shrank over snapshots, and who moved where between two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.features import AsOf, Persons
from switchboard.intelligence.segments import Codes


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many of a snapshot's customers belonged."""

    as_of: AsOf
    members: int
    customers: int


@dataclass(frozen=True, kw_only=True)
class Point:
    """A snapshot in a trend; `share` (0 to 1) is of all its customers."""

    as_of: AsOf
    members: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """From the first point to the last: in members, in points of share (-100 to 100) and in per cent of the members.

    `percent` is None where it began with nobody.
    """

    members: int
    share_points: float
    percent: float | None
    start: AsOf
    end: AsOf


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The points in order of time; `change` is None with fewer than two."""

    points: tuple[Point, ...]
    change: Change | None


def trend(counts: Sequence[Count]) -> Trend:
    """The trend over these counts, in whatever order they come."""
    points = tuple(
        Point(as_of=count.as_of, members=count.members, share=count.members / max(count.customers, 1))
        for count in sorted(counts, key=lambda count: count.as_of.second)
    )
    return Trend(points=points, change=_change(points[0], points[-1]) if len(points) > 1 else None)


def _change(first: Point, last: Point) -> Change:
    more = last.members - first.members
    return Change(
        members=more,
        share_points=100 * (last.share - first.share),
        percent=100 * more / first.members if first.members else None,
        start=first.as_of,
        end=last.as_of,
    )


@dataclass(frozen=True, kw_only=True)
class Movement:
    """Who moved where between two snapshots.

    `moves[i, j]` are the customers that went from name i to name j; `joined[j]` were not there before, `left[i]` are
    not there after.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    moves: npt.NDArray[np.int64]
    joined: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Roll:
    """One snapshot's answer on one axis, or on archetypes: `codes` (n) index `names` for `persons`, ascending."""

    persons: Persons
    codes: Codes
    names: tuple[str, ...]


def movement(before: Roll, after: Roll) -> Movement:
    """The customers of two snapshots by where they stood and where they stand."""
    # both are ascending, so that the same customers stand in the same order
    was = np.isin(before.persons, after.persons, assume_unique=True)
    now = np.isin(after.persons, before.persons, assume_unique=True)
    width = len(after.names)
    pairs = before.codes[was].astype(np.int64) * width + after.codes[now]
    moves = np.bincount(pairs, minlength=len(before.names) * width).reshape(len(before.names), width)
    gone, new = np.bincount(before.codes, minlength=len(before.names)), np.bincount(after.codes, minlength=width)
    return Movement(
        before=before.names, after=after.names, moves=moves, joined=new - moves.sum(0), left=gone - moves.sum(1)
    )
