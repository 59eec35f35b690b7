"""How groups buy, by hand and against the features of real shops."""

import numpy as np
import pytest

from switchboard.intelligence.features import measure
from switchboard.intelligence.group_records import Behaviour, GroupShown
from switchboard.intelligence.questions.groups import SHOWN, Group, behaviours, differences, in_both
from tests.intelligence.mirrors import NOW, Line
from tests.intelligence.questions.plain_shop import real_shop, shop

pytestmark = pytest.mark.slow

SHOP = GroupShown(kind="shop", name="the whole shop")
LINES = [
    Line(document=1, person=1, ago=400, gross=10.0, product=1),
    Line(document=2, person=1, ago=100, gross=30.0, product=2),
    Line(document=3, person=2, ago=50, gross=20.0, discount=5.0, product=1),
    Line(document=4, person=2, ago=10, refund=3.0, product=1),
    Line(document=5, person=3, ago=5, gross=40.0, product=3),
    Line(document=6, person=None, ago=5, gross=90.0, product=3),
]  # fmt: skip
KINDS = {1: "Tea", 2: "Tea", 3: "Ware"}


def group(*persons: int) -> Group:
    return Group(shown=GroupShown(kind="segment", name="some"), persons=np.array(persons, np.int64))


def of(*groups: Group, limit: int = 5) -> tuple[Behaviour, ...]:
    return behaviours(shop(LINES, KINDS), NOW, groups, limit)


def means(found: Behaviour) -> dict[str, float | None]:
    return {each.feature: each.mean for each in found.features}


def test_the_averages_of_a_group_stand_beside_those_of_the_shop():
    (some,) = of(group(1, 2))
    assert means(some) == {
        "lifetime_value": 26.0, "orders": 1.5, "orders_365": 1.0, "orders_90": 0.5, "average_order_value": 16.0,
        "recency_days": 75.0, "tenure_days": 225.0, "deal_share": 0.5, "discount_share": 0.125, "return_share": 0.075,
    }  # fmt: skip
    value = some.features[0]
    assert (value.feature, value.unit, value.shop_mean) == ("lifetime_value", "currency", pytest.approx(92 / 3))
    assert value.lift == pytest.approx(26 * 3 / 92)
    assert (some.customers, some.share, some.total_value) == (2, pytest.approx(2 / 3), 52.0)
    assert some.value_share == pytest.approx(52 / 92)


def test_what_a_group_buys_most_stands_beside_what_all_buy():
    (some,) = of(group(1, 2))
    assert [(each.product_id, each.name, each.net, each.lines) for each in some.products] == [
        ("p2", "Product 2", 30.0, 1), ("p1", "Product 1", 22.0, 2)
    ]  # fmt: skip
    assert (some.products[0].share, some.products[0].shop_share) == (30 / 52, 30 / 92)
    assert some.products[0].lift == pytest.approx(92 / 52)
    assert [(each.product_id, each.name, each.net) for each in some.categories] == [(None, "Tea", 52.0)]
    assert [each.product_id for each in of(group(1, 2), limit=1)[0].products] == ["p2"]


def test_the_whole_shop_is_a_group_like_the_others():
    (whole,) = of(Group(shown=SHOP, persons=None))
    assert (whole.customers, whole.share, whole.value_share) == (3, 1.0, 1.0)
    assert {each.lift for each in whole.features} == {1.0}
    assert [each.product_id for each in whole.products] == ["p3", "p2", "p1"]


def test_a_group_of_nobody_has_no_averages():
    (nobody,) = of(group())
    assert (nobody.customers, nobody.share, nobody.total_value, nobody.products) == (0, 0.0, 0.0, ())
    assert set(means(nobody).values()) == {None}


def test_groups_in_one_pass_are_what_they_are_alone():
    groups = (group(1, 2), group(2, 3), Group(shown=SHOP, persons=None), group())
    assert of(*groups) == tuple(of(each)[0] for each in groups)


def test_who_is_in_both_is_counted_once():
    whole = Group(shown=SHOP, persons=None)
    assert in_both(group(1, 2), group(2, 3), (2, 2)) == 1
    assert in_both(group(1, 2), whole, (2, 3)) == 2
    assert in_both(whole, group(3), (3, 1)) == 1


def test_the_largest_differences_come_first():
    one, other = of(group(1), group(2))
    found = differences(one, other)
    ratios = [each.ratio for each in found if each.ratio]
    told = {each.feature: (each.one, each.other, each.ratio) for each in found}
    assert told["tenure_days"] == (400.0, 50.0, 8.0)
    assert told["recency_days"] == (100.0, 50.0, 2.0)
    assert (told["discount_share"], told["lifetime_value"][:2]) == ((0.0, 0.25, 0.0), (40.0, 12.0))
    apart = [max(ratio, 1 / ratio) for ratio in ratios]
    assert apart == sorted(apart, reverse=True)


def test_a_difference_against_nothing_has_no_ratio():
    one, other = of(group(2), group(1))
    assert {each.feature: each.ratio for each in differences(one, other)}["discount_share"] is None


@pytest.mark.parametrize("name", ["gifts", "grocer"])
def test_a_real_shop_has_the_means_of_its_features(name: str):
    con, now = real_shop(name)
    features = measure(con, now)
    persons = features.persons[::3]
    some, whole = behaviours(con, now, [Group(shown=SHOP, persons=persons), Group(shown=SHOP, persons=None)], limit=5)
    for found, rows in ((some, slice(None, None, 3)), (whole, slice(None))):
        assert found.customers == len(features.persons[rows])
        assert found.total_value == pytest.approx(features["lifetime_value"][rows].sum())
        assert means(found) == {name: pytest.approx(float(np.nanmean(features[name][rows]))) for name in SHOWN}
