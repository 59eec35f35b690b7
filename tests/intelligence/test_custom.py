"""Archetypes of a workspace's own: previewed, saved, and assigned by the next run before any discovered one."""

from typing import Any

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Nothing
from switchboard.intelligence.custom_records import (
    ArchetypePreview,
    ArchetypePreviewed,
    ArchetypeSave,
    OwnArchetype,
    OwnArchetypeRef,
)
from switchboard.intelligence.operations.archetypes import archetype, top_archetypes
from switchboard.intelligence.operations.custom import (
    custom_archetypes,
    delete_archetype,
    preview_archetype,
    save_archetype,
)
from switchboard.intelligence.operations.customers import profile, search
from switchboard.intelligence.records import ArchetypeAsked, Customer, CustomerAsked, SearchAsked, TopAsked
from tests.shop import Shop, as_role, open_shop, orders

pytestmark = pytest.mark.slow

TOYS: dict[str, Any] = {"bought": {"category": "Toys"}}
OFTEN: dict[str, Any] = {"feature": "orders", "at_least": 3}


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    """Thirty customers: c0, c3, … bought toys; c20 and later ordered three times."""
    opened = await open_shop(ground)
    lines = [
        f"o{n}-{k},c{n},2024-0{k + 1}-01T10:00,p{n % 3},,{'Toys' if n % 3 == 0 else 'Ware'},1,{n + 1},,"
        for n in range(30)
        for k in range(3 if n >= 20 else 1)
    ]
    await opened.bring(orders(*lines))
    await opened.segment()
    return opened


async def save(shop: Shop, name: str, filter_: dict[str, Any], **more: Any) -> OwnArchetype:
    asked = ArchetypeSave.model_validate({"name": name, "filter": filter_} | more)
    return await save_archetype(shop.ground, shop.caller, asked, door="test")


async def preview(shop: Shop, filter_: dict[str, Any], **more: Any) -> ArchetypePreviewed:
    asked = ArchetypePreview.model_validate({"filter": filter_} | more)
    return await preview_archetype(shop.ground, shop.caller, asked, door="test")


async def members(shop: Shop, archetype_id: str) -> set[str]:
    page = await search(shop.ground, shop.caller, SearchAsked(archetype_id=archetype_id), door="test")
    return {each.customer_id for each in page.customers if isinstance(each, Customer)}


async def test_a_preview_of_a_past_moment_counts_who_fitted_then_and_who_had_them_then(shop: Shop):
    before_the_second = "2024-02-01T00:00:00Z"
    often = await save(shop, "Often", OFTEN, priority=2)
    toys = await save(shop, "Toy buyers", TOYS, priority=1)
    assert (await preview(shop, OFTEN, as_of=before_the_second)).fits == 0
    seen = await preview(shop, {"feature": "orders", "at_least": 2}, as_of="2024-02-20T00:00:00Z", priority=1)
    assert (seen.fits, seen.population_percent) == (10, pytest.approx(100 / 3))
    assert str(seen.as_of) == str(seen.facts_as_of) == "2024-02-20 00:00:00+00:00"
    assert [each.archetype_id for each in seen.overlaps if each.own] == [toys.archetype_id]  # nobody was often yet
    assert sum(each.members_in_common for each in seen.overlaps) == 10
    await shop.bring(orders("later,c1,2024-04-01T10:00,p1,,Ware,1,1,,"))
    await shop.segment()
    of_toys = await preview(shop, TOYS, as_of="2024-03-02T00:00:00Z", priority=0, archetype_id=toys.archetype_id)
    assert (of_toys.fits, of_toys.member_count) == (10, 7)
    assert [(each.archetype_id, each.members_in_common) for each in of_toys.overlaps if each.keeps] == [
        (often.archetype_id, 3)
    ]


async def test_a_preview_of_a_past_moment_refuses_what_was_not_told_then(shop: Shop):
    with pytest.raises(Invalid, match="the present alone"):
        await preview(shop, {"feature": "expected_value", "at_least": 1}, as_of="2024-02-20T00:00:00Z")
    with pytest.raises(Invalid, match=r"filter\.bought"):
        await preview(shop, {"bought": {"category": "Nothing"}}, as_of="2024-02-20T00:00:00Z")


async def test_a_preview_counts_and_tells_whom_it_would_take_from(shop: Shop):
    seen = await preview(shop, TOYS)
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(limit=60), door="test")
    assert (seen.fits, seen.member_count, seen.population_percent) == (10, 10, pytest.approx(100 / 3))
    assert sum(each.members_in_common for each in seen.overlaps) == 10
    sizes = {each.archetype_id: each.member_count for each in top.archetypes}
    for each in seen.overlaps:
        assert each.share_of_it == each.members_in_common / sizes[each.archetype_id]
        assert each.share_of_members == each.members_in_common / 10
        assert (each.own, each.keeps) == (False, False)


async def test_the_next_run_assigns_it_before_the_discovered_ones(shop: Shop):
    kept = await save(shop, "Toy buyers", TOYS)
    assert kept.member_count is None
    await shop.segment()
    toys = {f"c{n}" for n in range(0, 30, 3)}
    stats = await archetype(shop.ground, shop.caller, ArchetypeAsked(archetype_id=kept.archetype_id), door="test")
    seen = await profile(shop.ground, shop.caller, CustomerAsked(customer_id="c3"), door="test")
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(metric="member_count", limit=60), door="test")
    filtered = await search(shop.ground, shop.caller, SearchAsked(filter={"archetype": "Toy buyers"}), door="test")
    assert await members(shop, kept.archetype_id) == toys
    assert (stats.name, stats.member_count) == ("Toy buyers", 10)
    assert stats.total_revenue == sum((n + 1) * (3 if n >= 20 else 1) for n in range(0, 30, 3))
    assert seen.archetype is not None
    assert (seen.archetype.id, seen.archetype.name) == (kept.archetype_id, "Toy buyers")
    assert sum(each.member_count for each in top.archetypes) == 30
    assert filtered.total == 10


async def test_of_two_the_higher_priority_takes_the_customer_on_the_figures_of_the_run_itself(shop: Shop):
    toys = await save(shop, "Toy buyers", TOYS, priority=1)
    often = await save(shop, "Often", OFTEN, priority=2)
    await shop.bring(orders("x1,c1,2024-03-02T10:00,p1,,Ware,1,1,,", "x2,c1,2024-03-03T10:00,p1,,Ware,1,1,,"))
    await shop.segment()  # c1 ordered the third time since the last run
    assert await members(shop, often.archetype_id) == {f"c{n}" for n in range(20, 30)} | {"c1"}
    assert await members(shop, toys.archetype_id) == {f"c{n}" for n in range(0, 20, 3)}
    seen = await preview(shop, TOYS, priority=1, archetype_id=toys.archetype_id)
    assert (seen.fits, seen.member_count) == (10, 7)
    assert [(each.name, each.members_in_common) for each in seen.overlaps if each.keeps] == [("Often", 3)]
    listed = await custom_archetypes(shop.ground, shop.caller, Nothing(), door="test")
    assert [(each.name, each.member_count) for each in listed.archetypes] == [("Often", 11), ("Toy buyers", 7)]
    changed = await save(shop, "Toy buyers", TOYS, priority=3, archetype_id=toys.archetype_id)
    await shop.segment()
    assert changed.archetype_id == toys.archetype_id
    assert len(await members(shop, toys.archetype_id)) == 10


async def test_deleted_it_gives_its_members_back(shop: Shop):
    before = await top_archetypes(shop.ground, shop.caller, TopAsked(limit=60), door="test")
    kept = await save(shop, "Toy buyers", TOYS)
    await shop.segment()
    await delete_archetype(shop.ground, shop.caller, OwnArchetypeRef(archetype_id=kept.archetype_id), door="test")
    await shop.segment()
    after = await top_archetypes(shop.ground, shop.caller, TopAsked(limit=60), door="test")
    assert after.archetypes == before.archetypes
    with pytest.raises(NotFound, match=r"intelligence\.custom_archetypes lists them"):
        await delete_archetype(shop.ground, shop.caller, OwnArchetypeRef(archetype_id=kept.archetype_id), door="test")


async def test_what_can_be_no_archetype_is_refused(shop: Shop):
    kept = await save(shop, "Toy buyers", TOYS)
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(limit=1), door="test")
    with pytest.raises(Conflict, match="named 'Toy buyers' already"):
        await save(shop, "Toy buyers", OFTEN)
    with pytest.raises(Conflict, match="already"):
        await save(shop, top.archetypes[0].name, OFTEN)
    with pytest.raises(Invalid, match="archetypes or ids"):
        await save(shop, "a", {"not": {"archetype": top.archetypes[0].archetype_id}})
    with pytest.raises(Invalid, match="archetypes or ids"):
        await preview(shop, {"all": [{"customer_id": "c1"}]})
    with pytest.raises(Invalid, match="did you mean 'Toys'"):
        await save(shop, "a", {"bought": {"category": "Toy"}})
    with pytest.raises(NotFound):
        await save(shop, "a", OFTEN, archetype_id="c-000000")
    with pytest.raises(NotAllowed):
        await save_archetype(shop.ground, as_role(shop, "agent"), ArchetypeSave(name="b", filter=OFTEN), door="test")
    assert (await save(shop, "Toy buyers", OFTEN, archetype_id=kept.archetype_id)).filter == OFTEN


async def test_one_whose_filter_asks_for_what_is_gone_takes_nobody_and_says_so(shop: Shop):
    brought = await shop.bring("event_id,customer_id,kind,at\ne1,c1,opened,2024-02-02T10:00:00Z\n", "events")
    kept = await save(shop, "Opened", {"did": {"event": "opened"}})
    await shop.segment()
    assert await members(shop, kept.archetype_id) == {"c1"}
    assert (await custom_archetypes(shop.ground, shop.caller, Nothing(), door="test")).archetypes[0].wrong is None
    await shop.undo(brought)
    await shop.segment()
    wrong = (await custom_archetypes(shop.ground, shop.caller, Nothing(), door="test")).archetypes[0].wrong
    assert wrong is not None
    assert "there is no event 'opened'" in wrong
    with pytest.raises(NotFound):
        await members(shop, kept.archetype_id)
