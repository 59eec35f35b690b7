"""Purchases as recommendations see them: a product of an order, once, however many lines it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import duckdb
import numpy as np

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf, among
from switchboard.intelligence.predictions.special import Flags, Whole

MOST_LINES = 2_000_000  # of the newest orders of the shop, in whole days
DAYS = 425  # of the shop: a year, and two windows to learn from before it
LARGEST = 100  # products of an order; who buys more at once stocks a shop
OWN_DAYS = 730  # of a customer
NEWEST_DAYS = """
select day, count(*) from sale where second < ? and day >= ? and gross > 0 and product is not null
group by day order by day desc
"""
OF_SHOP = """
select coalesce(any_value(person), 0)::bigint as person, document, min(day)::bigint as day, product::bigint as product
from sale where second < {second} and day >= {since} and gross > 0 and product is not null
group by document, product qualify count(*) over (partition by document) <= {largest}
order by person, product, day
"""
OF_PEOPLE = """
select person, document, min(day)::bigint as day, product::bigint as product from sale
where second < {second} and day >= {since} and gross > 0 and product is not null and {persons}
group by person, document, product
"""
RETURNED = """
select person, product::bigint as product, max(day)::bigint as day from sale
where second < {second} and refund > 0 and product is not null and {persons} group by person, product
"""


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """Purchases (n): whose (0: a guest), of which order, on which day since 1970-01-01, of which product (its key)."""

    person: Whole
    document: Whole
    day: Whole
    product: Whole

    def __len__(self) -> int:
        return len(self.day)

    def where(self, kept: Flags) -> "Purchases":
        """Some of them."""
        return Purchases(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What people gave back, and when last."""

    person: Whole
    product: Whole
    day: Whole


def of_shop(lines: duckdb.DuckDBPyConnection, as_of: AsOf, cut: int, most_lines: int = MOST_LINES) -> Purchases:
    """The newest purchases of everybody before the day `cut`, by person, product and day.

    Of a large shop the newest whole days with so many lines at most.
    """
    since = newest_since(lines, as_of, cut - DAYS, most_lines)
    sql = OF_SHOP.format(second=as_of.second, since=since, largest=LARGEST)
    return Purchases(**_whole(lines, sql))


def of_people(lines: duckdb.DuckDBPyConnection, as_of: AsOf, cut: int, persons: Sequence[int]) -> Purchases:
    """What these people bought in the last two years before the day `cut`."""
    (condition,) = among(persons)
    sql = OF_PEOPLE.format(second=as_of.second, since=cut - OWN_DAYS, persons=condition)
    return Purchases(**_whole(lines, sql))


def returned_by(lines: duckdb.DuckDBPyConnection, as_of: AsOf, persons: Sequence[int]) -> Returned:
    """What these people ever gave back."""
    (condition,) = among(persons)
    return Returned(**_whole(lines, RETURNED.format(second=as_of.second, persons=condition)))


def newest_since(lines: duckdb.DuckDBPyConnection, as_of: AsOf, first: int, most_lines: int) -> int:
    """The first day of the newest orders from `first` on, of so many lines at most; whole days, and at least one."""
    seen, since = 0, None
    for day, count in lines.execute(NEWEST_DAYS, [as_of.second, first]).fetchall():
        seen += count
        if since is not None and seen > most_lines:
            return since
        since = day
    return first


def _whole(lines: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Whole]:
    return {name: np.asarray(column, np.int64) for name, column in fetched(lines.execute(sql)).items()}
