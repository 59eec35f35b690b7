"""Whom filters found at a past moment: of those who had ordered by then, with the figures worked out for it.

Lines and events are those up to the moment. Attributes, places and who is one person are today's: no others are kept.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.accounts import tenants
from switchboard.customers.filters.terms import All, Any, Figure, Not, Term
from switchboard.customers.filters.vocabulary import At
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence import copies, filtering, packing, people_mirror, runs
from switchboard.intelligence.copies import Copy
from switchboard.intelligence.filtering import EXPECTED, Asking
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.working_out import Outcome

AT_ONCE = 65_536
CATALOG = "worked_out"
READ = ("sale", "product", "category", "attribute", "attribute_name", "event", "event_kind", "people_cursor")
LAST_ORDERS = "select person, max(second) as ordered from sale where second < $until and gross > 0 group by person"
Written = tuple[object, str]
"""A filter's JSON, and what it is called where it is wrong."""


async def found(work: Work, of: Outcome, moment: datetime, filters: Sequence[Written]) -> npt.NDArray[np.bool_]:
    """Which of the customers of what was worked out for the moment all these filters find, in their order.

    Raise Invalid that points at what is wrong, or asks for what is expected of customers from today on.
    """
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    with ExitStack() as stack:
        copy = await asyncio.to_thread(
            lambda: stack.enter_context(with_figures(stack.enter_context(published(place)), of, is_past=True))
        )
        hides = not work.caller.may(SEE_CONTACT)
        names = {each.archetype_id: each.name for each in of.archetypes}
        words = replace(filtering.words_of(copy, names), hides_contact=hides)
        by = Asking(copy=copy, words=words, at=At(now=moment, zone=workspace.zone))
        terms = [await filtering.read(by, *each) for each in filters]
        for term, (_, path) in zip(terms, filters, strict=True):
            _check(term, path)
        matches = await filtering.matches(work, by, All(terms=terms))
    return matches.has(of.result.features.persons)


@contextmanager
def with_figures(
    connection: duckdb.DuckDBPyConnection | None, outcome: Outcome, *, is_past: bool = False
) -> Generator[Copy]:
    """The published mirror as a copy whose customers have the figures of this outcome; of the past, its last orders."""
    assert connection is not None, "a mirror was published before anything was worked out"
    ((theirs,),) = connection.execute("select current_catalog()").fetchall()
    name = theirs.replace('"', '""')
    connection.execute(people_mirror.incoming_figures())
    for start in range(0, len(outcome.result.features), AT_ONCE):
        people_mirror.take_figures(connection, packing.filled(outcome.result, slice(start, start + AT_ONCE)))
    kept = ", ".join("s.ordered" if is_past and each == "ordered" else f"c.{each}" for each in people_mirror.OWN)
    figures = ", ".join(f"f.{each}" for each in people_mirror.SERVED)
    connection.execute(f"attach or replace ':memory:' as {CATALOG} (read_write)")
    connection.execute(
        f"create table {CATALOG}.customer as select person, {kept}, {figures} from customer c"  # noqa: S608 - names of our own
        f" left join incoming_figure f using (person) left join ({LAST_ORDERS}) s using (person) order by person",
        {"until": outcome.as_of.second if is_past else 0},
    )
    for table in READ:
        connection.execute(f'create view {CATALOG}.{table} as from "{name}".{table}')
    connection.execute(f"use {CATALOG}")
    with ExitStack() as stack:
        copy = copies.look("worked out", connection, stack, CATALOG)
        assert copy is not None, "this program refreshed it"
        try:
            yield copy
        finally:
            connection.execute(f'use "{name}"')
            connection.execute(f"detach {CATALOG}")


def _check(term: Term, path: str) -> None:
    match term:
        case All() | Any():
            for each in term.terms:
                _check(each, path)
        case Not():
            _check(term.term, path)
        case Figure() if term.column in {each.column for each in EXPECTED.values()}:
            names = " and ".join(EXPECTED)
            raise Invalid(f"{path}: {names} are told of the present alone; leave as_of out, or them", field="filter")
        case _:
            pass
