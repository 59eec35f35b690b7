import pytest

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.archetypes import Placement, Split, Tree, parts, place
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.features import Features
from switchboard.intelligence.health import Health
from switchboard.intelligence.portraits import Archetype, portray
from switchboard.intelligence.recommend import GOALS, Goal, Recommendations, goal_named, recommend, take_census
from switchboard.intelligence.segments import segment
from tests.intelligence.mirrors import WELL, customers

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)
BY_VALUE = Tree(splits=(Split(key=(), used=(), part="purchase_value", fixed=("large_baskets", "small_baskets")),))

# Ten of small baskets, of whom six are routine buyers; six of large ones, worth more, of whom five are consumable ones.
SHOP = customers(
    basket_value=[10.0] * 10 + [110.0] * 6,
    orders=[9.0] * 16,
    later_lines=[100.0] * 16,
    repeat_lines=[60.0] * 6 + [0.0] * 4 + [35.0] * 5 + [0.0],
    lifetime_value=[10.0] * 10 + [100.0] * 6,
    recency_days=[5.0] * 16,
)


def recommended(
    goal: Goal, features: Features = SHOP, health: Health = WELL, most: int = 5, *, by_value: bool = False
) -> Recommendations:
    segmented = segment(features, health, SCALE)
    placed: Placement = place(parts(segmented), BY_VALUE, len(segmented))
    archetypes: tuple[Archetype, ...] = portray(segmented, features, placed)
    census = take_census(goal, segmented, features, placed)
    return recommend(census, archetypes, most, "value" if by_value else "members")


def test_archetypes_whose_majority_qualifies_stand_beside_the_whole_segments_by_size():
    found = recommended("subscription").recommendations

    assert [(one.kind, one.name, one.member_count, one.qualifying_count) for one in found] == [
        ("archetype", "Buyers with small baskets", 10, 6),
        ("archetype", "Buyers with large baskets", 6, 5),
        ("segment", "routine_buyer", 6, 6),
        ("segment", "consumable_buyer", 5, 5),
    ]
    assert [round(one.score, 2) for one in found] == [0.6, 0.83, 1, 1]


def test_every_recommendation_says_why():
    first = recommended("subscription").recommendations[0]

    assert first.reasons == (
        "6 of 10 members qualify (60%): they buy the same products again and again, which a subscription saves them.",
        "They are 62.5 % of all, worth 10.00 each.",
    )
    assert first.archetype_id


def test_an_archetype_without_a_majority_is_left_out():
    half = customers(
        basket_value=[10.0] * 12, orders=[9.0] * 12, later_lines=[100.0] * 12, repeat_lines=[60.0] * 6 + [0.0] * 6
    )

    assert [one.kind for one in recommended("subscription", half).recommendations] == ["segment"]


def test_at_most_so_many_are_recommended():
    assert len(recommended("subscription", most=2).recommendations) == 2
    with pytest.raises(Invalid, match="at least 1"):
        recommended("subscription", most=0)


def test_ranked_by_value_the_worthiest_comes_first():
    first = recommended("subscription", by_value=True).recommendations[0]

    assert (first.name, first.value) == ("Buyers with large baskets", 600)


def test_winning_back_is_for_those_gone_quiet():
    quiet = customers(recency_days=[300.0] * 3 + [5.0] * 9, gaps=[2.0] * 12, gap_mean=[30.0] * 12, orders=[3.0] * 12)

    found = recommended("winback", quiet).recommendations

    assert [(one.kind, one.name, one.member_count) for one in found] == [("segment", "out_of_rhythm", 3)]


def test_who_ordered_once_can_not_be_out_of_rhythm():
    once = customers(recency_days=[300.0], gaps=[0.0], orders=[1.0])

    assert recommended("winback", once).recommendations == ()


def test_retention_is_for_those_whose_pace_is_weak():
    fading = customers(pace=[24.0, 18.0], orders=[9.0, 9.0], orders_90=[0.0, 5.0], tenure_days=[400.0, 400.0])

    found = recommended("retention", fading).recommendations

    assert [(one.name, one.member_count) for one in found] == [("weak purchase_frequency", 1)]


def test_an_absent_axis_is_told_with_the_name_that_is_missing():
    found = recommended("cross_sell", health=Health())

    assert found.recommendations == ()
    assert found.missing == (
        "category_loyal can not be told, as the axis category_exploration is absent. No product has a category."
    )


def test_a_name_that_nobody_has_is_told():
    explorers = customers(top_category_share=[0.2, 0.3], orders=[9.0, 9.0])

    assert recommended("cross_sell", explorers).missing == "category_loyal: no customer is at this date."


def test_an_unknown_goal_is_refused_naming_the_goals():
    with pytest.raises(Invalid, match="the goals are subscription, retention, cross_sell, winback"):
        goal_named("upsell")
    assert [goal_named(goal) for goal in GOALS] == list(GOALS)
