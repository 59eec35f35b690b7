"""Lists of customers in another order than the newest order first, of the run that is served.

An order of everybody is made when it is first asked for after a run, and held in memory: eight bytes a customer. A
cursor says how many were shown.
"""

import asyncio
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

import numpy as np

from switchboard.customers import figures
from switchboard.customers.filters.records import Sort
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence.lists import Chosen, Listing, Rows

MOST_HELD = 8  # orders, of all workspaces
AT_ONCE = 65_536  # rows that are looked through before the next ones


class _Key(NamedTuple):
    workspace: UUID
    run: int
    sort: Sort


class Page(NamedTuple):
    """Rows in their order, and the cursor of the page after."""

    rows: Rows
    next_cursor: str | None


_held: OrderedDict[_Key, Rows] = OrderedDict()  # the one used last is last
_making = asyncio.Lock()


async def page(work: Work, run: int, of: Listing, kept: Chosen, asked: tuple[Sort, str | None, int]) -> Page:
    """So many of the kept in the order that is asked for, after the cursor."""
    sort, cursor, limit = asked
    first = _read(sort, cursor)
    return await asyncio.to_thread(_page, await _order(work, run, of, sort), kept, (sort, first, limit))


def _page(order: Rows, kept: Chosen, asked: tuple[Sort, int, int]) -> Page:
    sort, first, limit = asked
    found, count, start = list[Rows](), 0, 0
    while start < len(order) and count <= first + limit:
        rows = order[start : start + AT_ONCE]
        found.append(rows[kept[rows]])
        count, start = count + len(found[-1]), start + AT_ONCE
    rows = np.concatenate([*found, np.empty(0, np.intp)])[first:]
    return Page(rows[:limit], f"{sort}.{first + limit}" if len(rows) > limit else None)


async def _order(work: Work, run: int, of: Listing, sort: Sort) -> Rows:
    key = _Key(work.caller.workspace, run, sort)
    async with _making:  # else many who ask at once make it many times
        if key not in _held:
            for old in [each for each in _held if each.workspace == key.workspace and each.run != run]:
                del _held[old]
            values = await figures.values(work) if sort == "value" else None
            _held[key] = await asyncio.to_thread(_sorted, of, sort, values)
        _held.move_to_end(key)
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
        return _held[key]


def _sorted(of: Listing, sort: Sort, values: figures.Values | None) -> Rows:
    """Everybody's rows; among equals the newest order comes first."""
    newest = of.newest_first
    if sort == "oldest":
        return newest[::-1]
    if values is None:
        by = of.roster.churn_tenths.astype(np.int64)
    else:
        by = np.zeros(len(of), np.int64)
        rows = np.minimum(np.searchsorted(values.persons, of.roster.persons), max(len(values.persons) - 1, 0))
        there = values.persons[rows] == of.roster.persons if len(values.persons) else np.zeros(len(of), np.bool_)
        by[there] = values.values[rows[there]]
    return newest[np.argsort(-by[newest], kind="stable")]


def _read(sort: Sort, cursor: str | None) -> int:
    if cursor is None:
        return 0
    of, _, shown = cursor.partition(".")
    if of != sort or not (shown.isascii() and shown.isdigit() and len(shown) < 12):
        raise Invalid("the cursor is not one of this list; take next_cursor of the page before", field="cursor")
    return int(shown)
