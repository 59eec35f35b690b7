"""Lists of customers as they were at a moment: chosen, put in order and cut into pages, from what was worked out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from switchboard.customers.search import At
from switchboard.intelligence.churn import LEVELS, Level, levels
from switchboard.intelligence.packing import DAY_S, Result

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of a result in the order they are shown, and where the next page begins; None when this is the last."""

    rows: Rows
    following: At | None


def chosen(result: Result, archetype_id: str | None, segments: Mapping[str, str], risk: Level | None) -> Rows:
    """The customers of the archetype, with all these dominant segments {axis: segment} and the level, ascending.

    An axis that the shop's data did not carry then has nobody; nor has an archetype that was not there.
    """
    kept = np.ones(len(result.features), np.bool_)
    if archetype_id is not None:
        ids = result.placement.ids
        kept &= result.placement.codes == ids.index(archetype_id) if archetype_id in ids else False
    for axis, segment in segments.items():
        on = result.segmentation.standings.get(axis)
        kept &= on.has(segment) if on else False
    if risk is not None:
        kept &= levels(result.tenths) == LEVELS.index(risk)
    return np.flatnonzero(kept)


def page(result: Result, rows: Rows, after: At | None, limit: int) -> Page:
    """So many of these rows after a place: by the day of the newest order, newest first, then by key, highest first."""
    persons, days = result.features.persons, result.features["last_order_day"]
    if after is not None:
        day = after.at.timestamp() / DAY_S
        rows = rows[(days[rows] < day) | ((days[rows] == day) & (persons[rows] < after.key))]
    shown = rows[np.lexsort((-persons[rows], -days[rows]))[:limit]]
    if len(rows) == len(shown):
        return Page(rows=shown, following=None)
    last = shown[-1]
    at = datetime.fromtimestamp(int(days[last]) * DAY_S, UTC)
    return Page(rows=shown, following=At(at=at, key=int(persons[last])))
