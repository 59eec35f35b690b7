"""The extra columns of a customers file become attributes: of the type that is defined, else of what all values are."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.customers.imports.extras import AT_ONCE, as_json
from switchboard.customers.imports.records import AttributeType, Extra, Staged
from switchboard.customers.imports.sql import literal
from switchboard.customers.store import attributes as store
from switchboard.foundation.ground import Work

MOST = 1_000  # attributes of a workspace
NAMED = 100
"""Columns that are told by name; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """How many values of each attribute could not be understood, why columns became no attribute; both in values."""

    not_understood: Mapping[str, int]
    kept_out: Mapping[str, str]
    left_out: int


async def take_in(work: Work, staged: Staged, currency: str) -> Arrived:
    """Make the table `attributes` (person_no, attributes as JSON) in the file's database, and define what is new.

    The import's lock is held: of two imports the first one says of which type a new attribute is.
    """
    known = {row["name"].casefold(): row for row in await store.definitions(work)}
    taken: dict[str, tuple[Extra, AttributeType]] = {}
    seen = set[str]()
    new, kept_out = list[tuple[str, str]](), {of.name: of.kept_out for of in staged.extras if of.kept_out}
    for of in (each for each in staged.extras if not each.kept_out):
        found = known.get(of.name.casefold())
        name: str = found["name"] if found else of.name
        if name.casefold() in seen:
            kept_out[of.name] = f"another column is {name} already"
        elif found is None and len(known) + len(new) >= MOST:
            kept_out[of.name] = f"a workspace has at most {MOST:,} attributes"
        else:
            seen.add(name.casefold())
            taken[name] = (of, found["type"] if found else of.kind)
            new += [] if found else [(name, of.kind)]
    await store.add(work, new)
    not_understood = await asyncio.to_thread(_typed, staged, taken, currency)
    left_out = sum(not_understood.values()) + await asyncio.to_thread(_values, staged, kept_out)
    return Arrived(not_understood=not_understood, kept_out=_told(kept_out), left_out=left_out)


def _values(staged: Staged, kept_out: Mapping[str, str]) -> int:
    """How many values the columns have that became no attribute."""
    columns, found = [of for of in staged.extras if of.name in kept_out], 0
    there = [f"count(t{of.place})" for of in columns if not of.no_column]
    for begin in range(0, len(there), AT_ONCE):
        asked = f"SELECT {' + '.join(there[begin : begin + AT_ONCE])} FROM extra"  # noqa: S608 - names of our own
        ((values,),) = staged.database.execute(asked).fetchall()
        found += values
    return found + sum(of.no_column for of in columns)


def _typed(staged: Staged, taken: Mapping[str, tuple[Extra, AttributeType]], currency: str) -> dict[str, int]:
    """The number of values of each attribute that could not be understood."""
    database, missed, columns = staged.database, dict[str, int](), list(taken.items())
    database.execute("CREATE TABLE typed (person_no BIGINT, name VARCHAR, value VARCHAR)")
    for begin in range(0, len(columns), AT_ONCE):
        some = columns[begin : begin + AT_ONCE]
        names = ", ".join(literal(name) for name, _ in some)
        values = ", ".join(as_json(kind, f"t{of.place}", of, currency) for _, (of, kind) in some)
        given = ", ".join(f"t{of.place} IS NOT NULL" for _, (of, _) in some)
        each = f"unnest([{names}]) AS name, unnest([{values}]) AS value, unnest([{given}]) AS given"
        pairs = f"SELECT person_no, {each} FROM extra"  # noqa: S608 - quoted by `literal`
        database.execute(f"INSERT INTO typed SELECT person_no, name, value FROM ({pairs}) WHERE given")  # noqa: S608 - as above
    for name, count in database.execute("SELECT name, count(*) FROM typed WHERE value IS NULL GROUP BY 1").fetchall():
        missed[name] = count
    database.execute(
        "CREATE TABLE attributes AS SELECT person_no, json_group_object(name, value::JSON)::VARCHAR AS attributes "
        "FROM typed WHERE value IS NOT NULL GROUP BY person_no; DROP TABLE typed"
    )
    return dict(sorted(missed.items()))


def _told(kept_out: Mapping[str, str]) -> dict[str, str]:
    named = dict(list(kept_out.items())[:NAMED])
    rest = len(kept_out) - len(named)
    return named | ({"…": f"and {rest:,} more"} if rest else {})
