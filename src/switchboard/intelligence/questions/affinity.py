"""Product affinity: which products are bought in the same order, and whether more often than by chance.

A large shop is looked at through its newest orders and the products that are in most of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number, day_of, last_day
from switchboard.intelligence.product_question_records import AffinityAsked, Pair, ProductRef
from switchboard.intelligence.questions.chance import LEVEL, Draw, at_least

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

MOST_LINES = 2_000_000  # of the newest orders, in whole days
MOST_PRODUCTS = 2_000  # compared with each other: those in most orders
LARGEST = 100  # products of an order; who buys more at once stocks a shop
DAYS = """
select day, count(*) from sale where second < ? and day >= ? and gross > 0 and product is not null
group by day order by day desc
"""
BASKETS = """
create or replace temporary table basket as
select document, product, any_value(coalesce(person, -document)) as buyer,
    count(*) over (partition by document) as size
from sale where second < ? and day >= ? and gross > 0 and product is not null group by document, product
qualify size <= ?
"""
ORDERS = "select count(distinct document) from basket"
COUNTED = """
create or replace temporary table counted as
select product, count(*) as orders from basket semi join product using (product)
group by product having count(*) >= $least or product = $product
order by product = $product desc nulls last, orders desc, product limit $most
"""
PAIRS = """
select a.product as one, b.product as other, count(*) as hits
from basket a join basket b on a.document = b.document and {chosen}
where a.product in (select product from counted) and b.product in (select product from counted)
group by a.product, b.product having count(*) >= ? and min(a.buyer) <> max(a.buyer)
"""
ANY, THIS = "a.product < b.product", "a.product = {product} and b.product <> {product}"
NAMES = "select product, product_id, name from product where product in (select unnest(?::integer[]))"


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs of products (n) that reached the least support: of `orders`, how many have one, the other, both."""

    orders: int
    tested: int
    first: Whole
    second: Whole
    one: Whole
    other: Whole
    hits: Whole

    def lift(self) -> Numbers:
        """Orders with both against those that chance would bring."""
        return self.hits * float(self.orders) / (self.one * self.other.astype(np.float64))


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is shown, and how much was looked at."""

    pairs: tuple[Pair, ...]
    found: int
    tested: int
    orders: int
    products: int
    since: date


def affinity(
    lines: duckdb.DuckDBPyConnection,
    as_of: AsOf,
    product: int | None,
    asked: AffinityAsked,
    *,
    most_lines: int = MOST_LINES,
) -> Found:
    """Pairs with this product, or all pairs where there is none; of the newest days with so many lines at most."""
    since = _since(lines, as_of, asked.days, most_lines)
    lines.execute(BASKETS, [as_of.second, since, LARGEST])
    ((orders,),) = lines.execute(ORDERS).fetchall()
    lines.execute(COUNTED, {"least": asked.least_orders, "product": product, "most": MOST_PRODUCTS})
    counts = dict[int, int](lines.execute("select product, orders from counted").fetchall())
    known = pairs(lines, counts, orders, product, asked.least_orders)
    kept, p_values = beyond_chance(known)
    order = _order(kept, asked.sort_by)[: asked.limit]
    return Found(
        pairs=_shown(lines, kept, p_values, order),
        found=len(kept.hits),
        tested=known.tested,
        orders=orders,
        products=len(counts),
        since=day_of(since),
    )


def pairs(
    lines: duckdb.DuckDBPyConnection, counts: Mapping[int, int], orders: int, product: int | None, least: int
) -> Pairs:
    """The pairs among the products that are counted."""
    chosen = ANY if product is None else THIS.format(product=int(product))
    found = fetched(lines.execute(PAIRS.format(chosen=chosen), [least]))
    one, other, hits = (np.asarray(found[name], np.int64) for name in ("one", "other", "hits"))
    known = len(counts) - (product in counts)
    return Pairs(
        orders=orders,
        tested=known if product is not None else known * (known - 1) // 2,
        first=one,
        second=other,
        one=np.array([counts[each] for each in one.tolist()], np.int64),
        other=np.array([counts[each] for each in other.tolist()], np.int64),
        hits=hits,
    )


def beyond_chance(of: Pairs) -> tuple[Pairs, Numbers]:
    """The pairs that chance does not explain, with the probability that it does, times the number of tests."""
    p_values = at_least(of.hits, Draw(whole=of.orders, one=of.one, other=of.other)) * of.tested
    kept = p_values <= LEVEL
    return Pairs(
        orders=of.orders, tested=of.tested, first=of.first[kept], second=of.second[kept], one=of.one[kept],
        other=of.other[kept], hits=of.hits[kept],
    ), p_values[kept]  # fmt: skip


def _since(lines: duckdb.DuckDBPyConnection, as_of: AsOf, days: int, most_lines: int) -> int:
    """The first day of the newest orders, of so many days and lines at most; whole days, and at least one."""
    first = day_number(last_day(lines, as_of) - timedelta(days=days - 1))
    seen, since = 0, None
    for day, count in lines.execute(DAYS, [as_of.second, first]).fetchall():
        seen += count
        if since is not None and seen > most_lines:
            return since
        since = day
    return first


def _order(of: Pairs, by: str) -> list[int]:
    """The places of the pairs, the first first; equal ones by how many orders they have, then by their products."""
    figures = {
        "lift": of.lift(),
        "orders": of.hits.astype(np.float64),
        "confidence": of.hits / np.minimum(of.one, of.other).astype(np.float64),
    }
    return np.lexsort((of.second, of.first, -of.hits, -figures[by])).tolist()


def _shown(lines: duckdb.DuckDBPyConnection, of: Pairs, p_values: Numbers, order: list[int]) -> tuple[Pair, ...]:
    numbers = sorted({int(number) for side in (of.first, of.second) for number in side[order]})
    names = {
        number: ProductRef(product_id=product_id, name=name)
        for number, product_id, name in lines.execute(NAMES, [numbers]).fetchall()
    }
    lift = of.lift()
    return tuple(
        Pair(
            first=names[int(of.first[at])],
            second=names[int(of.second[at])],
            orders=int(of.hits[at]),
            support=int(of.hits[at]) / of.orders,
            confidence=int(of.hits[at]) / int(of.one[at]),
            confidence_back=int(of.hits[at]) / int(of.other[at]),
            lift=float(lift[at]),
            p_value=float(p_values[at]),
        )
        for at in order
    )
