"""The shop's months ahead, from one figure a day: revenue, or new customers.

A shop that knows its last year expects the same days of it, at a damped growth, drawn to the present level for what is
near; a younger one expects its present level. Days on which an open shop sold next to nothing say nothing of its level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions.origins import YEAR
from switchboard.intelligence.predictions.special import Flags, Numbers

LEVEL, HALF_LIFE, QUARTER = 56, 14.0, 91  # days
GROWTH, RATIO, NEAR, FAR = 0.4, 0.7, 0.5, 90.0  # carried of growth and of last year's ratio; weight of the level now
MOST_GROWTH, MOST_APART, MOST_ERROR = 1.5, 2.0, 1.5  # of logarithms
LEAST = 1e-9
BACK, STEP, WARM_UP = 540, 15, 42  # days of origins for errors, days between them, and before the first
DOUBT = 4.0
SEASONED, YOUNG = (0.18, 180.0), (0.20, 30.0)  # prior error now, and days in which its variance doubles
Z_80, HELD = 1.2816, 0.8
OUTAGE, QUIET, BUSY = 7, 0.05, 28  # days at least; of the level before; of days before that sold, to be open at all


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A window of the future: expected, low and high (80 %), and from how many earlier errors the interval is."""

    expected: float
    low: float
    high: float
    origins: int

    def wider(self, stretch: float) -> "Ahead":
        """The same with an interval that reaches so many times as far in logarithms."""
        far = stretch * float(np.log(self.high / self.expected))
        return replace(self, low=self.expected * float(np.exp(-far)), high=self.expected * float(np.exp(far)))


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What the rule would have said of windows that have passed: how many, mean error in logarithms, share inside.

    `stretch` is by how much its intervals had to be wider to hold four of five; those that are served are.
    """

    windows: int
    error: float
    covered: float
    stretch: float

    @property
    def percent(self) -> float:
        """The mean error as what it makes of what was expected."""
        return 100 * float(np.expm1(self.error))


def ahead(series: Numbers, lead: int, span: int) -> Ahead:
    """The sum of the `span` days that begin `lead` days from the end of the series, never negative."""
    usual = without_outages(series)
    expected = _expected(usual, lead, span)
    errors = _errors(usual, lead, span)
    far = Z_80 * _error(errors, lead, span, seasoned=knows_last_year(len(usual)))
    low, high = expected * float(np.exp(-far)), expected * float(np.exp(far))
    return Ahead(expected=expected, low=low, high=high, origins=len(errors))


def backtest(series: Numbers, spans: Sequence[tuple[int, int]]) -> Backtest | None:
    """The rule at earlier ends of the series, a month apart over a year; None where none has passed."""
    errors, widths = list[float](), list[float]()
    for end in range(len(series) - spans[0][1], max(len(series) - YEAR, 2 * WARM_UP), -30):
        for lead, span in spans:
            if end + lead + span <= len(series):
                said, came = ahead(series[:end], lead, span), float(series[end + lead : end + lead + span].sum())
                errors.append(abs(np.log(max(came, LEAST) / max(said.expected, LEAST))) if came > 0 else MOST_ERROR)
                widths.append(float(np.log(said.high / said.expected)))
    return held(errors, widths) if errors else None


def held(errors: Sequence[float], widths: Sequence[float]) -> Backtest:
    """What errors in logarithms say of intervals that reached so far."""
    far = np.minimum(np.array(errors), MOST_ERROR)
    ratio = far / np.maximum(np.array(widths), LEAST)
    stretch = max(1.0, float(np.quantile(ratio, HELD, method="higher")))
    return Backtest(
        windows=len(far), error=float(far.mean()), covered=float((ratio <= stretch).mean()), stretch=stretch
    )


def season(series: Numbers, lead: int, span: int) -> float | None:
    """How the same days of last year stood against that whole year, 1 being as usual; None where it is not known."""
    n = len(series)
    if not knows_last_year(n):
        return None
    start = n + lead - YEAR
    while start + span > n:
        start -= YEAR
    if start < 0:
        return None
    around = series[max(start + span // 2 - YEAR // 2, 0) :][:YEAR]
    return float(series[start : start + span].mean() / max(float(around.mean()), LEAST))


def without_outages(series: Numbers) -> Numbers:
    """The series with stretches in which an open shop could not sell filled by its level before them."""
    found, level = series.copy(), np.convolve(series, np.ones(BUSY) / BUSY)[: len(series)]
    quiet = np.zeros(len(series), np.bool_)
    quiet[BUSY:] = series[BUSY:] <= QUIET * level[BUSY - 1 : -1]
    open_before = np.convolve(series > 0, np.ones(BUSY))[: len(series)]
    for start, end in _stretches(quiet):
        ended = end < len(series)  # one that lasts until now may be the end of the shop
        if end - start >= OUTAGE and ended and open_before[start - 1] >= BUSY * (1 - 1 / OUTAGE):
            found[start:end] = level[start - 1]
    return found


def _expected(series: Numbers, lead: int, span: int) -> float:
    n = len(series)
    level = _level(series[-LEVEL:])
    start = n + lead - YEAR
    while start + span > n:
        start -= YEAR
    if not knows_last_year(n) or start < 0:
        return level * span
    days = min(QUARTER, n - YEAR)
    now, then = max(float(series[-days:].mean()), LEAST), max(float(series[n - YEAR - days : n - YEAR].mean()), LEAST)
    growth = float(np.clip(np.log(now / then), -MOST_GROWTH, MOST_GROWTH))
    last_year = max(float(series[start : start + span].mean()), LEAST)
    seasonal = np.log(last_year) + GROWTH * growth
    back = min(n - YEAR, LEVEL)
    level_then = max(_level(series[n - YEAR - back : n - YEAR]), LEAST)
    near = np.log(max(level, LEAST)) + RATIO * np.log(last_year / level_then)
    weight = NEAR * np.exp(-lead / FAR)
    both = weight * near + (1 - weight) * seasonal
    return float(np.exp(np.clip(both, seasonal - MOST_APART, seasonal + MOST_APART))) * span


def _errors(series: Numbers, lead: int, span: int) -> Numbers:
    """The rule's own errors in logarithms, at earlier ends that knew as much of a last year."""
    n, found = len(series), list[float]()
    last = n - lead - span
    for end in range(last, max(WARM_UP, last - BACK), -STEP):
        if knows_last_year(end) == knows_last_year(n):
            came = max(float(series[end + lead : end + lead + span].sum()), LEAST)
            found.append(float(np.log(came / max(_expected(series[:end], lead, span), LEAST))))
    return np.clip(np.array(found), -MOST_ERROR, MOST_ERROR)


def _error(errors: Numbers, lead: int, span: int, *, seasoned: bool) -> float:
    """The standard error of a window: of the rule's own errors, drawn towards a prior."""
    now, doubles = SEASONED if seasoned else YOUNG
    prior = now**2 * (1 + lead / doubles)
    number = len(errors) * STEP / (lead + span)
    seen = number * float(np.square(errors).mean()) if len(errors) else 0.0
    return float(np.sqrt((DOUBT * prior + seen) / (DOUBT + number)))


def knows_last_year(days: int) -> bool:
    """Whether a series of so many days tells what the next ones were like a year before."""
    return days >= YEAR + LEVEL


def _level(series: Numbers) -> float:
    """The present figure of a day, recent ones counting more; never negative."""
    if not len(series):
        return LEAST
    weights = 0.5 ** (np.arange(len(series))[::-1] / HALF_LIFE)
    return max(float((weights * series).sum() / weights.sum()), LEAST)


def _stretches(which: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(which.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
