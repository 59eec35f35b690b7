"""Revenue by month, from the mirror: net of all lines, guests included, refunds in the month they happened."""

from datetime import date, timedelta

import duckdb

from switchboard.intelligence.features import MONEY, AsOf
from switchboard.intelligence.past_records import Month

EPOCH = date(1970, 1, 1)
QUERY = """
select day, sum(gross - coalesce(discount, 0) - refund) as net,
    count(distinct case when gross > 0 then document end) as orders
from line where second < ? and day >= ? group by day order by day
"""
BUYERS = """
select count(distinct person) from line where second < ? and day between ? and ? and gross > 0
"""


def by_month(lines: duckdb.DuckDBPyConnection, as_of: AsOf, months: int) -> tuple[Month, ...]:
    """The months up to the moment, the last so many, oldest first; months without lines in between are 0."""
    today = EPOCH + timedelta(days=as_of.day)
    days = lines.execute(QUERY, [as_of.second, (_starts(today, months + 1)[0] - EPOCH).days]).fetchall()
    if not days:
        return ()
    first = EPOCH + timedelta(days=days[0][0])
    last = today if days[-1][0] == as_of.day else today - timedelta(days=1)  # at midnight today has not begun
    starts = _starts(last, months)
    found: list[Month] = []
    for start, end in zip(starts, [*starts[1:], last + timedelta(days=1)], strict=True):
        if end > first:
            own = [(net, orders) for day, net, orders in days if start <= EPOCH + timedelta(days=day) < end]
            found.append(_month(lines, as_of, (start, end), own))
    return tuple(found)


def _month(lines: duckdb.DuckDBPyConnection, as_of: AsOf, span: tuple[date, date], own: list[tuple[int, int]]) -> Month:
    low, high = ((day - EPOCH).days for day in span)
    (buyers,) = lines.execute(BUYERS, [as_of.second, low, high - 1]).fetchone() or (0,)
    return Month(
        month=f"{span[0]:%Y-%m}",
        net=float(sum(net for net, _ in own)) / MONEY,
        orders=int(sum(orders for _, orders in own)),
        customers=int(buyers),
    )


def _starts(last: date, months: int) -> list[date]:
    starts = [last.replace(day=1)]
    while len(starts) < months:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    return starts[::-1]
