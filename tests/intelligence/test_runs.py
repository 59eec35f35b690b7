"""Runs: worked out, served, kept, and asked about again."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from switchboard.accounts import tenants
from switchboard.accounts.operations import change_workspace
from switchboard.accounts.records import WorkspaceChange
from switchboard.customers import intake
from switchboard.customers.records import ImportRequest
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotFound, SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.archetypes import (
    archetype,
    churn_aggregate,
    recommend_segments,
    top_archetypes,
)
from switchboard.intelligence.operations.customers import churn_risk, profile, random_customer, search
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.operations.shop import axes, data_health, features, preview_settings, set_settings
from switchboard.intelligence.records import (
    ArchetypeAsked,
    Asked,
    ChurnAsked,
    Customer,
    CustomerAsked,
    Profile,
    RecommendAsked,
    RunAsked,
    SearchAsked,
    TopAsked,
)
from switchboard.intelligence.segments import SegmentSettings
from switchboard.intelligence.shop_records import PreviewAsked
from switchboard.intelligence.working_out import IntelligenceSettings
from tests.shop import Shop, as_owner, as_role, open_shop, orders, rows

pytestmark = pytest.mark.slow

BEGIN = date(2023, 6, 5)


def history() -> str:
    """A hundred customers over nine months: one in ten buys weekly, others once, some in two categories."""
    lines: list[str] = []
    for n in range(100):
        every = (7, 14, 30, 61, 400)[n % 5]
        for k, day in enumerate(range(n % 11, 270, every)):
            at = BEGIN + timedelta(days=day)
            product, category = (("p1", "Tea"), ("p2", "Ware"), ("p3", "Books"))[(n + k * (n % 2)) % 3]
            refund = "2" if (n + k) % 9 == 0 else ""
            discount = "1" if n % 4 == 0 else "0"
            lines.append(
                f"o{n}-{k},c{n:03},{at}T1{n % 10}:00,{product},{product},{category},1,{10 + n % 50},{discount},{refund}"
            )
    return orders(*lines)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """A segmented shop that tests only ask."""
    made = await open_shop(ground, zone="Europe/Berlin")
    await made.bring(history())
    names = "".join(f"c{n:03},Ann{chr(97 + n % 26)} Quill,ann{n}@example.com\n" for n in range(100))
    await made.bring("customer_id,name,email\n" + names + "n1,Nobody Quill,\n", "customers")
    await made.segment()
    return made


async def test_a_run_knows_where_an_import_that_was_just_brought_put_the_clock(ground: Ground):
    shop = await open_shop(ground)
    asked = ImportRequest(upload_id=await shop.upload(history()))
    async with ground.work(shop.caller) as bringing:
        await intake.take_in(bringing, asked)
        async with ground.work(shop.caller) as beside:
            assert (await tenants.current(beside)).clock is None
    done = await shop.segment()
    async with ground.work(shop.caller) as work:
        assert done.as_of == (await tenants.fresh(work)).clock


async def of(shop: Shop, customer: str, as_of: datetime | date | None = None) -> Profile:
    return await profile(shop.ground, shop.caller, CustomerAsked(customer_id=customer, as_of=as_of), door="test")


async def pages(shop: Shop, asked: SearchAsked) -> tuple[list[Customer], list[int | None]]:
    """All pages of a search: who was found, and the totals they told."""
    found: list[Customer] = []
    totals: list[int | None] = []
    cursor = None
    while True:
        page = await search(shop.ground, shop.caller, asked.model_copy(update={"cursor": cursor}), door="test")
        found += [each for each in page.customers if isinstance(each, Customer)]
        totals.append(page.total)
        cursor = page.next_cursor
        if cursor is None:
            return found, totals


async def test_a_profile_is_as_the_orders_say(shop: Shop):
    seen = await of(shop, "c004")
    assert seen.metrics.model_dump() == {
        "lifetime_value": 13.0, "average_order_value": 13.0, "total_orders": 1, "days_since_last_purchase": 266,
        "tenure_days": 266, "currency": "EUR",
    }  # fmt: skip
    assert [(order.order_id, order.total) for order in seen.orders] == [("o4-0", 13.0)]
    assert seen.dominant_segments["purchase_frequency"] == "one_time"
    assert seen.archetype is not None


async def test_memberships_sum_to_one_and_their_top_is_dominant(shop: Shop):
    for n in range(0, 100, 7):
        seen = await of(shop, f"c{n:03}")
        assert set(seen.memberships) | set(seen.absent_axes) == {axis.name for axis in (await shown_axes(shop)).axes}
        for axis, shares in seen.memberships.items():
            assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
            assert max(shares, key=shares.__getitem__) == seen.dominant_segments[axis]


async def shown_axes(shop: Shop):
    return await axes(shop.ground, shop.caller, Asked(), door="test")


async def test_somebody_without_orders_has_a_profile_and_no_figures(shop: Shop):
    seen = await of(shop, "n1")
    assert (seen.memberships, seen.archetype, seen.orders, seen.features) == ({}, None, (), {})
    assert (seen.metrics.total_orders, seen.metrics.lifetime_value) == (0, 0)
    assert seen.metrics.days_since_last_purchase is None
    with pytest.raises(Conflict) as refused:
        await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="n1"), door="test")
    assert refused.value.code == "no_orders"


async def test_all_customers_come_in_pages_without_gaps_or_repeats(shop: Shop):
    found, totals = await pages(shop, SearchAsked(limit=7))
    assert sorted(each.customer_id for each in found) == [f"c{n:03}" for n in range(100)]
    assert set(totals) == {100}
    days = [each.days_since_last_purchase for each in found]
    assert days == sorted(days, key=lambda day: -1 if day is None else day)
    assert len(set(days)) < len(days) / 2  # many share their day, across the ends of pages


async def test_the_members_of_an_archetype_are_those_it_counts(shop: Shop):
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(limit=60), door="test")
    found_in_all = 0
    for each in top.archetypes:
        found, totals = await pages(shop, SearchAsked(archetype_id=each.archetype_id, limit=9))
        assert set(totals) == {each.member_count}
        assert {one.archetype.id for one in found if one.archetype} == {each.archetype_id}
        found_in_all += len(found)
    assert found_in_all == 100


async def test_segments_and_risk_find_those_whose_they_are(shop: Shop):
    everybody, _ = await pages(shop, SearchAsked(limit=100))
    for axis in (await shown_axes(shop)).axes:
        for name in axis.segments:
            found, _ = await pages(shop, SearchAsked(segment_filter={axis.name: name.name}, limit=30))
            wanted = [each.customer_id for each in everybody if each.dominant_segments.get(axis.name) == name.name]
            assert [each.customer_id for each in found] == wanted
            assert len(found) == name.members
    whole = await churn_aggregate(shop.ground, shop.caller, Asked(), door="test")
    for level, count in whole.by_level.items():
        found, _ = await pages(shop, SearchAsked.model_validate({"risk_level": level, "limit": 30}))
        assert len(found) == count
        assert {each.risk_level for each in found} <= {level}
    assert whole.at_risk_count == whole.by_level["HIGH"] + whole.by_level["CRITICAL"]


async def test_conditions_hold_together(shop: Shop):
    everybody, _ = await pages(shop, SearchAsked(limit=100))
    (combination, many), *_ = Counter(
        (each.dominant_segments["purchase_frequency"], each.risk_level) for each in everybody
    ).most_common(1)
    asked = {"segment_filter": {"purchase_frequency": combination[0]}, "risk_level": combination[1], "limit": 4}
    found, _ = await pages(shop, SearchAsked.model_validate(asked))
    assert len(found) == many
    with_text, totals = await pages(shop, SearchAsked.model_validate(asked | {"text": "anna"}))
    assert {each.customer_id for each in with_text} == {
        each.customer_id for each in found if int(each.customer_id[1:]) % 26 == 0
    }
    assert set(totals) == {len(with_text)}


async def test_text_finds_names_and_ids_in_pages(shop: Shop):
    found, totals = await pages(shop, SearchAsked(text="quill", limit=8))
    assert sorted(each.customer_id for each in found) == [*(f"c{n:03}" for n in range(100)), "n1"]
    assert set(totals) == {101}
    by_id, totals = await pages(shop, SearchAsked(text="c09", limit=4))
    assert [each.customer_id for each in by_id] == [f"c09{n}" for n in range(10)]
    assert set(totals) == {10}


async def test_a_full_page_holds_whole_profiles(shop: Shop):
    page = await search(shop.ground, shop.caller, SearchAsked(text="c001", detail="full"), door="test")
    assert page.customers == (await of(shop, "c001"),)


@pytest.mark.parametrize(
    "cursor", ["x", "1.x", "k.x", "k.", "never.", "99999999999999999999.1", "1.99999999999999999999"]
)
async def test_a_cursor_that_is_not_ours_is_refused(shop: Shop, cursor: str):
    with pytest.raises(Invalid, match="not one of ours"):
        await search(shop.ground, shop.caller, SearchAsked(text="c", cursor=cursor), door="test")


async def test_some_customer_is_one_of_them(shop: Shop):
    some = {(await random_customer(shop.ground, shop.caller, Asked(), door="test")).customer_id for _ in range(9)}
    assert all(each.startswith("c") for each in some)
    assert len(some) > 1


async def test_every_figure_of_a_profile_is_explained(shop: Shop):
    explained = await features(shop.ground, shop.caller, Asked(), door="test")
    shown = (await of(shop, "c001")).features
    assert {name for figures in shown.values() for name in figures} <= {each.name for each in explained.features}
    assert all(each.unit and each.period and each.definition for each in explained.features)


@pytest.mark.parametrize("asked", [{"purchase_speed": "weekly"}, {"purchase_frequency": "hourly"}])
async def test_a_filter_that_can_not_be_is_named_as_it_was_sent(shop: Shop, asked: dict[str, str]):
    for as_of in (None, date(2024, 1, 1)):
        with pytest.raises(Invalid) as refused:
            await search(shop.ground, shop.caller, SearchAsked(segment_filter=asked, as_of=as_of), door="test")
        assert refused.value.field == "segment_filter"


@pytest.mark.parametrize("day", [date(2023, 8, 1), date(2023, 12, 24)])
async def test_the_past_is_what_a_full_run_at_that_moment_gives(ground: Ground, day: date):
    asked_only, run_then = await open_shop(ground, zone="Europe/Berlin"), await open_shop(ground, zone="Europe/Berlin")
    for made in (asked_only, run_then):
        await made.bring(history())
    await asked_only.segment()
    await segment(ground, run_then.caller, RunAsked(as_of=day), door="test")
    for n in range(0, 100, 9):
        then, full = await of(asked_only, f"c{n:03}", day), await of(run_then, f"c{n:03}")
        assert then.model_dump(exclude={"orders_cursor"}) == full.model_dump(exclude={"orders_cursor"})
        assert all(order.placed_at < then.as_of for order in then.orders)
    past = await churn_aggregate(ground, asked_only.caller, Asked(as_of=day), door="test")
    assert past == await churn_aggregate(ground, run_then.caller, Asked(), door="test")
    groups = await top_archetypes(ground, asked_only.caller, TopAsked(as_of=day, limit=60), door="test")
    assert groups == await top_archetypes(ground, run_then.caller, TopAsked(limit=60), door="test")


async def test_a_bare_day_is_its_start_in_the_workspaces_zone(shop: Shop):
    by_day = await of(shop, "c000", date(2023, 8, 1))
    by_instant = await of(shop, "c000", datetime(2023, 7, 31, 22, tzinfo=UTC))
    assert by_day == by_instant
    assert by_day.as_of == datetime(2023, 7, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 6, 1), "before the first order"), (date(2024, 6, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused(shop: Shop, as_of: date, says: str):
    for ask, asked in (
        (profile, CustomerAsked(customer_id="c001", as_of=as_of)),
        (churn_risk, CustomerAsked(customer_id="c001", as_of=as_of)),
        (churn_aggregate, Asked(as_of=as_of)),
        (top_archetypes, TopAsked(as_of=as_of)),
        (recommend_segments, RecommendAsked(goal="retention", as_of=as_of)),
        (segment, RunAsked(as_of=as_of)),
    ):
        with pytest.raises(Invalid, match=says) as refused:
            await ask(shop.ground, shop.caller, asked, door="test")  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        assert refused.value.field == "as_of"


async def test_before_the_first_segmentation_everything_says_so(ground: Ground):
    empty = await open_shop(ground)
    await empty.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    for ask, asked in (
        (profile, CustomerAsked(customer_id="c1")),
        (search, SearchAsked()),
        (churn_aggregate, Asked()),
        (random_customer, Asked()),
        (data_health, Asked()),
        (archetype, ArchetypeAsked(archetype_id="x")),
    ):
        with pytest.raises(Conflict) as refused:
            await ask(ground, empty.caller, asked, door="test")  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        assert refused.value.code == "not_segmented"


async def test_nothing_to_segment_is_said_so(ground: Ground):
    empty = await open_shop(ground)
    with pytest.raises(Conflict) as refused:
        await empty.segment()
    assert refused.value.code == "no_orders"


async def test_when_all_orders_are_gone_nobody_is_served(ground: Ground, server: Embedded):
    made = await open_shop(ground)
    brought = await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await made.segment()
    await made.undo(brought)
    assert (await made.segment()).customers == 0
    with pytest.raises(Conflict) as refused:
        await search(ground, made.caller, SearchAsked(), door="test")
    assert refused.value.code == "not_segmented"
    with as_owner(server) as owner:
        assert rows(owner, "select 1 from figures where workspace_id = %s", made.workspace.id) == []
    await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await made.segment()
    assert (await of(made, "c1")).metrics.total_orders == 1


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (SearchAsked(segment_filter={"purchase": "weekly"}), "purchase_frequency"),
        (SearchAsked(segment_filter={"purchase_frequency": "hourly"}), "several_weekly"),
    ],
)
async def test_an_unknown_axis_or_segment_is_told_which_there_are(shop: Shop, asked: SearchAsked, names: str):
    with pytest.raises(Invalid, match=names):
        await search(shop.ground, shop.caller, asked, door="test")


async def test_an_unknown_archetype_goal_metric_or_customer_is_told_what_there_is(shop: Shop):
    with pytest.raises(Invalid, match="subscription, retention, cross_sell, winback"):
        await recommend_segments(shop.ground, shop.caller, RecommendAsked(goal="fame"), door="test")
    with pytest.raises(Invalid, match="total_ltv, avg_ltv, member_count"):
        await top_archetypes(shop.ground, shop.caller, TopAsked(metric="fame"), door="test")
    with pytest.raises(NotFound, match=r"intelligence\.top_archetypes lists them"):
        await archetype(shop.ground, shop.caller, ArchetypeAsked(archetype_id="nobody"), door="test")
    with pytest.raises(NotFound, match=r"intelligence\.top_archetypes lists them"):
        await search(shop.ground, shop.caller, SearchAsked(archetype_id="nobody"), door="test")
    with pytest.raises(NotFound, match="find them with search_customers"):
        await of(shop, "nobody")


async def test_a_run_serves_its_figures_all_at_once(ground: Ground):
    made = await open_shop(ground)
    await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await made.segment()
    await made.bring(orders("o2,c1,2024-03-02T10:00,p1,,,1,30,,", "o3,c2,2024-03-02T10:00,p1,,,1,5,,"))
    before = await of(made, "c1")
    assert (before.metrics.total_orders, before.metrics.lifetime_value, len(before.orders)) == (1, 10.0, 1)
    seen: list[tuple[int, float, int]] = []

    async def look() -> None:
        while True:
            now = (await of(made, "c1")).metrics
            seen.append((now.total_orders, now.lifetime_value, now.days_since_last_purchase or 0))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await made.segment()
    await asyncio.sleep(0.1)
    looking.cancel()
    assert {(orders, value) for orders, value, _ in seen} <= {(1, 10.0), (2, 40.0)}
    after = await of(made, "c1")
    assert (after.metrics.total_orders, after.metrics.lifetime_value, len(after.orders)) == (2, 40.0, 2)


async def test_a_preview_tells_what_other_settings_would_change_and_changes_nothing(ground: Ground, shop: Shop):
    wider = PreviewAsked(segments=SegmentSettings(strong=0.9, moderate=0.5))
    before = await of(shop, "c001")
    shown = await preview_settings(ground, shop.caller, wider, door="test")
    assert sum(size.now for size in shown.levels.values()) == sum(size.then for size in shown.levels.values()) == 100
    assert shown.levels["LOW"].then <= shown.levels["LOW"].now  # fewer are strong, so more are weak
    assert await of(shop, "c001") == before


async def test_settings_hold_from_the_next_run_on(ground: Ground):
    made = await open_shop(ground)
    await made.bring(history())
    first = await made.segment()
    wider = IntelligenceSettings(segments=SegmentSettings(strong=0.9, moderate=0.5))
    shown = await preview_settings(ground, made.caller, PreviewAsked(segments=wider.segments), door="test")
    await set_settings(ground, made.caller, wider, door="test")
    second = await made.segment()
    assert (first.strong, second.strong) == (0.6, 0.9)
    whole = await churn_aggregate(ground, made.caller, Asked(), door="test")
    assert whole.by_level == {name: size.then for name, size in shown.levels.items()}


async def test_a_clock_set_to_the_past_hides_what_came_after(ground: Ground):
    made = await open_shop(ground)
    await made.bring(history())
    await change_workspace(ground, made.caller, WorkspaceChange(clock=date(2023, 9, 1)), door="test")
    await made.segment()
    seen = await of(made, "c000")
    assert seen.as_of == datetime(2023, 9, 1, tzinfo=UTC)
    assert len(seen.orders) == seen.metrics.total_orders == 13
    assert all(order.placed_at < seen.as_of for order in seen.orders)


async def test_contacts_in_profiles_are_masked_by_role(shop: Shop):
    asked = CustomerAsked(customer_id="c001")
    whole = await profile(shop.ground, as_role(shop, "support"), asked, door="test")
    masked = await profile(shop.ground, as_role(shop, "analyst"), asked, door="test")
    assert whole.contact is not None
    assert masked.contact is not None
    assert (whole.contact.email, masked.contact.email) == ("ann1@example.com", "a•••@e•••.com")


async def test_support_may_not_list(shop: Shop):
    with pytest.raises(SwitchboardError, match="customers:search"):
        await search(shop.ground, as_role(shop, "support"), SearchAsked(), door="test")


async def test_the_workspace_tells_its_clock(ground: Ground, shop: Shop):
    async with ground.work(shop.caller) as work:
        workspace = await tenants.current(work)
    assert (await of(shop, "c001")).as_of == workspace.as_of(ground.clock())
