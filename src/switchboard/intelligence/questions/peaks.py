"""What sells more in the coming weeks than in the rest of the year, by the same weeks of the years before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import duckdb
import numpy as np
from pydantic import JsonValue

from switchboard.intelligence.copies import fetched
from switchboard.intelligence.features import AsOf, Fetched
from switchboard.intelligence.months import back, day_number
from switchboard.intelligence.questions.chance import LEVEL, Draw, Numbers, Whole, at_least
from switchboard.intelligence.questions.clustering import span
from switchboard.intelligence.season_records import Peak, YearIndex

What = Literal["products", "categories"]
MOST_YEARS, LEAST_ORDERS = 3, 10  # in the same weeks of all years together
TOO_SHORT = "A year of orders; there are {days} days. Import older orders, or ask again later."
RULE = (
    f"Its share of the orders in these weeks over its share of the orders of the whole years, of what at least"
    f" {LEAST_ORDERS} orders had in these weeks; higher by more than chance explains in one case of twenty, of all that"
    " are tested together (Fisher's exact test, Bonferroni), and higher in the newest year, too."
)
LOOKED_AT = """
create or replace temporary table calendar as
select unnest($days::integer[]) as day, unnest($years::integer[]) as year, unnest($inside::boolean[]) as inside
"""
SHOP = """
select year, count(distinct document) as orders, count(distinct case when inside then document end) as inside
from sale join calendar using (day) where second < {second} and gross > 0 group by year order by year
"""
SOLD = """
with once as (
    select distinct {key} as key, document, year, inside from sale join calendar using (day) {catalogue}
    where second < {second} and gross > 0 and {key} is not null)
select key::bigint as key, year::bigint as year, count(*)::bigint as orders, count_if(inside)::bigint as inside
from once group by key, year order by key, year
"""
BUYERS = """
select {key}::bigint as key, count(distinct person) as customers from sale join calendar using (day) {catalogue}
where second < {second} and gross > 0 and inside and person is not null and {key} in (select unnest(?::integer[]))
group by key
"""
NAMES = {
    "products": "select product, product_id, coalesce(p.name, product_id), c.name from product p"
    " left join category c using (category) where product in (select unnest(?::integer[]))",
    "categories": "select category, null, name, null from category where category in (select unnest(?::integer[]))",
}
KEY: Mapping[What, Mapping[str, str]] = {
    "products": {"key": "product", "catalogue": ""},
    "categories": {"key": "category", "catalogue": "join product using (product)"},
}


@dataclass(frozen=True, kw_only=True)
class Weeks:
    """The coming weeks, and the first day of the same ones in each of the years before, the newest first."""

    since: date
    until: date
    before: tuple[date, ...]

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """Everything that peaks, highest index first, of how many tested; orders of the shop by year, and inside."""

    weeks: Weeks
    missing: str | None
    tested: int = 0
    shop_index: float | None = None
    keys: Whole
    index: Numbers
    p: Numbers
    orders: Whole
    inside: Whole
    customers: Whole
    shop: Whole
    shop_inside: Whole


def peaks(lines: duckdb.DuckDBPyConnection, as_of: AsOf, weeks: int, what: What) -> Peaks:
    """What peaks in so many weeks from the moment on."""
    first, last = span(lines, as_of)
    of = coming(first, last, weeks)
    if not of.before:
        return _nothing(of, TOO_SHORT.format(days=(last - first).days + 1))
    lines.execute(LOOKED_AT, _calendar(of))
    all_of, within = _shop(lines, as_of, len(of.before))
    keys, orders, inside = _sold(lines, as_of, what, len(of.before))
    draw = Draw(whole=int(all_of.sum()), one=np.full(len(keys), within.sum()), other=orders.sum(1))
    p = at_least(inside.sum(1), draw) * len(keys) if len(keys) else np.zeros(0)
    index = _index(inside.sum(1), orders.sum(1), int(within.sum()), int(all_of.sum()))
    newest = _index(inside[:, 0], orders[:, 0], int(within[0]), int(all_of[0]))
    kept = np.flatnonzero((p <= LEVEL) & (index > 1) & (newest > 1))
    order = kept[np.lexsort((keys[kept], -index[kept]))]
    usual = all_of.sum() / sum(_days_of_year(of, year) for year in range(len(of.before)))
    return Peaks(
        weeks=of, missing=None, tested=len(keys), keys=keys[order], index=index[order], p=p[order],
        shop_index=float(within.sum() / (of.days * len(of.before)) / usual) if usual else None,
        orders=orders[order], inside=inside[order], customers=_buyers(lines, as_of, what, keys[order]),
        shop=all_of, shop_inside=within,
    )  # fmt: skip


def shown(lines: duckdb.DuckDBPyConnection, of: Peaks, what: What, page: tuple[int, int]) -> list[Peak]:
    """A page of them (first row, how many), with their names."""
    rows = list(range(page[0], min(page[0] + page[1], len(of.keys))))
    names = {row[0]: row[1:] for row in lines.execute(NAMES[what], [of.keys[rows].tolist()]).fetchall()}
    return [_peak(of, row, names[int(of.keys[row])]) for row in rows]


def _shop(lines: duckdb.DuckDBPyConnection, as_of: AsOf, years: int) -> tuple[Whole, Whole]:
    """By year the orders of the shop, and those in the weeks."""
    found = _columns(lines.execute(SHOP.format(second=as_of.second)))
    all_of, within = np.zeros(years, np.int64), np.zeros(years, np.int64)
    all_of[found["year"]], within[found["year"]] = found["orders"], found["inside"]
    return all_of, within


def _sold(lines: duckdb.DuckDBPyConnection, as_of: AsOf, what: What, years: int) -> tuple[Whole, Whole, Whole]:
    """What had orders enough in the weeks, and its orders in each year, and in the weeks of each."""
    rows = _columns(lines.execute(SOLD.format(second=as_of.second, **KEY[what])))
    keys, which = np.unique(rows["key"], return_inverse=True)
    orders, inside = np.zeros((len(keys), years), np.int64), np.zeros((len(keys), years), np.int64)
    orders[which, rows["year"]], inside[which, rows["year"]] = rows["orders"], rows["inside"]
    enough = inside.sum(1) >= LEAST_ORDERS
    return keys[enough], orders[enough], inside[enough]


def _buyers(lines: duckdb.DuckDBPyConnection, as_of: AsOf, what: What, keys: Whole) -> Whole:
    """How many customers bought each of these in the weeks."""
    sql = BUYERS.format(second=as_of.second, **KEY[what])
    found = dict[int, int](lines.execute(sql, [keys.tolist()]).fetchall())
    return np.array([found.get(key, 0) for key in keys.tolist()], np.int64)


def _columns(found: Fetched) -> dict[str, Whole]:
    return {name: np.asarray(column, np.int64) for name, column in fetched(found).items()}


def coming(first: date, last: date, weeks: int) -> Weeks:
    """The weeks after the last day, and the same in each whole year since the first one."""
    since = last + timedelta(days=1)
    before = [start for year in range(1, MOST_YEARS + 1) if (start := back(since, 12 * year)) >= first]
    return Weeks(since=since, until=since + timedelta(days=7 * weeks - 1), before=tuple(before))


def _calendar(of: Weeks) -> dict[str, list[int] | list[bool]]:
    """Every day of the years looked at, its year from the newest on, and whether it is in the weeks."""
    days, years, inside = list[int](), list[int](), list[bool]()
    for year, start in enumerate(of.before):
        for number in range(_days_of_year(of, year)):
            days.append(day_number(start) + number)
            years.append(year)
            inside.append(number < of.days)
    return {"days": days, "years": years, "inside": inside}


def _days_of_year(of: Weeks, year: int) -> int:
    return ((of.before[year - 1] if year else of.since) - of.before[year]).days


def _index(inside: Whole, orders: Whole, shop_inside: int, shop: int) -> Numbers:
    """The share of orders in the weeks over that of the years; 0 where there is nothing to divide by."""
    if not shop_inside or not shop:
        return np.zeros(len(inside))
    return inside / shop_inside / np.maximum(orders / shop, 1 / shop) * (orders > 0)


def _nothing(of: Weeks, missing: str) -> Peaks:
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    return Peaks(
        weeks=of, missing=missing, keys=none, index=nothing, p=nothing, orders=none, inside=none, customers=none,
        shop=none, shop_inside=none,
    )  # fmt: skip


def _peak(of: Peaks, row: int, names: tuple[str | None, str, str | None]) -> Peak:
    (product_id, name, category), customers = names, int(of.customers[row])
    years = tuple(
        YearIndex(since=start, orders=int(of.inside[row, year]), index=_of_year(of, row, year))
        for year, start in enumerate(of.weeks.before)
    )
    told = ", ".join(f"{each.since:%Y}: {each.index:.1f}" for each in years if each.index is not None)
    return Peak(
        product_id=product_id, name=name, category=category, index=float(of.index[row]),
        orders_then=int(of.inside[row].sum()), orders=int(of.orders[row].sum()), p_value=float(of.p[row]), years=years,
        customers=customers, filter=_filter(of.weeks, product_id, name),
        reason=f"In {of.inside[row].sum():,} orders of the same {of.weeks.days} days of"
        f" {'the year' if len(years) == 1 else f'{len(years)} years'} before, {of.index[row]:.1f} times its usual share"
        f" ({told}); {customers:,} customers bought it then.",
    )  # fmt: skip


def _of_year(of: Peaks, row: int, year: int) -> float | None:
    orders = of.orders[row, year : year + 1]
    if not orders[0]:
        return None
    return float(_index(of.inside[row, year : year + 1], orders, int(of.shop_inside[year]), int(of.shop[year]))[0])


def _filter(weeks: Weeks, product_id: str | None, name: str) -> dict[str, JsonValue]:
    """Who bought it in the same weeks of the years before."""
    what: dict[str, JsonValue] = {"category": name} if product_id is None else {"product": product_id}
    return {
        "any": [
            {"bought": {**what, "after": f"{start}", "before": f"{start + timedelta(days=weeks.days)}"}}
            for start in weeks.before
        ]
    }
