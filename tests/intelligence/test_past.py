"""The past: snapshots of months that went by, trends over them, who moved between them; and when segmentations run."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.events import react
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun
from switchboard.house import DECLARED
from switchboard.intelligence import jobs, moments, reactions
from switchboard.intelligence.operations.archetypes import churn_aggregate
from switchboard.intelligence.operations.history import movement, segment_trends, snapshots
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.past_records import Move, MovementAsked, SnapshotsAsked, TrendAsked
from switchboard.intelligence.records import Asked, RunAsked
from tests.shop import Rows, Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.slow

assert reactions in DECLARED
BEGIN = date(2023, 6, 5)
BERLIN_MONTHS = [
    datetime(2023, month, 1, tzinfo=UTC) - timedelta(hours=2 if month < 11 else 1) for month in range(8, 13)
]
ASKED = "select subject, status from job where workspace_id = %s and name = %s order by asked_at"


def history() -> str:
    """Thirty customers who buy each week from June to the middle of December, ten of whom stop in September."""
    lines = [
        f"o{n}-{week},c{n:02},{BEGIN + timedelta(weeks=week)}T1{n % 10}:00,p1,,,1,{10 + n},,"
        for n in range(30)
        for week in range(14 if n < 10 else 28)
    ]
    return orders(*lines)


def run_of(shop: Shop) -> JobRun:
    return JobRun(workspace=shop.workspace.id, id=new_id(), subject=new_id(), asked_by=shop.caller.id)


async def react_to_all(ground: Ground) -> None:
    while await react(ground):
        pass


def asked_for(server: Embedded, shop: Shop, job: str = "intelligence.segment") -> Rows:
    with as_owner(server) as owner:
        return rows(owner, ASKED, shop.workspace.id, job)


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """A shop whose months were worked out."""
    made = await open_shop(ground, zone="Europe/Berlin")
    await made.bring(history())
    await made.segment()
    await jobs.past_months(ground, run_of(made))
    return made


async def test_the_months_before_the_first_run_get_snapshots(ground: Ground, shop: Shop):
    kept = (await snapshots(ground, shop.caller, SnapshotsAsked(), door="test")).snapshots
    assert [each.kind for each in kept] == ["run", *["past"] * 5]
    assert [each.as_of for each in kept[:0:-1]] == BERLIN_MONTHS
    assert {each.customers for each in kept} == {30}


async def test_the_months_are_worked_out_once(ground: Ground, shop: Shop):
    before = await snapshots(ground, shop.caller, SnapshotsAsked(), door="test")
    await jobs.past_months(ground, run_of(shop))
    assert await snapshots(ground, shop.caller, SnapshotsAsked(), door="test") == before


async def test_a_trend_counts_the_members_at_every_snapshot(ground: Ground, shop: Shop):
    asked = TrendAsked(axis_name="purchase_cadence", segment_name="out_of_rhythm")
    shown = await segment_trends(ground, shop.caller, asked, door="test")
    assert [point.as_of for point in shown.points[:-1]] == BERLIN_MONTHS
    assert [point.members for point in shown.points] == [0, 0, 10, 10, 10, 10]
    assert [round(point.share, 4) for point in shown.points] == [0, 0, 0.3333, 0.3333, 0.3333, 0.3333]
    assert shown.change is not None
    assert (shown.change.members, round(shown.change.share_points, 2), shown.change.percent) == (10, 33.33, None)
    assert shown.model_dump(mode="json")["change"]["from"] == "2023-07-31T22:00:00Z"


async def test_movement_says_who_became_what(ground: Ground, shop: Shop):
    kept = (await snapshots(ground, shop.caller, SnapshotsAsked(), door="test")).snapshots
    asked = MovementAsked(from_run=kept[-1].run, to_run=kept[0].run, axis_name="purchase_cadence")
    moved = await movement(ground, shop.caller, asked, door="test")
    assert (moved.joined, moved.left) == (0, 0)
    assert sum(move.customers for move in moved.moves if move.became == "out_of_rhythm") == 10
    assert sum(move.customers for move in moved.moves) == 30
    groups = await movement(ground, shop.caller, asked.model_copy(update={"axis_name": None}), door="test")
    assert sum(move.customers for move in groups.moves) == 30
    assert all(" " in name for move in groups.moves for name in (move.was, move.became))  # words, though some are gone


async def test_movement_between_a_snapshot_and_itself_moves_nobody(ground: Ground, shop: Shop):
    run = (await snapshots(ground, shop.caller, SnapshotsAsked(limit=1), door="test")).snapshots[0].run
    asked = MovementAsked(from_run=run, to_run=run, axis_name="purchase_frequency")
    moved = await movement(ground, shop.caller, asked, door="test")
    assert all(move == Move(was=move.was, became=move.was, customers=move.customers) for move in moved.moves)


async def test_what_movement_and_trends_do_not_know_they_name(ground: Ground, shop: Shop):
    with pytest.raises(Invalid, match="the axes are purchase_frequency"):
        await segment_trends(ground, shop.caller, TrendAsked(axis_name="a", segment_name="b"), door="test")
    with pytest.raises(Invalid, match="it has one_time, occasional"):
        asked = TrendAsked(axis_name="purchase_frequency", segment_name="b")
        await segment_trends(ground, shop.caller, asked, door="test")
    with pytest.raises(NotFound, match=r"intelligence\.snapshots lists them"):
        await movement(ground, shop.caller, MovementAsked(from_run=10**9, to_run=10**9 + 1), door="test")
    with pytest.raises(Invalid, match="the axes are purchase_frequency"):
        await movement(ground, shop.caller, MovementAsked(from_run=10**9, to_run=10**9 + 1, axis_name="a"), door="test")


async def test_a_snapshot_of_the_past_is_what_one_is_told_of_that_moment(ground: Ground, shop: Shop):
    for moment in BERLIN_MONTHS[2:4]:
        then = await churn_aggregate(ground, shop.caller, Asked(as_of=moment), door="test")
        assert (then.customers, then.as_of) == (30, moment)


async def test_a_run_for_the_past_does_not_see_what_a_later_one_fitted(ground: Ground):
    later, never = await open_shop(ground), await open_shop(ground)
    for made in (later, never):
        await made.bring(history())
    await later.segment()
    day = RunAsked(as_of=date(2023, 9, 1))
    assert (await segment(ground, later.caller, day, door="test")).archetypes == (
        await segment(ground, never.caller, day, door="test")
    ).archetypes
    assert await churn_aggregate(ground, later.caller, Asked(), door="test") == await churn_aggregate(
        ground, never.caller, Asked(), door="test"
    )


async def test_an_import_and_its_undoing_both_ask_for_a_segmentation(ground: Ground, server: Embedded):
    made = await open_shop(ground)
    brought = await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await react_to_all(ground)
    assert asked_for(server, made) == [(brought.import_id, "waiting")]
    await made.undo(brought)
    await react_to_all(ground)
    assert asked_for(server, made) == [(brought.import_id, "waiting")] * 2


async def test_an_import_that_changes_nothing_asks_for_none(ground: Ground, server: Embedded):
    made = await open_shop(ground)
    await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    await made.bring("customer_id,name\nc1,Ann\n", "customers")
    await react_to_all(ground)
    assert len(asked_for(server, made)) == 1


async def test_many_imports_at_once_are_segmented_once(ground: Ground, server: Embedded):
    made = await open_shop(ground)
    for n in range(4):
        await made.bring(orders(f"o{n},c{n},2024-03-01T10:00,p1,,,1,10,,"))
    await react_to_all(ground)
    with as_owner(server) as owner:
        asked = rows(owner, "select id from job where workspace_id = %s", made.workspace.id)
    assert len(asked) == 4
    await asyncio.gather(*(jobs.segment(ground, replace(run_of(made), id=UUID(str(run)))) for (run,) in asked))
    kept = (await snapshots(ground, made.caller, SnapshotsAsked(), door="test")).snapshots
    assert [(each.kind, each.customers) for each in kept] == [("run", 4)]


async def test_the_night_segments_every_workspace_that_has_orders(ground: Ground):
    made, empty = await open_shop(ground), await open_shop(ground)
    await made.bring(orders("o1,c1,2024-03-01T10:00,p1,,,1,10,,"))
    for each in (made, empty):
        await jobs._segment(ground, each.workspace.id)  # pyright: ignore[reportPrivateUsage] - for these alone
    assert len((await snapshots(ground, made.caller, SnapshotsAsked(), door="test")).snapshots) == 1
    assert (await snapshots(ground, empty.caller, SnapshotsAsked(), door="test")).snapshots == ()


def test_months_begin_in_the_workspaces_zone(shop: Shop):
    first, last = datetime(2023, 9, 15, tzinfo=UTC), datetime(2024, 1, 10, tzinfo=UTC)
    assert moments.month_ends(first, last, shop.workspace, most=3) == [
        datetime(2023, 10, 31, 23, tzinfo=UTC),
        datetime(2023, 11, 30, 23, tzinfo=UTC),
        datetime(2023, 12, 31, 23, tzinfo=UTC),
    ]
