"""A shop as the questions see it: the mirror's own tables, filled with a few lines, products and categories."""

from collections.abc import Sequence

import duckdb

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.mirror import SCHEMA
from tests.intelligence.mirrors import Line, row_of
from tests.intelligence.shops import open_shop

FILL = "insert into sale select " + ", ".join(["unnest(?)"] * 8)
OF_SALE = (0, 1, 2, 3, 4, 6, 7, 8)  # which of a line's columns; its category is the product's


def shop(lines: Sequence[Line], categories: dict[int, str] | None = None) -> duckdb.DuckDBPyConnection:
    """The mirror of these lines. Product 7 has the id p7 and the name Product 7, and the category named here."""
    con = duckdb.connect()
    con.execute(SCHEMA)
    names = sorted(set((categories or {}).values()))
    for number, name in enumerate(names, start=1):
        con.execute("insert into category values (?, ?)", [number, name])
    rows = sorted((row_of(line) for line in lines), key=lambda row: (row[1] is None, row[1] or 0, row[0] or 0))
    for number in sorted({row[4] for row in rows if row[4] is not None}):
        category = (categories or {}).get(number)
        of = None if category is None else names.index(category) + 1
        con.execute("insert into product values (?, ?, ?, ?, [])", [number, f"p{number}", f"Product {number}", of])
    if rows:
        con.execute(FILL, [[row[place] for row in rows] for place in OF_SALE])
    return con


def real_shop(name: str) -> tuple[duckdb.DuckDBPyConnection, AsOf]:
    """A real shop in the order that the mirror keeps, and a moment 90 days before its end; products without names."""
    of = open_shop(name)
    of.con.execute("alter table line rename to unsorted")
    of.con.execute("create table sale as from unsorted order by person, document")
    of.con.execute("create view line as from sale")
    of.con.execute(
        "create table product as select distinct product, 'p' || product as product_id, null as name, category"
        " from sale where product is not null"
    )
    of.con.execute(
        "create table category as select distinct category, 'K' || category as name from product"
        " where category is not null"
    )
    return of.con, of.now
