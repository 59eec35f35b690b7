"""Seasons and events by their days, against calendars of known years."""

from datetime import date

import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.occasions import SEASONS, around, black_friday, easter, months_of, of_event, of_months

FIRST, LAST = date(2022, 1, 15), date(2024, 2, 10)


@pytest.mark.parametrize(
    "day",
    [date(1961, 4, 2), date(2000, 4, 23), date(2008, 3, 23), date(2011, 4, 24), date(2024, 3, 31), date(2038, 4, 25)],
)
def test_easter_is_where_the_calendars_have_it(day: date):
    assert easter(day.year) == day


@pytest.mark.parametrize("day", [date(2018, 11, 23), date(2019, 11, 29), date(2023, 11, 24), date(2024, 11, 29)])
def test_black_friday_follows_the_fourth_thursday(day: date):
    assert black_friday(day.year) == day


def test_a_winter_goes_over_the_year_and_is_cut_where_the_history_is():
    found = of_months(SEASONS["winter"], "winter", FIRST, LAST)
    assert [(each.since, each.until) for each in found] == [
        (FIRST, date(2022, 2, 28)), (date(2022, 12, 1), date(2023, 2, 28)), (date(2023, 12, 1), LAST),
    ]  # fmt: skip


def test_seasons_are_those_of_the_shops_hemisphere():
    assert [months_of("winter", country) for country in (None, "DE", "AU")] == [(12, 1, 2), (12, 1, 2), (6, 7, 8)]
    assert months_of("summer", "NZ") == (12, 1, 2)
    assert {months_of(each, "ZA") for each in SEASONS} == set(SEASONS.values())


def test_events_are_found_however_they_are_written():
    for said in ("halloween", "Halloween ", "HALLOWEEN"):
        assert of_event(said, (), FIRST, LAST)[0] == "Halloween"
    assert of_event("valentines day", (), FIRST, LAST)[0] == "Valentine's Day"
    assert of_event("Boxing Day", ("GB",), FIRST, LAST)[1][0] == ("Boxing Day 2022", date(2022, 12, 26))


def test_an_event_has_its_days_of_every_year():
    name, days = of_event("cyber monday", (), FIRST, LAST)
    assert (name, [day for _, day in days][:2]) == ("Cyber Monday", [date(2022, 11, 28), date(2023, 11, 27)])
    windows = around(days, (3, 0), FIRST, LAST)
    assert [(each.name, each.since, each.until) for each in windows] == [
        ("Cyber Monday 2022", date(2022, 11, 25), date(2022, 11, 28)),
        ("Cyber Monday 2023", date(2023, 11, 24), date(2023, 11, 27)),
    ]


def test_a_new_year_to_come_has_days_before_it():
    (*_, last) = around(of_event("New Year", (), FIRST, date(2023, 12, 28))[1], (7, 0), FIRST, date(2023, 12, 28))
    assert (last.name, last.since, last.until) == ("New Year 2024", date(2023, 12, 25), date(2023, 12, 28))


def test_an_unknown_event_is_told_which_there_are():
    with pytest.raises(Invalid, match=r"no event 'Purim'; the events are .*Halloween.*Boxing Day") as refused:
        of_event("Purim", ("GB",), FIRST, LAST)
    assert refused.value.field == "event"
