"""What the weeks of the year are worth, where two years have shown it; days are then counted by it.

Customers come back less as they age, and more or less with the season. Who first bought when tells both apart: a week's
repeat purchases are what so many customers of each age make, times what the week is worth. That is believed as far as
the same weeks were worth it a year before.
"""

from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions.calendars import LEAST, STANDS_OUT, WEEK, Calendar
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.sums import changes

WEEKS, TOGETHER = 52, 5  # of a year; weeks that are looked at together
LEAST_SHARED = 26  # weeks that two years have in common
INDEPENDENT = 4  # weeks that tell as much as one that stands alone
ROUNDS = 12  # of telling ages and weeks apart
MOST_SWING, LEAST_MADE = 2.0, 0.5  # of logarithms; purchases


@dataclass(frozen=True, kw_only=True)
class _Weeks:
    """By week, the last one ending at the cut-off: repeat purchases, and those that ages alone would make."""

    made: Numbers
    expected: Numbers


def with_season(calendar: Calendar, known: Days, cut: int) -> Calendar:
    """The calendar, with what its days are worth by the season as the days before `cut` have shown it."""
    weeks = (cut - calendar.start) // WEEK
    if weeks < WEEKS + LEAST_SHARED:
        return calendar
    index = _index(_logarithms(_weeks(calendar, known, cut, weeks)))
    if not index.any():
        return calendar
    days = calendar.start + np.arange(len(calendar.factors))
    place = (days + 0.5 - cut) / WEEK - 0.5  # 0 is the middle of the first week after the cut-off
    below = np.floor(place).astype(np.int64)
    along = place - below
    season = np.exp(index[below % WEEKS] * (1 - along) + index[(below + 1) % WEEKS] * along)
    return replace(calendar, factors=calendar.factors * season, season=season)


def _weeks(calendar: Calendar, known: Days, cut: int, weeks: int) -> _Weeks:
    """Ages and weeks told apart, each in turn as the other leaves it."""
    begin, at = cut - weeks * WEEK, np.arange(weeks)
    bought = known.chosen(known.bought)
    first = changes(bought.person)
    when = np.maximum((bought.day - begin) // WEEK, 0)
    born = when[np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))]
    made = np.bincount((born * weeks + when)[~first], minlength=weeks * weeks).reshape(weeks, weeks).astype(np.float64)
    usual = np.array([calendar.span(begin + each * WEEK, WEEK) / WEEK for each in at.tolist()])
    age = at[None, :] - at[:, None]
    there = age >= 0
    base = np.where(there, np.bincount(born[first], minlength=weeks)[:, None] * usual[None, :], 0.0)
    base[age == 0] /= 2  # who is new was there for half of the week, on average
    ages = age[there]
    by_age, level, expected = np.bincount(ages, made[there], weeks), np.ones(weeks), np.ones(weeks)
    for _ in range(ROUNDS):
        pace = by_age / np.maximum(np.bincount(ages, (base * level)[there], weeks), LEAST)
        expected = (base * pace[np.maximum(age, 0)]).sum(0)
        level = made.sum(0) / np.maximum(expected, LEAST)
    return _Weeks(made=made.sum(0), expected=expected)


def _logarithms(of: _Weeks) -> Numbers:
    """What each week and those around it were worth, in logarithms."""
    made, expected = (np.convolve(each, np.ones(TOGETHER), "same") for each in (of.made, of.expected))
    logs = np.log(np.maximum(made, LEAST_MADE) / np.maximum(expected, LEAST))
    return np.clip(logs, -MOST_SWING, MOST_SWING)


def _index(logs: Numbers) -> Numbers:
    """By week from the cut-off on, what it is worth, in logarithms around a year; zeros where nothing is believed."""
    now, before = logs[-WEEKS:], logs[:-WEEKS][-WEEKS:]
    shared = len(before)
    late, early = now[-shared:] - now[-shared:].mean(), before - before.mean()
    alike = float(late @ early) / max(float(late @ late + early @ early) / 2, LEAST)
    if alike <= 0:
        return np.zeros(WEEKS)
    error = max(1 - alike**2, 0.0) / (shared / INDEPENDENT - 2)
    believed = max(0.0, 1 - STANDS_OUT * error / alike**2)
    index = _mean(logs) * alike * believed
    return index - float(np.log(np.exp(index).mean()))


def _mean(logs: Numbers) -> Numbers:
    """The mean of the last year and of those before it, as far as they are known, each around its own mean."""
    now = logs[-WEEKS:] - logs[-WEEKS:].mean()
    total, count = now.copy(), np.ones(WEEKS)
    for years in range(1, len(logs) // WEEKS + 1):
        past = logs[: len(logs) - years * WEEKS][-WEEKS:]
        if len(past) < LEAST_SHARED:
            break
        total[-len(past) :] += past - past.mean() + now[-len(past) :].mean()
        count[-len(past) :] += 1
    return total / count
