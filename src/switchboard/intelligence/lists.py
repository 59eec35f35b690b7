"""Lists of customers at a moment, in memory: chosen by segments, archetype and risk, in order, cut into pages."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from switchboard.customers.placed import At, Keys, Placed
from switchboard.intelligence.churn import LEVELS, Level, levels
from switchboard.intelligence.packing import DAY_S
from switchboard.intelligence.segments import Codes
from switchboard.intelligence.snapshots import Roster

Rows = npt.NDArray[np.intp]
Chosen = npt.NDArray[np.bool_]
AT_ONCE = 65_536  # rows that are looked through before the next ones
LAST_KEY = 1 << 63


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Everybody at a moment, and their rows in the order of lists.

    First comes the newest day of a last order, within a day the highest key.
    """

    roster: Roster
    newest_first: Rows

    def __len__(self) -> int:
        return len(self.roster.persons)

    def place(self, row: int) -> tuple[int, int]:
        """What the order of lists goes by, ascending."""
        return -int(self.roster.last_days[row]), -int(self.roster.persons[row])


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows in the order they are shown, and where the next page begins; None when this is the last."""

    rows: Rows
    following: At | None


def listing(roster: Roster) -> Listing:
    """Everybody in the order of lists."""
    days = roster.last_days - roster.last_days.min(initial=0)
    narrow = days.astype(np.min_scalar_type(int(days.max(initial=0))))  # days of 16 bits are sorted ten times as fast
    return Listing(roster=roster, newest_first=np.argsort(narrow, kind="stable")[::-1])


def chosen(of: Listing, archetype_id: str | None, segments: Mapping[str, str], risk: Level | None) -> Chosen:
    """Which rows have the archetype, all these dominant segments {axis: segment} and the level.

    An axis that the shop's data did not carry then has nobody; nor has an archetype that was not there.
    """
    kept = np.ones(len(of), np.bool_)
    if archetype_id is not None:
        kept &= _coded(of.roster.archetype_ids, of.roster.archetypes, archetype_id)
    for axis, segment in segments.items():
        kept &= _coded(*of.roster.axes[axis], segment) if axis in of.roster.axes else False
    if risk is not None:
        kept &= levels(of.roster.churn_tenths) == LEVELS.index(risk)
    return kept


def page(of: Listing, kept: Chosen, after: At | None, limit: int) -> Page:
    """So many of the kept rows after a place."""
    start = 0 if after is None else _places_up_to(of, after)
    found, count = list[Rows](), 0
    while start < len(of) and count <= limit:
        rows = of.newest_first[start : start + AT_ONCE]
        found.append(rows[kept[rows]])
        count, start = count + len(found[-1]), start + AT_ONCE
    rows = np.concatenate([*found, np.empty(0, np.intp)])
    if len(rows) <= limit:
        return Page(rows=rows, following=None)
    last = rows[limit - 1]
    at = datetime.fromtimestamp(int(of.roster.last_days[last]) * DAY_S, UTC)
    return Page(rows=rows[:limit], following=At(at=at, key=int(of.roster.persons[last])))


def among(of: Listing, kept: Chosen, keys: Keys) -> Chosen:
    """Which of these people stand in a kept row."""
    if not len(of):
        return np.zeros(len(keys), np.bool_)
    rows = np.minimum(np.searchsorted(of.roster.persons, keys), len(of) - 1)
    return (of.roster.persons[rows] == keys) & kept[rows]


def placed(of: Listing, kept: Chosen, keys: Keys) -> Placed:
    """Those of these people who stand in a kept row, with the day of their last order."""
    rows = np.searchsorted(of.roster.persons, keys)
    known = rows < len(of)
    known[known] = of.roster.persons[rows[known]] == keys[known]
    rows = rows[known]
    return _placed(of, rows[kept[rows]])


def newest(of: Listing, kept: Chosen, after: At | None, limit: int) -> Placed:
    """So many of the kept after a place, in order, and one more if there is."""
    return _placed(of, page(of, kept, after, limit + 1).rows)


def _placed(of: Listing, rows: Rows) -> Placed:
    return Placed(persons=of.roster.persons[rows], ordered=of.roster.last_days[rows].astype(np.int64) * DAY_S)


def _coded(names: tuple[str, ...], codes: Codes, name: str) -> Chosen:
    return codes == names.index(name) if name in names else np.zeros(len(codes), np.bool_)


def _places_up_to(of: Listing, after: At) -> int:
    """How many come before the first after this place."""
    day, rest = divmod(after.at.timestamp(), DAY_S)
    place = -int(day), -LAST_KEY if rest else -after.key  # a moment within a day comes before all of the day
    return bisect_right(range(len(of)), place, key=lambda number: of.place(int(of.newest_first[number])))
