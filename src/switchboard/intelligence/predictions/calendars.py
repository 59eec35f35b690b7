"""What days were worth for reasons that last year's do not tell: holidays that move, and a shop that was shut.

The effect of a holiday is learned in the weeks around its earlier days, against the weeks before and after those, and
believed as far as it stands out from what the same weeks around any other day show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from switchboard.intelligence.predictions.special import Numbers, Whole

WEEK, MONTH, YEAR = 7, 28, 364  # days
WEEKS = (-3, -2, -1, 0)  # around a holiday, in weeks from its day on
BEFORE, AFTER = (-49, -21), (14, 42)  # days from a holiday that are as usual
FEWEST_ELSEWHERE = 12  # other days whose weeks were looked at, to believe anything
STANDS_OUT = 4.0  # squared standard errors up to which an effect is chance
MOST_EFFECT = 2.0  # of logarithms
HALF_OPEN = 0.5  # of the days of a window that says something
QUIET, OPEN, IMPLAUSIBLE = 0.25, 0.5, 13.8  # of the level; minus the logarithm of one in a million
LEAST = 1e-9


@dataclass(frozen=True, kw_only=True)
class Outage:
    """Days from `start` up to before `end` of a series on which an open shop could not sell, as before and after."""

    start: int
    end: int
    usual: float


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Of each day from `start` on, future ones included: what it is worth against a usual day (1) of that season.

    Time that is counted in usual days goes faster before a holiday, and stands still while the shop is shut. `season`
    is what of the factors comes back every year; empty where that is not known.
    """

    start: int
    factors: Numbers
    season: Numbers = field(default_factory=lambda: np.zeros(0))

    def of(self, day: int, span: int) -> float:
        """The factor of `span` days from `day` on."""
        return self.span(day, span) / span

    def span(self, day: int, span: int) -> float:
        """How many usual days `span` days from `day` on are."""
        first, last = self.place(np.array([day, day + span])).tolist()
        return float(last - first)

    @cached_property
    def in_any_season(self) -> "Calendar":
        """The same days but for their season."""
        return Calendar(start=self.start, factors=self.factors / self.season) if self.knows_season else self

    def swing(self, day: int, span: int) -> float:
        """How much more `span` days from `day` on are worth by their season, in logarithms."""
        if not self.knows_season:
            return 0.0
        usual = (max(each.span(day, span), 1.0) for each in (self, self.in_any_season))
        return float(np.subtract(*map(np.log, usual)))

    @property
    def knows_season(self) -> bool:
        """Whether days are counted by their season, too."""
        return len(self.season) > 0

    def place(self, days: Whole) -> Numbers:
        """Where days lie in time that is counted in usual days; outside of what is known, a day is one."""
        at = np.clip(days - self.start, 0, len(self.factors))
        return self._places[at] + (days - self.start - at)

    def ahead(self, day: int, usual: Numbers) -> Numbers:
        """How many days from `day` on it takes for so many usual ones."""
        if self.is_even:
            return usual
        days = np.arange(day, max(day, self.start + len(self.factors)) + int(np.ceil(usual.max(initial=0))) + 1)
        return np.interp(usual, self.place(days) - float(self.place(days[:1])[0]), days - day)

    @cached_property
    def is_even(self) -> bool:
        """Whether all days are usual ones."""
        return bool((self.factors == 1).all())

    @cached_property
    def _places(self) -> Numbers:
        return self.start + np.concatenate([np.zeros(1), np.cumsum(self.factors)])


EVEN = Calendar(start=0, factors=np.zeros(0))


def learned(series: Numbers, start: int, moving: Sequence[Whole], until: int) -> tuple[Calendar, Numbers]:
    """The calendar up to before the day `until` of a shop whose days from `start` on were worth `series`.

    And the series as it would have been of usual days. `moving` are the days of each holiday, past and future.
    """
    shut = outages(series)
    factors = np.ones(max(until - start, len(series)))
    usual = filled(series, shut)
    for days in moving:
        effect = _effect(usual, days - start, moving, start)
        factor = np.ones(len(factors))
        for day in (days - start).tolist():
            for week, each in zip(WEEKS, effect, strict=True):
                begin = max(day + week * WEEK, 0)
                factor[begin : max(day + (week + 1) * WEEK, begin)] *= float(np.exp(each))
        factors *= factor
        usual = usual / factor[: len(usual)]
    for each in shut:
        sold = float(series[each.start : each.end].mean()) / max(each.usual, LEAST)
        factors[each.start : each.end] *= max(sold, 0.0)
    return Calendar(start=start, factors=factors), usual


def outages(series: Numbers) -> list[Outage]:
    """Stretches of a week and more on which an open shop sold next to nothing, and went on as before at once.

    A decline is none, nor what lasts until now, nor what chance may do to a shop that sells little, nor what comes
    back a year before or after.
    """
    found, n = list[Outage](), len(series)
    if n <= MONTH + WEEK:
        return found
    sums = np.concatenate([np.zeros(1), np.cumsum(series)])
    week = (sums[WEEK:] - sums[:-WEEK]) / WEEK  # of the days from each on
    level = (sums[MONTH:] - sums[:-MONTH]) / MONTH  # of the days from each on
    noise = _noise(series)
    candidates = np.flatnonzero(week[MONTH:] <= QUIET * level[: len(week) - MONTH]) + MONTH
    at = 0
    for first in candidates.tolist():
        if first < at:
            continue
        outage = _outage(series, week, first, float(level[first - MONTH]))
        at = outage.end if outage else first + 1
        if outage and _is_one(series, outage, noise):
            found.append(outage)
    return found


def filled(series: Numbers, shut: Sequence[Outage]) -> Numbers:
    """The series with what is usual in the place of outages."""
    found = series.copy()
    for each in shut:
        found[each.start : each.end] = each.usual
    return found


def _outage(series: Numbers, week: Numbers, first: int, level: float) -> Outage | None:
    """The stretch that begins at or after this day, as far as it stays quiet; None where nothing was sold before."""
    if level <= 0:
        return None
    last = first
    while last + 1 < len(week) and week[last + 1] <= QUIET * level:
        last += 1
    start, end = first, last + WEEK
    while start < end and series[start] > OPEN * level:
        start += 1
    while end > start and series[end - 1] > OPEN * level:
        end -= 1
    after = series[end : end + MONTH]
    usual = (level + float(after.mean())) / 2 if len(after) else level
    return Outage(start=start, end=end, usual=usual)


def _is_one(series: Numbers, of: Outage, noise: float) -> bool:
    before, after = series[of.start - WEEK : of.start], series[of.end : of.end + WEEK]
    if of.end - of.start < WEEK or of.start < WEEK or len(after) < WEEK:
        return False
    level = float(series[max(of.start - MONTH, 0) : of.start].mean())
    if min(float(before.mean()), float(after.mean())) < OPEN * level:
        return False
    expected = level * (of.end - of.start) / noise
    share = max(float(series[of.start : of.end].mean()) / level, 0.0)
    if expected * (1 - share + share * np.log(max(share, LEAST))) < IMPLAUSIBLE:
        return False
    return not any(_was_quiet(series, of, shift) for shift in (-YEAR, YEAR))


def _was_quiet(series: Numbers, of: Outage, shift: int) -> bool:
    """Whether the same days of another year were quiet, too."""
    start, end = of.start + shift, of.end + shift
    if start < MONTH or end > len(series):
        return False
    return bool(series[start:end].mean() <= OPEN * series[start - MONTH : start].mean())


def _noise(series: Numbers) -> float:
    """How much more a day varies than a count would: its variance around the level before, by its mean."""
    sums = np.concatenate([np.zeros(1), np.cumsum(series)])
    level = (sums[MONTH:-1] - sums[: -MONTH - 1]) / MONTH
    away = series[MONTH:] - level
    return max(float(np.square(away).mean()) / max(float(level.mean()), LEAST), LEAST)


def _effect(usual: Numbers, days: Whole, moving: Sequence[Whole], start: int) -> Numbers:
    """The effect on each of the WEEKS around a holiday, in logarithms."""
    n, first, last = len(usual), -BEFORE[0], len(usual) - AFTER[1]
    seen = days[(days >= first) & (days <= last)]
    near = np.concatenate([each - start for each in moving])
    elsewhere = np.arange(first, last + 1, WEEK)
    apart = np.abs(elsewhere[:, None] - near[None, :]).min(1, initial=n) >= 2 * MONTH
    if not len(seen) or apart.sum() < FEWEST_ELSEWHERE:
        return np.zeros(len(WEEKS))
    here, chance = (_weeks(usual, each) for each in (seen, elsewhere[apart]))
    error = (np.median(np.abs(chance), axis=0) / 0.6745) ** 2 / len(seen)
    effect = here.mean(0)
    believed = np.maximum(0, 1 - STANDS_OUT * error / np.maximum(effect**2, LEAST))
    return np.clip(effect * believed, -MOST_EFFECT, MOST_EFFECT)


def _weeks(usual: Numbers, days: Whole) -> Numbers:
    """How the weeks around each day stood against the line between the weeks before and after, in logarithms."""
    sums = np.concatenate([np.zeros(1), np.cumsum(np.maximum(usual, 0))])

    def mean(begin: int, end: int) -> Numbers:
        return np.log(np.maximum((sums[days + end] - sums[days + begin]) / (end - begin), LEAST))

    before, after = mean(*BEFORE), mean(*AFTER)
    first, last = sum(BEFORE) / 2, sum(AFTER) / 2
    columns = list[Numbers]()
    for week in WEEKS:
        along = ((week + 0.5) * WEEK - first) / (last - first)
        line = before + (after - before) * along
        columns.append(np.clip(mean(week * WEEK, (week + 1) * WEEK) - line, -MOST_EFFECT, MOST_EFFECT))
    return np.column_stack(columns)
