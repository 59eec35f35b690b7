"""Why something is likely to happen to a customer's subscription, in words, and who buys as if they had one."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from switchboard.intelligence.features import AsOf, among
from switchboard.intelligence.predictions.special import Narrow, Whole
from switchboard.intelligence.questions.addressing import fits
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.valued import SERVED
from switchboard.intelligence.subscriptions.activity import CANCELLED, FAILED, STARTED, Events

RECENTLY = 90  # days
ORDERED = """
select person, count_if(begins)::bigint as orders, max(day)::bigint as last, min(day)::bigint as first
from ({bought} and {persons}) group by person
"""
FIT = "f_repeat_share / (1 + f_gap_deviation / f_gap_mean)"
ROUTINE = """
select person, {fit} as fit, f_repeat_share, f_gap_mean, f_orders, count(*) over () as total from customer
where {served} and {fits} and f_gap_mean > 0 and f_gap_deviation is not null and f_repeat_share is not null
order by fit desc, value desc, person limit {limit} offset {first}
"""


@dataclass(frozen=True, kw_only=True)
class Buys:
    """Somebody who buys the same in regular gaps."""

    person: int
    fit: float
    repeat_share: float
    gap_days: float
    orders: int


def reasons(
    lines: duckdb.DuckDBPyConnection, as_of: AsOf, events: Events, persons: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """What speaks of each of these persons: their subscription, their failed payments, their orders."""
    (condition,) = among(persons)
    rows = lines.execute(ORDERED.format(bought=bought(as_of), persons=condition)).fetchall()
    orders = {row[0]: row[1:] for row in rows}
    mine = events.where(np.isin(events.person, np.array(list(persons), np.int64)))
    found = dict[int, tuple[str, ...]]()
    for person in persons:
        own = mine.where(mine.person == person)
        told = [*_of_subscription(own, as_of.day), *_of_orders(orders.get(person), as_of.day)]
        found[person] = tuple(told)
    return found


def routine(served: duckdb.DuckDBPyConnection, first: int, limit: int) -> tuple[list[Buys], int]:
    """Who buys the same in regular gaps, the best fit first; and how many they are."""
    sql = ROUTINE.format(fit=FIT, served=SERVED, fits=fits("subscription"), limit=limit, first=first)
    rows = served.execute(sql).fetchall()
    return [
        Buys(person=row[0], fit=_short(row[1]), repeat_share=_short(row[2]), gap_days=_short(row[3]),
             orders=int(row[4]))
        for row in rows
    ], int(rows[0][5]) if rows else 0  # fmt: skip


def _of_subscription(own: Events, today: int) -> list[str]:
    told = list[str]()
    started, cancelled, failed = (own.of(kind) for kind in (STARTED, CANCELLED, FAILED))
    if len(started) > len(cancelled):
        told.append(f"Subscribes since {today - int(started.day[-1]):,} days.")
    if len(cancelled):
        told.append(f"Cancelled {_times(len(cancelled))}, last {today - int(cancelled.day[-1]):,} days ago.")
    recent = int((failed.day >= today - RECENTLY).sum())
    if len(failed):
        last = today - int(failed.day[-1])
        told.append(f"Payments failed {_times(recent)} in the last {RECENTLY} days, last {last:,} days ago.")
    return told


def _of_orders(of: tuple[int, int, int] | None, today: int) -> list[str]:
    if of is None:
        return []
    orders, last, first = of
    if orders == 1 or last == first:
        return [f"Ordered {_times(orders)}, {today - last:,} days ago."]
    gap = (last - first) / (orders - 1)
    return [f"Ordered {_times(orders)}, every {gap:,.0f} days in the mean, last {today - last:,} days ago."]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _short(figure: float) -> float:
    """With the seven digits that are kept of it."""
    return float(f"{figure:.7g}")


def order_of(probability: Narrow, persons: Whole) -> Whole:
    """The rows, the likeliest first."""
    return np.lexsort((persons, -probability))
