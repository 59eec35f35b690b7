"""Public holidays of the countries a shop sells to, and which of them move from year to year."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import import_module
from itertools import pairwise
from typing import Protocol, cast

import duckdb
import numpy as np

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number, day_of
from switchboard.intelligence.predictions.special import Whole

LEAST_SHARE, MOST_COUNTRIES = 0.1, 3  # of the customers whose country is known; countries at most
COUNTED = 100_000  # people, the earliest ones
MOVES, SEEN_YEARS, APART = 7, 10, 4  # days beyond which a holiday moves; years looked at for it; days between two
LANGUAGE = "en_US"
AHEAD = 3  # years of a forecast, at most
PEOPLE = "select 1 from duckdb_tables() where table_name = 'customer'"  # none beside lines from elsewhere
COUNTRIES = """
select upper(country) as country, count(*) as people
from (select person, country from customer where country is not null order by person limit $counted) first
semi join (select person from line where second < $second) seen using (person)
group by 1 order by people desc, country
"""


@dataclass(frozen=True, kw_only=True)
class Holiday:
    """A public holiday, as it is called in English, and in which of the countries (ISO 3166) it is one."""

    day: date
    name: str
    countries: tuple[str, ...]


class _Library(Protocol):
    def country_holidays(
        self, country: str, *, years: Iterable[int], observed: bool, language: str | None
    ) -> Mapping[date, str]: ...

    def list_supported_countries(self, *, include_aliases: bool) -> Mapping[str, object]: ...

    def list_localized_countries(self, *, include_aliases: bool) -> Mapping[str, Sequence[str]]: ...


def countries_of(lines: duckdb.DuckDBPyConnection, as_of: AsOf, said: str | None) -> tuple[str, ...]:
    """The countries of a shop: where at least a tenth of its customers by then live, most first.

    Where that is not known, the one its settings say; none without.
    """
    known_people, asked = lines.execute(PEOPLE).fetchall(), {"second": as_of.second, "counted": COUNTED}
    rows = lines.execute(COUNTRIES, asked).fetchall() if known_people else []
    whole = sum(int(people) for _, people in rows)
    found = [str(country) for country, people in rows[:MOST_COUNTRIES] if int(people) >= LEAST_SHARE * whole]
    known = [each for each in found if each in _languages()]
    if not known and said in _languages():
        return (str(said),)
    return tuple(known)


def between(countries: Sequence[str], first: date, last: date) -> tuple[Holiday, ...]:
    """The holidays of these countries from one day up to another and with it, in order; unknown countries have none."""
    found = dict[tuple[date, str], list[str]]()
    for country in countries:
        for year in range(first.year, last.year + 1):
            for day, name in _of_year(country, year):
                if first <= day <= last:
                    found.setdefault((day, name), []).append(country)
    return tuple(Holiday(day=day, name=name, countries=tuple(found[day, name])) for day, name in sorted(found))


def moving_around(countries: tuple[str, ...], first: int, now: int) -> tuple[Whole, ...]:
    """The days of each holiday that moves, from the day `first` to years after the day `now`."""
    return moving(countries, day_of(first).year, day_of(now).year + AHEAD)


@lru_cache(maxsize=256)
def moving(countries: tuple[str, ...], first: int, last: int) -> tuple[Whole, ...]:
    """The first days (since 1970-01-01, ascending) of each holiday that moves, in the years from one to another.

    Those that follow each other within days, and those that countries share, are one.
    """
    each = [
        np.array([day_number(day) for day in _days(country, name, range(first, last + 1))], np.int64)
        for country in countries
        for name in _moving_names(country, first)
    ]
    found = list[Whole]()
    for days in sorted(filter(len, each), key=_first):
        if not any(_near(days, other) for other in found):
            found.append(days)
    return tuple(found)


@cache
def _library() -> _Library:
    """The library, which takes half a second to come in: only once somebody asks for a holiday."""
    return cast("_Library", import_module("holidays"))


@cache
def _languages() -> Mapping[str, Sequence[str]]:
    """The countries that are known, and the languages of their holidays' names beside their own."""
    told = _library().list_localized_countries(include_aliases=False)
    return {country: told.get(country, ()) for country in _library().list_supported_countries(include_aliases=False)}


@lru_cache(maxsize=4_096)
def _of_year(country: str, year: int) -> tuple[tuple[date, str], ...]:
    if country not in _languages():
        return ()
    language = LANGUAGE if LANGUAGE in _languages()[country] else None
    told = _library().country_holidays(country, years=[year], observed=False, language=language)
    return tuple(sorted((day, name) for day, names in told.items() for name in names.split("; ")))


def _days(country: str, name: str, years: Iterable[int]) -> Iterator[date]:
    """The first days of a holiday, which may last."""
    before: date | None = None
    for year in years:
        for day, called in _of_year(country, year):
            if called == name:
                if before is None or day - before > timedelta(days=APART):
                    yield day
                before = day


@lru_cache(maxsize=256)
def _moving_names(country: str, first: int) -> frozenset[str]:
    """The holidays whose day of the year moves by more than a week, as the ten years from then on show."""
    names = {name for _, name in _of_year(country, first)}
    found = set[str]()
    for name in names:
        days = list(_days(country, name, range(first, first + SEEN_YEARS)))
        if len(days) >= SEEN_YEARS - 1 and any(abs((b - a).days - 365) > MOVES for a, b in pairwise(days)):
            found.add(name)
    return frozenset(found)


def _first(days: Whole) -> int:
    return int(days[0])


def _near(days: Whole, other: Whole) -> bool:
    return len(days) == len(other) and bool((np.abs(days - other) <= APART).all())
