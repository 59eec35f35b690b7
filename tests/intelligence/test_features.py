import re
from math import log

import numpy as np
import pytest

from switchboard.intelligence.features import FEATURES, AsOf, among, feature_sql, measure, passes
from tests.intelligence.mirrors import NOW, TODAY, Line, mirror

# Person 1: three orders, 400, 100 and 80 days ago. The first has two lines of product 7 and one of 8; the second has 7
# again, half on discount, and 9; the third has an unknown product without a category. A refund of 5 came 50 days ago.
WORKED = (
    Line(document=1, ago=400, gross=10, product=7, category=1),
    Line(document=1, ago=400, gross=10, product=7, category=1, hour=13),
    Line(document=1, ago=400, gross=20, product=8, category=2),
    Line(document=2, ago=100, gross=40, discount=20, product=7, category=1),
    Line(document=2, ago=100, gross=20, product=9, category=2),
    Line(document=3, ago=80, gross=100, discount=None),
    Line(document=9, ago=50, refund=5, product=7, category=1),
)
EXPECTED = {
    "orders": 3,
    "orders_365": 2,
    "orders_90": 1,
    "pace": 2,  # 365 x 2 / 365
    "tenure_days": 400,
    "recency_days": 80,
    "first_order_day": TODAY - 400,
    "last_order_day": TODAY - 80,
    "gross": 200,
    "discount": 20,
    "order_net": 180,
    "discounted_net": 20,
    "refund": 5,
    "refunded_orders": 1,
    "lifetime_value": 175,
    "net_365": 135,  # 40 + 100 - 5
    "net_90": 95,
    "average_order_value": 175 / 3,
    "basket_value": 60,
    "largest_order": 100,
    "gaps": 2,  # 300 and 20 days
    "gap_mean": 160,
    "gap_deviation": 280 / 2**0.5,
    "products": 3,
    "lines_per_order": 4 / 3,
    "later_lines": 2,
    "repeat_lines": 1,
    "repeat_share": 0.5,
    "categories": 2,
    "top_category_share": 0.5,  # 10 + 10 + 20 of 80
    "category_entropy": log(2),
    "discount_share": 0.1,
    "deal_share": 20 / 180,
    "return_share": 5 / 200,
}


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_of_a_worked_customer_is_as_counted_by_hand(name: str):
    features = measure(mirror(WORKED), NOW)

    assert features[name][0] == pytest.approx(EXPECTED[name], rel=1e-12)


def test_the_catalogue_says_what_every_column_is():
    features = measure(mirror(WORKED), NOW)

    assert list(features.columns) == list(FEATURES)
    assert len(FEATURES) >= 23
    assert all(f.unit and f.period and f.meaning and f.definition for f in FEATURES.values())


def test_a_return_is_no_order():
    con = mirror([Line(document=1, ago=10, gross=30), Line(document=2, ago=5, refund=30)])

    features = measure(con, NOW)

    assert features["orders"][0] == 1
    assert features["recency_days"][0] == 10
    assert features["lifetime_value"][0] == 0


def test_who_only_returned_is_no_customer_yet():
    assert len(measure(mirror([Line(document=1, ago=5, refund=30)]), NOW)) == 0


def test_guests_belong_to_no_customer():
    con = mirror([Line(document=1, ago=5, gross=30, person=None), Line(document=2, ago=5, gross=7, person=3)])

    features = measure(con, NOW)

    assert features.persons.tolist() == [3]
    assert features["gross"].tolist() == [7]


def test_only_lines_before_the_moment_count():
    con = mirror([Line(document=1, ago=1, gross=10), Line(document=2, ago=0, hour=9, gross=20)])
    nine = AsOf(day=TODAY, second=TODAY * 86_400 + 9 * 3_600)
    after_nine = AsOf(day=TODAY, second=nine.second + 1)

    assert measure(con, nine)["orders"][0] == 1
    assert measure(con, after_nine)["orders"][0] == 2
    assert measure(con, after_nine)["recency_days"][0] == 0


@pytest.mark.parametrize(("ago", "in_quarter", "in_year"), [(90, 1, 1), (91, 0, 1), (365, 0, 1), (366, 0, 0)])
def test_the_last_90_and_365_days_hold_their_first_day(ago: int, in_quarter: int, in_year: int):
    features = measure(mirror([Line(document=1, ago=ago, gross=10)]), NOW)

    assert features["orders_90"][0] == in_quarter
    assert features["orders_365"][0] == in_year
    assert features["net_365"][0] == 10 * in_year


@pytest.mark.parametrize(("hour", "gaps"), [(11.0, 0), (12.0, 1)])
def test_orders_less_than_a_day_apart_make_no_gap(hour: float, gaps: int):
    con = mirror([Line(document=1, ago=5, gross=10), Line(document=2, ago=4, hour=hour, gross=10)])

    features = measure(con, NOW)

    assert features["gaps"][0] == gaps
    assert np.isnan(features["gap_mean"][0]) == (gaps == 0)
    assert np.isnan(features["gap_deviation"][0])


def test_an_order_is_at_the_moment_of_its_first_bought_line():
    con = mirror(
        [
            Line(document=1, ago=9, refund=3),
            Line(document=1, ago=8, gross=10),
            Line(document=1, ago=7, gross=10),
        ]
    )

    assert measure(con, NOW)["recency_days"].tolist() == [8]


def test_the_same_document_number_of_two_persons_is_two_orders():
    con = mirror([Line(document=1, ago=9, gross=3, person=1), Line(document=1, ago=8, gross=4, person=2)])

    features = measure(con, NOW)

    assert features["orders"].tolist() == [1, 1]
    assert features["gross"].tolist() == [3, 4]


def test_of_two_orders_at_one_moment_the_lower_document_is_the_first():
    con = mirror(
        [
            Line(document=2, ago=9, gross=3, product=1),
            Line(document=1, ago=9, gross=3, product=1),
            Line(document=1, ago=9, gross=3, product=2),
        ]
    )

    features = measure(con, NOW)

    assert features["later_lines"][0] == 1
    assert features["repeat_lines"][0] == 1


def test_a_discount_on_a_line_given_away_lowers_the_lifetime_value_only():
    con = mirror([Line(document=1, ago=9, gross=30), Line(document=1, ago=9, gross=0, discount=2)])

    features = measure(con, NOW)

    assert features["discount"][0] == 0
    assert features["order_net"][0] == 30
    assert features["lifetime_value"][0] == 28


def test_unknown_figures_are_nan_and_never_infinite():
    features = measure(mirror([Line(document=1, ago=0, hour=0, gross=10, discount=10)]), AsOf(day=TODAY, second=10**10))

    unknown = {name for name in FEATURES if np.isnan(features[name][0])}

    assert unknown == {
        "gap_mean",
        "gap_deviation",
        "repeat_share",
        "top_category_share",
        "category_entropy",
        "deal_share",
    }
    assert not any(np.isinf(features[name][0]) for name in FEATURES)


def test_a_shop_without_orders_has_no_rows():
    features = measure(mirror([]), NOW)

    assert len(features) == 0
    assert all(len(features[name]) == 0 for name in FEATURES)


def test_some_persons_have_the_figures_they_have_among_all():
    con = mirror([Line(document=n, ago=n, gross=n, person=n % 7 + 1, product=n % 5) for n in range(1, 60)])

    everyone, some = measure(con, NOW), measure(con, NOW, [5, 2, 99])

    rows = np.searchsorted(everyone.persons, some.persons)
    assert some.persons.tolist() == [2, 5]
    for name in FEATURES:
        np.testing.assert_array_equal(some[name], everyone[name][rows])


def test_nobody_asked_for_is_nobody():
    assert len(measure(mirror(WORKED), NOW, [])) == 0
    assert among([3, 1]) == ["person in (3, 1)"]


def test_passes_cut_the_shop_into_ranges_that_meet():
    con = mirror([Line(document=n, ago=1, gross=1, person=n) for n in range(10, 31)])

    assert list(passes(con, lines_at_once=8)) == [
        "person between 10 and 16",
        "person between 17 and 23",
        "person between 24 and 30",
    ]


def test_passes_hold_as_many_lines_where_persons_are_numbered_unevenly():
    con = mirror([Line(document=n, ago=1, gross=1, person=n if n < 9 else n + 10**12) for n in range(1, 41)])

    counts = [con.execute(f"select count(*) from line where {each}").fetchall() for each in passes(con, 10)]

    assert counts == [[(10,)]] * 4


def test_more_passes_give_the_same_figures():
    con = mirror([Line(document=n, ago=n, gross=n, person=n % 7 + 1, product=n % 5) for n in range(1, 60)])

    once, often = measure(con, NOW), measure(con, NOW, lines_at_once=9)

    np.testing.assert_array_equal(once.persons, often.persons)
    for name in FEATURES:
        np.testing.assert_array_equal(once[name], often[name])


def test_a_profile_shows_the_known_figures_under_their_axes():
    features = measure(mirror([Line(document=1, ago=10, gross=10)]), NOW)

    shown = features.by_axis(0)

    assert shown["purchase_cadence"] == {"recency_days": 10, "last_order_day": TODAY - 10, "gaps": 0}
    assert shown["purchase_frequency"]["orders"] == 1


def test_the_query_keeps_to_words_every_engine_knows():
    sql = re.sub(r"--[^\n]*", "", feature_sql()).lower()

    for word in ("extract", "date", "interval", "dow", "::", "group by all", "qualify", "unnest", "now("):
        assert word not in sql
