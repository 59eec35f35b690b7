"""Sets of people as bits: what a filter's statements find in a copy, put together.

A set that one statement found is kept beside the copy, as filters that are written step by step ask the same of it
again and again.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.filters.compiling import Bounds, Counted, Joined, Others, Plan, Rows
from switchboard.intelligence.copies import Copy, Everybody, fetched

Chosen = NDArray[np.bool_]
Keys = NDArray[np.int64]
Numbers = NDArray[np.float64]
SPARSE = 8  # keys per person from which places are looked up, not counted
MOST_HELD = 64  # sets of a copy; a bit a person
BESIDE = ThreadPoolExecutor(2, "filter")
Statement = Rows | Counted


def evaluated(copy: Copy, of: Everybody, plan: Plan) -> Chosen:
    """Who of everybody is found, in their order. Statements run side by side: one takes less than two cores."""
    statements = {repr(each): each for each in _statements(plan)}
    found = dict(zip(statements, BESIDE.map(partial(_held, copy, of), statements.items()), strict=True))
    return _joined(plan, found, len(of))


def _statements(plan: Plan) -> Iterator[Statement]:
    match plan:
        case Joined():
            for each in plan.parts:
                yield from _statements(each)
        case Others():
            yield from _statements(plan.part)
        case _:
            yield plan


def _joined(plan: Plan, found: Mapping[str, Chosen], people: int) -> Chosen:
    match plan:
        case Joined():
            of_all = plan.of == "all"
            parts = (_joined(each, found, people) for each in plan.parts)
            return reduce(np.logical_and if of_all else np.logical_or, parts, np.full(people, of_all))
        case Others():
            return ~_joined(plan.part, found, people)
        case _:
            return found[repr(plan)]


def _held(copy: Copy, of: Everybody, statement: tuple[str, Statement]) -> Chosen:
    which, plan = statement
    packed = copy.sets.get(which)
    if packed is not None:
        return np.unpackbits(packed, count=len(of)).astype(np.bool_)
    found = _found(copy, of, plan)
    copy.sets[which] = np.packbits(found)
    while len(copy.sets) > MOST_HELD:
        copy.sets.popitem(last=False)
    return found


def _found(copy: Copy, of: Everybody, plan: Statement) -> Chosen:
    rows = plan.rows if isinstance(plan, Counted) else plan
    with copy.cursor() as cursor:
        columns = fetched(cursor.execute(rows.sql, list(rows.values)))
    persons, weights = np.asarray(columns["person"], np.int64), None
    if isinstance(plan, Rows):
        return _counts(of, persons, None) > 0
    if plan.of == "document":
        persons = persons[_begins(np.asarray(columns["document"], np.int64))]
    elif plan.of == "net":
        weights = np.asarray(columns["net"], np.float64)
    return _within(_counts(of, persons, weights), plan.bounds)


def _begins(documents: Keys) -> Chosen:
    """Where a document begins; its rows lie side by side."""
    begins = np.ones(len(documents), np.bool_)
    np.not_equal(documents[1:], documents[:-1], out=begins[1:])
    return begins


def _counts(of: Everybody, persons: Keys, weights: Numbers | None) -> NDArray[np.int64] | Numbers:
    """How often each of everybody is among the persons, or the sum of their weights."""
    if not len(of):
        return np.zeros(0, np.int64)
    first, size = int(of.persons[0]), int(of.persons[-1] - of.persons[0]) + 1
    if size > SPARSE * len(of):
        places = np.minimum(np.searchsorted(of.persons, persons), len(of) - 1)
        known = of.persons[places] == persons
        return np.bincount(places[known], None if weights is None else weights[known], len(of))
    places = persons - first
    if len(places) and (places.min() < 0 or places.max() >= size):  # lines of people who are gone
        known = (places >= 0) & (places < size)
        places, weights = places[known], None if weights is None else weights[known]
    return np.bincount(places, weights, size)[of.persons - first]


def _within(counts: NDArray[np.int64] | Numbers, bounds: Bounds) -> Chosen:
    least, most = bounds
    found = np.ones(len(counts), np.bool_)
    if least is not None:
        found &= counts >= least
    if most is not None:
        found &= counts <= most
    return found
