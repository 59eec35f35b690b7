"""The shop's last year as rules look at it: who brought the revenue, and how; and which products come back."""

from dataclasses import dataclass

import duckdb
import numpy as np

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money
from switchboard.intelligence.questions.selling import Times

YEAR, TIME_TO_RETURN, TOP = 365, 90, 10  # days, days, customers
DEPENDENT_SHARE, DEPENDENT_ORDERS = 0.5, 2  # of the year's gross bought with a discount; orders in the year
CUSTOMERS = """
with b as (
    select person, count_if(begins)::bigint as orders, count_if(begins and day >= {year})::bigint as recent,
        min(day)::bigint as first, sum(case when day >= {year} then gross else 0 end)::bigint as gross,
        sum(case when day >= {year} and discount > 0 then gross else 0 end)::bigint as discounted,
        count(case when day >= {year} then discount end)::bigint as stated
    from ({bought}) group by person),
w as (
    select person, sum(gross - coalesce(discount, 0) - refund)::bigint as net from sale
    where second < {second} and day >= {year} and person is not null group by person)
select b.* exclude (person), coalesce(net, 0)::bigint as net from b left join w using (person)
"""
NET = """
select sum(gross - coalesce(discount, 0) - refund),
    sum(case when person is null then gross - coalesce(discount, 0) - refund end)
from sale where second < ? and day >= ?
"""
RETURNED = """
select p.product_id, coalesce(p.name, p.product_id), orders, orders_before, refunded, refunded_before, gross, refund,
    gross_before, refund_before
from (
    select product, count(distinct case when is_now and gross > 0 then document end) as orders,
        count(distinct case when not is_now and gross > 0 then document end) as orders_before,
        count(distinct case when is_now and refund > 0 then document end) as refunded,
        count(distinct case when not is_now and refund > 0 then document end) as refunded_before,
        sum(case when is_now then gross else 0 end) as gross, sum(case when is_now then refund else 0 end) as refund,
        sum(case when not is_now then gross else 0 end) as gross_before,
        sum(case when not is_now then refund else 0 end) as refund_before
    from (select *, day >= $since as is_now from sale
        where second < $second and day >= $before and product is not null)
    group by product) join product p using (product)
where gross > 0 and refund > 0 order by refund desc, p.product_id
"""


@dataclass(frozen=True, kw_only=True)
class Year:
    """The net of the last 365 days, in currency units, and whose it was.

    `buyers` ordered in it, and `top_net` is of the TOP of them who brought most; `had_time` came first more than
    TIME_TO_RETURN days ago, and of them `once` ordered once only; `dependent` bought at least DEPENDENT_SHARE of their
    gross with a discount, in DEPENDENT_ORDERS orders or more, both of the year.
    """

    net: float
    guests_net: float
    customers_net: float
    buyers: int
    top_net: float
    had_time: int
    once: int
    once_net: float
    dependent: int
    dependent_net: float
    states_discounts: bool


@dataclass(frozen=True, kw_only=True)
class Returns:
    """A product of which something came back in the last 90 days: then, and in the 90 before."""

    product_id: str
    name: str
    orders: int
    orders_before: int
    refunded: int
    refunded_before: int
    gross: float
    refund: float
    gross_before: float
    refund_before: float


def last_year(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Year:
    """The last 365 days before the moment."""
    since = as_of.day - YEAR
    ((net, guests),) = lines.execute(NET, [as_of.second, since]).fetchall()
    sql = CUSTOMERS.format(bought=bought(as_of), year=since, second=as_of.second)
    of = {name: np.asarray(column, np.int64) for name, column in fetched(lines.execute(sql)).items()}
    had_time = of["first"] < as_of.day - TIME_TO_RETURN
    once = had_time & (of["orders"] == 1)
    is_buyer = of["recent"] > 0
    depends = (of["recent"] >= DEPENDENT_ORDERS) & (of["discounted"] >= DEPENDENT_SHARE * of["gross"])
    return Year(
        net=money(net), guests_net=money(guests), customers_net=money(of["net"].sum()), buyers=int(is_buyer.sum()),
        top_net=money(np.sort(of["net"])[-TOP:].sum()), had_time=int(had_time.sum()), once=int(once.sum()),
        once_net=money(of["net"][once].sum()), dependent=int(depends.sum()),
        dependent_net=money(of["net"][depends].sum()), states_discounts=bool(of["stated"].any()),
    )  # fmt: skip


def returned(lines: duckdb.DuckDBPyConnection, as_of: AsOf, times: Times) -> list[Returns]:
    """Products of which something came back in these times, the one with most refunds first."""
    asked = {
        "second": as_of.second, "since": day_number(times.since), "before": day_number(times.before_since),
    }  # fmt: skip
    return [
        Returns(
            product_id=row[0], name=row[1], orders=row[2], orders_before=row[3], refunded=row[4],
            refunded_before=row[5], gross=money(row[6]), refund=money(row[7]), gross_before=money(row[8]),
            refund_before=money(row[9]),
        )
        for row in lines.execute(RETURNED, asked).fetchall()
    ]  # fmt: skip
