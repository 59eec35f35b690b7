"""Real shops for the tests: the shared data sets as mirrors, and what their customers did afterwards."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from switchboard.intelligence.features import AsOf, Numbers, Persons
from tests.intelligence.mirrors import columns

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
AHEAD = 90  # days that are known after the moment asked about

GROCER = """select household_id::varchar customer, basket_id::varchar order_id, transaction_timestamp::timestamp ts,
    product_id::varchar product, department category, sales_value + retail_disc + coupon_match_disc gross,
    retail_disc + coupon_match_disc discount, 0.0 refund
  from '{dir}/completejourney_transactions.parquet'
  left join '{dir}/completejourney_products.parquet' using (product_id)"""
RETAIL = """select {customer}::varchar customer, {order_id} order_id, {ts} ts, {product} product,
    null::varchar category, null::double discount,
    case when quantity > 0 and {price} > 0 then quantity * {price} else 0 end gross,
    case when quantity < 0 then -quantity * {price} else 0 end refund
  from '{{dir}}/{file}.parquet'"""
CDNOW = """select customer_id::varchar customer, customer_id || '-' || date order_id, date::timestamp ts,
    null::varchar product, null::varchar category, value gross, null::double discount, 0.0 refund
  from '{dir}/cdnow_sample_1of10.parquet'"""


def _retail(file: str, order_id: str, ts: str, product: str, price: str) -> str:
    return RETAIL.format(customer="customer_id", order_id=order_id, ts=ts, product=product, price=price, file=file)


SHOPS = {
    "grocer": ("completejourney_transactions", GROCER),
    "gifts": (
        "online_retail_2010_2011",
        _retail("online_retail_2010_2011", "invoice", "invoice_ts", "stock_code", "price"),
    ),
    "cdnow": ("cdnow_sample_1of10", CDNOW),
    **{
        held_out: (held_out, _retail(held_out, "order_id", "placed_at", "product_id", "unit_price"))
        for held_out in ("retail_2009_2010", "apparel", "grocery", "cdnow_master")
    },
}

# Numbered like the texts they stand for, so that customers keep the order of their ids.
MIRROR = """create table line as select
    dense_rank() over (order by order_id)::bigint document,
    case when customer is not null then dense_rank() over (order by customer)::bigint end person,
    date_diff('day', date '1970-01-01', ts::date)::integer "day",
    epoch(ts)::bigint "second",
    case when product is not null then dense_rank() over (order by product)::integer end product,
    case when category is not null then dense_rank() over (order by category)::integer end category,
    round(gross * 10000)::bigint gross, round(discount * 10000)::bigint discount, round(refund * 10000)::bigint refund,
    order_id
  from lines"""

# One order in a hundred comes again within the last month, a fifth of them from a customer never seen.
EXTRA = """create table extra as select *, hash(order_id || 'n') % 5 = 0 fresh from (
    select person, document, order_id from line where person is not null and second < {second} and gross > 0
    group by all) where hash(order_id || 'x') % 100 = 0"""
MORE = """insert into line select k.document + 1000000000,
    case when fresh then k.person * 1000 + 1000000000 + k.document % 1000 else k.person end,
    ({second} - 3600 * (1 + hash(k.order_id) % 720)::bigint) // 86400,
    {second} - 3600 * (1 + hash(k.order_id) % 720)::bigint,
    product, category, gross, discount, 0, k.order_id
  from line k join extra e using (person, document) where gross > 0 and second < {second}"""
NEXT = """select person, count(distinct document) orders, sum(gross - coalesce(discount, 0)) / 10000 as net
  from line where second >= {second} and day < {day} + 90 and gross > 0 and person is not null group by person"""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop's mirror, the moment 90 days before its end, and the one 30 days earlier."""

    con: duckdb.DuckDBPyConnection
    earlier: AsOf
    now: AsOf


def open_shop(name: str) -> Shop:
    """The shop, or a skipped test where its data set is not at hand."""
    file, source = SHOPS[name]
    if not (DATA / f"{file}.parquet").exists():
        pytest.skip(f"the data set {file} is not in {DATA}")
    con = duckdb.connect()
    con.execute("create table lines as " + source.replace("{dir}", str(DATA)))
    con.execute(MIRROR)
    con.execute("drop table lines")
    row = con.execute("select max(day) from line where gross > 0 and person is not null").fetchone()
    end = int(row[0]) + 1 if row else 0
    return Shop(con=con, earlier=midnight(end - AHEAD - 30), now=midnight(end - AHEAD))


def midnight(day: int) -> AsOf:
    return AsOf(day=day, second=day * 86_400)


def came_after(shop: Shop, persons: Persons) -> tuple[npt.NDArray[np.bool_], Numbers]:
    """Who of these bought in the 90 days after now, and what they spent in them."""
    found = columns(shop.con.execute(_at(NEXT, shop.now)))
    rows = np.searchsorted(persons, found["person"])
    known = (rows < len(persons)) & (persons[np.minimum(rows, len(persons) - 1)] == found["person"])
    buys, net = np.zeros(len(persons), np.bool_), np.zeros(len(persons))
    buys[rows[known]], net[rows[known]] = True, found["net"][known]
    return buys, net


def add_orders(shop: Shop) -> Persons:
    """One per cent new orders before the same moment; returns the customers they touch."""
    shop.con.execute(_at(EXTRA, shop.now))
    shop.con.execute(_at(MORE, shop.now))
    touched = columns(shop.con.execute("select distinct person from line where document > 1000000000"))
    return touched["person"].astype(np.int64)


def _at(sql: str, moment: AsOf) -> str:
    return sql.replace("{second}", str(moment.second)).replace("{day}", str(moment.day))
