"""Discount dependency: how much of what customers buy they buy with a discount."""

from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.question_records import Dependent, DiscountBand
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money, share

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Name = Literal["none", "few", "some", "most", "nearly_all", "all"]

NO_DISCOUNTS = "The orders state no discounts. Import the discount of each line, 0 where there was none."
BANDS: tuple[tuple[Name, float | None, float], ...] = (
    ("none", None, 0.0), ("few", 0.0, 0.25), ("some", 0.25, 0.5), ("most", 0.5, 0.75), ("nearly_all", 0.75, 1.0),
    ("all", 1.0, 1.0),
)  # fmt: skip
SPENT = """
select count_if(begins)::bigint as orders, sum(gross)::bigint as gross, sum(coalesce(discount, 0))::bigint as discount,
    sum(case when discount > 0 then gross else 0 end)::bigint as discounted,
    sum(case when discount > 0 then gross - discount else 0 end)::bigint as discounted_net, count(discount) as known
from ({bought}) group by person
"""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Per customer: orders, what they bought in 1/10,000, how much of it on lines with a discount, and the discounts.

    `is_known` says whether any discount is stated at all, be it 0.
    """

    orders: Whole
    gross: Whole
    discounted: Whole
    discount: Whole
    discounted_net: Whole
    is_known: bool

    def __len__(self) -> int:
        return len(self.orders)


def spent(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Spent:
    """All customers with an order before the moment."""
    found = {
        name: np.asarray(each, np.int64)
        for name, each in fetched(lines.execute(SPENT.format(bought=bought(as_of)))).items()
    }
    is_known = bool(found.pop("known").any())
    return Spent(**found, is_known=is_known)


def bands(of: Spent) -> tuple[DiscountBand, ...]:
    """All customers by the share of their gross bought with a discount."""
    return tuple(
        DiscountBand(
            name=name, above=above, up_to=up_to, customers=int(has.sum()), share=float(has.mean()),
            gross=money(of.gross[has].sum()), net=money((of.gross - of.discount)[has].sum()),
        )
        for name, above, up_to in BANDS
        for has in [_within(of, name, above, up_to)]
    )  # fmt: skip


def dependent(of: Spent, least_share: float, least_orders: int) -> Dependent:
    """Who reaches both thresholds."""
    has, net = (of.discounted >= least_share * of.gross) & (of.orders >= least_orders), of.gross - of.discount
    return Dependent(
        least_share=least_share, least_orders=least_orders, customers=int(has.sum()), share=float(has.mean()),
        net=money(net[has].sum()), net_share=share(net[has].sum(), net.sum()),
    )  # fmt: skip


def _within(of: Spent, name: Name, above: float | None, up_to: float) -> Flags:
    if above is None:
        return of.discounted == 0
    if name == "all":
        return of.discounted == of.gross
    return (of.discounted > above * of.gross) & (of.discounted <= up_to * of.gross) & (of.discounted < of.gross)
