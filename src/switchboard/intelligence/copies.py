"""The published mirror as filters read it: held open by each process, and brought up to date first when that is quick.

Of a large workspace a refresh takes at most a fifth of the time, who asks waits no longer than WAIT_S for one, and a
new copy is opened beside: the answer then is of the copy before, and says as of when.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

import duckdb
import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from switchboard.customers import people_changes
from switchboard.customers.filters.vocabulary import AttributeKnown, Kind
from switchboard.customers.placed import NEVER_ORDERED
from switchboard.foundation.ground import Work
from switchboard.intelligence import mirror, refreshing
from switchboard.intelligence.features import Fetched
from switchboard.intelligence.mirror_files import MirrorPlace, name_of_newest, published

LARGE = 100_000  # people, from which on a refresh is not always quick
WAIT_S, WAIT_AT_MOST_S = 0.05, 30.0
REST = 4  # so many times as long as a refresh took, none follows it
MOST_HELD = 4  # workspaces
MOST_LOOKS = 5
ATTRIBUTES = """
select n.label, n.name, max(a.kind) as kind, count(*) as people, count(a.number) = count(*) as numbers,
    count(a.second) = count(*) as dates, count(a.flag) = count(*) as flags
from attribute a join attribute_name n using (name) group by n.label, n.name order by people desc, n.label
"""
ARCHETYPES = "select distinct archetype from customer where archetype is not null order by archetype"
PLACED = "select list_position($1::varchar[], archetype) as number from customer order by person"
KINDS = "select name, kind from event_kind where kind in (select distinct kind from event) order by name"
TYPES: Mapping[str, Kind] = {
    "text": "text", "number": "number", "date": "date", "flag": "flag", "list": "list", "money": "money"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Who ever bought something, a bit for each of everybody by category; `newest` is when the newest line is of."""

    bits: NDArray[np.uint8]
    newest: int


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy, the moment it is of, the run whose figures it has, and what there is to ask about in it."""

    name: str
    connection: duckdb.DuckDBPyConnection
    moment: datetime
    snapshot: str
    run: int | None
    people: int
    attributes: Mapping[str, AttributeKnown]
    categories: Mapping[str, int]
    events: Mapping[str, int]
    held_by: ExitStack = field(repr=False)
    catalog: str = ""
    sets: OrderedDict[str, NDArray[np.uint8]] = field(default_factory=OrderedDict[str, NDArray[np.uint8]], repr=False)
    buyers: list[Buyers | None] = field(default_factory=list[Buyers | None], repr=False)
    _everybody: list["Everybody"] = field(default_factory=list["Everybody"], repr=False)
    _placed: list["Placed"] = field(default_factory=list["Placed"], repr=False)

    @contextmanager
    def cursor(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A way to ask the copy, beside others that do; its tables are those of the catalog where one is named."""
        with self.connection.cursor() as cursor:
            if self.catalog:
                cursor.execute(f"use {self.catalog}")
            yield cursor

    def everybody(self) -> "Everybody":
        """All people of the copy, read once."""
        if not self._everybody:
            with self.cursor() as cursor:
                found = fetched(cursor.execute("select person, ordered from customer order by person"))
            ordered = np.ma.filled(np.ma.asarray(found["ordered"], np.int64), NEVER_ORDERED)
            self._everybody.append(Everybody(persons=np.asarray(found["person"], np.int64), ordered=ordered))
        return self._everybody[0]

    def placed(self) -> "Placed":
        """The archetype of each of all people, read once."""
        if not self._placed:
            with self.cursor() as cursor:
                ids = [str(each) for (each,) in cursor.execute(ARCHETYPES).fetchall()]
                found = fetched(cursor.execute(PLACED, [ids]))
            codes = np.ma.filled(np.ma.asarray(found["number"], np.int64), len(ids) + 1) - 1
            self._placed.append(Placed(ids=tuple(ids), codes=codes.astype(np.uint16)))
        return self._placed[0]


def fetched(rows: Fetched) -> Mapping[str, npt.ArrayLike]:
    """The columns of a query's rows."""
    return rows.fetchnumpy()


@dataclass(frozen=True, kw_only=True)
class Everybody:
    """The keys of all people, ascending, and when each ordered last (Unix time)."""

    persons: NDArray[np.int64]
    ordered: NDArray[np.int64]

    @cached_property
    def newest(self) -> NDArray[np.int32]:
        """Where they stand here, newest order first, then highest key."""
        return np.lexsort((self.persons, self.ordered))[::-1].astype(np.int32)

    def __len__(self) -> int:
        return len(self.persons)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """In which archetype all people are, in the order of `Everybody`: an index of `ids`, past its end for nobody's."""

    ids: tuple[str, ...]
    codes: NDArray[np.uint16]


_held: OrderedDict[UUID, Copy] = OrderedDict()  # the one used last is last; who still asks one that left keeps it open
_running: dict[UUID, asyncio.Task[None]] = {}
_opening: dict[UUID, asyncio.Task[Copy | None]] = {}
_not_before: dict[UUID, float] = {}


async def fresh(work: Work) -> Copy:
    """The newest copy there is, up to date if that was quick."""
    copy = await _newest(work)
    for _ in range(MOST_LOOKS):  # while one waits for a connection, another one may have brought it up to date
        if copy is not None:
            newer_comes = copy.people >= LARGE and _is_opening(work)
            if newer_comes or not await people_changes.anything_changed(work, copy.snapshot, copy.run):
                return copy
        before, copy = copy, await _newest(work)
        if before is None or copy is None or before.name == copy.name:
            break
    task = _refreshing(work, at_once=copy is None or copy.people < LARGE)
    if task is not None:
        await asyncio.wait({task}, timeout=None if copy is None else _patience_s(copy))
        if task.done():
            task.result()
        copy = await _newest(work)
    assert copy is not None, "a refresh publishes a copy, or raises"
    return copy


def _patience_s(copy: Copy) -> float:
    return WAIT_S if copy.people >= LARGE else WAIT_AT_MOST_S


def _refreshing(work: Work, *, at_once: bool) -> asyncio.Task[None] | None:
    """The refresh that runs, or a new one; None while the last one's cost has not been made good."""
    mine = work.caller.workspace
    task = _running.get(mine)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        if not at_once and time.monotonic() < _not_before.get(mine, 0.0):
            return None
        task = _running[mine] = asyncio.create_task(_refresh(work))
    return task


async def _refresh(work: Work) -> None:
    began = time.monotonic()
    await refreshing.refresh(work)
    ended = time.monotonic()
    _not_before[work.caller.workspace] = ended + REST * max(0.0, ended - began - WAIT_S)


async def _newest(work: Work) -> Copy | None:
    """The newest published copy, held open; of a large workspace the one before, until the newest is open."""
    mine, place = work.caller.workspace, await mirror.place_of(work)
    name, held = await asyncio.to_thread(name_of_newest, place), _held.get(mine)
    if name is None:
        return None
    if held is None or (held.name != name and held.people < LARGE):
        held = await _opened(mine, place, name)
    elif held.name != name and not _is_opening(work):
        _opening[mine] = asyncio.create_task(_open(mine, place, name))
    if held is not None:
        _held.move_to_end(mine)
    while len(_held) > MOST_HELD:
        _held.popitem(last=False)
    return held


def _is_opening(work: Work) -> bool:
    """Whether a copy is opened beside; raise what went wrong with the one before."""
    task = _opening.get(work.caller.workspace)
    if task is None or task.get_loop() is not asyncio.get_running_loop():
        return False
    if task.done():
        del _opening[work.caller.workspace]
        task.result()
        return False
    return True


async def _opened(mine: UUID, place: MirrorPlace, name: str) -> Copy | None:
    """The copy of this name or a newer one, opened once however many ask for it."""
    opened = None
    for _ in range(2):  # what is opened already may be of an older one; what is opened next is not
        task = _opening.get(mine)
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = _opening[mine] = asyncio.create_task(_open(mine, place, name))
        try:
            opened = await asyncio.shield(task)
        finally:
            if task.done() and _opening.get(mine) is task:
                del _opening[mine]
        if opened is None or opened.name == name:
            break
    return opened


async def _open(mine: UUID, place: MirrorPlace, name: str) -> Copy | None:
    """Open the newest copy and hold it; None where there is none that an equal program made."""
    stack = ExitStack()
    connection = await asyncio.to_thread(stack.enter_context, published(place))
    opened = None if connection is None else await asyncio.to_thread(look, name, connection, stack)
    if opened is not None:
        if opened.people >= LARGE:
            await asyncio.to_thread(lambda: opened.everybody().newest)
        _held[mine] = opened
    return opened


def look(name: str, connection: duckdb.DuckDBPyConnection, stack: ExitStack, catalog: str = "") -> Copy | None:
    """What there is in a copy; None for one that an older program made."""
    with connection.cursor() as cursor:
        if catalog:
            cursor.execute(f"use {catalog}")
        try:
            ((snapshot, run, moment),) = cursor.execute("select snapshot, run, moment from people_cursor").fetchall()
            cursor.execute("select earlier from product limit 0")
        except (duckdb.CatalogException, duckdb.BinderException):
            stack.close()
            return None
        ((people,),) = cursor.execute("select count(*) from customer").fetchall()
        attributes = {
            str(label): AttributeKnown(number=number, kind=_kind(kind, numbers, dates, flags), people=people)
            for label, number, kind, people, numbers, dates, flags in cursor.execute(ATTRIBUTES).fetchall()
        }
        categories = cursor.execute("select name, category from category order by name").fetchall()
        events = cursor.execute(KINDS).fetchall()
    return Copy(
        name=name, connection=connection, moment=datetime.fromtimestamp(moment, UTC), snapshot=snapshot, run=run,
        people=people, attributes=attributes, categories=dict(categories), events=dict(events), held_by=stack,
        catalog=catalog,
    )  # fmt: skip


def _kind(said: str, numbers: bool, dates: bool, flags: bool) -> Kind:
    """The type that is told, else what all values can be read as."""
    if said in TYPES:
        return TYPES[said]
    if numbers:
        return "number"
    if flags:
        return "flag"
    return "date" if dates else "text"
