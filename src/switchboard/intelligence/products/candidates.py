"""What each of some customers may buy next, and what is known of each pair of a customer and a product."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers, Whole
from switchboard.intelligence.products.purchases import Purchases
from switchboard.intelligence.products.shelf import Shelf

OWN, SEEDS, NEXT = 150, 40, 100  # of a customer: products bought; those whose neighbours are looked at; neighbours
FADES, FLOOR = 60.0, 0.1  # days in which a purchase's weight halves, and what is left of it at least
NEWEST = 3  # orders
OWN_GAPS = 2.0  # of the product's usual gap in a customer's own, where there are few
NEVER = -9.0
INPUTS = (
    "recent", "fortnight", "times", "faded", "faded_share", "days_since", "due", "repeats", "own_repeats", "together",
    "together_for_size", "orders", "times_an_order", "gap", "season", "unsold_days", "own_recent", "of_newest",
    "orders_since", "times_since_first",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Owned:
    """Pairs (n, ascending by customer and product) that were bought: how often, on which first and last day.

    `customer` numbers those asked about; `faded` counts with weights that halve, `since` is in how many of the
    customer's orders ago it was last, `span` in how many first; `newest` is in how many of the last orders it was.
    """

    customer: Whole
    place: Whole
    times: Numbers
    faded: Numbers
    first: Whole
    last: Whole
    since: Numbers
    span: Numbers
    newest: Numbers
    orders: Whole

    def strongest(self, count: int) -> Flags:
        """Which of the pairs are among so many of their customer's that weigh most."""
        return rank_within(self.customer, self.faded) < count


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Pairs of a customer and a product's place (k, ascending), with INPUTS in columns, as sign(x) log(1 + |x|).

    `owned` says which of the pairs of `of` it is, -1 for one that was never bought.
    """

    customer: Whole
    place: Whole
    inputs: Narrow
    owned: npt.NDArray[np.intp]
    of: Owned


def owned_by(of: Purchases, persons: Whole, shelf: Shelf, cut: int) -> Owned:
    """What these persons (ascending) bought before the cut, of products that the shelf knows."""
    place = np.minimum(shelf.places(of.product), len(shelf.products) - 1)
    known = (of.day < cut) & (shelf.products[place] == of.product) & np.isin(of.person, persons)
    of, place = of.where(known), place[known]
    customer = np.searchsorted(persons, of.person)
    ago, orders = _orders_ago(customer, of, len(persons))
    key = customer * len(shelf.products) + place
    order = np.lexsort((of.day, key))
    key, day, ago = key[order], of.day[order], ago[order]
    starts = np.flatnonzero(np.append([True], key[1:] != key[:-1])) if len(key) else np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(key)) - 1
    if not len(key):
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return Owned(customer=none, place=none, times=nothing, faded=nothing, first=none, last=none, since=nothing,
                     span=nothing, newest=nothing, orders=orders)  # fmt: skip
    return Owned(
        customer=key[starts] // len(shelf.products), place=key[starts] % len(shelf.products),
        times=(ends - starts + 1).astype(np.float64), faded=np.add.reduceat(0.5 ** ((cut - day) / FADES), starts),
        first=day[starts], last=day[ends], since=np.minimum.reduceat(ago, starts),
        span=np.maximum.reduceat(ago, starts), newest=np.add.reduceat((ago < NEWEST).astype(np.float64), starts),
        orders=orders,
    )  # fmt: skip


def candidates(of: Owned, shelf: Shelf, cut: int) -> Candidates:
    """What they bought most, what is bought with it, and what sells most now, each with what is known of it."""
    size, people = len(shelf.products), len(of.orders)
    bought = of.customer * size + of.place
    near, together = _neighbours(of, shelf, cut)
    popular = (np.arange(people)[:, None] * size + shelf.popular).ravel()
    next_to = near[rank_within(near // size, together) < NEXT]
    keys = np.unique(np.concatenate([bought[of.strongest(OWN)], next_to, popular]))
    owned, close = _found(bought, keys), _found(near, keys)
    strength = np.where(close >= 0, np.append(together, 0.0)[close], 0.0)
    customer, place = keys // size, keys % size
    return Candidates(
        customer=customer, place=place, owned=owned, of=of,
        inputs=_inputs(of, shelf, cut, (customer, place, owned), strength),
    )  # fmt: skip


def rank_within(group: Whole, weight: Numbers) -> Whole:
    """The rank of each by its weight among those of its group, which ascend; 0 for the heaviest."""
    order = np.lexsort((-weight, group))
    begins = np.searchsorted(group, group, side="left")
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - begins[order]
    return rank


def weights(last: Whole, cut: int) -> Numbers:
    """What a product bought last on this day weighs when others are looked for that are near it."""
    return 0.5 ** ((cut - last) / FADES) + FLOOR


def own_gap(of: Owned, shelf: Shelf) -> Numbers:
    """The logarithm of the days between two orders of each pair: the product's usual one, and the customer's own."""
    usual, again = shelf.gap[of.place], of.times - 1
    mean = (of.last - of.first) / np.maximum(again, 1)
    return np.where(again > 0, (OWN_GAPS * usual + again * np.log(np.maximum(mean, 1))) / (OWN_GAPS + again), usual)


def _orders_ago(customer: Whole, of: Purchases, people: int) -> tuple[Numbers, Whole]:
    """In how many orders of its customer ago each purchase was, 0 in the last one; and how many orders each has."""
    order = np.lexsort((of.document, -of.day, customer))
    who, document = customer[order], of.document[order]
    new_customer = np.append([True], who[1:] != who[:-1]) if len(who) else np.zeros(0, np.bool_)
    new_order = new_customer.copy()
    new_order[1:] |= document[1:] != document[:-1]
    number = np.cumsum(new_order) - 1
    first = np.maximum.accumulate(np.where(new_customer, number, 0)) if len(who) else number
    ago = np.empty(len(who))
    ago[order] = number - first
    return ago, np.bincount(who[new_order], minlength=people)


def _neighbours(of: Owned, shelf: Shelf, cut: int) -> tuple[Whole, Numbers]:
    """Pairs that are near what was bought (key, ascending), and how near in sum."""
    row = shelf.near.place[of.place]
    seeds = of.strongest(SEEDS) & (row >= 0)
    row, customer = row[seeds], of.customer[seeds]
    weight = weights(of.last[seeds], cut)[:, None] * shelf.near.weight[row]
    key = customer[:, None] * len(shelf.products) + shelf.near.product[row]
    near = weight > 0
    found, which = np.unique(key[near], return_inverse=True)
    return found, np.bincount(which, weight[near], len(found)).astype(np.float64)


def _found(among: Whole, keys: Whole) -> npt.NDArray[np.intp]:
    """Where each key stands among others, which ascend; -1 where it does not."""
    if not len(among):
        return np.full(len(keys), -1)
    at = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return np.where(among[at] == keys, at, -1)


def _inputs(
    of: Owned, shelf: Shelf, cut: int, pair: tuple[Whole, Whole, npt.NDArray[np.intp]], together: Numbers
) -> Narrow:
    """The INPUTS of pairs of customer, place and what was bought of it."""
    customer, place, owned = pair
    has = owned >= 0
    gap, all_of = own_gap(of, shelf), np.bincount(of.customer, of.faded, len(of.orders))

    def own(column: Numbers | Whole, other: float | Numbers) -> Numbers:
        return np.where(has, np.append(column, 0)[owned], other).astype(np.float64)

    times, faded, since = own(of.times, 0), own(of.faded, 0), own(cut - of.last, -1)
    orders, of_gap = of.orders[customer].astype(np.float64), own(gap, shelf.gap[place])
    recent = np.log(shelf.recent[place] + 0.1)
    found = np.column_stack([
        recent, np.log(shelf.fortnight[place] + 0.5), times, faded, faded / np.maximum(all_of[customer], 1e-6), since,
        np.where(has, np.log(np.maximum(since, 0.5)) - of_gap, NEVER), shelf.repeats[place],
        np.where(has, shelf.repeats[place], 0), together, together / np.sqrt(shelf.lately[place] + 1), orders,
        times / np.maximum(orders, 1), of_gap, np.log1p(shelf.then[place]), shelf.cut - shelf.last_sold[place],
        np.where(has, recent, -3), own(of.newest, 0), own(of.since, -1), times / (own(of.span, 0) + 1),
    ])  # fmt: skip
    return (np.sign(found) * np.log1p(np.abs(found))).astype(np.float32)
