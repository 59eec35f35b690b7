"""Public holidays of the countries a shop sells to."""

from dataclasses import replace
from datetime import date

import duckdb

from switchboard.intelligence import forecasting, holidays
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number, day_of
from switchboard.intelligence.predicting import moving_of
from tests.intelligence.predictions.shops import days

EVER = AsOf(day=20_000, second=2_000_000_000)


def shop(*countries: str | None) -> duckdb.DuckDBPyConnection:
    """People with an order each, who live there."""
    con = duckdb.connect()
    con.execute(
        "create table line (person bigint, second bigint); create table customer (person bigint, country varchar)"
    )
    for number, country in enumerate(countries):
        con.execute("insert into line values (?, ?)", [number, number])
        con.execute("insert into customer values (?, ?)", [number, country])
    return con


def test_the_holidays_of_a_period_are_told_with_their_countries():
    told = holidays.between(("GB", "DE"), date(2024, 3, 25), date(2024, 4, 5))
    assert [(each.name, each.countries) for each in told] == [
        ("Good Friday", ("GB", "DE")), ("Easter Monday", ("DE",)),
    ]  # fmt: skip
    assert told[0].day == date(2024, 3, 29)


def test_a_holiday_that_moves_is_known_from_one_that_stays():
    easter = {date(2023, 4, 7), date(2024, 3, 29), date(2025, 4, 18)}  # Good Fridays; Monday follows within days
    (moved,) = holidays.moving(("GB",), 2023, 2025)
    assert {day_of(int(day)) for day in moved} == easter
    assert holidays.moving(("GB", "GB"), 2023, 2025)[0].tolist() == moved.tolist()


def test_a_holiday_of_several_days_begins_once_a_year():
    spring = holidays.moving(("CN",), 2024, 2026)[0]
    assert [day_of(int(day)) for day in spring] == [date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)]


def test_a_country_nobody_knows_has_no_holidays():
    assert holidays.between(("XX",), date(2024, 1, 1), date(2024, 12, 31)) == ()
    assert holidays.moving(("XX",), 2023, 2025) == ()


def test_the_countries_of_a_shop_are_where_a_tenth_of_its_customers_live():
    assert holidays.countries_of(shop(*["gb"] * 8, *["de"] * 4, "fr", None, None), EVER, "IT") == ("GB", "DE")


def test_without_known_customers_it_is_the_country_of_the_settings_or_none():
    assert holidays.countries_of(shop(None, "atlantis"), EVER, "IT") == ("IT",)
    assert holidays.countries_of(shop(None), EVER, "IT") == ("IT",)
    assert holidays.countries_of(shop(None), EVER, None) == ()


def test_a_run_knows_the_holidays_of_the_settings_where_those_of_people_are_not():
    begin = day_number(date(2022, 1, 3))
    known = days([1], [begin], [10.0])
    said = AsOf(day=begin + 700, second=2_000_000_000, country="GB")
    with shop(None) as nobody_known, shop("de") as german:
        assert moving_of(nobody_known, said, known) == holidays.moving(("GB",), 2022, 2026)
        assert moving_of(nobody_known, replace(said, country=None), known) == ()
        assert moving_of(german, said, known) == holidays.moving(("DE",), 2022, 2026)


def test_who_came_later_says_nothing_of_an_earlier_moment():
    assert holidays.countries_of(shop("gb", "de", "de", "de"), AsOf(day=0, second=1), None) == ("GB",)
    assert day_number(date(1970, 1, 1)) == 0


def test_a_forecast_tells_which_holidays_fall_into_its_months():
    begin = date(2023, 10, 2)
    with duckdb.connect() as con:
        con.execute(
            "create table line (person bigint, day int, second bigint, gross bigint, discount bigint, refund bigint)"
        )
        for number in range(150):
            day = day_number(begin) + number  # up to 28 February
            con.execute("insert into line values (?, ?, ?, 100000, 0, 0)", [number, day, day * 86_400])
        of = forecasting.revenue(con, AsOf(day=day_number(date(2024, 3, 1)), second=2_000_000_000), "GB")
    told = forecasting.by_month(of, 2)
    assert [(each.name, each.day) for each in told.holidays] == [("Good Friday", date(2024, 3, 29))]
    assert of.countries == ("GB",)
