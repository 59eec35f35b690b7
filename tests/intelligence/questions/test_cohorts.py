"""Cohorts, held against a small calendar by hand and against a plain count over a real shop."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import back, day_number, day_of
from switchboard.intelligence.question_records import Cohort
from switchboard.intelligence.questions.cohorts import cohorts, retention
from tests.intelligence.mirrors import TODAY, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow


def on(day: date, document: int, person: int | None, gross: float = 10.0, refund: float = 0.0) -> Line:
    """A line of that day."""
    return Line(document=document, person=person, ago=TODAY - day_number(day), gross=gross, refund=refund)


def before(day: date) -> AsOf:
    """The start of a day."""
    return AsOf(day=day_number(day), second=day_number(day) * 86_400)


SOLD = [
    on(date(2023, 11, 30), 1, 1), on(date(2023, 12, 1), 2, 1, 20.0), on(date(2024, 1, 31), 3, 1, 5.0),
    on(date(2023, 11, 2), 4, 2), on(date(2024, 1, 1), 5, 2, 0.0, 4.0),
    on(date(2023, 12, 24), 6, 3, 7.0), on(date(2024, 1, 3), 7, 3, 8.0), on(date(2024, 1, 4), 8, 3, 9.0),
    on(date(2024, 1, 5), 9, None, 100.0),
]  # fmt: skip


def triangle(of: tuple[Cohort, ...]) -> dict[str, list[tuple[int, float | None, float]]]:
    return {each.month: [(month.active, month.retained, month.net) for month in each.months] for each in of}


def test_each_cohort_has_its_months():
    assert triangle(cohorts(shop(SOLD), before(date(2024, 2, 1)), 3)) == {
        "2023-11": [(2, 1.0, 20.0), (1, 0.5, 20.0), (1, 0.5, 1.0)],
        "2023-12": [(1, 1.0, 7.0), (1, 1.0, 17.0)],
        "2024-01": [(0, None, 0.0)],
    }


def test_a_cohort_sums_up_its_months_and_what_a_customer_brought_so_far():
    november = cohorts(shop(SOLD), before(date(2024, 2, 1)), 3)[0]
    assert (november.customers, november.net) == (2, 41.0)
    assert [month.value_so_far for month in november.months] == [10.0, 20.0, 20.5]
    assert [month.month for month in november.months] == ["2023-11", "2023-12", "2024-01"]


def test_only_the_last_months_are_shown_and_who_bought_before_them_is_of_an_older_cohort():
    of = triangle(cohorts(shop(SOLD), before(date(2024, 2, 1)), 2))
    assert of == {"2023-12": [(1, 1.0, 7.0), (1, 1.0, 17.0)], "2024-01": [(0, None, 0.0)]}


def test_a_month_that_is_not_over_is_said_and_left_out_of_the_whole():
    of = cohorts(shop(SOLD), before(date(2024, 1, 31)), 3)
    assert [month.is_over for month in of[0].months] == [True, True, False]
    assert [(each.after, each.customers, each.retained) for each in retention(of)] == [(0, 3, 1.0), (1, 2, 0.5)]


def test_all_cohorts_together_weigh_by_their_customers():
    of = cohorts(shop(SOLD), before(date(2024, 2, 1)), 3)
    assert [(each.after, each.customers, each.retained) for each in retention(of)] == [
        (0, 3, 1.0), (1, 3, pytest.approx(2 / 3)), (2, 2, 0.5)
    ]  # fmt: skip


def test_at_midnight_the_month_that_begins_is_not_shown():
    assert [each.month for each in cohorts(shop(SOLD), before(date(2023, 12, 1)), 1)] == ["2023-11"]


def test_one_customer_has_one_cohort():
    of = cohorts(shop(SOLD[:1]), before(date(2023, 12, 1)), 1)
    assert triangle(of) == {"2023-11": [(1, 1.0, 10.0)]}


def test_a_real_shop_has_what_counting_line_by_line_finds():
    con, now = real_shop("gifts")
    rows = con.execute(
        "select person, day, gross, coalesce(discount, 0), refund from sale"
        " where second < ? and person is not null", [now.second]
    ).fetchall()  # fmt: skip
    first: dict[int, date] = {}
    for person, day, gross, *_ in rows:
        if gross > 0:
            first[person] = min(first.get(person, date.max), day_of(day).replace(day=1))
    active, net = defaultdict[tuple[date, date], set[int]](set), defaultdict[tuple[date, date], int](int)
    for person, day, gross, discount, refund in rows:
        if person in first and day_of(day).replace(day=1) >= first[person]:
            cell = first[person], day_of(day).replace(day=1)
            net[cell] += gross - discount - refund
            if gross > 0:
                active[cell].add(person)
    of = cohorts(con, now, 6)
    assert sum(each.customers for each in of) > 100
    for each in of:
        start = date.fromisoformat(each.month + "-01")
        for month in each.months:
            cell = start, date.fromisoformat(month.month + "-01")
            assert (month.active, month.net) == (len(active[cell]), pytest.approx(net[cell] / 10_000)), cell


@pytest.mark.parametrize(
    ("day", "months", "before_it"),
    [
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 1, 1), 13, date(2022, 12, 1)),
        (date(2024, 5, 31), 0, date(2024, 5, 31)),
    ],
)
def test_months_back_keep_to_the_calendar(day: date, months: int, before_it: date):
    assert back(day, months) == before_it
    assert day_of(day_number(day) + 1) == day + timedelta(days=1)
