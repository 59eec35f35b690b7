"""The shop's months ahead, from the mirror: revenue, and how many customers there will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np

from switchboard.intelligence import holidays
from switchboard.intelligence.features import MONEY, AsOf
from switchboard.intelligence.holidays import Holiday
from switchboard.intelligence.months import day_number, day_of, following
from switchboard.intelligence.predictions import monthly
from switchboard.intelligence.predictions.monthly import Ahead, Backtest
from switchboard.intelligence.predictions.special import Numbers, Whole

FEWEST_DAYS = 60
BACKTESTED = 3  # months ahead
REVENUE = """
select day, sum(gross - coalesce(discount, 0) - refund)::double / ? as figure from line where second < ? group by day
"""
FIRST = """
select day, count(*)::double / ? as figure from (
    select person, min(day) as day from line where second < ? and person is not null and gross > 0 group by person)
group by day
"""
BEGUN = "select min(day), max(day) from line where second < ? and gross > 0"


@dataclass(frozen=True, kw_only=True)
class Daily:
    """A figure a day since the first order, up to the last whole day; `today` is what the day that has begun has."""

    start: int
    series: Numbers
    today: float
    countries: tuple[str, ...]

    @property
    def end(self) -> int:
        """The first day that is not over."""
        return self.start + len(self.series)

    @property
    def moving(self) -> tuple[Whole, ...]:
        """The days of each holiday that moves, counted from the start."""
        return tuple(days - self.start for days in holidays.moving_around(self.countries, self.start, self.end))


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """By month, the one that has begun first: its first day and what is expected of it, what it has included."""

    months: tuple[tuple[date, Ahead], ...]
    backtest: Backtest | None
    season_known: bool
    holidays: tuple[Holiday, ...]


def revenue(lines: duckdb.DuckDBPyConnection, as_of: AsOf, country: str | None = None) -> Daily:
    """Net revenue a day, guests included; there is an order before the moment. `country` is that of the settings."""
    return _daily(lines, as_of, (REVENUE, MONEY, country))


def new_customers(lines: duckdb.DuckDBPyConnection, as_of: AsOf, country: str | None = None) -> Daily:
    """First orders a day; there is one before the moment."""
    return _daily(lines, as_of, (FIRST, 1.0, country))


def by_month(of: Daily, months: int) -> Forecast:
    """Each month by itself."""
    end, known, found = of.end, monthly.known(of.series, of.moving), list[tuple[date, Ahead]]()
    measured = monthly.backtest(of.series, [(number * 30, 30) for number in range(BACKTESTED)], of.moving)
    for first, after in _months(end, months):
        lead, span = max(first - end, 0), after - max(first, end)
        already = float(of.series[max(first - of.start, 0) :].sum()) if first < end else 0.0
        found.append((day_of(first), _served(monthly.ahead(known, lead, span), measured, already)))
    return _forecast(of, found, measured)


def up_to_month(of: Daily, months: int) -> Forecast:
    """All from the first day to each month's end, together."""
    end, known, already = of.end, monthly.known(of.series, of.moving), float(of.series.sum())
    measured = monthly.backtest(of.series, [(0, 30 * number) for number in range(1, BACKTESTED + 1)], of.moving)
    found = [
        (day_of(first), _served(monthly.ahead(known, 0, after - end), measured, already, counted=True))
        for first, after in _months(end, months)
    ]
    return _forecast(of, found, measured)


def missing(of: Daily) -> tuple[str, ...]:
    """What there is too little of for a forecast."""
    days = len(of.series)
    return () if days >= FEWEST_DAYS else (f"{FEWEST_DAYS} days of history; there are {days}",)


def _forecast(of: Daily, found: Sequence[tuple[date, Ahead]], measured: Backtest | None) -> Forecast:
    last = following(found[-1][0]) - timedelta(days=1)
    return Forecast(
        months=tuple(found), backtest=measured, season_known=monthly.knows_last_year(len(of.series)),
        holidays=holidays.between(of.countries, day_of(of.end), last),
    )  # fmt: skip


def _served(ahead: Ahead, measured: Backtest | None, already: float, *, counted: bool = False) -> Ahead:
    """No narrower than the rule's own errors were, and with what there is already."""
    wide = ahead.as_wide_as(measured)
    if counted:
        wide = wide.counted()
    return Ahead(
        expected=already + wide.expected, low=already + wide.low, high=already + wide.high, origins=wide.origins
    )


def _daily(lines: duckdb.DuckDBPyConnection, as_of: AsOf, what: tuple[str, float, str | None]) -> Daily:
    query, unit, country = what
    ((start, last),) = lines.execute(BEGUN, [as_of.second]).fetchall()
    end = max(as_of.day, int(last))  # the first day that is not over
    rows = np.array(lines.execute(query, [unit, as_of.second]).fetchall(), np.float64).reshape(-1, 2)
    days, figures = rows[:, 0].astype(np.int64), rows[:, 1]
    known = (days >= start) & (days < end)
    series = np.bincount(days[known] - start, figures[known], end - start).astype(np.float64)
    return Daily(
        start=int(start), series=series, today=float(figures[days >= end].sum()),
        countries=holidays.countries_of(lines, as_of, country),
    )  # fmt: skip


def _months(day: int, count: int) -> list[tuple[int, int]]:
    """The month this day is in and those after: the day they begin and the one after they end."""
    first, found = day_of(day).replace(day=1), list[tuple[int, int]]()
    while len(found) < count:
        found.append((day_number(first), day_number(following(first))))
        first = following(first)
    return found
