"""Sums per customer over order lines: what `features.sql` says, taken over stretches of sorted columns.

Pure: lines sorted by person and document go in, float64 columns with the names of `features.sql` come out. Money stays
in whole 1/10,000. A sum over a stretch costs a fraction of what a hash table does; only the products and categories of
a person need a sort of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32 | np.int64]
Flags = npt.NDArray[np.bool_]
Lines = Mapping[str, Narrow]
"""Columns of lines by name: person, document, day, second, product, category, gross, discount, refund."""

UNKNOWN = -(2**31)  # the product or category of a line that has none
DAY_S = 86_400


@dataclass(frozen=True, kw_only=True)
class Bought:
    """The lines of positive gross, and where their documents and persons begin.

    `order` and `row` say of each line the how many-th document and person it is of.
    """

    lines: Lines
    documents: Whole
    persons: Whole
    order: Whole
    row: Whole

    def __len__(self) -> int:
        return len(self.persons)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The orders by person, a person's in the order of time and those of one second in that of documents.

    `number` is which of the documents it is, `starts` (one per person) where their first order stands.
    """

    number: Whole
    second: Narrow
    day: Narrow
    net: Whole
    starts: Whole


def sums(lines: Lines, day: int) -> dict[str, Numbers]:
    """The columns of `features.sql` up to this day, ascending by person; of `lines`, which are before the moment."""
    bought = bought_of(lines)
    persons = bought.lines["person"][bought.persons]
    if not len(bought):
        return dict.fromkeys(NAMES, np.zeros(0))
    orders = orders_of(bought)
    found = {"person": persons} | totals(bought, orders, day) | gaps(orders)
    found |= returns(lines, persons, day) | mix(bought) | choice(bought, orders)
    return {name: found[name].astype(np.float64, copy=False) for name in NAMES}


NAMES = (
    "person", "orders", "orders_365", "orders_90", "first_order_day", "last_order_day", "gross", "discount",
    "discounted_net", "largest_order", "bought_365", "bought_90", "gap_mean", "gap_deviation", "gaps",
    "refunded_orders", "refund", "refund_365", "refund_90", "stray_discount", "categories", "top_category_share",
    "category_entropy", "products", "product_lines", "first_lines",
)  # fmt: skip
"""The columns, in the order of `features.sql`."""


def bought_of(lines: Lines) -> Bought:
    """The lines of orders among these."""
    lines = kept(lines, lines["gross"] > 0)
    person = changes(lines["person"])
    document = person | changes(lines["document"])
    return Bought(
        lines=lines,
        documents=np.flatnonzero(document),
        persons=np.flatnonzero(person),
        order=np.cumsum(document) - 1,
        row=np.cumsum(person) - 1,
    )


def orders_of(bought: Bought) -> Orders:
    """The orders that the lines make."""
    lines, starts = bought.lines, bought.documents
    row = bought.row[starts]
    second, day = (least(lines[name], starts, bought.order) for name in ("second", "day"))
    net, number = total(lines["gross"] - lines["discount"], starts), np.arange(len(starts))
    if np.any((second[1:] < second[:-1]) & (row[1:] == row[:-1])):
        number, _ = in_pairs(row, second)
        second, day, net = second[number], day[number], net[number]
    return Orders(number=number, second=second, day=day, net=net, starts=np.flatnonzero(changes(row)))


def totals(bought: Bought, orders: Orders, day: int) -> dict[str, Narrow]:
    """What is summed over a person's orders."""
    gross, discount, persons = bought.lines["gross"], bought.lines["discount"], bought.persons
    starts, net = orders.starts, orders.net
    year, quarter = orders.day >= day - 365, orders.day >= day - 90
    return {
        "orders": np.diff(starts, append=len(net)),
        "orders_365": total(year, starts),
        "orders_90": total(quarter, starts),
        "first_order_day": np.minimum.reduceat(orders.day, starts),
        "last_order_day": np.maximum.reduceat(orders.day, starts),
        "gross": total(gross, persons),
        "discount": total(discount, persons),
        "discounted_net": total((gross - discount) * (discount > 0), persons),
        "largest_order": np.maximum.reduceat(net, starts),
        "bought_365": total(net * year, starts),
        "bought_90": total(net * quarter, starts),
    }


def gaps(orders: Orders) -> dict[str, Numbers]:
    """The gaps of at least a day between a person's orders: how many, and in days their mean and deviation."""
    count = len(orders.starts)
    seconds = np.diff(orders.second, prepend=orders.second[0])
    seconds[orders.starts] = 0  # these lie between persons
    after = np.flatnonzero(seconds >= DAY_S)
    row, seconds = np.searchsorted(orders.starts, after, side="right") - 1, seconds[after]
    number = np.bincount(row, minlength=count).astype(np.float64)
    mean = ratio(per_row(row, seconds, count) / DAY_S, number)
    squares = per_row(row, np.square(seconds / DAY_S - mean[row]), count)
    return {"gaps": number, "gap_mean": mean, "gap_deviation": np.sqrt(ratio(squares, number - 1))}


def returns(lines: Lines, persons: Narrow, day: int) -> dict[str, Numbers]:
    """What these persons gave back, on the day they did, and their discounts on lines that are no order's."""
    back = kept(lines, (lines["refund"] != 0) | (lines["gross"] <= 0))
    row = np.minimum(np.searchsorted(persons, back["person"]), len(persons) - 1)
    known = persons[row] == back["person"]
    back, row = kept(back, known), row[known]
    refund, documents = back["refund"], np.flatnonzero(changes(back["person"], back["document"]))
    refunded = np.maximum.reduceat(refund, documents) > 0 if len(documents) else np.zeros(0, np.bool_)
    weights = {
        "refund": refund,
        "refund_365": refund * (back["day"] >= day - 365),
        "refund_90": refund * (back["day"] >= day - 90),
        "stray_discount": back["discount"] * (back["gross"] <= 0),
    }
    found = {name: per_row(row, weight, len(persons)) for name, weight in weights.items()}
    return found | {"refunded_orders": per_row(row[documents], refunded, len(persons))}


def mix(bought: Bought) -> dict[str, Numbers]:
    """How a person's net spreads over the categories in which it is positive."""
    count, known = len(bought), places(bought.lines["category"] != UNKNOWN)
    row = bought.row[known]
    by_category, fresh = in_pairs(row, bought.lines["category"][known])
    starts = np.flatnonzero(fresh)
    spent = (bought.lines["gross"] - bought.lines["discount"])[known]
    net, row = total(spent[by_category], starts).astype(np.float64), row[by_category[starts]]
    row, net = row[net > 0], net[net > 0]
    whole, persons = per_row(row, net, count), np.flatnonzero(changes(row))
    largest = np.zeros(count)
    largest[row[persons]] = np.maximum.reduceat(net, persons) if len(net) else net
    logs = np.log(whole, out=np.zeros(count), where=whole > 0)
    return {
        "categories": np.bincount(row, minlength=count).astype(np.float64),
        "top_category_share": ratio(largest, whole),
        "category_entropy": logs - ratio(per_row(row, net * np.log(net), count), whole),
    }


def choice(bought: Bought, orders: Orders) -> dict[str, Numbers]:
    """A person's different products, and those of each order: of all of them, and of the first."""
    count, known = len(bought), places(bought.lines["product"] != UNKNOWN)
    row, order = bought.row[known], bought.order[known]
    by_product, fresh = in_pairs(row, bought.lines["product"][known])
    row, order = row[by_product], order[by_product]
    basket = fresh | changes(order)  # a product of an order once, however many lines it takes
    first = orders.number[orders.starts]
    return {
        "products": per_row(row, fresh, count),
        "product_lines": per_row(row, basket, count),
        "first_lines": per_row(row, basket & (order == first[row]), count),
    }


def in_pairs(row: Whole, column: Narrow) -> tuple[Whole, Flags]:
    """The places in the order of both columns, those of equal pairs as they lie, and where another pair begins.

    `row` counts from 0. Key and place sort as one number where they fit: several times as fast as `argsort`.
    """
    if not len(row):
        return row, np.zeros(0, np.bool_)
    low, bits = int(column.min()), len(row).bit_length()
    pairs = row << (int(column.max()) - low).bit_length()
    pairs |= column - low
    if int(pairs.max()) >> (63 - bits):
        order = np.argsort(pairs, kind="stable")
        return order, changes(pairs[order])
    pairs <<= bits
    pairs |= np.arange(len(row))
    pairs.sort()
    return pairs & ((1 << bits) - 1), changes(pairs >> bits)


def kept(lines: Lines, which: Flags) -> Lines:
    """The lines that are chosen."""
    chosen = places(which)
    return {name: column[chosen] for name, column in lines.items()}


def places(which: Flags) -> Whole | slice:
    """What chooses these places of a column: nothing is copied where it is all of them."""
    return slice(None) if which.all() else np.flatnonzero(which)


def changes(*columns: Narrow) -> Flags:
    """Where a row differs from the one before it in any of the columns; the first always does."""
    found = np.zeros(len(columns[0]), np.bool_)
    found[:1] = True
    for column in columns:
        found[1:] |= column[1:] != column[:-1]
    return found


def total(column: Narrow | Flags, starts: Whole) -> Whole:
    """The sum of each of the stretches that begin at `starts`."""
    return np.add.reduceat(column, starts, dtype=np.int64) if len(starts) else np.zeros(0, np.int64)


def per_row(row: Whole, column: Narrow | Numbers | Flags, count: int) -> Numbers:
    """The sum of the column for each of `count` rows, in whatever order they come."""
    return np.bincount(row, column, count).astype(np.float64, copy=False)


def least(column: Narrow, starts: Whole, order: Whole) -> Narrow:
    """The least of each of the stretches that begin at `starts`; they are mostly of one value."""
    differ = (column[1:] != column[:-1]) & (order[1:] == order[:-1])
    return np.minimum.reduceat(column, starts) if differ.any() else column[starts]


def ratio(part: Numbers, whole: Numbers) -> Numbers:
    """The quotient, NaN where the whole is not positive."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
