"""How likely customers buy each of their candidates, learned on the shop's own earlier days; and how right that was.

A ridge logistic regression on the candidates of customers who ordered in a window, told which of them they bought.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from switchboard.intelligence import odds as odds_of
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.odds import Odds, Seen
from switchboard.intelligence.predictions.origins import shift_to
from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers, Whole, sigmoid
from switchboard.intelligence.products.candidates import INPUTS, Candidates, candidates, owned_by, rank_within
from switchboard.intelligence.products.purchases import MOST_LINES, Purchases, of_people, of_shop
from switchboard.intelligence.products.shelf import WINDOW, Shelf, shelves

TOP = 10
WINDOWS = 2  # that are learned from, the newest first
MOST_LEARNED = 1_000  # customers of a window
OTHERS = 6.0  # candidates not bought for each that was
MOST_ROWS = 60_000  # candidates of a window
FEWEST_CUSTOMERS, FEWEST_PRODUCTS, FEWEST_DAYS = 100, 20, WINDOW * (WINDOWS + 1)
SEED = 0
RECENT_BUYERS = f"customers who ordered products in the last {WINDOW * WINDOWS} days"
RECENT = INPUTS.index("recent")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How the recipe did in the last window, which it had not seen; beside it the same of simpler ones.

    Rates are of customers who ordered in it: the share who bought at least one of the TOP products they were told.
    """

    customers: int
    hit_rate: float
    hit_rate_of_popular: float
    hit_rate_of_bought: float
    since: int


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What was learned from the windows before the shelf's day, and how it did on the last of them."""

    shelf: Shelf
    odds: Odds
    tried: Tried


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Candidates of customers at the start of a window, and which of them were bought in it."""

    of: Candidates
    bought: Flags


@dataclass(frozen=True, kw_only=True)
class Learned:
    """The ranking; None where the shop lacks what is `missing`."""

    ranking: Ranking | None
    missing: tuple[str, ...]


def learned(lines: duckdb.DuckDBPyConnection, as_of: AsOf, cut: int, most_lines: int = MOST_LINES) -> Learned:
    """What can be learned from what the shop sold before the moment, whose next day is `cut`."""
    of = of_shop(lines, as_of, cut, most_lines)
    lacks = _missing(of, cut)
    if lacks:
        return Learned(ranking=None, missing=lacks)
    *earlier, now = shelves(of, [cut - WINDOW * number for number in range(WINDOWS, -1, -1)])
    lessons = [_lesson(lines, as_of, of, shelf) for shelf in earlier]
    *before, last = lessons
    tried = _tried(_fitted(before), last, earlier[-1].cut)
    return Learned(ranking=Ranking(shelf=now, odds=_fitted(lessons), tried=tried), missing=())


def probabilities(of: Ranking, inputs: Narrow) -> Numbers:
    """How likely candidates are bought within WINDOW days by customers who order within them."""
    return sigmoid(of.odds.of(inputs))


def _missing(of: Purchases, cut: int) -> tuple[str, ...]:
    """What a shop lacks to learn from, with how much is needed and how much there is."""
    window = (of.day >= cut - WINDOW * WINDOWS) & (of.person > 0)
    there = (
        (len(np.unique(of.person[window])), FEWEST_CUSTOMERS, RECENT_BUYERS),
        (len(np.unique(of.product)), FEWEST_PRODUCTS, "different products sold"),
        (cut - int(of.day.min(initial=cut)), FEWEST_DAYS, "days of history with products"),
    )  # fmt: skip
    return tuple(f"{enough} {what}; there are {has}" for has, enough, what in there if has < enough)


def _lesson(lines: duckdb.DuckDBPyConnection, as_of: AsOf, of: Purchases, shelf: Shelf) -> Lesson:
    """What customers who had bought before a window, and ordered in it, might have bought and did."""
    within = (of.day >= shelf.cut) & (of.day < shelf.cut + WINDOW) & (of.person > 0)
    persons = np.unique(of.person[within])
    if len(persons) > MOST_LEARNED:
        persons = np.sort(np.random.default_rng(SEED).choice(persons, MOST_LEARNED, replace=False))
    known = of_people(lines, as_of, shelf.cut, persons.tolist())
    persons = np.intersect1d(persons, known.person[known.day < shelf.cut])
    found = candidates(owned_by(known, persons, shelf, shelf.cut), shelf, shelf.cut)
    came = of.where(within & np.isin(of.person, persons))
    keys = np.searchsorted(persons, came.person) * len(shelf.products) + shelf.places(came.product)
    return Lesson(of=found, bought=np.isin(found.customer * len(shelf.products) + found.place, keys))


def _fitted(lessons: Sequence[Lesson]) -> Odds:
    """What can be learned. Customers who bought much count less each time: a list is for each of them."""
    random, seen = np.random.default_rng(SEED), list[Seen]()
    for each in lessons:
        hits = np.bincount(each.of.customer[each.bought], minlength=len(each.of.of.orders))
        part = min(1.0, OTHERS * each.bought.sum() / max((~each.bought).sum(), 1))
        rows = _some(random, np.flatnonzero(each.bought | (random.random(len(each.bought)) < part)))
        weights = 1 / np.sqrt(np.maximum(hits, 1))[each.of.customer[rows]]
        seen.append(Seen(inputs=each.of.inputs[rows], happened=each.bought[rows], weights=weights))
    odds, newest = odds_of.learned(seen), lessons[-1]
    rows = _some(random, np.arange(len(newest.bought)))
    return odds.raised(shift_to(odds.of(newest.of.inputs[rows]), float(newest.bought[rows].mean())))


def _some(random: np.random.Generator, rows: Whole) -> Whole:
    """As many of these rows as are learned from, in their order."""
    return rows if len(rows) <= MOST_ROWS else np.sort(random.choice(rows, MOST_ROWS, replace=False))


def _tried(of: Odds, last: Lesson, since: int) -> Tried:
    inputs = last.of.inputs
    return Tried(
        customers=len(last.of.of.orders), since=since, hit_rate=hit_rate(last, of.of(inputs)),
        hit_rate_of_popular=hit_rate(last, inputs[:, RECENT].astype(np.float64)),
        hit_rate_of_bought=hit_rate(last, bought_before(last.of)),
    )  # fmt: skip


def bought_before(of: Candidates) -> Numbers:
    """A score that puts what a customer bought most first, then what sells most."""
    times = np.where(of.owned >= 0, np.append(of.of.times, 0)[of.owned], 0)
    return times * 100.0 + of.inputs[:, RECENT].astype(np.float64)


def hit_rate(of: Lesson, score: Numbers) -> float:
    """The share of customers who bought at least one of the TOP candidates by this score."""
    top = rank_within(of.of.customer, score) < TOP
    hits = np.bincount(of.of.customer[top & of.bought], minlength=len(of.of.of.orders))
    return float((hits > 0).mean()) if len(hits) else 0.0


def best(of: Candidates, score: Numbers, count: int) -> Whole:
    """The rows of each customer's best candidates, by customer and then by score."""
    rank = rank_within(of.customer, score)
    kept = np.flatnonzero(rank < count)
    return kept[np.lexsort((rank[kept], of.customer[kept]))]
