"""The published mirror as a copy whose customers have figures that were just worked out, instead of those served."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import duckdb

from switchboard.intelligence import copies, packing, people_mirror
from switchboard.intelligence.copies import Copy
from switchboard.intelligence.working_out import Outcome

AT_ONCE = 65_536
CATALOG = "worked_out"
READ = ("sale", "product", "category", "attribute", "attribute_name", "event", "event_kind", "people_cursor")
LAST_ORDERS = "select person, max(second) as ordered from sale where second < $until and gross > 0 group by person"


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
