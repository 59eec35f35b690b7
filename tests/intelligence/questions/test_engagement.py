"""Who orders more or less than before, and who may buy for a business, by hand and against a made-up even shop."""

from datetime import UTC, date
from math import comb
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from switchboard.intelligence.months import day_number
from switchboard.intelligence.questions import business, engagement
from switchboard.intelligence.questions.business import IN_OFFICE, Buyers
from switchboard.intelligence.questions.engagement import Compared
from tests.intelligence.mirrors import NOW, TODAY, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow

NOW_SUMMER, NOW_WINTER = date(2024, 7, 1), date(2024, 1, 8)
OLD = 400  # days ago, when everybody who can be compared came first


def orders(person: int, now: int, before: int, first: int = OLD, gross: float = 10.0) -> list[Line]:
    """So many orders of the last 90 days and of the 90 before, and one long ago."""
    ago = [first, *(1 + n % 90 for n in range(now)), *(91 + n % 90 for n in range(before))]
    return [Line(document=1_000 * person + n, person=person, ago=day, gross=gross) for n, day in enumerate(ago)]


def compared(*lines: Line) -> Compared:
    return engagement.compared(shop(lines), NOW)


def who(of: Compared, which: engagement.Flags) -> list[int]:
    return of.persons[engagement.order_of(of, which)].tolist()


def test_five_orders_that_stop_are_more_than_chance_and_four_are_not():
    of = compared(*orders(1, 0, 5), *orders(2, 0, 4), *orders(3, 5, 0), *orders(4, 4, 0), *orders(5, 5, 5))
    assert (who(of, of.declining), who(of, of.growing)) == ([1], [3])
    assert of.fewer[0] == pytest.approx(1 / 32)
    assert of.fewer[1] == pytest.approx(1 / 16)
    assert of.more[2] == pytest.approx(1 / 32)
    assert [(each.way, each.customers, each.net, each.net_before) for each in engagement.balance(of)] == [
        ("growing", 1, 50.0, 0.0), ("steady", 3, 90.0, 90.0), ("declining", 1, 0.0, 50.0),
    ]  # fmt: skip


def test_a_day_belongs_to_one_of_two_times_of_ninety_days():
    edges = [Line(document=n, ago=ago, gross=1.0) for n, ago in enumerate((OLD, 1, 90, 91, 180, 181))]
    of = compared(*edges)
    assert (of.now.tolist(), of.before.tolist()) == ([2], [2])


def test_who_came_first_within_both_times_is_not_compared():
    assert len(compared(*orders(1, 8, 0, first=180))) == 0
    assert len(compared(*orders(1, 8, 0, first=181))) == 1
    assert len(compared(*orders(1, 0, 0))) == 0
    assert engagement.chance_share(compared(*orders(1, 8, 0, first=180))) is None


def test_who_lost_most_money_comes_first():
    of = compared(*orders(1, 0, 6, gross=10.0), *orders(2, 0, 6, gross=30.0), *orders(3, 1, 12, gross=30.0))
    assert who(of, of.declining) == [3, 2, 1]


def test_refunds_count_in_their_own_time_and_guests_do_not():
    lines = [
        *orders(1, 2, 2),
        Line(document=1_999, person=1, ago=3, refund=4.0),
        Line(document=7, person=None, ago=3, gross=9.0),
    ]
    of = compared(*lines)
    assert (of.net.tolist(), of.net_before.tolist()) == ([160_000], [200_000])


def test_the_share_that_chance_finds_is_that_of_the_test():
    of = compared(*orders(1, 3, 2), *orders(2, 2, 2), *orders(3, 10, 10))
    twenty = sum(comb(20, k) for k in range(6)) / 2**20  # five of twenty is the most that still is beyond chance
    assert twenty < 0.05 < twenty + comb(20, 6) / 2**20
    assert engagement.chance_share(of) == pytest.approx((1 / 32 + 0 + twenty) / 3)


def test_at_an_even_pace_no_more_are_found_than_chance_brings():
    random = np.random.default_rng(5)
    lines = [line for person in range(1, 1_500) for line in orders(person, *random.poisson(6, 2))]
    of = compared(*lines)
    by_chance = engagement.chance_share(of) or 0
    assert of.declining.mean() == pytest.approx(by_chance, abs=0.012)
    assert of.growing.mean() == pytest.approx(by_chance, abs=0.012)


def test_a_real_shop_has_what_plain_counting_finds():
    con, now = real_shop("gifts")
    of = engagement.compared(con, now)
    rows = con.execute(
        "select person, day, document from sale where second < ? and gross > 0 and person is not null", [now.second]
    ).fetchall()
    assert len(of) > 1_000
    for row in range(0, len(of), 250):
        mine = [(day, document) for person, day, document in rows if person == of.persons[row]]
        assert min(day for day, _ in mine) < now.day - 180
        assert of.now[row] == len({document for day, document in mine if day >= now.day - 90})
        assert of.before[row] == len({document for day, document in mine if now.day - 180 <= day < now.day - 90})


MONDAY = (TODAY + 3) % 7  # days ago


def placed(person: int, count: int, gross: float, lines: int = 1, at: tuple[int, float] = (0, 12.0)) -> list[Line]:
    """So many orders, a week from each other, at one day of the week (Monday is 0) and hour."""
    weekday, hour = at
    days = [MONDAY + 7 + 7 * n - weekday for n in range(count)]
    return [
        Line(
            document=1_000 * person + n, person=person, ago=ago, gross=gross / lines, hour=hour, product=line
        )
        for n, ago in enumerate(days) for line in range(1, lines + 1)
    ]  # fmt: skip


def judged(*lines: Line, zone: str = "UTC", least: int = 3) -> Buyers:
    return business.buyers(shop(lines), NOW, ZoneInfo(zone), least)


HOMES = [line for person in range(1, 41) for line in placed(person, 4, 20.0, at=(person % 7, 17 + person % 6))]


def test_two_signs_of_three_are_enough():
    of = judged(*HOMES, *placed(50, 12, 60.0, lines=3, at=(0, 10)), *placed(51, 12, 60.0, at=(0, 10)),
                *placed(52, 12, 59.0, at=(0, 10)),
                *placed(53, 12, 60.0, lines=3, at=(0, 20)), *placed(54, 2, 90.0, lines=9, at=(0, 10)))  # fmt: skip
    assert of.persons[of.found].tolist() == [50, 51, 53]
    assert of.score[of.found].tolist() == pytest.approx([1.0, 2 / 3, 2 / 3])
    assert business.why(of, int(of.found[0]), "EUR")[:2] == (
        "Their mean order is 60.00 EUR, the shop's median 20.00.",
        "Their orders have 3.0 lines in the mean, the shop's median 1.",
    )
    assert len(business.why(of, int(of.found[0]), "EUR")) == 3


def test_office_hours_are_those_of_the_workspaces_zone():
    lines = [*HOMES, *placed(50, 12, 60.0, at=(0, 6.5))]  # half past seven or eight in Berlin, as the season has it
    assert judged(*lines, zone="UTC").office[-1] == 0
    assert 0 <= judged(*lines, zone="Europe/Berlin").office[-1] <= 12
    assert judged(*lines, zone="Asia/Kolkata").office[-1] == 12
    assert business.shift(day_number(NOW_SUMMER), ZoneInfo("Europe/Berlin")) == 7_200
    assert business.shift(day_number(NOW_WINTER), ZoneInfo("Europe/Berlin")) == 3_600
    assert business.shift(0, UTC) == 0


def test_saturday_is_no_office_day():
    of = judged(*HOMES, *placed(50, 5, 20.0, at=(5, 10)), *placed(51, 5, 20.0, at=(4, 10)))
    assert of.office[-2:].tolist() == [0, 5]
    assert "time >= 28800 and time < 64800" in IN_OFFICE


def test_where_all_orders_are_of_one_time_office_hours_are_not_known():
    of = judged(*(line for person in range(1, 20) for line in placed(person, 4, 20.0)), *placed(50, 4, 90.0, lines=4))
    assert list(of.signs) == ["large_orders", "many_lines"]
    assert of.persons[of.found].tolist() == [50]
    assert of.score[of.found].tolist() == [1.0]


def test_a_shop_without_customers_or_with_one_has_no_business_buyers():
    for lines in ([], [Line(document=1, person=None, ago=3, gross=9.0)], placed(1, 5, 20.0), placed(1, 1, 20.0)):
        assert len(judged(*lines).found) == 0
