"""Every answer is of a moment: lists, orders, trends, health and axes of the past are those that a run then gave."""

from datetime import UTC, date, datetime, timedelta

import pytest

from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.reading import Unreadable, read_values
from switchboard.house import DECLARED
from switchboard.intelligence.expecting import NOT_YET
from switchboard.intelligence.forecast_records import LtvAsked
from switchboard.intelligence.operations import exports
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.customers import churn_risk, next_purchase, orders, profile, search
from switchboard.intelligence.operations.forecasts import ltv_forecast
from switchboard.intelligence.operations.history import movement, segment_trends, snapshots
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.operations.shop import axes, data_health, features, preview_settings
from switchboard.intelligence.past_records import MovementAsked, SnapshotsAsked, TrendAsked
from switchboard.intelligence.records import (
    Asked,
    ChurnAsked,
    Customer,
    CustomerAsked,
    OrdersAsked,
    RunAsked,
    SearchAsked,
    TopAsked,
)
from switchboard.intelligence.segments import SegmentSettings
from switchboard.intelligence.shop_records import PreviewAsked
from tests.shop import Shop, as_role, open_shop
from tests.shop import orders as order_lines

pytestmark = pytest.mark.slow

assert exports in DECLARED
BEGIN, DAYS = date(2023, 6, 5), 200
THEN = date(2023, 9, 20)
THEN_AT = datetime(2023, 9, 19, 22, tzinfo=UTC)
LATE = 54  # customers from this number on buy for the first time after THEN
CADENCE = TrendAsked(axis_name="purchase_cadence", segment_name="out_of_rhythm")
ABOUT_NO_MOMENT = {
    "intelligence.find_export", "intelligence.set_settings", "intelligence.dismiss_insight",
    "intelligence.restore_insight", "intelligence.settings", "intelligence.save_archetype",
    "intelligence.custom_archetypes", "intelligence.delete_archetype", "intelligence.define", "intelligence.charts",
    "intelligence.label_archetype",
    "intelligence.chart",  # among the arguments of the operation whose answer it draws
}  # fmt: skip


def history(until: date = date.max) -> str:
    """Sixty customers of all paces and two categories, and every third of them with a refund, up to a day."""
    lines: list[str] = []
    for n in range(60):
        first = 130 + n % 3 if n >= LATE else n % 4
        for k, day in enumerate(range(first, DAYS, (7, 14, 30, 61, 400)[n % 5])):
            at, product = BEGIN + timedelta(days=day), ("Tea", "Ware")[(n + k) % 2]
            if at < until:
                price, discount, refund = 10 + n, n % 4, "2" if (n + k) % 3 == 0 else ""
                lines.append(f"o{n}-{k},c{n:02},{at}T1{n % 10}:00,{product},,{product},1,{price},{discount},{refund}")
    return order_lines(*lines)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """A shop segmented at its end, whose customers have names; one of them never ordered."""
    made = await open_shop(ground, zone="Europe/Berlin")
    await made.bring(history())
    names = "".join(f"c{n:02},Ann{chr(97 + n % 26)} Quill\n" for n in range(60))
    await made.bring("customer_id,name\n" + names + "n1,Nobody Quill\n", "customers")
    await made.segment()
    return made


@pytest.fixture(scope="module")
async def shop_then(ground: Ground) -> Shop:
    """The same shop on that day, which knows nothing of what came later."""
    made = await open_shop(ground, zone="Europe/Berlin")
    await made.bring(history(THEN))
    await segment(ground, made.caller, RunAsked(as_of=THEN), door="test")
    return made


async def pages(shop: Shop, asked: SearchAsked) -> tuple[list[Customer], set[int | None]]:
    """All pages of a search: who was found, and the totals they told."""
    found: list[Customer] = []
    totals: set[int | None] = set()
    cursor = None
    while True:
        page = await search(shop.ground, shop.caller, asked.model_copy(update={"cursor": cursor}), door="test")
        assert len(page.customers) <= asked.limit
        found += [each for each in page.customers if isinstance(each, Customer)]
        totals.add(page.total)
        cursor = page.next_cursor
        if cursor is None:
            return found, totals


def test_every_operation_takes_a_moment_and_tells_of_which_it_is():
    ours = [each for each in OPERATIONS.values() if each.name.startswith("intelligence.")]
    assert {each.name for each in ours if "as_of" not in each.asks.model_fields} == ABOUT_NO_MOMENT
    assert {each.name for each in ours if "as_of" not in each.gives.model_fields} == ABOUT_NO_MOMENT


@pytest.mark.parametrize("limit", [7, 1_000])
async def test_a_list_of_the_past_is_what_a_full_run_at_that_moment_gives(shop: Shop, shop_then: Shop, limit: int):
    then, totals = await pages(shop, SearchAsked(as_of=THEN, limit=limit))
    assert then == (await pages(shop_then, SearchAsked(limit=limit)))[0]
    assert sorted(each.customer_id for each in then) == [f"c{n:02}" for n in range(LATE)]
    assert totals == {LATE}
    assert len({each.days_since_last_purchase for each in then}) < LATE / 2  # many share their day, across pages


async def test_conditions_hold_as_they_did_then(shop: Shop, shop_then: Shop):
    for axis in (await axes(shop_then.ground, shop_then.caller, Asked(), door="test")).axes[::2]:
        for name in axis.segments:
            asked = SearchAsked(segment_filter={axis.name: name.name})
            then, totals = await pages(shop, asked.model_copy(update={"as_of": THEN}))
            assert then == (await pages(shop_then, asked))[0]
            assert totals == {name.members}
    for level in ("LOW", "MEDIUM", "HIGH", "CRITICAL"):
        asked = SearchAsked(risk_level=level, segment_filter={"return_behavior": "some_returns"})
        then = await pages(shop, asked.model_copy(update={"as_of": THEN}))
        assert then == await pages(shop_then, asked)


async def test_the_members_of_an_archetype_are_those_of_that_moment(shop: Shop, shop_then: Shop):
    top = await top_archetypes(shop.ground, shop.caller, TopAsked(as_of=THEN, limit=60), door="test")
    for each in top.archetypes:
        then, totals = await pages(shop, SearchAsked(as_of=THEN, archetype_id=each.archetype_id, limit=5))
        assert then == (await pages(shop_then, SearchAsked(archetype_id=each.archetype_id)))[0]
        assert totals == {each.member_count}
    with pytest.raises(NotFound, match=r"intelligence\.top_archetypes lists them"):
        await search(shop.ground, shop.caller, SearchAsked(as_of=THEN, archetype_id="nobody"), door="test")


async def test_a_full_page_of_the_past_holds_the_profiles_of_that_moment(shop: Shop):
    asked = SearchAsked(as_of=THEN, text="c1", detail="full", limit=4)
    page = await search(shop.ground, shop.caller, asked, door="test")
    assert page.as_of == THEN_AT
    assert len(page.customers) == 4
    for each in page.customers:
        alone = CustomerAsked(customer_id=each.customer_id, as_of=THEN)
        assert each == await profile(shop.ground, shop.caller, alone, door="test")


async def test_text_finds_those_who_had_ordered_by_then(shop: Shop):
    by_name, totals = await pages(shop, SearchAsked(as_of=THEN, text="quill", limit=8))
    assert by_name == (await pages(shop, SearchAsked(as_of=THEN)))[0]
    assert totals == {LATE}
    by_id, _ = await pages(shop, SearchAsked(as_of=THEN, text=" c5 ", limit=3))
    assert {each.customer_id for each in by_id} == {"c50", "c51", "c52", "c53"}
    narrowed, _ = await pages(
        shop, SearchAsked(as_of=THEN, text="anna", segment_filter={"purchase_frequency": "weekly"})
    )
    weekly, _ = await pages(shop, SearchAsked(as_of=THEN, segment_filter={"purchase_frequency": "weekly"}))
    assert narrowed == [each for each in weekly if int(each.customer_id[1:]) % 26 == 0]
    for nobody in ("n1", "c59", "zz", "nobody@example.com", "!"):
        assert await pages(shop, SearchAsked(as_of=THEN, text=nobody)) == ([], {0})


async def test_who_may_not_see_contacts_finds_whole_ids_of_the_past(shop: Shop):
    for text, found in (("c51", ["c51"]), ("c5", []), ("quill", []), ("c59", [])):
        asked = SearchAsked(as_of=THEN, text=text)
        page = await search(shop.ground, as_role(shop, "analyst"), asked, door="test")
        assert [each.customer_id for each in page.customers] == found


@pytest.mark.parametrize("cursor", ["x", "1.x", "k.1", "never.1", "99999999999999999999.1", "1.99999999999999999999"])
async def test_a_cursor_of_another_list_is_refused(shop: Shop, cursor: str):
    with pytest.raises(Invalid, match="not one of ours"):
        await search(shop.ground, shop.caller, SearchAsked(as_of=THEN, cursor=cursor), door="test")


async def test_an_unknown_segment_of_the_past_is_told_which_there_are(shop: Shop):
    asked = SearchAsked(as_of=THEN, segment_filter={"purchase_frequency": "hourly"})
    with pytest.raises(Invalid, match="several_weekly"):
        await search(shop.ground, shop.caller, asked, door="test")


async def test_a_page_that_began_before_a_run_goes_on_at_its_moment(ground: Ground):
    made = await open_shop(ground, zone="Europe/Berlin")
    await made.bring(history(THEN))
    await made.segment()
    first = await search(ground, made.caller, SearchAsked(limit=20), door="test")
    whole, _ = await pages(made, SearchAsked())
    await made.bring(history())
    await made.segment()
    rest = SearchAsked(as_of=first.as_of, cursor=first.next_cursor)
    second = await search(ground, made.caller, rest, door="test")
    assert [*first.customers, *second.customers] == whole


async def test_a_text_that_fits_too_many_people_asks_for_more_letters(ground: Ground):
    made = await open_shop(ground)
    await made.bring(order_lines("o1,c10000,2024-03-01T10:00,p1,,,1,10,,", "o2,x,2024-03-05T10:00,p1,,,1,10,,"))
    await made.bring("customer_id,name\n" + "".join(f"c{n},Quill\n" for n in range(10_000, 20_001)), "customers")
    await made.segment()
    for text in ("c", "quill"):
        with pytest.raises(Invalid, match="more than 10,000 people; write more of its letters") as refused:
            asked = SearchAsked(as_of=date(2024, 3, 3), text=text)
            await search(ground, made.caller, asked, door="test")
        assert refused.value.field == "text"
    found, _ = await pages(made, SearchAsked(as_of=date(2024, 3, 3), text="c1000"))
    assert [each.customer_id for each in found] == ["c10000"]


async def test_orders_are_those_placed_before_the_moment(shop: Shop):
    asked = OrdersAsked(customer_id="c00", as_of=datetime(2023, 6, 19, 8, tzinfo=UTC), limit=1)
    first = await orders(shop.ground, shop.caller, asked, door="test")
    second = await orders(shop.ground, shop.caller, asked.model_copy(update={"cursor": first.next_cursor}), door="test")
    assert [each.order_id for each in (*first.orders, *second.orders)] == ["o0-1", "o0-0"]
    assert (second.next_cursor, second.as_of) == (None, datetime(2023, 6, 19, 8, tzinfo=UTC))
    to_the_end = await orders(shop.ground, shop.caller, OrdersAsked(customer_id="c00"), door="test")
    assert to_the_end.orders[0].order_id == "o0-28"


@pytest.fixture(scope="module")
async def shop_with_snapshots(ground: Ground) -> Shop:
    """A shop segmented for the first of four months, one after the other."""
    made = await open_shop(ground)
    await made.bring(history())
    for month in (9, 10, 11, 12):
        await segment(ground, made.caller, RunAsked(as_of=date(2023, month, 1)), door="test")
    return made


async def test_snapshots_come_in_pages_up_to_the_moment(shop_with_snapshots: Shop):
    ground, caller = shop_with_snapshots.ground, shop_with_snapshots.caller
    asked = SnapshotsAsked(as_of=date(2023, 11, 1), limit=2)
    first = await snapshots(ground, caller, asked, door="test")
    second = await snapshots(ground, caller, asked.model_copy(update={"cursor": first.next_cursor}), door="test")
    assert [[each.as_of.month for each in page.snapshots] for page in (first, second)] == [[11, 10], [9]]
    assert (second.next_cursor, second.as_of) == (None, datetime(2023, 11, 1, tzinfo=UTC))
    whole = await snapshots(ground, caller, SnapshotsAsked(), door="test")
    assert [each.as_of.month for each in whole.snapshots] == [12, 11, 10, 9]
    for cursor in ("x", "", "9" * 60):
        with pytest.raises(Invalid, match="not one of ours"):
            await snapshots(ground, caller, SnapshotsAsked(cursor=cursor), door="test")


async def test_a_trend_ends_at_the_moment(shop_with_snapshots: Shop):
    ground, caller = shop_with_snapshots.ground, shop_with_snapshots.caller
    whole = await segment_trends(ground, caller, CADENCE, door="test")
    then = await segment_trends(
        ground, caller, CADENCE.model_copy(update={"as_of": datetime(2023, 10, 31, tzinfo=UTC)}), door="test"
    )
    assert (len(whole.points), then.points) == (4, whole.points[:2])
    assert then.as_of == datetime(2023, 10, 31, tzinfo=UTC)
    assert then.change is not None
    assert then.change.to == datetime(2023, 10, 1, tzinfo=UTC)


async def test_movement_is_between_the_newest_two_snapshots_of_the_moment(shop_with_snapshots: Shop):
    ground, caller = shop_with_snapshots.ground, shop_with_snapshots.caller
    kept = (await snapshots(ground, caller, SnapshotsAsked(), door="test")).snapshots
    newest = await movement(ground, caller, MovementAsked(), door="test")
    assert newest.model_copy(update={"as_of": None}) == (
        await movement(ground, caller, MovementAsked(from_run=kept[1].run, to_run=kept[0].run), door="test")
    ).model_copy(update={"as_of": None})
    assert (newest.from_run, newest.from_as_of) == (kept[1].run, kept[1].as_of)
    assert (newest.to_run, newest.to_as_of) == (kept[0].run, kept[0].as_of)
    then = await movement(
        ground, caller, MovementAsked(as_of=date(2023, 10, 5), axis_name="purchase_value"), door="test"
    )
    assert (then.from_run, then.to_run, then.as_of) == (
        kept[3].run, kept[2].run, datetime(2023, 10, 5, tzinfo=UTC),
    )  # fmt: skip
    one_before = await movement(ground, caller, MovementAsked(to_run=kept[1].run), door="test")
    assert one_before.from_run == kept[2].run
    with pytest.raises(NotFound, match="up to this moment"):
        later = MovementAsked(as_of=date(2023, 10, 5), to_run=kept[0].run)
        await movement(ground, caller, later, door="test")
    with pytest.raises(NotFound, match="no two snapshots up to this moment"):
        await movement(ground, caller, MovementAsked(as_of=date(2023, 9, 5)), door="test")


async def test_health_and_axes_are_of_that_moment(shop: Shop, shop_then: Shop):
    for ask in (data_health, axes):
        then = await ask(shop.ground, shop.caller, Asked(as_of=THEN), door="test")
        assert then == await ask(shop.ground, shop_then.caller, Asked(), door="test")
        assert then != await ask(shop.ground, shop.caller, Asked(), door="test")
        assert then.as_of == THEN_AT


async def test_a_preview_is_of_that_moment(shop: Shop, shop_then: Shop):
    asked = PreviewAsked(segments=SegmentSettings(strong=0.9, moderate=0.5), as_of=THEN)
    then = await preview_settings(shop.ground, shop.caller, asked, door="test")
    full = await preview_settings(shop.ground, shop_then.caller, asked.model_copy(update={"as_of": None}), door="test")
    assert then == full
    assert sum(size.now for size in then.levels.values()) == LATE


@pytest.mark.parametrize(
    ("as_of", "says"), [(date(2023, 6, 1), "before the first order"), (date(2024, 6, 1), "after the workspace's clock")]
)
async def test_a_moment_that_can_not_be_is_refused_everywhere(shop: Shop, as_of: date, says: str):
    for ask, asked in (
        (search, SearchAsked(as_of=as_of)),
        (search, SearchAsked(as_of=as_of, text="c1")),
        (orders, OrdersAsked(customer_id="c01", as_of=as_of)),
        (segment_trends, CADENCE.model_copy(update={"as_of": as_of})),
        (snapshots, SnapshotsAsked(as_of=as_of)),
        (movement, MovementAsked(as_of=as_of)),
        (data_health, Asked(as_of=as_of)),
        (axes, Asked(as_of=as_of)),
        (features, Asked(as_of=as_of)),
        (preview_settings, PreviewAsked(as_of=as_of)),
    ):
        with pytest.raises(Invalid, match=says) as refused:
            await ask(shop.ground, shop.caller, asked, door="test")  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        assert refused.value.field == "as_of"


async def test_of_somebody_who_had_not_ordered_by_then_it_is_said_so(shop: Shop):
    late = {"customer_id": f"c{LATE}", "as_of": THEN}
    worth = await ltv_forecast(shop.ground, shop.caller, LtvAsked.model_validate(late), door="test")
    purchase = await next_purchase(shop.ground, shop.caller, ChurnAsked.model_validate(late), door="test")
    assert (worth.expected, purchase.expected_date) == (None, None)
    assert worth.not_enough_data == purchase.not_enough_data == (NOT_YET,)
    with pytest.raises(Conflict, match=r"has no order by 2023-09-19 that was segmented.*ask for a later moment"):
        await churn_risk(shop.ground, shop.caller, ChurnAsked.model_validate(late), door="test")


@pytest.mark.parametrize("said", ["yesterday", "2023-09-20T10:00:00", "2023-13-01", {}])
def test_what_is_no_moment_is_told_what_would_be_one(said: object):
    with pytest.raises(Unreadable, match=r"^as_of: should be a day such as 2025-01-31, or an instant") as refused:
        read_values(Asked, {"as_of": said})
    assert [fault.field for fault in refused.value.faults] == ["as_of"]
