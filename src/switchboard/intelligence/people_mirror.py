"""The columnar mirror of people: who they are, their attributes and events, and the figures that are served of them.

It lies beside the order lines, in the same file, and comes by delta in the same view of the database. One wide row a
person, as filters read it; nothing of how they are reached ever gets in here.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from switchboard.customers import people_changes as changes
from switchboard.customers.changes import Changes
from switchboard.customers.people_changes import PersonSeen
from switchboard.foundation.ground import Work
from switchboard.intelligence.incoming import Incoming, native, row_of
from switchboard.intelligence.packing import ABSENT, DETAIL, EXPECTED, MONEY, NAMES, ROW, VERSION, VOCABULARY

OWN = {
    "ordered": "bigint", "country": "varchar", "region": "varchar", "city": "varchar", "lat": "double", "lon": "double",
    "created": "bigint",
}  # fmt: skip
ASKED = ("churns", "value")  # what filters ask of what is expected
SERVED = (
    {"run": "bigint", "archetype": "varchar", "risk": "utinyint", "value": "double"}
    | {f"f_{name}": "float" for name in NAMES}
    | {f"e_{name}": "float" for name in ASKED}
    | {f"{kind}_{axis}": "utinyint" for axis in VOCABULARY for kind in ("s", "g")}
)
SHAPE = ", ".join(f"{name} {of}" for name, of in ({"person": "bigint"} | OWN | SERVED).items())
ATTRIBUTE = "person bigint, name integer, kind varchar, word varchar, number double, second bigint, flag boolean"
SCHEMA = f"""
create table if not exists customer ({SHAPE});
create table if not exists attribute ({ATTRIBUTE});
create table if not exists attribute_name (name integer, label varchar);
create table if not exists event (person bigint, kind integer, second bigint);
create table if not exists event_kind (kind integer, name varchar);
create table if not exists spoken (kind varchar, number integer, label varchar, word varchar);
create table if not exists people_cursor (snapshot varchar, run bigint, moment bigint, shape varchar);
create or replace temporary table incoming_person (person bigint, ordered bigint, country varchar, region varchar,
    city varchar, lat double, lon double, created bigint, attributes varchar);
create or replace temporary table incoming_event as from event limit 0;
create or replace temporary table gone (person bigint);
create or replace temporary table moved (person bigint);
"""
TABLES = ("customer", "attribute", "attribute_name", "event", "event_kind", "spoken", "people_cursor")
# What is said of a person by name: {name: value}, or {name: {"type": …, "value": …}}; of a list each of its values.
SAID = """
create or replace temporary table said as
with named as (
    select i.person, j.key as label, json_type(j.value) = 'OBJECT' and json_exists(j.value, '$.value') as typed, j.value
    from incoming_person i, json_each(i.attributes::json) j where i.attributes is not null),
known as (
    select person, label, case when typed then value ->> '$.type' else '' end as kind,
        case when typed then json_extract(value, '$.value') else value end as value from named),
each as (
    select person, label, case when json_type(value) = 'ARRAY' then 'list' else kind end as kind,
        unnest(case when json_type(value) = 'ARRAY' then from_json(value, '["JSON"]') else [value] end) as value
    from known),
told as (
    select person, label, kind, left(coalesce(value ->> '$.amount', value ->> '$'), 500) as told from each)
select person, label, kind, lower(strip_accents(told)) as word,
    case when isfinite(try_cast(told as double)) then try_cast(told as double) end as number,
    case when regexp_matches(told, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$')
        then epoch(try_cast(told as timestamptz))::bigint end as second,
    case when lower(told) in ('true', 'yes') then true when lower(told) in ('false', 'no') then false end as flag
from told where told is not null
"""
# The words of names that a text may mean; of attributes, of those that have not too many values to be names.
SPOKEN_OF_SALES = """
insert into spoken select distinct kind, number, label, word from (
    select 'product' as kind, product as number, coalesce(name, product_id) as label,
        unnest(string_split_regex(lower(strip_accents(concat_ws(' ', name, product_id, array_to_string(earlier, ' ')))),
            '[^\\p{L}\\p{N}]+')) as word
    from product
    union all select 'category', category, name,
        unnest(string_split_regex(lower(strip_accents(name)), '[^\\p{L}\\p{N}]+')) from category)
where word <> ''
"""
SPOKEN_OF_ATTRIBUTES = """
insert into spoken select distinct kind, number, label, word from (
    select 'attribute' as kind, name as number, word as label,
        unnest(string_split_regex(word, '[^\\p{L}\\p{N}]+')) as word
    from (select name, word from attribute where number is null and second is null and flag is null
        and length(word) <= 60 group by name, word qualify count(*) over (partition by name) <= 20000))
where word <> ''
"""
ORDERED = "case when i.person is not null then i.ordered else o.ordered end is not null"
NONE = -(1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Up to where the copy has seen people: the snapshot, and the run whose figures it holds."""

    snapshot: str
    run: int | None


async def bring(
    work: Work,
    mirror: duckdb.DuckDBPyConnection,
    came: Changes,
    regrouped: frozenset[int],
    *,
    superseding: bool = False,
) -> None:
    """Bring people, attributes, events and figures up to where the lines are now.

    The unit of work sees the moment it is of. `regrouped` are the people who were merged, or are no more, and their
    survivors; a merged person counts as the survivor, and has no row. Where other figures are about to be served,
    `superseding` these, those of a run that is not there yet are left to whoever asks next.
    """
    anew, until = came.since is None, came.until
    known = await asyncio.to_thread(_begin, mirror, anew=anew)
    if known is None and not anew:  # lines that an older program put in no order
        await asyncio.to_thread(mirror.execute, "create or replace table sale as from sale order by person, document")
    since = known.snapshot if known else None
    async for people in changes.changed_people(work, since):
        await asyncio.to_thread(_take_people, mirror, people)
    if since is not None:
        gone = {*await changes.gone_people(work, since), *(regrouped & until.merged.keys())}
        await asyncio.to_thread(_take_keys, mirror, "gone", sorted(gone))
    await _bring_events(work, mirror, since, until.merged, regrouped)
    figures = Incoming(row=ROW, settle=lambda rows: take_figures(mirror, rows))
    seen = known.run if known else None
    if superseding and seen is not None and await changes.served_another(work, seen):
        run = seen
    else:
        run = await changes.copy_served(work, since, seen, DETAIL.itemsize, figures.take)

    def settle() -> None:
        figures.keep()
        mirror.execute("begin")
        if run is not None:
            mirror.execute("update incoming_figure set run = ?", [run])
        _settle_customers(mirror, run)
        _settle_attributes(mirror)
        _settle_events(mirror)
        _settle_spoken(mirror)
        mirror.execute("delete from people_cursor")
        moment = int(work.now.timestamp())
        mirror.execute("insert into people_cursor values (?, ?, ?, ?)", [until.snapshot, run, moment, SHAPE])
        mirror.execute("commit")
        for table in ("incoming_person", "incoming_figure", "incoming_event", "said", "fresh"):
            mirror.execute(f"drop table if exists {table}")
        mirror.execute("checkpoint")

    await asyncio.to_thread(settle)


def _begin(mirror: duckdb.DuckDBPyConnection, *, anew: bool) -> _Known | None:
    """The tables made, and up to where they are; None when everything has to come."""
    with contextlib.suppress(duckdb.CatalogException):
        shape = mirror.execute("select shape from people_cursor").fetchall()
        anew = anew or shape != [(SHAPE,)]
    if anew:
        for table in TABLES:
            mirror.execute(f"drop table if exists {table}")
    mirror.execute(f"{SCHEMA}; {incoming_figures()}")
    rows = mirror.execute("select snapshot, run from people_cursor").fetchall()
    return _Known(snapshot=rows[0][0], run=rows[0][1]) if rows else None


def _take_people(mirror: duckdb.DuckDBPyConnection, people: Sequence[PersonSeen]) -> None:
    part: dict[str, NDArray[np.generic]] = {
        "person": np.array([each.key for each in people], np.int64),
        "ordered": np.array([NONE if each.ordered is None else each.ordered for each in people], np.int64),
        **{
            name: np.array([getattr(each, name) for each in people], dtype=object)
            for name in ("country", "region", "city")
        },
        **{
            name: np.array([np.nan if at is None else at for at in (getattr(each, name) for each in people)], float)
            for name in ("lat", "lon")
        },
        "created": np.array([NONE if each.created is None else each.created for each in people], np.int64),
        "attributes": np.array([each.attributes for each in people], dtype=object),
    }
    mirror.register("part", part)
    mirror.execute(
        f"insert into incoming_person select person, nullif(ordered, {NONE}), lower(strip_accents(country)),"  # noqa: S608 - names of our own
        " lower(strip_accents(region)), lower(strip_accents(city)), case when not isnan(lat) then lat end,"
        f" case when not isnan(lon) then lon end, nullif(created, {NONE}), attributes from part"
    )
    mirror.unregister("part")


def _take_keys(mirror: duckdb.DuckDBPyConnection, table: str, keys: Sequence[int]) -> None:
    mirror.execute(f"insert into {table} select unnest(?::bigint[])", [list(keys)])


async def _bring_events(
    work: Work,
    mirror: duckdb.DuckDBPyConnection,
    since: str | None,
    merged: Mapping[int, int],
    regrouped: frozenset[int],
) -> None:
    """New events; all events of those of whom some went or changed, with all who are one with them."""

    def keep(rows: NDArray[np.void]) -> None:
        mirror.register("part", native(rows, "person", "kind", "second"))
        mirror.execute("insert into incoming_event select person, kind, second from part")
        mirror.unregister("part")

    def named(kinds: Sequence[str]) -> list[str]:
        """All kinds, those that are new at the end: the place of one is its number."""
        mirror.execute(
            "insert into event_kind select (select count(*) from event_kind) + row_number() over (order by new.name),"
            " new.name from (select unnest(?::varchar[]) as name) new anti join event_kind using (name)",
            [list(kinds)],
        )
        return [str(row[0]) for row in mirror.execute("select name from event_kind order by kind").fetchall()]

    row = row_of(("person", 8), ("kind", 8), ("second", 8))
    moved = list[int]()
    if since is not None:
        touched = {*await changes.people_with_other_events(work, since), *regrouped}
        touched |= {merged[each] for each in touched if each in merged}
        moved = sorted(touched | {each for each, into in merged.items() if into in touched})
    kinds = await asyncio.to_thread(named, await changes.new_kinds(work, since))
    came = Incoming(row=row, settle=keep)
    await changes.copy_events(work, since, kinds, came.take)
    await asyncio.to_thread(came.keep)
    if moved:
        await asyncio.to_thread(_take_keys, mirror, "moved", moved)
        await asyncio.to_thread(mirror.execute, "delete from incoming_event where person in (select person from moved)")
        kinds = await asyncio.to_thread(named, await changes.kinds_of(work, moved))
        again = Incoming(row=row, settle=keep)
        await changes.copy_events_of(work, moved, kinds, again.take)
        await asyncio.to_thread(again.keep)


def incoming_figures() -> str:
    """Makes the table that `take_figures` fills."""
    columns = ", ".join(f"{name} {of}" for name, of in SERVED.items())
    return f"create or replace temporary table incoming_figure (person bigint, {columns})"


def take_figures(mirror: duckdb.DuckDBPyConnection, rows: NDArray[np.void]) -> None:
    """Write rows of served figures into the table of those that came."""
    detail = rows["detail"][rows["detail"]["version"] == VERSION]
    rows = rows[rows["detail"]["version"] == VERSION]
    ids, which = np.unique(rows["archetype"], return_inverse=True)
    names = np.array([each.decode().strip() or None for each in ids], dtype=object)
    part: dict[str, NDArray[np.generic]] = {
        "person": rows["person"].astype(np.int64),
        "archetype": names[which],
        "risk": rows["risk"].astype(np.uint8),
        "value": rows["value"].astype(np.float64) / MONEY,
    }
    part |= {f"e_{name}": np.ascontiguousarray(detail["expected"][:, EXPECTED.index(name)]) for name in ASKED}
    part |= {f"f_{name}": np.ascontiguousarray(detail["features"][:, n]) for n, name in enumerate(NAMES)}
    for number, axis in enumerate(VOCABULARY):
        part[f"s_{axis}"] = np.ascontiguousarray(detail["codes"][:, number])
        part[f"g_{axis}"] = np.ascontiguousarray(detail["strengths"][:, number])
    shown = [name for name in SERVED if name != "run"]
    taken = ", ".join(_taken(name) for name in shown)
    mirror.register("part", part)
    mirror.execute(f"insert into incoming_figure (person, {', '.join(shown)}) select person, {taken} from part")  # noqa: S608 - names of our own
    mirror.unregister("part")


def _taken(name: str) -> str:
    """A column of `part` with NULL for what is not known."""
    if name.startswith(("f_", "e_")):
        return f"case when isnan({name}) then null else {name} end"
    axis = name[2:]
    return f"case when s_{axis} = {ABSENT} then null else {name} end" if axis in VOCABULARY else name


def _settle_customers(mirror: duckdb.DuckDBPyConnection, run: int | None) -> None:
    """The rows of everybody of whom something came, anew.

    Figures of another run than the served one are nobody's; nor has any who has no order any more.
    """
    own = ", ".join(f"case when i.person is not null then i.{name} else o.{name} end as {name}" for name in OWN)
    served = ", ".join(
        f"case when f.person is not null then f.{name} when o.run = $run and {ORDERED} then o.{name} end as {name}"
        for name in SERVED
    )
    mirror.execute(
        "create or replace temporary table fresh as with touched as ("  # noqa: S608 - names of our own
        " select person from incoming_person union select person from incoming_figure"
        " union select person from customer where run is distinct from $run and run is not null)"
        f" select t.person, {own}, {served} from touched t left join customer o using (person)"
        " left join incoming_person i using (person) left join incoming_figure f using (person)"
        " where (i.person is not null or o.person is not null) and t.person not in (select person from gone)",
        {"run": run},
    )
    ((fresh, old),) = mirror.execute("select (select count(*) from fresh), (select count(*) from customer)").fetchall()
    if fresh * 2 > old:
        mirror.execute(
            "create or replace table customer as from fresh union all"
            " select * from customer where person not in (select person from fresh)"
            " and person not in (select person from gone) order by person"
        )
    else:
        mirror.execute(
            "delete from customer where person in (select person from fresh union all select person from gone)"
        )
        mirror.execute("insert into customer from fresh order by person")


def _settle_attributes(mirror: duckdb.DuckDBPyConnection) -> None:
    mirror.execute(SAID)
    mirror.execute(
        "delete from attribute where person in (select person from incoming_person union all select person from gone)"
    )
    mirror.execute(
        "insert into attribute_name select (select count(*) from attribute_name) + row_number() over (order by label),"
        " label from (select distinct label from said) new anti join attribute_name using (label)"
    )
    mirror.execute(
        "insert into attribute select s.person, n.name, s.kind, s.word, s.number, s.second, s.flag"
        " from said s join attribute_name n using (label) order by n.name, s.person"
    )


def _settle_spoken(mirror: duckdb.DuckDBPyConnection) -> None:
    mirror.execute("delete from spoken where kind <> 'attribute'")
    mirror.execute(SPOKEN_OF_SALES)
    ((touched,),) = mirror.execute(
        "select (select count(*) from incoming_person) + (select count(*) from gone)"
    ).fetchall()
    if touched:
        mirror.execute("delete from spoken where kind = 'attribute'")
        mirror.execute(SPOKEN_OF_ATTRIBUTES)


def _settle_events(mirror: duckdb.DuckDBPyConnection) -> None:
    mirror.execute("delete from event where person in (select person from moved union all select person from gone)")
    mirror.execute(
        "insert into event select coalesce(m.into_whom, e.person), e.kind, e.second"
        " from incoming_event e left join merged m on m.person = e.person order by e.kind, e.second"
    )
