"""Trends of categories and products, by hand and against plain counting over a real shop."""

from dataclasses import replace
from datetime import date

import pytest

from switchboard.foundation.errors import Invalid, NotFound
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.months import day_number
from switchboard.intelligence.product_question_records import ProductPerformance, ProductsAsked, TrendsAsked
from switchboard.intelligence.questions import catalogue, selling
from switchboard.intelligence.questions.parts import first_row, next_cursor
from tests.intelligence.mirrors import NOW, TODAY, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow

KINDS = {1: "Tea", 2: "Tea", 3: "Ware"}
MARCH = AsOf(day=day_number(date(2024, 3, 15)), second=day_number(date(2024, 3, 15)) * 86_400)


def on(day: date, document: int, product: int | None, person: int | None = 1, gross: float = 10.0) -> Line:
    """A line of that day."""
    return Line(document=document, person=person, ago=TODAY - day_number(day), product=product, gross=gross)


SOLD = [
    on(date(2023, 1, 1), 1, 1),
    on(date(2024, 1, 14), 2, 1), on(date(2024, 1, 14), 2, 2),  # one order with two lines, the last day before
    replace(on(date(2024, 2, 15), 3, 1, 2, 30.0), discount=5.0),
    on(date(2024, 2, 15), 4, 3, person=None, gross=7.0),
    on(date(2024, 3, 14), 5, 2), replace(on(date(2024, 3, 14), 6, 1), gross=0.0, refund=4.0),
    on(date(2024, 3, 14), 7, None),
]  # fmt: skip


def test_a_category_is_compared_with_as_many_months_before():
    found = selling.category_trends(shop(SOLD, KINDS), MARCH, TrendsAsked(months=1))
    times = found.times
    assert (times.before_since, times.since, times.until) == (date(2024, 1, 15), date(2024, 2, 15), date(2024, 3, 14))
    tea, ware = found.categories
    assert (tea.category, tea.now.net, tea.now.lines, tea.now.orders, tea.now.buyers) == ("Tea", 31.0, 2, 2, 2)
    assert (tea.before.net, tea.net_change, tea.trend) == (0.0, None, "new")
    assert (ware.category, ware.now.net, ware.now.orders, ware.now.buyers) == ("Ware", 7.0, 1, 0)
    assert (tea.net_share, ware.net_share) == (31 / 38, 7 / 38)
    assert found.uncategorised_net == 10.0


def test_an_order_with_two_lines_of_a_category_is_one_order():
    found = selling.category_trends(shop(SOLD, KINDS), MARCH, TrendsAsked(months=2, category="Tea"))
    (tea,) = found.categories
    assert (tea.now.lines, tea.now.orders, tea.now.net) == (2, 2, 31.0)
    assert (tea.before.lines, tea.before.orders, tea.before.net, tea.before.buyers) == (2, 1, 20.0, 1)
    assert tea.net_change == pytest.approx(0.55)
    assert tea.trend == "steady"


def test_without_the_history_to_compare_no_trend_is_told():
    found = selling.category_trends(shop(SOLD[1:], KINDS), MARCH, TrendsAsked(months=2))
    assert found.times.is_whole is False
    assert {each.trend for each in found.categories} == {None}


def test_a_shop_without_categories_says_so():
    con = shop([Line(document=1, ago=1, gross=5.0, product=1)])
    found = selling.category_trends(con, NOW, TrendsAsked())
    assert (found.categories, found.uncategorised_net) == ((), 5.0)
    assert "Import a category" in (catalogue.lacks(con, NOW, "category") or "")
    assert catalogue.lacks(con, NOW, "product") is None
    assert "Import a product_id" in (catalogue.lacks(shop([Line(document=1, ago=1, gross=5.0)]), NOW, "product") or "")


def test_an_unknown_category_or_product_is_told_where_they_are():
    con = shop(SOLD, KINDS)
    with pytest.raises(NotFound, match=r"intelligence\.category_trends lists them"):
        catalogue.check_category(con, "Shoes")
    with pytest.raises(NotFound, match=r"intelligence\.product_performance lists them"):
        catalogue.product_of(con, "p99")
    assert (catalogue.product_of(con, "p3"), catalogue.product_of(con, None)) == (3, None)


def performance(lines: list[Line], **asked: object) -> list[ProductPerformance]:
    return list(selling.products(shop(lines, KINDS), MARCH, ProductsAsked.model_validate(asked)).products)


def test_a_product_has_its_lines_revenue_buyers_and_rates():
    tea = performance(SOLD, product_id="p1")[0]
    assert (tea.product_id, tea.name, tea.category) == ("p1", "Product 1", "Tea")
    assert (tea.lines, tea.gross, tea.net, tea.buyers) == (3, 50.0, 41.0, 2)
    assert (tea.repeat_rate, tea.return_rate) == (0.5, 0.08)
    assert (tea.orders, tea.orders_before, tea.net_90, tea.net_90_before) == (2, 0, 31.0, 0.0)
    assert (tea.net_change, tea.trend) == (None, "new")


def test_two_lines_of_one_order_are_no_repeat_purchase():
    twice = [on(date(2024, 3, 1), 1, 1), on(date(2024, 3, 1), 1, 1)]
    assert performance(twice)[0].repeat_rate == 0.0
    assert performance([*twice, on(date(2024, 3, 2), 2, 1)])[0].repeat_rate == 1.0
    refund = replace(on(date(2024, 3, 2), 2, 1), gross=0.0, refund=3.0)
    assert performance([*twice, refund])[0].repeat_rate == 0.0


def test_what_guests_alone_bought_has_no_buyers_and_no_rates():
    ware = performance(SOLD, product_id="p3")[0]
    assert (ware.buyers, ware.repeat_rate, ware.return_rate, ware.lines) == (0, None, 0.0, 1)


def test_the_last_ninety_days_stand_against_the_ninety_before():
    old, edge, new = date(2023, 9, 1), date(2023, 12, 15), date(2023, 12, 16)  # 14 March is the last of the 90
    lines = [on(old, 1, 1), *(on(edge, n, 1) for n in range(2, 22)), *(on(new, n, 1) for n in range(30, 70))]
    (tea,) = performance(lines)
    assert (tea.orders, tea.orders_before, tea.net_90, tea.net_90_before) == (40, 20, 400.0, 200.0)
    assert (tea.net_change, tea.trend) == (1.0, "rising")  # z = 20 / sqrt(60) = 2.6


@pytest.mark.parametrize(
    ("by", "descending", "first"),
    [("net", True, "p1"), ("net", False, "p3"), ("return_rate", True, "p1"), ("repeat_rate", True, "p2"),
     ("buyers", False, "p3"), ("lines", True, "p1")],
)  # fmt: skip
def test_products_are_sorted_by_what_is_asked(by: str, descending: bool, first: str):
    assert performance(SOLD, sort_by=by, descending=descending)[0].product_id == first


def test_what_is_not_known_comes_last_both_ways():
    for descending in (True, False):
        assert performance(SOLD, sort_by="repeat_rate", descending=descending)[-1].product_id == "p3"


def test_pages_go_through_all_products_once():
    lines = [on(date(2024, 3, 1), n, n) for n in range(1, 8)]
    con, found, cursor = shop(lines), list[str](), None
    while True:
        asked = ProductsAsked(limit=3, cursor=cursor)
        page = selling.products(con, MARCH, asked)
        assert page.total == 7
        found += [each.product_id for each in page.products]
        cursor = next_cursor(first_row(cursor), len(page.products), page.total)
        if cursor is None:
            break
    assert found == [f"p{n}" for n in range(1, 8)]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "٣", "9" * 30])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str):
    with pytest.raises(Invalid, match="next_cursor of the page before") as refused:
        first_row(cursor)
    assert refused.value.field == "cursor"


def test_of_one_category_only_its_products_are_shown():
    assert {each.product_id for each in performance(SOLD, category="Tea")} == {"p1", "p2"}


def test_a_real_shop_has_what_plain_counting_finds():
    con, now = real_shop("gifts")
    rows = con.execute(
        "select product, person, document, day, gross, coalesce(discount, 0), refund from sale"
        " where second < ? and product is not null", [now.second]
    ).fetchall()  # fmt: skip
    shown = selling.products(con, now, ProductsAsked(limit=40)).products
    assert len(shown) == 40
    for each in shown:
        of = [row for row in rows if f"p{row[0]}" == each.product_id]
        orders: dict[int, set[int]] = {}
        for _, person, document, _, gross, *_ in of:
            if gross > 0 and person is not None:
                orders.setdefault(person, set()).add(document)
        assert each.net == pytest.approx(sum(row[4] - row[5] - row[6] for row in of) / 10_000)
        assert (each.lines, each.buyers) == (sum(row[4] > 0 for row in of), len(orders))
        assert each.repeat_rate == pytest.approx(sum(len(those) > 1 for those in orders.values()) / len(orders))
        assert each.return_rate == pytest.approx(sum(row[6] for row in of) / sum(row[4] for row in of))
        assert each.orders == len({row[2] for row in of if row[4] > 0 and row[3] >= now.day - 90})
