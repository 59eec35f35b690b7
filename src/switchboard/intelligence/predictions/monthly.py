"""The shop's months ahead, from one figure a day: revenue, or new customers.

A shop that knows its last year expects the same days of it, at a damped growth, drawn to the present level for what is
near; a younger one expects its present level. Days on which an open shop could not sell say nothing of its level, and
those around a holiday that moves are looked for where it moves to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions.calendars import Calendar, learned, outages
from switchboard.intelligence.predictions.origins import YEAR
from switchboard.intelligence.predictions.special import Numbers, Whole

LEVEL, HALF_LIFE, MONTH, QUARTER = 56, 14.0, 30, 91  # days
GROWTH, RATIO, NEAR, FAR = 0.4, 0.7, 0.5, 90.0  # carried of growth and of last year's ratio; weight of the level now
MOST_GROWTH, MOST_APART, MOST_ERROR = 1.5, 2.0, 1.5  # of logarithms
LEAST = 1e-9
BACK, STEP, WARM_UP = 540, 15, 42  # days of origins for errors, days between them, and before the first
DOUBT = 4.0
SEASONED, YOUNG = (0.18, 180.0), (0.20, 30.0)  # prior error now, and days in which its variance doubles
Z_80, HELD = 1.2816, 0.8
FURTHEST = 1_200  # days that are looked ahead at most


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A window of the future: expected, low and high (80 %), and from how many earlier errors the interval is."""

    expected: float
    low: float
    high: float
    origins: int

    def as_wide_as(self, measured: "Backtest | None") -> "Ahead":
        """The same with an interval no narrower than the rule's own errors were."""
        if measured is None:
            return self
        far = max(measured.stretch * float(np.log(self.high / self.expected)), measured.error)
        return replace(self, low=self.expected * float(np.exp(-far)), high=self.expected * float(np.exp(far)))

    def counted(self) -> "Ahead":
        """The same of whole things that are counted: no narrower than chance makes so many of them."""
        chance = Z_80 * float(np.sqrt(self.expected))
        low, high = min(self.low, max(self.expected - chance, 0)), max(self.high, self.expected + chance)
        return replace(self, low=float(np.floor(low)), high=float(np.ceil(high)))


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What the rule would have said of windows that have passed: how many, mean error in logarithms, share inside.

    `stretch` is by how much its intervals had to be wider to hold four of five; those that are served are.

    `covered` are inside the interval that would have been served then, with what was known of errors then.
    """

    windows: int
    error: float
    covered: float
    stretch: float

    @property
    def percent(self) -> float:
        """The mean error as what it makes of what was expected."""
        return 100 * float(np.expm1(self.error))


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window said at the day `end` and `over` later: the error and how far the interval reached, in logarithms."""

    end: int
    over: int
    error: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Series:
    """Figures of days, counted from 0, as usual days would have had them; and the calendar they were seen in."""

    usual: Numbers
    calendar: Calendar


def known(figures: Numbers, moving: Sequence[Whole] = ()) -> Series:
    """What is known of a figure a day; `moving` are the days of each holiday that moves, past and future."""
    calendar, usual = learned(figures, 0, moving, len(figures) + FURTHEST)
    return Series(usual=usual, calendar=calendar)


def ahead(of: Series, lead: int, span: int) -> Ahead:
    """The sum of the `span` days that begin `lead` days from the end of the series, never negative."""
    usual = of.usual
    expected = _expected(usual, lead, span) * of.calendar.of(len(usual) + lead, span)
    errors = _errors(usual, lead, span)
    far = Z_80 * _error(errors, lead, span, seasoned=knows_last_year(len(usual)))
    low, high = expected * float(np.exp(-far)), expected * float(np.exp(far))
    return Ahead(expected=expected, low=low, high=high, origins=len(errors))


def backtest(series: Numbers, spans: Sequence[tuple[int, int]], moving: Sequence[Whole] = ()) -> Backtest | None:
    """The rule at earlier ends of the series, a month apart over a year; None where none has passed.

    Windows in which the shop was shut, or had just been, say nothing of it.
    """
    windows, n, shut = list[Window](), len(series), outages(series)
    for end in range(n - spans[0][1], max(n - YEAR, 2 * WARM_UP), -MONTH):
        of = known(series[:end], moving)
        for lead, span in spans:
            over = end + lead + span
            if over <= n and not any(each.start < over and each.end > end - LEVEL for each in shut):
                said, came = ahead(of, lead, span), float(series[end + lead : over].sum())
                error = abs(np.log(came / max(said.expected, LEAST))) if came > LEAST else MOST_ERROR
                width = float(np.log(said.high / said.expected))
                windows.append(Window(end=end, over=over, error=float(error), width=width))
    return held(windows) if windows else None


def held(windows: Sequence[Window]) -> Backtest:
    """What the rule's errors say of its intervals."""
    far = np.array([min(each.error, MOST_ERROR) for each in windows])
    ratio = far / np.maximum(np.array([each.width for each in windows]), LEAST)
    over = np.array([each.over for each in windows])
    inside = [
        place for place, each in enumerate(windows) if ratio[place] <= _stretch(ratio[over <= each.end])
    ]  # fmt: skip
    return Backtest(
        windows=len(windows), error=float(far.mean()), covered=len(inside) / len(windows), stretch=_stretch(ratio)
    )


def _stretch(ratio: Numbers) -> float:
    """By how much intervals have to be wider to hold four of five of these errors."""
    return max(1.0, float(np.quantile(ratio, HELD, method="higher"))) if len(ratio) else 1.0


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
