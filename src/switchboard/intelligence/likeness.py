"""How much two customers are alike: what their fuzzy memberships have in common.

On one axis two memberships overlap by the sum over its segments of the smaller share: 1 for equal ones, 0 where they
share no segment. That is 1 less the total variation distance of the two, so near segments count where both lie
between them. Likeness is the mean over the axes that both have.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.lists import Chosen, Rows
from switchboard.intelligence.snapshots import Roster

CANDIDATES = 200  # customers whose memberships are compared
Memberships = Mapping[str, Mapping[str, float]]


def likeness(one: Memberships, other: Memberships) -> float | None:
    """From 0 to 1; None where there is no axis that both have."""
    axes = [axis for axis in one if axis in other]
    if not axes:
        return None
    return sum(_overlap(one[axis], other[axis]) for axis in axes) / len(axes)


def same(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """The axes on which both have the same dominant segment."""
    return tuple(axis for axis, name in one.items() if other.get(axis) == name)


def nearest(of: Roster, dominant: Mapping[str, str], last_day: int, but: int) -> Rows:
    """The rows of those with the most dominant segments in common; among equals, whose last order is nearest in time.

    Without the person of the key `but`.
    """
    common = np.zeros(len(of.persons), np.uint8)
    for axis, name in dominant.items():
        names, codes = of.axes.get(axis, ((), None))
        if codes is not None and name in names:
            common += codes == names.index(name)
    there: Chosen = of.persons != but
    found = list[Rows]()
    left = CANDIDATES
    for count in range(len(dominant), 0, -1):
        rows = np.flatnonzero((common == count) & there)
        away = np.abs(of.last_days[rows].astype(np.int64) - last_day)
        chosen = rows[np.lexsort((rows, away))[:left]] if len(rows) <= left else rows[_least(away, left)]
        found.append(chosen)
        left -= len(chosen)
        if left <= 0:
            break
    return np.concatenate([*found, np.empty(0, np.intp)])


def _least(away: npt.NDArray[np.int64], many: int) -> Rows:
    """Where the smallest are, the first of equal ones first."""
    border = np.partition(away, many - 1)[many - 1]
    within = np.flatnonzero(away <= border)
    return within[np.lexsort((within, away[within]))[:many]]


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(min(share, other.get(name, 0.0)) for name, share in one.items())
