"""When a customer buys next, if they do within half a year: the middle of that time, and the span of four of five.

The curve is the Pareto/NBD's; the levels of it that are read were right at earlier days of the same shop.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from switchboard.intelligence.predictions import pareto
from switchboard.intelligence.predictions.calendars import EVEN, Calendar
from switchboard.intelligence.predictions.days import Days, until_next
from switchboard.intelligence.predictions.histories import Histories, histories
from switchboard.intelligence.predictions.origins import YEAR
from switchboard.intelligence.predictions.pareto import Pareto
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import Traits, traits

WINDOW, SHORTEST, WARM_UP, BEFORE = 182, 28, 60, 28  # days
BACK = (0, 45, 90)  # earlier origins, and a year before
GRID: Numbers = np.unique(np.round(np.concatenate([[0.0], np.geomspace(1, WINDOW, 40)]))).astype(np.float64)
LEVELS = np.array([0.1, 0.5, 0.9])
MOST, FEWEST, MOST_BINS, PER_BIN, DOUBT = 20_000, 20, 5, 100, 30
AT_ONCE = 65_536
GAUSS = 1 / np.sqrt(3)
LEAST = 1e-9


@dataclass(frozen=True, kw_only=True)
class NextDate:
    """Which levels of a customer's curve over half a year to read (bins x 3), by its median (of 1) cut at `cuts`."""

    pareto: Pareto
    cuts: Numbers
    levels: Numbers


@dataclass(frozen=True, kw_only=True)
class _Curve:
    """The share of the next purchases within the window that have come, at the days of `grid`."""

    grid: Numbers
    share: Numbers

    def at(self, days: Numbers) -> Numbers:
        """Each one's share at a day of their own."""
        place = np.clip(np.searchsorted(self.grid, days, side="right") - 1, 0, len(self.grid) - 2)
        rows = np.arange(len(days))
        low, high = self.share[rows, place], self.share[rows, place + 1]
        along = (days - self.grid[place]) / (self.grid[place + 1] - self.grid[place])
        return low + (high - low) * np.clip(along, 0, 1)

    def day_of(self, share: Numbers) -> Numbers:
        """The day at which each one's share is reached."""
        place = np.clip((self.share <= share[:, None]).sum(1) - 1, 0, len(self.grid) - 2)
        rows = np.arange(len(share))
        low, high = self.share[rows, place], self.share[rows, place + 1]
        along = np.clip((share - low) / np.maximum(high - low, LEAST), 0, 1)
        return self.grid[place] + (self.grid[place + 1] - self.grid[place]) * along


def fit(days: Days, cut: int, model: Pareto, calendar: Calendar = EVEN) -> NextDate:
    """The levels that were right at earlier days, drawn to a tenth, a half and nine tenths.

    A shop younger than half a year and two months is looked at through a shorter window.
    """
    some = days.before(cut).sample(MOST)
    history = cut - some.start
    window = WINDOW if history >= WINDOW + WARM_UP else max(SHORTEST, history // 2)
    seen = list(_seen(some, cut, window, (model, calendar)))
    if not seen:
        return NextDate(pareto=model, cuts=np.zeros(0), levels=LEVELS[None, :])
    reached, median = (np.concatenate(each) for each in zip(*seen, strict=True))
    bins = int(np.clip(len(reached) // PER_BIN, 1, MOST_BINS))
    cuts = np.unique(np.quantile(median, np.linspace(0, 1, bins + 1)[1:-1]))
    which = np.searchsorted(cuts, median)
    levels = np.array([_levels(reached[which == number]) for number in range(len(cuts) + 1)])
    return NextDate(pareto=model, cuts=cuts, levels=levels)


def days_until(model: NextDate, of: Traits) -> Numbers:
    """Usual days from the cut-off to the next purchase: (customers x low, middle, high)."""
    seen = histories(of.repeats, of.last, of.age)
    found = np.empty((len(seen.repeats), len(LEVELS)))
    for start in range(0, len(seen.repeats), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        curve = _curve(model.pareto, _part(seen, rows), WINDOW)
        middle = curve.day_of(np.full(len(curve.share), 0.5)) / WINDOW
        levels = model.levels[np.searchsorted(model.cuts, middle)]
        found[rows] = np.column_stack([curve.day_of(level) for level in levels.T])
    return found[seen.back]


def _seen(some: Days, cut: int, window: int, by: tuple[Pareto, Calendar]) -> Iterator[tuple[Numbers, Numbers]]:
    """At earlier days, of who bought within the window: the share of the curve then, and the curve's median."""
    model, calendar = by
    back = {cut - window - days for days in BACK} | {cut - YEAR} if window == WINDOW else {cut - window}
    for day in sorted(back):
        if day < some.start + BEFORE or day + window > cut:
            continue
        of = traits(some, day, window, calendar)
        until = until_next(some, of.persons, day, day + window)
        bought = ~np.isnan(until)
        if bought.sum() < FEWEST:
            continue
        seen = histories(of.repeats[bought], of.last[bought], of.age[bought])
        curve = _curve(model, seen, window)
        curve = _Curve(grid=curve.grid, share=curve.share[seen.back])
        came = calendar.place(day + until[bought].astype(np.int64)) - calendar.place(np.array([day]))
        yield curve.at(came + 0.5), curve.day_of(np.full(len(curve.share), 0.5)) / window


def _levels(reached: Numbers) -> Numbers:
    if not len(reached):
        return LEVELS
    return (np.quantile(reached, LEVELS) * len(reached) + DOUBT * LEVELS) / (len(reached) + DOUBT)


def _curve(model: Pareto, of: Histories, window: int) -> _Curve:
    """The curve of each history, by 2-point Gauss-Legendre quadrature between the days of the grid.

    Who has left buys nothing whenever it is asked, so the probability of that falls out.
    """
    grid = GRID[window >= GRID]
    share = np.zeros((len(of.repeats), len(grid)))
    for number, (start, end) in enumerate(pairwise(grid.tolist()), start=1):
        middle, half = (start + end) / 2, (end - start) / 2
        share[:, number] = half * sum(pareto.next_density(model, of, middle + at * half) for at in (-GAUSS, GAUSS))
    np.cumsum(share, axis=1, out=share)
    return _Curve(grid=grid, share=share / share[:, -1:])


def _part(of: Histories, rows: slice) -> Histories:
    return Histories(
        repeats=of.repeats[rows], last=of.last[rows], age=of.age[rows], weight=of.weight[rows], back=of.back[:0]
    )
