"""Revenue by month, from the mirror: net of all lines, guests included, refunds in the month they happened."""

from datetime import date, timedelta

import duckdb

from switchboard.intelligence.features import MONEY, AsOf
from switchboard.intelligence.months import day_number, day_of, following, starts
from switchboard.intelligence.past_records import Month

SPAN = "select min(day), max(day) from line where second < ? and day >= ?"
QUERY = """
select month.number, sum(net) as net, count_if(is_order) as orders,
    count(distinct case when is_order then person end) as customers
from (
    select day, document, any_value(person) as person, max(gross) > 0 as is_order,
        sum(gross - coalesce(discount, 0) - refund) as net
    from line where second < ? and day >= ? group by day, document) document
join (select unnest(?) as number, unnest(?) as day) month using (day) group by month.number
"""


def has_begun(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> bool:
    """Whether there is any line before the moment."""
    return lines.execute("select 1 from line where second < ? limit 1", [as_of.second]).fetchone() is not None


def by_month(lines: duckdb.DuckDBPyConnection, as_of: AsOf, months: int) -> tuple[Month, ...]:
    """The months up to the moment, the last so many, oldest first; months without lines in between are 0."""
    today = day_of(as_of.day)
    span = lines.execute(SPAN, [as_of.second, day_number(starts(today, months + 1)[0])]).fetchone()
    if span is None or span[0] is None:
        return ()
    last = today if span[1] == as_of.day else today - timedelta(days=1)  # at midnight today has not begun
    shown = [start for start in starts(last, months) if day_number(following(start)) > span[0]]
    days = [
        (number, day)
        for number, start in enumerate(shown)
        for day in range(day_number(start), day_number(following(start)))
    ]
    numbers, of_days = [each[0] for each in days], [each[1] for each in days]
    rows = lines.execute(QUERY, [as_of.second, of_days[0], numbers, of_days]).fetchall()
    found = {number: (net, orders, customers) for number, net, orders, customers in rows}
    return tuple(_month(start, *found.get(number, (0, 0, 0))) for number, start in enumerate(shown))


def _month(start: date, net: int, orders: int, customers: int) -> Month:
    return Month(month=f"{start:%Y-%m}", net=float(net) / MONEY, orders=orders, customers=customers)
