"""Customers whose orders gather in certain days of the year, held against what the shop's own orders do there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number, day_of, last_day
from switchboard.intelligence.occasions import Window
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.counts import Numbers, Whole, at_least
from switchboard.intelligence.questions.orders import bought

Flags = npt.NDArray[np.bool_]
RULE = (
    "Of customers with enough orders: the orders they have in these days are more than chance brings in at most one"
    " case of twenty, if each of their orders fell into them as often as the shop's orders since their first one did"
    " (binomial)."
)
MOST_ORDERS, DIGITS = 1_000_000, 10_000
FIRST = "select min(day) from sale where second < ? and person is not null and gross > 0"
DAILY = "select day, count_if(begins)::bigint as orders from ({bought}) group by day"
COUNTED = """
with inside as (select unnest($days::integer[]) as day, true as inside),
b as (
    select person, count_if(begins)::bigint as orders, count_if(begins and inside)::bigint as inside, min(day) as first
    from ({bought}) left join inside using (day) group by person),
w as (
    select person, sum(gross - coalesce(discount, 0) - refund)::bigint as net,
        max(case when gross > 0 then day end) as last
    from sale semi join inside using (day) where second < {second} and person is not null group by person)
select person, orders, inside, first::bigint as first, coalesce(net, 0)::bigint as net,
    coalesce(last, -1)::bigint as last
from b left join w using (person) order by person
"""


NET = "select sum(gross - coalesce(discount, 0) - refund) from sale where second < ? and person is not null"


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """All customers, ascending: their orders, those inside the windows, and the net of the latter (1/10,000).

    `expected` is the share of the shop's orders since their first one that fell inside, `p` how likely chance brings
    as many; `last` is the day of their last order inside, -1 for none. `days` are those inside, `history` all of them.
    """

    windows: tuple[Window, ...]
    days: int
    history: int
    persons: Whole
    orders: Whole
    inside: Whole
    net: Whole
    net_of_all: int
    last: Whole
    expected: Numbers
    p: Numbers

    def clustered(self, least_orders: int) -> Flags:
        """Whose orders gather in the windows."""
        return self.judged(least_orders) & (self.p <= LEVEL) & (self.inside > 0)

    def judged(self, least_orders: int) -> Flags:
        """Who has orders enough, and could have ordered inside and outside."""
        return (self.orders >= least_orders) & (self.expected > 0) & (self.expected < 1)


def span(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> tuple[date, date]:
    """The days of the first order of a customer, and of the last that anything is known of."""
    found = lines.execute(FIRST, [as_of.second]).fetchone()
    assert found is not None, "a customer had ordered by then"
    return day_of(found[0]), last_day(lines, as_of)


def gathered(lines: duckdb.DuckDBPyConnection, as_of: AsOf, windows: tuple[Window, ...]) -> Gathered:
    """How much of what each customer ordered fell into these windows, which lie in the shop's history."""
    first, last = (day_number(each) for each in span(lines, as_of))
    inside = _inside(windows)
    part = _shares(lines, as_of, inside, (first, last))
    sql = COUNTED.format(bought=bought(as_of), second=as_of.second)
    of = {
        name: np.asarray(column, np.int64)
        for name, column in fetched(lines.execute(sql, {"days": inside.tolist()})).items()
    }
    expected = part[np.clip(of["first"] - first, 0, len(part) - 1)]
    net = lines.execute(NET, [as_of.second]).fetchone()
    return Gathered(
        windows=windows, days=len(inside), history=last - first + 1, persons=of["person"], orders=of["orders"],
        inside=of["inside"], net=of["net"], net_of_all=int(net[0] or 0) if net else 0, last=of["last"],
        expected=expected, p=_chances(of["inside"], of["orders"], expected),
    )  # fmt: skip


def order_of(of: Gathered, which: Flags) -> npt.NDArray[np.intp]:
    """The rows of these, the one who spent most in the windows first."""
    rows = np.flatnonzero(which)
    return rows[np.lexsort((of.persons[rows], -of.net[rows]))]


def by_chance(of: Gathered, which: Flags) -> float | None:
    """The share of these whom the test would find by chance, their expected share to two digits; None of nobody."""
    if not which.any():
        return None
    cases, customers = np.unique(of.orders[which] * 101 + np.round(of.expected[which] * 100), return_counts=True)
    found = [_false_share(int(case // 101), float(case % 101 / 100)) for case in cases]
    return float((np.array(found) * customers).sum() / customers.sum())


def _false_share(orders: int, part: float) -> float:
    count = np.arange(1, orders + 1, dtype=np.int64)
    p = at_least(count, np.full(orders, orders, np.int64), np.full(orders, part))
    return float(p[p <= LEVEL].max(initial=0.0))


def _inside(windows: Sequence[Window]) -> Whole:
    days = [np.arange(day_number(each.since), day_number(each.until) + 1) for each in windows]
    return np.unique(np.concatenate(days)) if days else np.zeros(0, np.int64)


def _shares(lines: duckdb.DuckDBPyConnection, as_of: AsOf, inside: Whole, span_: tuple[int, int]) -> Numbers:
    """By day of the history, the share of the shop's orders from that day on that fell inside."""
    first, last = span_
    found = fetched(lines.execute(DAILY.format(bought=bought(as_of))))
    day = np.asarray(found["day"], np.int64) - first
    orders = np.bincount(np.clip(day, 0, last - first), np.asarray(found["orders"], np.float64), last - first + 1)
    is_inside = np.zeros(len(orders))
    is_inside[inside[(inside >= first) & (inside <= last)] - first] = 1
    from_on, inside_on = orders[::-1].cumsum()[::-1], (orders * is_inside)[::-1].cumsum()[::-1]
    return inside_on / np.maximum(from_on, 1)


def _chances(inside: Whole, orders: Whole, expected: Numbers) -> Numbers:
    """How likely so many orders inside are; equal cases are worked out once, the share to four digits."""
    _, first, which = np.unique(
        (inside * MOST_ORDERS + orders) * (DIGITS + 1) + np.round(expected * DIGITS).astype(np.int64),
        return_index=True, return_inverse=True,
    )  # fmt: skip
    return at_least(inside[first], orders[first], np.round(expected[first] * DIGITS) / DIGITS)[which]
