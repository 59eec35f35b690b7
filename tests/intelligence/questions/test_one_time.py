"""One-time buyers, and after which beginnings customers come back."""

import duckdb
import pytest

from switchboard.intelligence.question_records import OneTimeAsked
from switchboard.intelligence.questions import one_time
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import real_shop, shop
from tests.intelligence.questions.test_chance import exactly

pytestmark = pytest.mark.slow

ASKED = OneTimeAsked(within_days=30, least_customers=5)


def begun(lines: list[Line], categories: dict[int, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A shop with the table of its first orders."""
    con = shop(lines, categories)
    one_time.find_beginnings(con, NOW)
    return con


def first_of(person: int, product: int, *later: int) -> list[Line]:
    """A customer's first order 100 days ago, and others so many days after it."""
    days = (100, *(100 - each for each in later))
    return [Line(document=10 * person + n, person=person, ago=ago, gross=10.0, product=product if n == 0 else 9)
            for n, ago in enumerate(days)]  # fmt: skip


FEW = [
    Line(document=1, person=1, ago=10, gross=10.0), Line(document=1, person=1, ago=10, gross=5.0),
    Line(document=2, person=2, ago=40, gross=8.0, discount=1.0), Line(document=3, person=2, ago=2, refund=2.0),
    Line(document=4, person=3, ago=400, gross=20.0), Line(document=5, person=3, ago=399, gross=20.0),
    Line(document=6, person=None, ago=5, gross=99.0),
]  # fmt: skip


def test_who_ordered_once_is_counted_with_what_they_are_worth_after_refunds():
    con = begun(FEW)
    once = one_time.once(con, NOW)
    assert (once.customers, once.net, once.median_days_ago) == (2, 20.0, 25.0)
    assert one_time.everybody(con, NOW) == (3, 60.0)


def test_how_long_ago_their_order_is():
    ages = one_time.once(begun(FEW), NOW).ages
    assert [(each.from_days, each.to_days, each.customers, each.net) for each in ages] == [
        (0, 30, 1, 15.0), (31, 90, 1, 5.0), (91, 180, 0, 0.0), (181, 365, 0, 0.0), (366, None, 0, 0.0)
    ]  # fmt: skip


def test_who_comes_back_is_judged_of_those_who_had_the_time():
    back = one_time.returning(begun(FEW), NOW, 30)
    assert (back.customers, back.came_back, back.share) == (2, 1, 0.5)
    nobody = one_time.returning(begun(FEW[:2]), NOW, 30)
    assert (nobody.customers, nobody.came_back, nobody.share) == (0, 0, None)


@pytest.mark.parametrize(("days", "counts"), [(29, 0), (30, 1), (31, 1)])
def test_the_last_day_of_the_time_to_come_back_counts(days: int, counts: int):
    assert one_time.returning(begun(first_of(1, 1, 30)), NOW, days).came_back == counts


def test_a_shop_where_nobody_bought_once_says_so():
    once = one_time.once(begun(FEW[4:]), NOW)
    assert (once.customers, once.net, once.median_days_ago) == (0, 0.0, None)


def after_two_products() -> list[Line]:
    """Twenty began with product 1 and came back, twenty with product 2 and did not, twenty with 3: every other."""
    return [
        line
        for person in range(60)
        for line in first_of(
            person + 1, 1 + person // 20, *((20,) if person < 20 or (person >= 40 and person % 2) else ())
        )
    ]


def test_beginnings_that_bring_people_back_and_those_that_do_not():
    con = begun(after_two_products(), {1: "Tea", 2: "Ware", 3: "Tea"})
    whole = one_time.returning(con, NOW, 30)
    found = one_time.beginnings(con, NOW, "product", ASKED, whole)
    assert (whole.customers, whole.came_back, found.tested, found.missing) == (60, 30, 3, None)
    (back,), (lost,) = found.brings_back, found.loses
    assert (back.product_id, back.name, back.customers, back.came_back) == ("p1", "Product 1", 20, 20)
    assert (back.share, back.lift) == (1.0, 2.0)
    assert back.p_value == pytest.approx(6 * exactly(20, 60, 20, 30))
    assert (lost.product_id, lost.came_back, lost.lift) == ("p2", 0, 0.0)
    assert lost.p_value == pytest.approx(6 * exactly(20, 60, 20, 30))


def test_categories_of_first_orders_are_told_the_same_way():
    con = begun(after_two_products(), {1: "Tea", 2: "Ware", 3: "Tea"})
    found = one_time.beginnings(con, NOW, "category", ASKED, one_time.returning(con, NOW, 30))
    assert [(each.product_id, each.name, each.customers) for each in (*found.brings_back, *found.loses)] == [
        (None, "Tea", 40), (None, "Ware", 20)
    ]  # fmt: skip


def test_chance_alone_brings_nobody_back():
    """Each of twelve products is what ten customers began with, five of whom came back."""
    lines = [line for n in range(120) for line in first_of(n + 1, 1 + n % 12, *((9,) if n // 12 % 2 else ()))]
    found = one_time.beginnings(begun(lines), NOW, "product", ASKED, one_time.returning(begun(lines), NOW, 30))
    assert (found.tested, found.brings_back, found.loses) == (12, (), ())


def test_what_the_data_lacks_is_said():
    con = begun(FEW)
    whole = one_time.returning(con, NOW, 30)
    for what, says in (("product", "Import a product_id"), ("category", "Import a category")):
        found = one_time.beginnings(con, NOW, what, ASKED, whole)
        assert (found.tested, found.brings_back, found.loses) == (0, (), ())
        assert says in (found.missing or "")


def test_a_real_shop_has_what_counting_order_by_order_finds():
    con, now = real_shop("gifts")
    one_time.find_beginnings(con, now)
    orders: dict[int, dict[int, tuple[int, int]]] = {}
    value: dict[int, int] = {}
    for person, document, second, day, gross, net in con.execute(
        "select person, document, second, day, gross, gross - coalesce(discount, 0) - refund from sale"
        " where second < ? and person is not null", [now.second]
    ).fetchall():  # fmt: skip
        value[person] = value.get(person, 0) + net
        if gross > 0:
            at = orders.setdefault(person, {})
            at[document] = min(at.get(document, (second, day)), (second, day))
    single = [person for person, of in orders.items() if len(of) == 1]
    days = {person: [day for _, day in sorted(of.values())] for person, of in orders.items()}
    old = [of for of in days.values() if of[0] <= now.day - 90]
    once, back = one_time.once(con, now), one_time.returning(con, now, 90)
    assert once.customers == len(single) > 500
    assert once.net == pytest.approx(sum(value[person] for person in single) / 10_000)
    assert back.customers == len(old)
    assert back.came_back == sum(len(of) > 1 and of[1] - of[0] <= 90 for of in old)
