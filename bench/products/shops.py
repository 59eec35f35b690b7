"""The shops recommendations are measured on: real ones, and a made-up one with routines, pairs and fashions.

Constants were chosen on cuts before 2011-07-15 and 2017-07-15, the ones that report come later.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np

from bench.figures import say
from bench.quality.shops import DATA, day
from switchboard.intelligence.copies import fetched
from switchboard.intelligence.mirror import SCHEMA
from switchboard.intelligence.products.purchases import Purchases

GIFTS = """select customer_id::varchar as c, invoice as o, invoice_ts as ts, stock_code as p,
    case when quantity > 0 and price > 0 then quantity * price else 0 end as v,
    case when quantity < 0 then -quantity * price else 0 end as r from '{dir}/{file}.parquet'"""
GROCER = """select household_id::varchar as c, basket_id::varchar as o, transaction_timestamp as ts,
    product_id::varchar as p, sales_value as v, 0 as r from '{dir}/{file}.parquet'"""
HELD_OUT = """select customer_id::varchar as c, order_id as o, placed_at as ts, product_id as p,
    case when quantity > 0 and unit_price > 0 then quantity * unit_price else 0 end as v,
    case when quantity < 0 then -quantity * unit_price else 0 end as r from '{dir}/{file}.parquet'"""
REAL = {
    "online_retail_2010_2011": (GIFTS, ("2011-08-09", "2011-09-05", "2011-10-01", "2011-11-05")),
    "completejourney_transactions": (GROCER, ("2017-08-01", "2017-09-10", "2017-10-15", "2017-11-30")),
    "retail_2009_2010": (HELD_OUT, ("2010-06-10", "2010-09-09", "2010-11-01")),
    "grocery": (HELD_OUT, ("2007-07-01", "2007-11-01")),
}
FILL = """
insert into sale select dense_rank() over (order by o), case when c is not null then dense_rank() over (order by c) end,
    date_diff('day', date '1970-01-01', ts::date), epoch(ts)::bigint, dense_rank() over (order by p),
    round(v * 10000)::bigint, null, round(r * 10000)::bigint
from lines where v > 0 or r > 0
order by 2, 1
"""
WITHIN = """
select person, min(document)::bigint as document, min(day)::bigint as day, product::bigint as product from sale
where day >= {since} and day < {until} and person is not null and gross > 0 group by person, product
"""
BUYERS = """
select distinct person from sale where day >= {since} and day < {until} and person is not null and gross > 0
    and person in (select person from sale where day < {since} and gross > 0) order by person
"""
BEST = """
select product from sale where day < ? and gross > 0 and product is not null
group by product order by count(distinct document) desc, product limit 10
"""
CUSTOMERS, PRODUCTS, CATEGORIES, LENGTH, CUTS = 2_000, 600, 30, 600, (330, 420, 510, 565)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop's mirror, and the days at which it is cut."""

    name: str
    lines: duckdb.DuckDBPyConnection
    cuts: tuple[int, ...]

    def buyers(self, since: int, until: int) -> list[int]:
        """Who had ordered before these days and orders in them, ascending."""
        return [row[0] for row in self.lines.execute(BUYERS.format(since=since, until=until)).fetchall()]

    def bought(self, since: int, until: int) -> Purchases:
        """What those who had ordered before buy in these days."""
        found = fetched(self.lines.execute(WITHIN.format(since=since, until=until)))
        of = Purchases(**{name: np.asarray(column, np.int64) for name, column in found.items()})
        return of.where(np.isin(of.person, self.buyers(since, until)))

    def best_sellers(self, cut: int) -> list[int]:
        """The ten products in most orders before the cut."""
        return [row[0] for row in self.lines.execute(BEST, [cut]).fetchall()]


def shops() -> Iterator[Shop]:
    """Every shop there is."""
    for name, (sql, cuts) in REAL.items():
        if (DATA / f"{name}.parquet").exists():
            lines = duckdb.connect()
            lines.execute(
                f"{SCHEMA}; create table lines as {sql.format(dir=DATA, file=name)}; {FILL}; drop table lines"
            )
            yield Shop(name=name, lines=lines, cuts=tuple(map(day, cuts)))
        else:
            say(f"left out: there is no {name} in shared/data")
    yield Shop(name="made up", lines=made_up(), cuts=CUTS)


def made_up(seed: int = 1) -> duckdb.DuckDBPyConnection:
    """Customers with tastes and routines: of each order some lines are due again, some go with them, some are in.

    A product belongs to a category and has one that goes with it; a third run out after a while of their own, and what
    is in fashion changes every sixty days.
    """
    random = np.random.default_rng(seed)
    category, partner = random.integers(0, CATEGORIES, PRODUCTS), random.permutation(PRODUCTS)
    lasts = np.where(random.random(PRODUCTS) < 1 / 3, random.integers(14, 60, PRODUCTS), 10_000)
    fashions = random.dirichlet(np.full(PRODUCTS, 0.05), LENGTH // 60 + 1)
    rows = list[tuple[int, int, int, int]]()
    document = 0
    for person in range(1, CUSTOMERS + 1):
        taste = random.dirichlet(np.full(CATEGORIES, 0.1))[category]
        taste /= taste.sum()
        due, at = dict[int, int](), int(random.integers(0, LENGTH // 2))
        while at < LENGTH:
            document += 1
            basket = {each for each, when in due.items() if when <= at and random.random() < 0.7}
            wanted = int(random.poisson(1.5)) + (not basket)
            basket |= set(map(int, random.choice(PRODUCTS, wanted, p=0.6 * taste + 0.4 * fashions[at // 60])))
            basket |= {int(partner[each]) for each in list(basket) if random.random() < 0.25}
            for each in basket:
                due[each] = at + int(lasts[each] * random.uniform(0.8, 1.2))
                rows.append((document, person, at, each + 1))
            at += 1 + int(random.exponential(25))
    lines, of = duckdb.connect(), np.array(rows, np.int64)
    lines.execute(SCHEMA)
    lines.register("part", dict(zip(("document", "person", "day", "product"), of.T, strict=True)))
    lines.execute("insert into sale select document, person, day, day * 86400 + 43200, product, 100000, null, 0 from"
                  " part order by person, document")  # fmt: skip
    return lines
