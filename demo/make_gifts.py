"""Makes the Gifts shop of the demo: Online Retail trimmed to whole customers who are as mixed as in the original.

`python -m demo.make_gifts ORIGINAL.parquet` writes demo/data. The original is Online Retail (Daqing Chen, UCI Machine
Learning Repository, CC BY 4.0) with its columns called invoice, stock_code, description, quantity, invoice_ts, price,
customer_id and country. Hashes choose, so the same original always gives the same rows.
"""

import json
import sys
from itertools import product
from pathlib import Path
from typing import cast

import duckdb

DATA = Path(__file__).parent / "data"
ORDERS = DATA / "gifts.parquet"
CUSTOMERS = DATA / "gifts_customers.parquet"
SHARES = DATA / "gifts_shares.json"

KEPT = 0.5
"""Share of customers, and of invoices without a customer: what fits into 1.5 MB."""

FIRST_NAMES = """
Ada Amelia Anton Beatrice Ben Carla Chloe Daniel Elena Emil Fatima Felix Freya George Grace Hannah Hugo Ines Isaac Ivy
Jonas Julia Karim Laura Leo Louise Mara Mateo Nadia Nina Noah Olive Oscar Paula Quentin Rosa Samuel Sofia Theo Violet
"""
LAST_NAMES = """
Abbott Archer Barlow Bennett Brooks Carver Clarke Dawson Dubois Ellis Fischer Fletcher Garner Harper Hayes Hughes
Jansen Keller Lambert Marsh Moreau Nolan Novak Owens Palmer Quinn Rossi Sawyer Schmidt Silva Tanner Turner Vance
Walker Weber Wright
"""

READ = """
create table line as
select row_number() over () as position, invoice as "InvoiceNo", stock_code as "StockCode",
    description as "Description", quantity::int as "Quantity", invoice_ts::timestamp_ms as "InvoiceDate",
    price::decimal(9, 3) as "UnitPrice", customer_id as "CustomerID", country as "Country"
from read_parquet($original)
"""

# wholesale: an order of 1,000 or more; gone: nothing bought in the last 90 days
DESCRIBE = """
create or replace view customer as
with bought as (
    select "CustomerID", "InvoiceNo", max("InvoiceDate") as bought_at, sum("Quantity" * "UnitPrice") as total
    from line where "CustomerID" is not null group by all
), ending as (select max("InvoiceDate") - interval 90 day as quiet_since from line)
select "CustomerID",
    count(*) filter (total > 0) as orders,
    coalesce(max(total) >= 1000, false) as wholesale,
    coalesce(max(bought_at) filter (total > 0) < any_value(quiet_since), true) as gone,
    bool_or("InvoiceNo" like 'C%') as cancels
from bought, ending group by all
"""

# every so-manieth of all in the order of what they are: each kind keeps its share
CHOOSE = """
create table chosen as
with known as (
    select "CustomerID", row_number() over (
        order by orders = 1, wholesale, gone, cancels, least(orders, 10), md5("CustomerID"::varchar)
    ) as place
    from customer
), unknown as (
    select "InvoiceNo", row_number() over (order by count(*), md5("InvoiceNo")) as place
    from line where "CustomerID" is null group by "InvoiceNo"
)
select "CustomerID", null as "InvoiceNo" from known where floor(place * $kept) > floor((place - 1) * $kept)
union all
select null, "InvoiceNo" from unknown where floor(place * $kept) > floor((place - 1) * $kept)
"""

TRIM = """
delete from line where not exists (
    from chosen
    where chosen."CustomerID" = line."CustomerID"
        or line."CustomerID" is null and chosen."InvoiceNo" = line."InvoiceNo"
)
"""

MEASURE = """
select
    avg((orders = 1)::int) as one_time_buyers,
    avg(gone::int) as gone,
    avg(wholesale::int) as wholesalers,
    avg(cancels::int) as cancelling_customers,
    (select avg(("InvoiceNo" like 'C%')::int) from line) as cancelled_lines,
    (select avg(("CustomerID" is null)::int) from line) as lines_without_customer
from customer
"""

CONTACTS = """
create table contact as
select "CustomerID" as customer_id, 'sample.' || "CustomerID" || '@example.com' as email,
    $names[1 + ('0x' || md5('name ' || "CustomerID")[:8])::bigint % len($names)] || ' (sample)' as name,
    arg_max("Country", position) as country
from line where "CustomerID" is not null group by all
"""

WRITE_ORDERS = """
copy (select * exclude (position) from line order by position)
to $path (format parquet, compression zstd, compression_level 19, row_group_size 1000000)
"""
WRITE_CUSTOMERS = """
copy (from contact order by customer_id)
to $path (format parquet, compression zstd, compression_level 19)
"""


def opened(original: Path) -> duckdb.DuckDBPyConnection:
    """A database with the lines of a Parquet of the original."""
    database = duckdb.connect()
    database.execute(READ, {"original": str(original)})
    database.execute(DESCRIBE)
    return database


def shares(database: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """How frequent each kind of customer and line is, 0 to 1."""
    measured = database.execute(MEASURE)
    names = [str(column[0]) for column in measured.description or ()]
    return {name: round(cast("float", value), 4) for name, value in zip(names, measured.fetchone() or (), strict=True)}


def make(original: Path, folder: Path) -> None:
    database = opened(original)
    (folder / SHARES.name).write_text(json.dumps(shares(database), indent=2) + "\n")
    database.execute(CHOOSE, {"kept": KEPT})
    database.execute(TRIM)
    names = [f"{first} {last}" for first, last in product(FIRST_NAMES.split(), LAST_NAMES.split())]
    database.execute(CONTACTS, {"names": names})
    database.execute(WRITE_ORDERS, {"path": str(folder / ORDERS.name)})
    database.execute(WRITE_CUSTOMERS, {"path": str(folder / CUSTOMERS.name)})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the Parquet file of the original: python -m demo.make_gifts ORIGINAL.parquet")
    make(Path(sys.argv[1]), DATA)
