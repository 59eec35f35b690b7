"""What a shop sells at a moment: how much of each product, how often it is bought again, what is bought together.

Two products are near when they are in the same orders more often than chance explains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Numbers, Whole
from switchboard.intelligence.products.purchases import Purchases
from switchboard.intelligence.questions.chance import LEVEL, Draw, at_least

WINDOW = 30  # days that are looked ahead
FADES, HALF_YEAR, FORTNIGHT = 30.0, 180.0, 14  # days: in which weights halve, and that count as now
YEAR = 365
MOST_COMPARED = 2_000  # products, those that sell most
NEIGHBOURS = 40  # of each product
DOUBT = 5.0  # orders that halve how near two products count as
POPULAR = 100
LIKELY_GAPS, LIKELY_BUYERS = 10.0, 5.0  # of the shop's mean in a product's, where there are few
AT_ONCE = 4_000_000  # pairs of an order counted at once


@dataclass(frozen=True, kw_only=True)
class Near:
    """Of `compared` products the ones nearest to each (compared x NEIGHBOURS), as places in the shelf.

    `weight` is how near, 0 for none; `share` is the part of the product's orders that hold the other one, and `lift`
    is how many times what chance brings that is.
    """

    compared: Whole
    place: Whole
    product: Whole
    weight: Numbers
    share: Numbers
    lift: Numbers


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The products (p, ascending by key) at the start of the day `cut`.

    `recent` and `lately` are orders that fade by half every 30 and 180 days, `fortnight` those of the last 14 days,
    `then` those of the WINDOW days after the same day a year ago (zeros where they are not known) and `year` those
    of the year up to the cut; `gap` is the logarithm of the days between two orders of a customer, `repeats` the share
    of its buyers who bought it again; `popular` are the places of those that sell most now.
    """

    cut: int
    orders: int
    products: Whole
    recent: Numbers
    lately: Numbers
    fortnight: Numbers
    then: Numbers
    year: Numbers
    last_sold: Whole
    gap: Numbers
    repeats: Numbers
    popular: Whole
    near: Near

    @property
    def knows_year(self) -> bool:
        """Whether the days ahead of a year ago are known."""
        return bool(self.then.any())

    def places(self, products: Whole) -> Whole:
        """Where these products stand; all of them are there."""
        return np.searchsorted(self.products, products)


def shelves(of: Purchases, cuts: Sequence[int], *, compared: int = MOST_COMPARED) -> list[Shelf]:
    """The shelf at each of these days, which ascend; later purchases are never looked at.

    Purchases come by person, product and day.
    """
    products = np.unique(of.product)
    place = np.searchsorted(products, of.product)
    first = int(of.day.min(initial=cuts[0]))
    knows_year = first <= cuts[0] - YEAR
    return [_shelf(of, (products, place), cut, compared, knows_year=knows_year) for cut in cuts]


def _shelf(of: Purchases, known: tuple[Whole, Whole], cut: int, compared: int, *, knows_year: bool) -> Shelf:
    products, all_places = known
    before = of.day < cut
    seen, place, count = of.where(before), all_places[before], len(products)
    age = (cut - seen.day).astype(np.float64)

    def sums(weights: Numbers) -> Numbers:
        return np.bincount(place, weights, count).astype(np.float64)

    recent, lately = sums(0.5 ** (age / FADES)), sums(0.5 ** (age / HALF_YEAR))
    ahead = (age <= YEAR) & (age > YEAR - WINDOW) & knows_year
    last_sold = np.full(count, np.iinfo(np.int64).min // 2)
    np.maximum.at(last_sold, place, seen.day)
    gap, repeats = _rhythm(seen, place, count)
    most = np.argsort(-lately, kind="stable")[:compared]
    documents, order = np.unique(seen.document, return_inverse=True)
    return Shelf(
        cut=cut, orders=len(documents), products=products, recent=recent, lately=lately,
        fortnight=sums((age <= FORTNIGHT).astype(np.float64)), then=sums(ahead.astype(np.float64)),
        year=sums((age <= YEAR).astype(np.float64)), last_sold=last_sold, gap=gap,
        repeats=repeats, popular=np.argsort(-recent, kind="stable")[:POPULAR],
        near=_near(order, place, np.sort(most[lately[most] > 0]), (count, len(documents))),
    )  # fmt: skip


def _rhythm(of: Purchases, place: Whole, count: int) -> tuple[Numbers, Numbers]:
    """Of each product the mean logarithm of the days until it is bought again, and the share of buyers who do."""
    mine = of.person > 0
    person, place, day = of.person[mine], place[mine], of.day[mine]
    same = (person[1:] == person[:-1]) & (place[1:] == place[:-1])
    gaps, of_gap = (day[1:] - day[:-1])[same], place[1:][same]
    apart = gaps > 0
    sums = np.bincount(of_gap[apart], np.log(gaps[apart].astype(np.float64)), count)
    number = np.bincount(of_gap[apart], minlength=count)
    usual = sums.sum() / number.sum() if number.sum() else np.log(FADES)
    begins = np.flatnonzero(np.append([True], ~same)) if len(day) else np.zeros(0, np.int64)
    buyers = np.bincount(place[begins], minlength=count)
    lengths = np.diff(np.append(begins, len(day)))
    again = np.bincount(place[begins][lengths > 1], minlength=count)
    share = again.sum() / max(buyers.sum(), 1)
    return (
        (sums + LIKELY_GAPS * usual) / (number + LIKELY_GAPS),
        (again + LIKELY_BUYERS * share) / (buyers + LIKELY_BUYERS),
    )


def _near(order: Whole, place: Whole, compared: Whole, size: tuple[int, int]) -> Near:
    """What is bought with each of the compared products."""
    products, orders = size
    row = np.full(products, -1)
    row[compared] = np.arange(len(compared))
    of = row[place]
    kept = of >= 0
    both = _together(order[kept], of[kept], len(compared))
    number = np.bincount(of[kept], minlength=len(compared)).astype(np.float64)
    kept_at_most = min(NEIGHBOURS, max(len(compared) - 1, 0))
    close = both / np.sqrt(np.outer(number, number)) * (both / (both + DOUBT))
    nearest = np.argsort(-close, axis=1, kind="stable")[:, :kept_at_most]
    hits, weight = np.take_along_axis(both, nearest, 1), np.take_along_axis(close, nearest, 1)
    mine = np.repeat(np.arange(len(compared))[:, None], kept_at_most, axis=1)
    draw = Draw(whole=orders, one=_whole(number[mine].ravel()), other=_whole(number[nearest].ravel()))
    chance = at_least(_whole(hits.ravel()), draw).reshape(hits.shape) if hits.size else hits
    expected = number[mine] * number[nearest] / max(orders, 1)
    return Near(
        compared=compared, place=row, product=compared[nearest] if len(compared) else nearest,
        weight=np.where(chance <= LEVEL, weight, 0.0), share=hits / number[mine], lift=hits / expected,
    )  # fmt: skip


def _together(order: Whole, of: Whole, count: int) -> Numbers:
    """How many orders hold each pair of products (count x count)."""
    by_order = np.argsort(order, kind="stable")
    order, of = order[by_order], of[by_order]
    found, waiting, held = np.zeros(count * count), list[Whole](), 0
    for away in range(1, len(order)):
        same = np.flatnonzero(order[away:] == order[:-away])
        if not len(same):
            break  # the lines of an order lie side by side
        waiting.append(of[same] * count + of[same + away])
        held += len(same)
        if held >= AT_ONCE:
            found += np.bincount(np.concatenate(waiting), minlength=len(found))
            waiting, held = [], 0
    if waiting:
        found += np.bincount(np.concatenate(waiting), minlength=len(found))
    square = found.reshape(count, count)
    return square + square.T


def _whole(numbers: Numbers) -> Whole:
    return numbers.astype(np.int64)
