"""Times of the year that shops sell in: seasons by their months, holidays and days of shopping by their names."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from switchboard.foundation.errors import Invalid
from switchboard.intelligence import holidays
from switchboard.intelligence.months import following

Season = Literal["spring", "summer", "autumn", "winter"]
SEASONS: Mapping[Season, tuple[int, ...]] = {
    "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "winter": (12, 1, 2),
}  # fmt: skip
"""Meteorological seasons of the northern hemisphere."""
SOUTHERN = frozenset({
    "AO", "AR", "AS", "AU", "BI", "BO", "BR", "BW", "CC", "CK", "CL", "CX", "FJ", "FK", "KM", "LS", "MG", "MU", "MW",
    "MZ", "NA", "NC", "NF", "NU", "NZ", "PE", "PF", "PG", "PN", "PY", "RE", "RW", "SB", "SC", "SH", "SZ", "TL", "TO",
    "TV", "TZ", "UY", "VU", "WF", "WS", "YT", "ZA", "ZM", "ZW",
})  # fmt: skip
"""Countries most of whose people live south of the equator."""
THURSDAY = 3
NO_COUNTRY = " (public holidays too, once customers or the workspace's settings have a country)"


@dataclass(frozen=True, kw_only=True)
class Window:
    """Days of a season or around an event, the first and the last included."""

    name: str
    since: date
    until: date


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: J. Meeus, Astronomical Algorithms, 1991, chapter 8."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    m = (a + 11 * h) // 319
    i, k = divmod(c, 4)
    n = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + n + 90) // 25
    return date(year, month, (h - m + n + month + 19) % 32)


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 22)


SHOPPING: Mapping[str, Callable[[int], date]] = {
    "New Year": lambda year: date(year, 1, 1),
    "Valentine's Day": lambda year: date(year, 2, 14),
    "Easter": easter,
    "Halloween": lambda year: date(year, 10, 31),
    "Singles' Day": lambda year: date(year, 11, 11),
    "Black Friday": black_friday,
    "Cyber Monday": lambda year: black_friday(year) + timedelta(days=3),
    "Christmas": lambda year: date(year, 12, 25),
}
"""Days of shopping that are the same in all countries."""


def months_of(season: Season, country: str | None) -> tuple[int, ...]:
    """The months of a season where the shop is: half a year later south of the equator."""
    months = SEASONS[season]
    return tuple((month + 5) % 12 + 1 for month in months) if country in SOUTHERN else months


def of_months(months: Sequence[int], name: str, first: date, last: date) -> tuple[Window, ...]:
    """Every stretch of these months between two days, cut where they begin and end."""
    found, start = list[Window](), first.replace(day=1)
    while start <= last:
        end = following(start) - timedelta(days=1)
        if start.month in months:
            since, until = max(start, first), min(end, last)
            if found and found[-1].until + timedelta(days=1) == since:
                since = found.pop().since
            found.append(Window(name=f"{name} {since:%Y}", since=since, until=until))
        start = following(start)
    return tuple(found)


def of_event(said: str, countries: Sequence[str], first: date, last: date) -> tuple[str, tuple[tuple[str, date], ...]]:
    """The name of an event and its days between two others, each with the year's name.

    Raise Invalid for one that is neither a day of shopping nor a holiday of these countries, naming those that are.
    """
    wanted, years = _plain(said), range(first.year, last.year + 2)
    for name, day_in in SHOPPING.items():
        if _plain(name) == wanted:
            days = [day_in(year) for year in years]
            return name, tuple((f"{name} {day:%Y}", day) for day in days)
    public = holidays.between(countries, date(first.year, 1, 1), date(last.year + 1, 12, 31))
    names = dict.fromkeys(each.name for each in public)
    for name in names:
        if _plain(name) == wanted:
            days = [each.day for each in public if each.name == name]
            return name, tuple((f"{name} {day:%Y}", day) for day in days)
    known = ", ".join([*SHOPPING, *(name for name in names if name not in SHOPPING)][:40])
    lacks = "" if countries else NO_COUNTRY
    raise Invalid(f"there is no event {said!r}; the events are {known}{lacks}; or give since and until", field="event")


def around(
    days: Sequence[tuple[str, date]], reach: tuple[int, int], first: date, last: date
) -> tuple[Window, ...]:  # fmt: skip
    """The days from so many before each to so many after it, as far as they lie between two days."""
    found = [
        Window(
            name=name, since=max(day - timedelta(days=reach[0]), first), until=min(day + timedelta(days=reach[1]), last)
        )
        for name, day in days
    ]
    return tuple(each for each in found if each.since <= each.until)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.casefold().removesuffix("day"))
