import numpy as np
import pytest

from switchboard.intelligence.archetypes import (
    ORDER,
    Key,
    Limits,
    Part,
    Placement,
    Split,
    Tree,
    archetype_id,
    grow,
    parts,
    place,
    segments_in,
    settle,
)
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.health import Health
from switchboard.intelligence.portraits import portray
from switchboard.intelligence.segments import AXES, Segmentation, segment
from switchboard.intelligence.words import title
from tests.intelligence.mirrors import WELL, customers

SCALE = ShopScale(typical_order=50.0, typical_gap=30.0)
WEEKLY: Key = (("purchase_frequency", "weekly"),)


def part(counts: dict[str, int]) -> Part:
    """A part in which so many customers have each segment, in this order; the segment "" is nothing to fix."""
    names = tuple(name for name in counts if name)
    codes = [names.index(name) + 1 if name else 0 for name, count in counts.items() for _ in range(count)]
    return Part(codes=np.array(codes, np.uint8), names=names)


# Golden: as printed by the program the design was measured with.
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((), "4f53cda1"),
        ((("purchase_frequency", "one_time"),), "4feeea72"),
        ((("purchase_frequency", "regular"), ("purchase_cadence", "out_of_rhythm")), "3d68460a"),
        ((("purchase_cadence", "out_of_rhythm"), ("purchase_frequency", "regular")), "3d68460a"),
        ((("purchase_frequency", "frequent"), ("purchase_frequency!", "weak")), "e17068ce"),
        (
            (("purchase_frequency", "weekly"), ("purchase_value", "typical_baskets"), ("loyal", "category_loyal")),
            "a4119917",
        ),
    ],
)
def test_the_same_words_have_the_same_id_for_ever(key: Key, expected: str):
    assert archetype_id(key) == expected


def test_the_largest_leaf_is_split_on_the_first_part_that_divides_it():
    found = {
        "purchase_frequency": part({"weekly": 100}),  # divides nobody
        "purchase_value": part({"small_baskets": 60, "large_baskets": 40}),
    }

    tree = grow(found, 100, Limits())

    assert tree.splits == (Split(key=(), used=(), part="purchase_value", fixed=("large_baskets", "small_baskets")),)


def test_a_segment_too_small_to_stand_alone_stays_in_the_rest():
    found = {"purchase_value": part({"small_baskets": 91, "large_baskets": 9})}

    placed = place(found, grow(found, 100, Limits()), 100)

    assert placed.keys == ((("purchase_value", "small_baskets"),), ())
    assert np.bincount(placed.codes).tolist() == [91, 9]


def test_the_least_size_grows_with_the_shop():
    found = {"purchase_value": part({"small_baskets": 4_961, "large_baskets": 39})}

    assert grow(found, 5_000, Limits()).splits[0].fixed == ("small_baskets",)
    assert grow(found, 5_000, Limits(least=0.0078)).splits[0].fixed == ("large_baskets", "small_baskets")


def test_splitting_stops_when_the_largest_leaf_is_small_enough():
    found = {
        "purchase_frequency": part({"regular": 500, "weekly": 500}),
        "purchase_value": part({"small_baskets": 250, "large_baskets": 500, "very_large_baskets": 250}),
    }

    assert len(grow(found, 1_000, Limits(enough=0.5)).splits) == 1
    assert len(grow(found, 1_000, Limits(enough=0.4)).splits) == 3


def test_there_are_never_more_than_sixty():
    rng = np.random.default_rng(5)
    found = {name: Part(codes=rng.integers(1, 6, 20_000).astype(np.uint8), names=tuple("abcde")) for name in ORDER}

    placed = place(found, grow(found, 20_000, Limits(enough=0.0, least=0.0)), 20_000)

    assert 55 <= len(placed.keys) <= 60


def test_weak_is_only_fixed_beside_a_fixed_frequency():
    found = {
        "purchase_frequency": part({"weekly": 100}),
        "purchase_frequency!": part({"weak": 50, "": 50}),
    }

    assert grow(found, 100, Limits()).splits == ()


def test_a_tree_is_kept_as_text():
    found = {
        "purchase_frequency": part({"regular": 50, "weekly": 50}),
        "purchase_value": part({"small_baskets": 25, "large_baskets": 50, "very_large_baskets": 25}),
    }
    tree = grow(found, 100, Limits())

    assert len(tree.splits) == 3
    assert Tree.from_json(tree.to_json()) == tree


def shop(small: int, large: int, everyday: int = 0) -> Segmentation:
    """Customers of small, of large and of typical baskets, alike on the other axes."""
    baskets = [10.0] * small + [110.0] * large + [50.0] * everyday
    return segment(customers(basket_value=baskets, orders=[9.0] * len(baskets)), Health(), SCALE)


def test_the_old_tree_stays_while_it_names_ninety_five_per_cent():
    old = settle(shop(50, 50))

    assert settle(shop(50, 45, everyday=5), old) is old
    assert settle(shop(60, 20, everyday=20), old) != old
    assert settle(shop(50, 45, everyday=5), old, anew=True) is not old


def test_a_grown_tree_keeps_an_old_segment_down_to_half_the_least_size():
    old = settle(shop(1_000, 1_000))
    after = shop(1_000, 12, everyday=1_000)

    near, anew = settle(after, old), settle(after)

    assert near.splits[0].fixed == ("large_baskets", "small_baskets", "typical_baskets")
    assert anew.splits[0].fixed == ("small_baskets", "typical_baskets")


def test_a_tree_that_fixes_an_axis_gone_absent_still_places_everybody():
    tree = Tree(splits=(Split(key=(), used=(), part="price_sensitivity", fixed=("deal_hunter",)),))

    placed = place({}, tree, 3)

    assert placed == Placement(codes=placed.codes, keys=((),))
    assert placed.codes.tolist() == [0, 0, 0]


def test_nobody_is_in_no_archetype():
    nobody = segment(customers(orders=[]), WELL, SCALE)

    placed = place(parts(nobody), settle(nobody), 0)

    assert placed.keys == ()
    assert portray(nobody, customers(orders=[]), placed) == ()


def test_an_archetype_is_described_by_its_members():
    features = customers(
        basket_value=[10.0] * 30 + [110.0] * 10,
        orders=[9.0] * 40,
        lifetime_value=[100.0] * 30 + [500.0] * 10,
        pace=[6.0] * 20 + [18.0] * 20,
    )
    segmented = segment(features, Health(), SCALE)
    placed = place(parts(segmented), Tree(splits=(Split(key=(), used=(), part="purchase_value", fixed=FIXED),)), 40)

    small, large = portray(segmented, features, placed)

    assert (small.name, large.name) == ("Buyers with small baskets", "Buyers with large baskets")
    assert (small.member_count, small.population_percent) == (30, 75.0)
    assert (small.average_lifetime_value, small.total_revenue) == (100.0, 3_000.0)
    assert small.dominant_segments["purchase_frequency"] == "regular"
    shares = {sign.axis: (sign.share, sign.is_fixed) for sign in small.signature}
    assert shares["purchase_value"] == (1.0, True)
    assert shares["purchase_frequency"] == (pytest.approx(2 / 3), False)
    worth = next(trait for trait in large.traits if trait.feature == "lifetime_value")
    assert (worth.mean, worth.shop_mean, worth.lift) == (500, 200, 2.5)


FIXED = ("large_baskets", "small_baskets")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ((), "Everyone else"),
        ((("purchase_frequency", "one_time"),), "One-time buyers"),
        ((("purchase_frequency", "frequent"), ("purchase_frequency!", "weak")), "Fading frequent buyers"),
        ((("customer_maturity", "new"), ("purchase_frequency", "one_time")), "New one-time buyers"),
        ((("purchase_frequency", "regular"), ("purchase_cadence", "out_of_rhythm")), "Regular buyers gone quiet"),
        (
            (*WEEKLY, ("purchase_value", "large_baskets"), ("repurchase_behavior", "consumable_buyer")),
            "Weekly shoppers with large baskets who restock the same products",
        ),
        (
            (
                *WEEKLY,
                ("price_sensitivity", "deal_hunter"),
                ("loyal", "category_loyal"),
                ("return_behavior", "rare_returns"),
            ),
            "Weekly shoppers who stay with one category, chase discounts and rarely send things back",
        ),
    ],
)
def test_archetypes_are_named_in_plain_words(key: Key, name: str):
    assert title(segments_in(key), is_fading=("purchase_frequency!", "weak") in key) == name


def test_every_segment_reads_differently():
    phrases = [name.phrase for axis in AXES.values() for name in axis.vocabulary]

    assert len(set(phrases)) == len(phrases)
