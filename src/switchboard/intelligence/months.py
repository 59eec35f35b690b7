"""Months of the calendar over the mirror's days, and up to which day a moment has seen anything."""

import calendar
from datetime import date, timedelta

import duckdb

from switchboard.intelligence.features import AsOf

EPOCH = date(1970, 1, 1)
HAPPENED = "select 1 from line where day = ? and second < ? limit 1"


def last_day(lines: duckdb.DuckDBPyConnection, as_of: AsOf) -> date:
    """The day of the moment once something happened in it, else the day before: at midnight today has not begun."""
    today = day_of(as_of.day)
    return today if lines.execute(HAPPENED, [as_of.day, as_of.second]).fetchone() else today - timedelta(days=1)


def starts(last: date, months: int) -> list[date]:
    """The first days of so many months, the last of them the one of `last`, in order."""
    found = [last.replace(day=1)]
    while len(found) < months:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def following(start: date) -> date:
    """The first day of the month after."""
    return (start + timedelta(days=31)).replace(day=1)


def back(day: date, months: int) -> date:
    """The same day so many months before; the last day of that month where it has none."""
    year, month = divmod(month_number(day) - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_number(day: date) -> int:
    """Months since the year 0, for counting them."""
    return day.year * 12 + day.month - 1


def day_number(day: date) -> int:
    """The day as lines have it: since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day of a line."""
    return EPOCH + timedelta(days=number)
