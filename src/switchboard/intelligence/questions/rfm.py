"""RFM: how recently, how often and for how much customers bought, in fifths, and what that is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import MONEY, AsOf
from switchboard.intelligence.question_records import RfmCell, RfmGroup, RfmName, RfmScore
from switchboard.intelligence.questions.orders import bought

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

BEST = 5
FIGURES = """
select last, orders, net from (
    select person, max(day) as last, count_if(begins)::bigint as orders from ({bought}) group by person)
join (
    select person, sum(gross - coalesce(discount, 0) - refund)::bigint as net
    from sale where second < {second} and person is not null group by person) using (person)
"""
# For each score of recency, from 1 to 5: the groups by the mean of the scores of frequency and value, from 1 to 5.
GROUPS: tuple[tuple[RfmName, ...], ...] = (
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyal", "potential_loyal", "loyal", "loyal"),
    ("new", "potential_loyal", "potential_loyal", "champions", "champions"),
)
MEANINGS: Mapping[RfmName, str] = {
    "champions": "bought just now, often and for much",
    "loyal": "buy often and for much, and not long ago",
    "potential_loyal": "bought lately, neither seldom nor often yet",
    "new": "bought just now, seldom and for little",
    "promising": "bought lately, seldom and for little",
    "need_attention": "in the middle in everything",
    "about_to_sleep": "seldom and for little, and it is a while ago",
    "at_risk": "used to buy fairly often, long ago",
    "cannot_lose": "used to buy most, long ago",
    "hibernating": "seldom and for little, long ago",
}
SCORED: tuple[Literal["days_since_last_order", "orders", "lifetime_value"], ...] = (
    "days_since_last_order", "orders", "lifetime_value",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Table:
    """What became of all customers."""

    customers: int
    groups: tuple[RfmGroup, ...]
    cells: tuple[RfmCell, ...]
    scores: tuple[RfmScore, ...]


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """Sums over the customers of one cell."""

    scores: tuple[int, int, int]
    customers: int
    net: float
    orders: float
    days: float

    @property
    def group(self) -> RfmName:
        return group_of(*self.scores)


def rfm(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Table:
    """All customers with an order before the moment."""
    found = fetched(lines.execute(FIGURES.format(bought=bought(as_of), second=as_of.second)))
    last, orders, net = (np.asarray(found[name], np.int64) for name in ("last", "orders", "net"))
    return table(as_of.day - last, orders, net)


def table(days: Whole, orders: Whole, net: Whole) -> Table:
    """Customers by the days since their last order, their orders, and their net in 1/10,000."""
    of = (scores(-days), scores(orders), scores(net))
    cells = _cells(of, days, orders, net)
    return Table(
        customers=len(days),
        groups=tuple(_group(name, [each for each in cells if each.group == name], len(days)) for name in MEANINGS),
        cells=tuple(
            RfmCell(
                recency=each.scores[0], frequency=each.scores[1], monetary=each.scores[2], group=each.group,
                customers=each.customers, mean_value=each.net / MONEY / each.customers,
            )
            for each in cells
        ),
        scores=tuple(
            RfmScore(figure=figure, score=score, customers=int(has.sum()), low=float(shown[has].min()),
                     high=float(shown[has].max()))
            for figure, shown, given in zip(SCORED, (days, orders, net / MONEY), of, strict=True)
            for score in range(BEST, 0, -1)
            if (has := given == score).any()
        ),
    )  # fmt: skip


def scores(figures: Whole) -> Whole:
    """From 1 to 5, the highest figures 5: the fifth in which the middle of all who have the same figure stands."""
    _, place, ties = np.unique(figures, return_inverse=True, return_counts=True)
    below = np.cumsum(ties) - ties
    return (1 + BEST * (2 * below + ties) // (2 * max(len(figures), 1)))[place]


def group_of(recency: int, frequency: int, monetary: int) -> RfmName:
    """What customers of these scores are called; half a score between frequency and value counts up."""
    return GROUPS[recency - 1][(frequency + monetary + 1) // 2 - 1]


def _cells(of: tuple[Whole, Whole, Whole], days: Whole, orders: Whole, net: Whole) -> list[_Cell]:
    """The cells with customers, the best first."""
    codes = (of[0] - 1) * BEST * BEST + (of[1] - 1) * BEST + of[2] - 1
    counts = np.bincount(codes, minlength=BEST**3).tolist()
    summed = [np.bincount(codes, column, BEST**3).astype(np.float64).tolist() for column in (net, orders, days)]
    return [
        _Cell(
            scores=(code // BEST**2 + 1, code // BEST % BEST + 1, code % BEST + 1),
            customers=counts[code],
            net=summed[0][code],
            orders=summed[1][code],
            days=summed[2][code],
        )
        for code in range(BEST**3 - 1, -1, -1)
        if counts[code]
    ]


def _group(name: RfmName, cells: list[_Cell], everybody: int) -> RfmGroup:
    customers, net = sum(each.customers for each in cells), sum(each.net for each in cells) / MONEY
    return RfmGroup(
        name=name,
        meaning=MEANINGS[name],
        customers=customers,
        share=customers / max(everybody, 1),
        total_value=net,
        mean_value=net / customers if customers else None,
        mean_orders=sum(each.orders for each in cells) / customers if customers else None,
        mean_days_since_last_order=sum(each.days for each in cells) / customers if customers else None,
    )
