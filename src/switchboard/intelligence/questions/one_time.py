"""One-time buyers: how many they are, how long ago they came, and after which beginnings customers come back."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.question_records import Ago, Beginning, Beginnings, OneTimeAsked, Return
from switchboard.intelligence.questions.chance import LEVEL, Draw, at_least
from switchboard.intelligence.questions.orders import bought
from switchboard.intelligence.questions.parts import money, share

# One row a customer: how many orders, which was the first, on which days were the first and the second.
BEGUN = """
create or replace temporary table begun as
select person, count(*) as orders, arg_min(document, (second, document)) as document, min(day) as day,
    min(day, 2)[2] as again
from (select * from ({bought}) where begins) group by person
"""
AGES = ((0, 30), (31, 90), (91, 180), (181, 365), (366, None))
ONCE = """
select b.day, count(*) as customers, sum(n.net) as net from begun b join (
    select person, sum(gross - coalesce(discount, 0) - refund) as net
    from sale where second < ? and person is not null group by person) n using (person)
where b.orders = 1 group by b.day order by b.day desc
"""
EVERYBODY = """
select (select count(*) from begun), sum(gross - coalesce(discount, 0) - refund)
from sale where second < ? and person in (select person from begun)
"""
RETURNED = """
select count(*), count(case when again - day <= $within then 1 end) from begun where day <= $today - $within
"""
STARTED = """
with began as (
    select distinct l.{what} as number, b.person, coalesce(b.again - b.day <= $within, false) as returned
    from line l join begun b on b.person = l.person and b.document = l.document
    where l.gross > 0 and l.second < $second and l.{what} is not null and b.day <= $today - $within)
select {id} as product_id, n.name, count(*) as customers, count_if(returned) as returned
from began g left join {what} n on n.{what} = g.number
group by g.number, product_id, n.name having count(*) >= $least order by customers desc, product_id, n.name
"""
OF = {"product": "n.product_id", "category": "null::varchar"}
MISSING = {
    "product": "The lines of first orders name no products. Import a product_id with every line.",
    "category": "No product of first orders has a category. Import a category with every product.",
}
KNOWS = "select 1 from line where second < ? and gross > 0 and {what} is not null and person is not null limit 1"


@dataclass(frozen=True, kw_only=True)
class Once:
    """One-time buyers; money in currency units."""

    customers: int
    net: float
    median_days_ago: float | None
    ages: tuple[Ago, ...]


@dataclass(frozen=True, kw_only=True)
class Began:
    """A product or category of first orders, and how many of those customers came back."""

    product_id: str | None
    name: str | None
    customers: int
    came_back: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that is answered of one-time buyers; `customers` and `net` are of the whole shop."""

    customers: int
    net: float
    once: Once
    returning: Return
    products: Beginnings
    categories: Beginnings


def told(lines: duckdb.DuckDBPyConnection, as_of: AsOf, asked: OneTimeAsked) -> Told:
    """One-time buyers and beginnings in one go."""
    find_beginnings(lines, as_of)
    customers, net = everybody(lines, as_of)
    back = returning(lines, as_of, asked.within_days)
    return Told(
        customers=customers,
        net=net,
        once=once(lines, as_of),
        returning=back,
        products=beginnings(lines, as_of, "product", asked, back),
        categories=beginnings(lines, as_of, "category", asked, back),
    )


def find_beginnings(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """Make the table of first orders that the other questions here look into."""
    lines.execute(BEGUN.format(bought=bought(as_of)))


def everybody(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> tuple[int, float]:
    """How many customers there are, and their lifetime value."""
    ((customers, net),) = lines.execute(EVERYBODY, [as_of.second]).fetchall()
    return customers, money(net)


def once(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> Once:
    """Customers with exactly one order."""
    rows = lines.execute(ONCE, [as_of.second]).fetchall()
    days = [(max(as_of.day - day, 0), customers, net) for day, customers, net in rows]
    customers = sum(count for _, count, _ in days)
    return Once(
        customers=customers,
        net=money(sum(net for _, _, net in days)),
        median_days_ago=_median([(ago, count) for ago, count, _ in days]),
        ages=tuple(
            Ago(
                from_days=low, to_days=high, customers=sum(count for _, count, _ in of),
                net=money(sum(net for _, _, net in of)),
            )
            for low, high in AGES
            for of in [[day for day in days if low <= day[0] and (high is None or day[0] <= high)]]
        ),
    )  # fmt: skip


def returning(lines: duckdb.DuckDBPyConnection, as_of: AsOf, within_days: int) -> Return:
    """Who came back of those who had the time to."""
    asked = {"within": within_days, "today": as_of.day}
    ((customers, came_back),) = lines.execute(RETURNED, asked).fetchall()
    return Return(
        within_days=within_days, customers=customers, came_back=came_back, share=share(came_back, customers)
    )  # fmt: skip


def beginnings(
    lines: duckdb.DuckDBPyConnection, as_of: AsOf, what: str, asked: OneTimeAsked, whole: Return
) -> Beginnings:
    """Products or categories ("product", "category") of first orders after which more or fewer came back."""
    if lines.execute(KNOWS.format(what=what), [as_of.second]).fetchone() is None:
        return Beginnings(tested=0, brings_back=(), loses=(), missing=MISSING[what])
    values = {"within": asked.within_days, "today": as_of.day, "second": as_of.second, "least": asked.least_customers}
    rows = lines.execute(STARTED.format(what=what, id=OF[what]), values).fetchall()
    began = [Began(product_id=row[0], name=row[1], customers=row[2], came_back=row[3]) for row in rows]
    more, fewer = telling(began, whole)
    return Beginnings(tested=len(began), brings_back=more[: asked.limit], loses=fewer[: asked.limit], missing=None)


def telling(began: Sequence[Began], whole: Return) -> tuple[tuple[Beginning, ...], tuple[Beginning, ...]]:
    """Those after which more came back than chance explains, and those after which fewer did; in their order.

    Both tails of each are tested, so the probabilities count twice as many tests as there are beginnings.
    """
    if not began or not whole.came_back or whole.came_back == whole.customers:
        return (), ()
    of = np.array([each.customers for each in began])
    came = np.array([each.came_back for each in began])
    returned = np.full(len(began), whole.came_back)
    tests = 2 * len(began)
    more = at_least(came, Draw(whole=whole.customers, one=of, other=returned)) * tests
    fewer = at_least(of - came, Draw(whole=whole.customers, one=of, other=whole.customers - returned)) * tests
    average = whole.came_back / whole.customers
    found = [
        tuple(
            Beginning(
                product_id=each.product_id, name=each.name, customers=each.customers, came_back=each.came_back,
                share=each.came_back / each.customers, lift=each.came_back / each.customers / average,
                p_value=float(p),
            )
            for each, p in zip(began, probabilities, strict=True)
            if p <= LEVEL
        )
        for probabilities in (more, fewer)
    ]  # fmt: skip
    return found[0], found[1]


def _median(counted: Sequence[tuple[int, int]]) -> float | None:
    """The median of values that come with how often each is there, ascending; None of nothing."""
    whole, seen = sum(count for _, count in counted), 0
    low: int | None = None
    for value, count in counted:
        seen += count
        low = value if low is None and 2 * seen >= whole else low
        if 2 * seen > whole:
            return ((value if low is None else low) + value) / 2
    return None
