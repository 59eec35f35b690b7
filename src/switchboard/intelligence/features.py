"""Features: one row of figures per customer, from the lines of the columnar mirror up to a moment.

The sums are taken in `sums`, the ratios here; `features.sql` says the sums to other engines, and a test holds both
against each other. An order is a person's document with at least one line of positive gross, at the moment of the first
such line. Refunds never count as orders.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.foundation.reached import reach
from switchboard.intelligence.sums import NAMES, UNKNOWN, Lines, Numbers, changes, ratio, sums

Persons = npt.NDArray[np.int64]

MONEY = 10_000.0  # the mirror's integers per unit of the workspace currency
MEASURING = "measuring all customers"
LINES_AT_ONCE = 500_000  # per pass over the shop: keeps memory low, however large the shop is
AT_ONCE = 2  # passes beside each other: NumPy and DuckDB let go of the interpreter while they work
LINES = """
select person, document, day, second, coalesce(product, {unknown}) as product,
    coalesce(category, {unknown}) as category, gross, coalesce(discount, 0) as discount, refund
from line
where second < {second} and {persons}
order by person, document
"""
COUNTS = """
select person // {width} as number, count(*) as lines from line where person is not null group by number order by number
"""


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """The moment asked about: facts before `second` count, days are counted to `day`.

    `second` is Unix time, `day` its day since 1970-01-01 in the workspace's zone. `country` is the workspace's, whose
    holidays count where those of its customers are not known.
    """

    day: int
    second: int
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What a figure is. `period` is the span of facts it is taken over; axes show those they name."""

    name: str
    unit: str
    period: str
    meaning: str
    definition: str
    axes: tuple[str, ...] = ()


FREQUENCY, VALUE, CATEGORY, PRICE = "purchase_frequency", "purchase_value", "category_exploration", "price_sensitivity"
CADENCE, MATURITY, REPURCHASE, RETURNS = (
    "purchase_cadence",
    "customer_maturity",
    "repurchase_behavior",
    "return_behavior",
)

# name, unit, period, meaning, definition, axes that show it
_TABLE: tuple[tuple[str, str, str, str, str, tuple[str, ...]], ...] = (
    ("orders", "orders", "ever", "Orders placed", "documents with a line of positive gross", (FREQUENCY, REPURCHASE)),
    ("orders_365", "orders", "last 365 days", "Orders of the last year", "orders of those days", (FREQUENCY,)),
    ("orders_90", "orders", "last 90 days", "Orders of the last quarter", "orders of those days", (FREQUENCY,)),
    ("pace", "orders a year", "last 365 days", "Buying pace", "365 x orders_365 / (tenure, 180 to 365)", (FREQUENCY,)),
    ("tenure_days", "days", "ever", "Time since the first order", "as_of - day of the first order", (MATURITY,)),
    ("recency_days", "days", "ever", "Time since the last order", "as_of - day of the last order", (CADENCE,)),
    ("first_order_day", "day since 1970-01-01", "ever", "Day of the first order", "day of its moment", (MATURITY,)),
    ("last_order_day", "day since 1970-01-01", "ever", "Day of the last order", "day of its moment", (CADENCE,)),
    ("gross", "currency", "ever", "Bought before discounts and refunds", "gross of all lines", ()),
    ("discount", "currency", "ever", "Discounts taken", "discount of the orders' lines", (PRICE,)),
    ("order_net", "currency", "ever", "Bought after discounts", "gross - discount of the orders' lines", (VALUE,)),
    ("discounted_net", "currency", "ever", "Spent on discounted lines", "net of lines with a discount", (PRICE,)),
    ("refund", "currency", "ever", "Refunded", "refunds of all lines", (RETURNS,)),
    ("refunded_orders", "orders", "ever", "Orders with a refund", "documents with a refund", (RETURNS,)),
    ("lifetime_value", "currency", "ever", "Lifetime value", "gross - discount - refund of all lines", (VALUE,)),
    ("net_365", "currency", "last 365 days", "Net of the last year", "orders - refunds of those days", (VALUE,)),
    ("net_90", "currency", "last 90 days", "Net of the last quarter", "orders - refunds of those days", (VALUE,)),
    ("average_order_value", "currency", "ever", "Average order after refunds", "lifetime_value / orders", (VALUE,)),
    ("basket_value", "currency", "ever", "Average order before refunds", "order_net / orders", (VALUE,)),
    ("largest_order", "currency", "ever", "Largest order", "highest net of one order, before refunds", (VALUE,)),
    ("gaps", "gaps", "ever", "Gaps between orders", "gaps of at least one day", (CADENCE,)),
    ("gap_mean", "days", "ever", "Usual gap", "mean of the gaps of at least one day", (CADENCE,)),
    ("gap_deviation", "days", "ever", "Spread of the gaps", "sample standard deviation of those gaps", (CADENCE,)),
    ("products", "products", "ever", "Different products", "distinct known products", (REPURCHASE,)),
    ("lines_per_order", "lines", "ever", "Products in an order", "product lines / orders", ()),
    ("later_lines", "lines", "ever", "Products after the first order", "order x product after it", (REPURCHASE,)),
    ("repeat_lines", "lines", "ever", "Products bought again", "those bought in an earlier order", (REPURCHASE,)),
    ("repeat_share", "share", "ever", "Share bought before", "repeat_lines / later_lines", (REPURCHASE,)),
    ("categories", "categories", "ever", "Categories bought in", "those with a positive net", (CATEGORY,)),
    ("top_category_share", "share", "ever", "Share of the top category", "its net / net with one", (CATEGORY,)),
    ("category_entropy", "nats", "ever", "Spread over categories", "entropy of the shares, 0 for one", (CATEGORY,)),
    ("discount_share", "share", "ever", "Discount on gross", "discount / gross", (PRICE,)),
    ("deal_share", "share", "ever", "Share spent on discounted lines", "discounted_net / order_net", (PRICE,)),
    ("return_share", "share", "ever", "Share of sales refunded", "refund / gross", (RETURNS,)),
)

FEATURES: dict[str, Feature] = {
    name: Feature(name=name, unit=unit, period=period, meaning=meaning, definition=definition, axes=axes)
    for name, unit, period, meaning, definition, axes in _TABLE
}
"""Every feature by name, in the order they are shown. Source of the definitions: `features.sql`."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """The figures of all customers asked for: `persons` ascending, and one column of float64 per name in FEATURES.

    NaN where a customer has no such figure (no gap, no known category, nothing to divide by). Money in currency units.
    """

    as_of: AsOf
    persons: Persons
    columns: Mapping[str, Numbers]

    def __len__(self) -> int:
        return len(self.persons)

    def __getitem__(self, name: str) -> Numbers:
        return self.columns[name]

    def by_axis(self, row: int) -> dict[str, dict[str, float]]:
        """One customer's known figures under the axes that show them: {axis: {name: number}}."""
        found: dict[str, dict[str, float]] = {}
        for feature in FEATURES.values():
            figure = float(self.columns[feature.name][row])
            if not np.isnan(figure):
                for axis in feature.axes:
                    found.setdefault(axis, {})[feature.name] = figure
        return found


@cache
def feature_sql() -> str:
    """The feature query with its places {lines}, {second}, {day} and {persons} unfilled, as other engines get it."""
    return files("switchboard.intelligence").joinpath("features.sql").read_text("utf-8")


def measure(
    con: duckdb.DuckDBPyConnection,
    as_of: AsOf,
    persons: Sequence[int] | None = None,
    *,
    lines_at_once: int = LINES_AT_ONCE,
) -> Features:
    """The features of every customer with an order before `as_of`, or of those among `persons`."""
    conditions = passes(con, lines_at_once) if persons is None else among(persons)

    def work_out(condition: str) -> dict[str, Numbers]:
        return sums(_fetch(con, as_of, condition), as_of.day)

    all_of_them, parts = list(conditions), list[dict[str, Numbers]]()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for part in threads.map(work_out, all_of_them):
            parts.append(part)
            reach(MEASURING, len(parts), len(all_of_them))
    found = {name: np.concatenate([part.pop(name) for part in parts]) for name in NAMES}
    return Features(as_of=as_of, persons=found.pop("person").astype(np.int64), columns=derived(found, as_of))


def measured(lines: Lines, as_of: AsOf) -> Features:
    """The features of everybody with an order among these lines, which are sorted and before `as_of`."""
    found = sums(lines, as_of.day)
    return Features(as_of=as_of, persons=found.pop("person").astype(np.int64), columns=derived(found, as_of))


def has_begun(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> bool:
    """Whether a customer had ordered before the moment."""
    query = "select 1 from line where second < ? and person is not null and gross > 0 limit 1"
    return con.execute(query, [as_of.second]).fetchone() is not None


def passes(con: duckdb.DuckDBPyConnection, lines_at_once: int) -> Iterator[str]:
    """Conditions that cut the shop's persons into ranges of about so many lines, ascending, however they are numbered.

    Nobody has a line: one condition that keeps nobody.
    """
    width = max(1, lines_at_once // 500)  # this many numbers go together
    found = _columns(con.execute(COUNTS.format(width=width)))
    group, lines = found["number"], found["lines"]
    if not len(group):
        yield from among([])
        return
    count = max(1, -(-int(lines.sum()) // lines_at_once))
    starts = np.flatnonzero(changes((np.cumsum(lines) - lines) * count // lines.sum()))
    for start, end in pairwise([*starts, len(group)]):
        yield f"person between {group[start] * width} and {group[end - 1] * width + width - 1}"


def among(persons: Sequence[int]) -> list[str]:
    """The condition that keeps only these persons."""
    wanted = ", ".join(str(int(person)) for person in persons)
    return [f"person in ({wanted})" if wanted else "person is null and person is not null"]


def _fetch(con: duckdb.DuckDBPyConnection, as_of: AsOf, persons: str) -> Lines:
    """The lines of these persons before the moment, as `sums` wants them."""
    sql = LINES.format(unknown=UNKNOWN, second=as_of.second, persons=persons)
    with con.cursor() as cursor:  # of its own, as passes run beside each other
        return _columns(cursor.execute(sql))


class Fetched(Protocol):
    """What DuckDB gives after a query, as far as we ask for it."""

    def fetchnumpy(self) -> Mapping[str, npt.ArrayLike]: ...


def _columns(fetched: Fetched) -> Lines:
    """The fetched columns as they are, none of them with a NULL."""
    return {name: np.asarray(column) for name, column in fetched.fetchnumpy().items()}


def derived(found: Mapping[str, Numbers], as_of: AsOf) -> dict[str, Numbers]:
    """All columns of FEATURES from the sums (money there in 1/10,000)."""
    orders, later = found["orders"], found["product_lines"] - found["first_lines"]
    repeat = found["product_lines"] - found["products"]  # a product's first order is the only one that is no repeat
    gross, discount, refund = (found[name] / MONEY for name in ("gross", "discount", "refund"))
    net, deals = gross - discount, found["discounted_net"] / MONEY
    value = (found["gross"] - found["discount"] - found["stray_discount"] - found["refund"]) / MONEY
    tenure = as_of.day - found["first_order_day"]
    taken = {
        "pace": 365 * found["orders_365"] / np.clip(tenure, 180, 365),
        "tenure_days": tenure,
        "recency_days": as_of.day - found["last_order_day"],
        "gross": gross,
        "discount": discount,
        "order_net": net,
        "discounted_net": deals,
        "refund": refund,
        "lifetime_value": value,
        "net_365": (found["bought_365"] - found["refund_365"]) / MONEY,
        "net_90": (found["bought_90"] - found["refund_90"]) / MONEY,
        "average_order_value": value / orders,
        "basket_value": net / orders,
        "largest_order": found["largest_order"] / MONEY,
        "lines_per_order": found["product_lines"] / orders,
        "later_lines": later,
        "repeat_lines": repeat,
        "repeat_share": ratio(repeat, later),
        "category_entropy": np.maximum(found["category_entropy"], 0),  # rounding can leave -1e-16
        "discount_share": ratio(discount, gross),
        "deal_share": ratio(deals, net),
        "return_share": ratio(refund, gross),
    }
    return {name: taken.get(name, found.get(name, orders)) for name in FEATURES}
