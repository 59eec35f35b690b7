"""Whether a shop has just broken with its past: sold far less in the newest weeks than the rule of its level missed by.

Half of a recent shift is carried, as shifts come and go. A shop that lost most of its sales does not get half of them
back by itself: what the rule missed its newest weeks by is then carried, as far as that stands out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import buying
from switchboard.intelligence.predictions.buying import Buying
from switchboard.intelligence.predictions.calendars import HALF_OPEN, STANDS_OUT, Calendar
from switchboard.intelligence.predictions.days import Days, Outcome, outcome
from switchboard.intelligence.predictions.origins import BEFORE, HIDDEN, Shifts, expected_shift, shifts_of
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import traits

WINDOW, YEAR = 28, 13  # days of a window; windows of a year, of which errors are known once another lies before it
MOST, LEAST_CUSTOMERS = 4_000, 30  # customers looked at, and at a window
FEWEST = 6  # errors to tell what is usual
LONGEST, NEWEST = 6, 3  # windows in a row that prove it; that say by how much
QUARTER, OF_NORMAL = 0.25, 0.3186  # a quarter of normal errors are smaller than so much of their standard error
LEAST_ERROR, LEAST_ORDERS, MOST_SHIFT = 0.05, 0.5, 3.0


@dataclass(frozen=True, kw_only=True)
class _Window:
    day: int
    expected: float
    came: Outcome
    season: float


def lost(known: Days, cut: int, models: Buying, calendar: Calendar) -> float:
    """What is carried of the newest weeks beyond the rule, in logarithms of sales: nothing, or less than nothing."""
    windows = list(_windows(known.sample(MOST), cut, models, calendar))
    shifts = shifts_of([each.day for each in windows], [_rise(each) for each in windows], [w.season for w in windows])
    errors = _errors(shifts)
    if len(errors) <= FEWEST:
        return 0.0
    usual = max(float(np.quantile(np.abs(errors), QUARTER)) / OF_NORMAL, LEAST_ERROR)
    below = int(np.argmax(np.append(errors[:LONGEST] >= 0, [True])))  # windows in a row that missed it
    proofs = [_squared(errors[:count], shifts.variance[:count], usual) for count in range(1, below + 1)]
    proof = max(proofs, default=0.0)
    if proof <= STANDS_OUT:
        return 0.0
    newest = errors[: min(proofs.index(proof) + 1, NEWEST)]
    return float(np.log(np.exp(newest).mean()) * (1 - STANDS_OUT / proof))


def _squared(run: Numbers, variance: Numbers, usual: float) -> float:
    """The mean of a run of errors, squared, against what is usual of so many."""
    return float(run.mean() ** 2 / ((usual**2 + variance.mean()) / len(run)))


def _errors(of: Shifts) -> Numbers:
    """By how much more was sold in each window of the last year than the rule said, newest first."""
    found = list[float]()
    for day, shift in zip(of.origin[:YEAR].tolist(), of.shift[:YEAR].tolist(), strict=True):
        if (of.origin + WINDOW <= day).any():
            found.append(shift - expected_shift(of, day, WINDOW))
    return np.array(found)


def _windows(some: Days, cut: int, models: Buying, calendar: Calendar) -> Iterator[_Window]:
    """The windows of two years, newest first; not those for most of which the shop was shut."""
    for day in range(cut - WINDOW, cut - 2 * YEAR * WINDOW - 1, -WINDOW):
        if day < some.start + BEFORE:
            return
        of = traits(some, day, WINDOW, calendar)
        if len(of) < LEAST_CUSTOMERS:
            return
        if calendar.in_any_season.of(day, WINDOW) >= HALF_OPEN:
            said = buying.bought(models, of, max(calendar.span(day, WINDOW), 1.0)).orders
            came = outcome(some, of.persons, day, day + WINDOW)
            yield _Window(day=day, expected=float(said.sum()), came=came, season=calendar.swing(day, WINDOW))


def _rise(of: _Window) -> tuple[float, float]:
    """By how much more orders came than were expected, in logarithms, and its sampling variance."""
    orders = of.came.orders
    whole = max(float(orders.sum()), LEAST_ORDERS)
    shift = np.clip(np.log(whole / max(of.expected, HIDDEN)), -MOST_SHIFT, MOST_SHIFT)
    return float(shift), max(float((orders**2).sum()) / whole, 1.0) / whole
