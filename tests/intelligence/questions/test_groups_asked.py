"""Questions about groups as callers ask them: which group, of which moment, and what is refused."""

from datetime import date

import pytest
from pydantic import JsonValue

from switchboard.customers.filters.records import FilterSave
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.group_records import BehaviourAsked, Comparison, ComparisonAsked, GroupBehaviour, GroupRef
from switchboard.intelligence.operations.archetypes import archetype, top_archetypes
from switchboard.intelligence.operations.filters import save_filter
from switchboard.intelligence.operations.groups import compare_groups, group_behaviour
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.records import ArchetypeAsked, Asked, TopAsked
from tests.shop import Shop, as_role, open_shop, orders

pytestmark = pytest.mark.slow

WEEKLY, ONE_TIME = "weekly", "one_time"
# Thirty who come every week and thirty who came once, in the autumn.
SOLD = orders(
    *(f"o{n}-{k},c{n},2023-{9 + k // 4:02}-{1 + 7 * (k % 4):02}T10:00,tea,Tea,Drinks,1,{10 + n},1,"
      for n in range(30) for k in range(16)),
    *(f"p{n},d{n},2023-11-{1 + n % 28:02}T10:00,cup,Cup,Ware,1,{20 + n},," for n in range(30)),
)  # fmt: skip


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    made = await open_shop(ground)
    await made.bring(SOLD)
    await made.segment()
    return made


async def behaviour(shop: Shop, **asked: object) -> GroupBehaviour:
    return await group_behaviour(shop.ground, shop.caller, BehaviourAsked.model_validate(asked), door="test")


async def compared(shop: Shop, one: GroupRef, other: GroupRef, as_of: date | None = None) -> Comparison:
    asked = ComparisonAsked(one=one, other=other, as_of=as_of)
    return await compare_groups(shop.ground, shop.caller, asked, door="test")


async def test_every_segment_has_as_many_customers_as_its_axis_says(shop: Shop):
    for axis in (await axes(shop.ground, shop.caller, Asked(), door="test")).axes:
        for segment in axis.segments:
            if axis.absent is None:
                found = await behaviour(shop, axis_name=axis.name, segment_name=segment.name)
                assert (found.customers, found.group.kind) == (segment.members, "segment")


async def test_every_archetype_is_what_its_portrait_says(shop: Shop):
    for each in (await top_archetypes(shop.ground, shop.caller, TopAsked(), door="test")).archetypes:
        found = await behaviour(shop, archetype_id=each.archetype_id)
        assert (found.customers, found.group.name) == (each.member_count, each.name)
        assert found.total_value == pytest.approx(each.total_revenue)


async def test_the_whole_shop_is_told_where_no_group_is_named(shop: Shop):
    found = await behaviour(shop)
    assert (found.group.kind, found.customers, found.share, found.currency) == ("shop", 60, 1.0, "EUR")
    assert [each.product_id for each in found.products] == ["tea", "cup"]


async def test_two_segments_stand_side_by_side(shop: Shop):
    weekly = GroupRef(axis_name="purchase_frequency", segment_name=WEEKLY)
    once = GroupRef(axis_name="purchase_frequency", segment_name=ONE_TIME)
    found = await compared(shop, weekly, once)
    assert (found.one.customers, found.other.customers, found.in_both) == (30, 30, 0)
    told = {each.feature: each.ratio for each in found.differences}
    assert told["orders"] == 16.0
    assert ([each.name for each in found.one.products], [each.name for each in found.other.products]) == (
        ["Tea"],
        ["Cup"],
    )
    against_all = await compared(shop, weekly, GroupRef())
    assert (against_all.other.group.kind, against_all.in_both) == ("shop", 30)


async def test_a_group_of_the_past_is_who_was_in_it_then(shop: Shop):
    then = date(2023, 10, 15)
    whole = await behaviour(shop, as_of=then)
    assert (whole.customers, [each.product_id for each in whole.products]) == (30, ["tea"])
    assert {each.feature: each.mean for each in whole.features}["orders"] == 6.0
    (frequency, *_) = (await axes(shop.ground, shop.caller, Asked(as_of=then), door="test")).axes
    assert {each.members for each in frequency.segments} == {0, 30}
    for each in frequency.segments:
        found = await behaviour(shop, as_of=then, axis_name=frequency.name, segment_name=each.name)
        assert found.customers == each.members
        assert {mean.mean is None for mean in found.features} == {not each.members}
    for each in (await top_archetypes(shop.ground, shop.caller, TopAsked(as_of=then), door="test")).archetypes:
        found = await behaviour(shop, as_of=then, archetype_id=each.archetype_id)
        assert found.customers == each.member_count


async def test_the_customers_of_a_filter_are_a_group_written_or_saved(shop: Shop):
    drinks: dict[str, JsonValue] = {"bought": {"category": "Drinks"}}
    await save_filter(shop.ground, shop.caller, FilterSave(name="drinkers", filter=drinks), door="test")
    written, saved = await behaviour(shop, filter=drinks), await behaviour(shop, audience="drinkers")
    assert (written.group.kind, saved.group.kind, saved.group.name) == ("filter", "audience", "drinkers")
    assert written.customers == saved.customers == 30
    assert [each.name for each in written.products] == ["Tea"]
    assert {each.feature: each.mean for each in saved.features}["orders"] == 16.0
    sides = await compared(shop, GroupRef(audience="drinkers"), GroupRef(filter={"not": drinks}))
    assert (sides.one.customers, sides.other.customers, sides.in_both) == (30, 30, 0)


async def test_a_filter_that_finds_nobody_is_a_group_of_nobody(shop: Shop):
    found = await behaviour(shop, filter={"country": "DE"})
    assert (found.customers, found.share, found.total_value, found.products) == (0, 0.0, 0.0, ())
    assert {each.mean for each in found.features} == {None}


async def test_a_filters_customers_at_a_past_moment_are_those_it_found_then(shop: Shop):
    found = await behaviour(shop, filter={"feature": "orders", "at_least": 5}, as_of=date(2023, 10, 9))
    assert (found.customers, {each.feature: each.mean for each in found.features}["orders"]) == (30, 6.0)
    before = await behaviour(shop, filter={"bought": {"category": "Ware"}}, as_of=date(2023, 10, 9))
    assert before.customers == 0


async def test_a_saved_filter_that_is_not_there_says_where_they_are(shop: Shop):
    with pytest.raises(NotFound, match=r"customers\.filters lists them"):
        await behaviour(shop, audience="nobody's")


async def test_who_may_not_list_customers_may_not_try_filters_on_them(shop: Shop):
    asked = BehaviourAsked(filter={"country": "DE"})
    with pytest.raises(NotAllowed, match="customers:search"):
        await group_behaviour(shop.ground, as_role(shop, "support"), asked, door="test")


async def test_a_group_is_not_compared_with_itself(shop: Shop):
    (first, *_) = (await top_archetypes(shop.ground, shop.caller, TopAsked(), door="test")).archetypes
    for ref in (GroupRef(), GroupRef(archetype_id=first.archetype_id)):
        with pytest.raises(Invalid, match="both groups are the same") as refused:
            await compared(shop, ref, ref)
        assert refused.value.field == "other"


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        (
            {"archetype_id": "x", "axis_name": "purchase_value"},
            "archetype_id",
            "archetype_id and axis_name out but one",
        ),
        ({"audience": "x", "archetype_id": "y"}, "archetype_id", "archetype_id and audience out but one"),
        ({"filter": {"country": "DE"}, "audience": "x"}, "audience", "audience and filter out but one"),
        ({"filter": {"colour": "red"}}, "filter.colour", "colour"),
        ({"axis_name": "purchase_value"}, "segment_name", "intelligence.axes lists them"),
        ({"segment_name": "weekly"}, "axis_name", "intelligence.axes lists them"),
        ({"axis_name": "fame", "segment_name": "weekly"}, "axis_name", "the axes are"),
        ({"axis_name": "purchase_frequency", "segment_name": "hourly"}, "segment_name", "several_weekly"),
    ],
)
async def test_a_group_that_is_named_wrongly_is_refused(shop: Shop, asked: dict[str, object], field: str, says: str):
    with pytest.raises(Invalid, match=says) as refused:
        await behaviour(shop, **asked)
    assert refused.value.field == field
    with pytest.raises(Invalid, match=says):
        await compared(shop, GroupRef(), GroupRef.model_validate(asked))


async def archetypes(shop: Shop, as_of: date | None = None) -> set[str]:
    """The ids of the archetypes of a moment."""
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(as_of=as_of, limit=60), door="test")
    return {each.archetype_id for each in top.archetypes}


async def test_an_archetype_that_is_not_there_or_no_more_is_told_where_they_are(shop: Shop):
    early = date(2023, 9, 3)
    vanished = await archetypes(shop, early) - await archetypes(shop)
    assert vanished
    for gone in ("nobody", *vanished):
        with pytest.raises(NotFound, match=r"intelligence\.top_archetypes lists them"):
            await behaviour(shop, archetype_id=gone)
        with pytest.raises(NotFound, match=r"intelligence\.top_archetypes lists them"):
            await compared(shop, GroupRef(), GroupRef(archetype_id=gone))
    for there in vanished:
        asked = ArchetypeAsked(archetype_id=there, as_of=early)
        portrait = await archetype(shop.ground, shop.caller, asked, door="test")
        found = await behaviour(shop, archetype_id=there, as_of=early)
        assert found.customers == portrait.member_count > 0


async def test_an_axis_that_the_data_does_not_carry_says_why(ground: Ground):
    made = await open_shop(ground)
    await made.bring("order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n")
    await made.segment()
    whole = await behaviour(made)
    assert (whole.customers, whole.products, whole.categories) == (1, (), ())
    with pytest.raises(NotFound, match=r"state no discounts.*intelligence\.data_health"):
        await behaviour(made, axis_name="price_sensitivity", segment_name="deal_hunter")


@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 1, 1), "before the first order"), (date(2030, 1, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, as_of: date, says: str):
    for ref in (GroupRef(), GroupRef(axis_name="purchase_frequency", segment_name=WEEKLY)):
        with pytest.raises(Invalid, match=says):
            await behaviour(shop, as_of=as_of, **ref.model_dump())
    with pytest.raises(Invalid, match=says):
        await compared(shop, GroupRef(), ref, as_of)


async def test_an_empty_shop_says_what_to_do(ground: Ground):
    made = await open_shop(ground)
    for ref in (GroupRef(), GroupRef(axis_name="purchase_frequency", segment_name=WEEKLY)):
        with pytest.raises(Conflict, match="import orders"):
            await behaviour(made, **ref.model_dump())
