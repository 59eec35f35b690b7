"""How categories and products sell: what they bring, who buys them again, and which way they go."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import back, day_number, day_of, last_day
from switchboard.intelligence.product_question_records import (
    CategoryTrend,
    ProductPerformance,
    ProductsAsked,
    Sold,
    Trend,
    TrendsAsked,
)
from switchboard.intelligence.questions.chance import trend
from switchboard.intelligence.questions.parts import first_row, money, share

QUARTER = 90  # days
FIRST = "select min(day) from line where second < ?"
CATEGORIES = """
with of as (
    select category, is_now, sum(lines)::bigint as lines, sum(net)::bigint as net from (
        select product, day >= $since as is_now, count_if(gross > 0) as lines,
            sum(gross - coalesce(discount, 0) - refund) as net
        from sale where second < $second and day >= $before group by product, is_now)
    left join product using (product) group by category, is_now),
placed as (
    select category, is_now, count(*) as orders from (
        select distinct category, document, day >= $since as is_now
        from line where second < $second and day >= $before and gross > 0 and category is not null)
    group by category, is_now),
came as (
    select category, is_now, count(*) as buyers from (
        select distinct category, person, day >= $since as is_now from line
        where second < $second and day >= $before and gross > 0 and category is not null and person is not null)
    group by category, is_now)
select c.name, is_now, net, lines, coalesce(orders, 0), coalesce(buyers, 0)
from of left join category c using (category)
left join placed using (category, is_now) left join came using (category, is_now)
"""
PRODUCTS = """
with sold as (
    select product, count_if(gross > 0) as lines, sum(gross)::bigint as gross, sum(refund)::bigint as refund,
        sum(gross - coalesce(discount, 0) - refund)::bigint as net,
        sum(case when day >= $since then gross - coalesce(discount, 0) - refund else 0 end)::bigint as net_90,
        sum(case when day >= $before and day < $since then gross - coalesce(discount, 0) - refund else 0 end)::bigint
            as net_90_before
    from sale where second < $second and product is not null group by product),
bought as (
    select product, count(*) as buyers, count_if(again) as repeating from (
        select product, person, min(document) <> max(document) as again
        from sale where second < $second and product is not null and person is not null and gross > 0
        group by product, person)
    group by product),
recent as (
    select product, count(case when is_now then 1 end) as orders,
        count(case when not is_now then 1 end) as orders_before
    from (
        select distinct product, document, day >= $since as is_now
        from sale where second < $second and day >= $before and product is not null and gross > 0)
    group by product),
shown as (
    select p.product_id, p.name, c.name as category, s.*, coalesce(buyers, 0) as buyers, coalesce(orders, 0) as orders,
        coalesce(orders_before, 0) as orders_before, repeating / buyers as repeat_rate,
        refund / nullif(gross, 0) as return_rate,
        case when net_90_before > 0 then net_90 / net_90_before - 1 end as net_change
    from sold s join product p using (product) left join category c using (category)
    left join bought using (product) left join recent using (product)
    where p.product_id = coalesce($product, p.product_id) and ($category is null or c.name = $category))
select product_id, name, category, lines, gross, net, buyers, repeat_rate, return_rate, orders, orders_before, net_90,
    net_90_before, net_change, count(*) over () as total
from shown order by {by} {direction} nulls last, product_id limit $limit offset $first
"""


@dataclass(frozen=True, kw_only=True)
class Times:
    """Two times beside each other, days included; `is_whole` says whether the shop's history covers both."""

    before_since: date
    since: date
    until: date
    is_whole: bool

    @property
    def days(self) -> tuple[int, int]:
        """How long now and before are."""
        return (self.until - self.since).days + 1, (self.since - self.before_since).days

    def trend(self, now: int, before: int) -> Trend | None:
        """Which way a count of orders goes; None where the history is too short to say."""
        return trend(now, before, self.days) if self.is_whole else None


@dataclass(frozen=True, kw_only=True)
class Trends:
    """All categories, the one that earns most first."""

    times: Times
    categories: tuple[CategoryTrend, ...]
    uncategorised_net: float


@dataclass(frozen=True, kw_only=True)
class Page:
    """Products, and how many there are in all."""

    products: tuple[ProductPerformance, ...]
    total: int


def months(lines: duckdb.DuckDBPyConnection, as_of: AsOf, count: int) -> Times:
    """The last so many months up to the moment, and as many before."""
    until = last_day(lines, as_of)
    end = until + timedelta(days=1)
    return _times(lines, as_of, (back(end, 2 * count), back(end, count), until))


def quarters(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Times:
    """The last 90 days up to the moment, and the 90 before."""
    until = last_day(lines, as_of)
    since = until - timedelta(days=QUARTER - 1)
    return _times(lines, as_of, (since - timedelta(days=QUARTER), since, until))


def category_trends(lines: duckdb.DuckDBPyConnection, as_of: AsOf, asked: TrendsAsked) -> Trends:
    """All categories that had a line in either time, the one asked for alone if one is."""
    times = months(lines, as_of, asked.months)
    days = {"since": day_number(times.since), "before": day_number(times.before_since), "second": as_of.second}
    of: dict[str | None, dict[bool, Sold]] = {}
    for name, is_now, net, count, orders, buyers in lines.execute(CATEGORIES, days).fetchall():
        of.setdefault(name, {})[is_now] = Sold(net=money(net), lines=count, orders=orders, buyers=buyers)
    nothing = Sold(net=0.0, lines=0, orders=0, buyers=0)
    uncategorised = of.pop(None, {}).get(True, nothing).net
    whole = sum(each.get(True, nothing).net for each in of.values())
    found = [
        CategoryTrend(
            category=name,
            now=(now := each.get(True, nothing)),
            before=(before := each.get(False, nothing)),
            net_change=now.net / before.net - 1 if before.net > 0 else None,
            net_share=share(now.net, whole) if whole > 0 else None,
            trend=times.trend(now.orders, before.orders),
        )
        for name, each in of.items()
        if name is not None and asked.category in (None, name)
    ]
    found.sort(key=lambda each: (-each.now.net, each.category))
    return Trends(times=times, categories=tuple(found), uncategorised_net=uncategorised)


def products(lines: duckdb.DuckDBPyConnection, as_of: AsOf, asked: ProductsAsked) -> Page:
    """A page of products that were sold or given back up to the moment."""
    times, first = quarters(lines, as_of), first_row(asked.cursor)
    sql = PRODUCTS.format(by=asked.sort_by, direction="desc" if asked.descending else "asc")
    rows = lines.execute(sql, {
        "second": as_of.second, "since": day_number(times.since), "before": day_number(times.before_since),
        "product": asked.product_id, "category": asked.category, "limit": asked.limit, "first": first,
    }).fetchall()  # fmt: skip
    return Page(
        products=tuple(
            ProductPerformance(
                product_id=row[0], name=row[1], category=row[2], lines=row[3], gross=money(row[4]), net=money(row[5]),
                buyers=row[6], repeat_rate=row[7], return_rate=row[8], orders=row[9], orders_before=row[10],
                net_90=money(row[11]), net_90_before=money(row[12]), net_change=row[13],
                trend=times.trend(row[9], row[10]),
            )
            for row in rows
        ),
        total=rows[0][14] if rows else 0,
    )  # fmt: skip


def _times(lines: duckdb.DuckDBPyConnection, as_of: AsOf, days: tuple[date, date, date]) -> Times:
    found = lines.execute(FIRST, [as_of.second]).fetchone()
    first = None if found is None or found[0] is None else day_of(found[0])
    before_since, since, until = days
    return Times(
        before_since=before_since, since=since, until=until, is_whole=first is not None and first <= before_since
    )
