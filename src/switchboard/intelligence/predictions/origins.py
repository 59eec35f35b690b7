"""Earlier days to learn from, and what the shop's level was against what was expected then.

The shift expected at a cut-off is drawn from those measured at its origins: half of the recent ones, and last year's
where the shop has been seen to swing more than chance. Source: docs/decisions/0020-predictions.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions.special import Flags, Numbers, Whole, sigmoid

YEAR = 364  # 52 weeks: the same day of the week
RECENT, LEAST_STEP, BEFORE = 9, 7, 30  # origins, days apart at least, days of history before each
NEAR_YEAR, SEASON = 3, 30  # days: counts as last year's; older than a year less these is not recent
HALF_LIFE = 30.0  # days
CARRIED = 0.5  # of a recent shift
NOISE = 0.005
SEASON_ERROR, FREE_ERROR, PER_DAYS = 0.05, 0.20, 91  # of a shift, with a last year known and without
WIDEST = 8.0
MOST_SHIFT, HIDDEN = 2.0, 1e-9


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """By origin (newest first): the day, the shift measured there in logarithms, and its sampling variance.

    `season` is what of the swing was expected, and so is not in the shift.
    """

    origin: Whole
    shift: Numbers
    variance: Numbers
    season: Numbers


def origins(start: int, cut: int, horizon: int) -> list[int]:
    """The days to learn from, newest first: windows of the horizon that end by the cut-off, and last years'."""
    step = max(LEAST_STEP, horizon // 3)
    found = {cut - horizon - step * number for number in range(RECENT)} | {cut - YEAR, cut - 2 * YEAR}
    return sorted((day for day in found if start + BEFORE <= day <= cut - horizon), reverse=True)


def expected_shift(of: Shifts, cut: int, horizon: int) -> float:
    """The shift to expect at a cut-off, from what was measured at origins whose windows had ended."""
    ended = of.origin + horizon <= cut
    if not ended.any():
        return 0.0
    origin, shift, variance = of.origin[ended], of.shift[ended], of.variance[ended]
    recent, level = cut - origin < YEAR - SEASON, 0.0
    if recent.any():
        weights = 0.5 ** ((cut - horizon - origin[recent]) / HALF_LIFE)
        level = CARRIED * float((weights * shift[recent]).sum() / weights.sum())
    last_year = np.abs(origin - (cut - YEAR)) <= NEAR_YEAR
    if not last_year.any():
        return level
    year = cut - origin <= YEAR + SEASON // 2
    noise = float(variance[year].mean())
    swing = max(0.0, float((shift + of.season[ended])[year].var()) - noise)
    believed = swing / (swing + noise + NOISE)
    return believed * float(shift[last_year].mean()) + (1 - believed) * level


def shift_error(of: Shifts, cut: int, horizon: int) -> float:
    """The standard error of the expected shift: the rule's own errors at earlier origins, drawn towards a prior."""
    count = len(of.origin)
    noise = float(of.variance.mean()) if count else 0.02
    errors = np.array([
        shift - expected_shift(of, int(day), horizon) for day, shift in zip(of.origin, of.shift, strict=True)
    ])  # fmt: skip
    seasoned = _knows_last_year(of, cut)
    same = np.array([_knows_last_year(of, int(day)) == seasoned for day in of.origin], np.bool_)
    prior = noise + (
        SEASON_ERROR**2 + (0.1 * float(errors.std())) ** 2 if seasoned else FREE_ERROR**2 * horizon / PER_DAYS
    )
    number = _independent(of.origin, same, horizon)
    seen = number * float((errors[same] ** 2).mean()) if number else 0.0
    return float(np.sqrt((2 * prior + seen) / (2 + number)))


def shifts_of(
    origin: Sequence[int], found: Sequence[tuple[float, float]], season: Sequence[float] | None = None
) -> Shifts:
    """Shifts and their variances, by origin, and the season that was expected at each."""
    shift, variance = np.array(found, np.float64).reshape(len(found), 2).T
    expected = np.zeros(len(found)) if season is None else np.array(season, np.float64)
    return Shifts(origin=np.array(origin, np.int64), shift=shift, variance=variance, season=expected)


def rise(actual: Numbers, expected: Numbers) -> tuple[float, float]:
    """By how much the customers' sum lay above what was expected, in logarithms, and its sampling variance."""
    whole = max(float(actual.sum()), HIDDEN)
    shift = np.clip(np.log(whole / max(float(expected.sum()), HIDDEN)), -MOST_SHIFT, MOST_SHIFT)
    return float(shift), float((actual**2).sum()) / whole**2


def shift_to(z: Numbers, share: float) -> float:
    """The shift with which the mean probability of log-odds `z` is the share."""
    low, high = -WIDEST, WIDEST
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(z + middle).mean() < share else (low, middle)
    return (low + high) / 2


def _knows_last_year(of: Shifts, cut: int) -> bool:
    return bool((np.abs(of.origin - (cut - YEAR)) <= NEAR_YEAR).any())


def _independent(origin: Whole, which: Flags, horizon: int) -> float:
    """How many windows that do not overlap these origins amount to."""
    chosen = origin[which]
    return min(len(chosen), (int(chosen.max()) - int(chosen.min())) / horizon + 1) if len(chosen) else 0.0
