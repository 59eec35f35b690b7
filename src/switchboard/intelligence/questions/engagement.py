"""Customers who order more or less than before: the last 90 days against the 90 before, held against chance."""

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.engagement_records import Balance, Way
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.counts import Numbers, Whole, at_least, at_most
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money
from switchboard.intelligence.questions.selling import Times, quarters

Flags = npt.NDArray[np.bool_]
EVEN = 0.5  # both times are as long
TOO_SHORT = "It takes customers who first ordered more than 180 days ago; nobody did."
RULE = (
    "Of customers who first ordered before both times: the orders of the last 90 days against those of the 90 before,"
    " where chance would bring such a change or a greater one, at an unchanged pace, in at most one case of twenty"
    " (exact test of two Poisson counts)."
)
COUNTED = """
with b as (
    select person, count_if(begins and day >= {since})::bigint as now,
        count_if(begins and day >= {before} and day < {since})::bigint as before, min(day) as first
    from ({bought}) group by person having first < {before} and now + before > 0),
w as (
    select person, sum(case when day >= {since} then gross - coalesce(discount, 0) - refund else 0 end)::bigint as net,
        sum(case when day < {since} then gross - coalesce(discount, 0) - refund else 0 end)::bigint as net_before
    from sale where second < {second} and day >= {before} and person is not null group by person)
select person, now, before, coalesce(net, 0)::bigint as net, coalesce(net_before, 0)::bigint as net_before
from b left join w using (person) order by person
"""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Customers who can be compared, ascending: orders and net (1/10,000) of the last 90 days and of the 90 before.

    `fewer` and `more` are how likely chance brings so few, or so many, of both times' orders into the last 90 days.
    """

    times: Times
    persons: Whole
    now: Whole
    before: Whole
    net: Whole
    net_before: Whole
    fewer: Numbers
    more: Numbers

    def __len__(self) -> int:
        return len(self.persons)

    @property
    def declining(self) -> Flags:
        """Whose orders fell."""
        return self.fewer <= LEVEL

    @property
    def growing(self) -> Flags:
        """Whose orders rose."""
        return self.more <= LEVEL


def compared(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Compared:
    """Customers who first ordered before both times and ordered in one of them."""
    times = quarters(lines, as_of)
    sql = COUNTED.format(
        bought=bought(as_of), since=day_number(times.since), before=day_number(times.before_since),
        second=as_of.second,
    )  # fmt: skip
    of = {name: np.asarray(column, np.int64) for name, column in fetched(lines.execute(sql)).items()}
    fewer, more = chances(of["now"], of["before"])
    return Compared(
        times=times, persons=of["person"], now=of["now"], before=of["before"], net=of["net"],
        net_before=of["net_before"], fewer=fewer, more=more,
    )  # fmt: skip


def chances(now: Whole, before: Whole) -> tuple[Numbers, Numbers]:
    """How likely so few, and so many, orders are now, given those of both times; equal cases are worked out once."""
    pairs, which = np.unique(np.column_stack([now, now + before]), axis=0, return_inverse=True)
    which, part = which.reshape(-1), np.full(len(pairs), EVEN)
    return at_most(pairs[:, 0], pairs[:, 1], part)[which], at_least(pairs[:, 0], pairs[:, 1], part)[which]


def chance_share(of: Compared) -> float | None:
    """The share of customers whom the test would find by chance, each with the orders they have; None of nobody.

    Less than one of twenty: few orders can not fall by more than chance at all.
    """
    if not len(of):
        return None
    sizes, customers = np.unique(of.now + of.before, return_counts=True)
    found = np.array([_found_by_chance(int(size)) for size in sizes])
    return float((found * customers).sum() / customers.sum())


def _found_by_chance(orders: int) -> float:
    """How likely the test finds somebody with so many orders at an unchanged pace."""
    count = np.arange(orders + 1, dtype=np.int64)
    fewer = at_most(count, np.full(orders + 1, orders, np.int64), np.full(orders + 1, EVEN))
    return float(fewer[fewer <= LEVEL].max(initial=0.0))


def order_of(of: Compared, which: Flags) -> npt.NDArray[np.intp]:
    """The rows of these, the one whose net changed most first, in the way that their orders went."""
    rows = np.flatnonzero(which)
    change = np.where(of.declining, of.net_before - of.net, of.net - of.net_before)[rows]
    return rows[np.lexsort((of.persons[rows], -change))]


def balance(of: Compared) -> tuple[Balance, ...]:
    """All who are compared, by the way their orders went."""
    steady = ~(of.growing | of.declining)
    ways: tuple[tuple[Way, Flags], ...] = (("growing", of.growing), ("steady", steady), ("declining", of.declining))
    return tuple(
        Balance(
            way=way, customers=int(which.sum()), share=float(which.mean()) if len(of) else None,
            net=money(of.net[which].sum()), net_before=money(of.net_before[which].sum()),
        )
        for way, which in ways
    )  # fmt: skip
