"""The columnar mirror of a workspace's order lines: a DuckDB database, refreshed by delta, never the only copy."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.customers.changes import LINE, Changes, Cursor, Product, copy_changes
from switchboard.foundation.ground import Work
from switchboard.intelligence import people_mirror
from switchboard.intelligence.incoming import Incoming, native
from switchboard.intelligence.mirror_files import MirrorPlace, alone, changing, drop, folder_of

PURPOSE = "intelligence.mirror"
SCHEMA = """
create table if not exists sale (document bigint, person bigint, day integer, second bigint, product integer,
    gross bigint, discount bigint, refund bigint);
create table if not exists product (product integer, product_id varchar, name varchar, category integer);
alter table product add column if not exists earlier varchar[];
create table if not exists category (category integer, name varchar);
create table if not exists cursor (cluster varchar, snapshot varchar);
create table if not exists catalogue (fingerprint varchar);
create table if not exists merged (person bigint, into_whom bigint);
create or replace view line as select s.*, p.category from sale s left join product p using (product);
create or replace temporary table incoming as from sale limit 0;
"""
MAPPED = """select i.* replace (coalesce(m.into_whom, i.person) as person)
    from incoming i left join merged m on m.person = i.person"""
LINE_COLUMNS = ("document", "person", "day", "second", "product", "gross", "discount", "refund")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh did: lines that came, lines that the mirror holds now, and up to where it follows."""

    came: int
    lines: int
    until: Cursor


class MirrorDamaged(Exception):
    """The mirror could not be written; it is gone, and the next refresh makes it anew."""


async def place_of(work: Work) -> MirrorPlace:
    """Where the mirror of the workspace at work lies, and what opens it."""
    key = (await tenants.data_key(work)).derived(PURPOSE)
    return MirrorPlace(folder=folder_of(work.ground.data_dir, work.caller.workspace), key=key)


async def refresh(work: Work, *, anew: bool = False, superseding: bool = False) -> Refreshed:
    """Bring the mirror up to what the database holds now and publish it; lines and cursor are kept together.

    Made `anew`, nothing is left in it of what was deleted before. One that can not be opened is made anew; raise
    MirrorDamaged for one that breaks on the way. The unit of work must see one moment. For `superseding` see
    `people_mirror.bring`.
    """
    place = await place_of(work)
    async with alone(place):
        try:
            return await _refresh(work, place, anew=anew, superseding=superseding)
        except duckdb.Error as error:
            drop(place)
            raise MirrorDamaged from error


async def _refresh(work: Work, place: MirrorPlace, *, anew: bool, superseding: bool) -> Refreshed:
    async with changing(place, SCHEMA, anew=anew) as mirror:
        known = mirror.execute("select cluster, snapshot from cursor").fetchall()
        merged = dict(mirror.execute("select person, into_whom from merged").fetchall())
        catalogue = "".join(each for (each,) in mirror.execute("select fingerprint from catalogue").fetchall())
        since = Cursor(cluster=known[0][0], snapshot=known[0][1], merged=merged, catalogue=catalogue) if known else None
        incoming = _taking(mirror)
        changes = await copy_changes(work, since, incoming.take)
        await asyncio.to_thread(incoming.keep)
        lines = await asyncio.to_thread(_settle, mirror, changes)
        regrouped = set(merged.items()) ^ set(changes.until.merged.items())
        apart = frozenset(each for pair in regrouped for each in pair)
        await people_mirror.bring(work, mirror, changes, apart, superseding=superseding)
    return Refreshed(came=incoming.rows, lines=lines, until=changes.until)


def _taking(mirror: duckdb.DuckDBPyConnection) -> Incoming:
    """Lines on their way into the table `incoming`."""

    def keep(rows: NDArray[np.void]) -> None:
        mirror.register("part", native(rows, *LINE_COLUMNS))
        mirror.execute(
            "insert into incoming select document, nullif(person, 0), day, second, nullif(product, 0)::integer,"
            " gross, nullif(discount, -1), refund from part"
        )
        mirror.unregister("part")

    return Incoming(row=LINE, settle=keep)


def _settle(mirror: duckdb.DuckDBPyConnection, changes: Changes) -> int:
    """Put what came in the place of what was, in one transaction; how many lines there are now."""
    mirror.execute("begin")
    if changes.since is None:
        mirror.execute("delete from sale")
    else:
        if changes.gone:
            mirror.execute("delete from sale where document in (select unnest(?))", [list(changes.gone)])
        mirror.execute("delete from sale where document in (select document from incoming)")
    # In the order of persons, a pass over some need not look at the lines of the others; a document's lie side by side.
    _keep_merged(mirror, changes.until.merged)
    came = MAPPED if changes.until.merged else "from incoming"
    mirror.execute(f"insert into sale {came} order by person, document")
    if changes.products is not None:
        _keep_products(mirror, changes.products)
        mirror.execute("delete from catalogue")
        mirror.execute("insert into catalogue values (?)", [changes.until.catalogue])
    mirror.execute("delete from cursor")
    mirror.execute("insert into cursor values (?, ?)", [changes.until.cluster, changes.until.snapshot])
    mirror.execute("commit")
    mirror.execute("checkpoint")
    ((lines,),) = mirror.execute("select count(*) from sale").fetchall()
    return lines


def _keep_merged(mirror: duckdb.DuckDBPyConnection, merged: Mapping[int, int]) -> None:
    mirror.execute("delete from merged")
    if merged:
        people, into = np.array(list(merged)), np.array(list(merged.values()))
        mirror.register("part", {"person": people, "into_whom": into})
        mirror.execute("insert into merged select person, into_whom from part")
        mirror.unregister("part")


def _keep_products(mirror: duckdb.DuckDBPyConnection, products: tuple[Product, ...]) -> None:
    tops = sorted({product.category for product in products if product.category is not None})
    numbers = {name: number for number, name in enumerate(tops, start=1)}
    mirror.execute("delete from product")
    mirror.execute("delete from category")
    if numbers:
        names = np.array(list(numbers), dtype=object)
        mirror.register("part", {"category": np.arange(1, len(names) + 1), "name": names})
        mirror.execute("insert into category select category, name from part")
        mirror.unregister("part")
    if products:
        part = {
            "product": np.array([each.key for each in products]),
            "product_id": np.array([each.product_id for each in products], dtype=object),
            "name": np.array([each.name for each in products], dtype=object),
            "category": np.array([numbers.get(each.category or "", 0) for each in products]),
        }
        mirror.register("part", part)
        mirror.execute("insert into product select product, product_id, name, nullif(category, 0), [] from part")
        mirror.unregister("part")
    if earlier := [(each.key, name) for each in products for name in each.earlier]:
        keys, names = zip(*earlier, strict=True)
        mirror.register("part", {"product": np.array(keys), "name": np.array(names, dtype=object)})
        mirror.execute(
            "update product p set earlier = e.names"
            " from (select product, list(name) as names from part group by product) e where p.product = e.product"
        )
        mirror.unregister("part")
