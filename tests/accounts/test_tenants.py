"""Workspaces: made and found by name, apart from each other, with a clock of their own."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from switchboard.accounts import operations, tenants
from switchboard.accounts.records import Workspace, WorkspaceChange
from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.records import Nothing
from switchboard.foundation.vault import Place
from tests.accounts.people import Watch, do, someone

BERLIN = ZoneInfo("Europe/Berlin")


async def test_a_workspace_is_found_by_its_name(ground: Ground, workspace: Workspace):
    assert await tenants.find(ground, workspace.name) == workspace


async def test_a_name_is_given_once(ground: Ground, workspace: Workspace):
    with pytest.raises(Conflict, match="already"):
        await tenants.make(ground, workspace.name, "EUR", "UTC")


async def test_a_workspace_that_is_not_there_is_told_with_those_that_are(ground: Ground, workspace: Workspace):
    with pytest.raises(NotFound, match=workspace.name):
        await tenants.find(ground, "nowhere")


async def test_a_time_zone_must_exist(ground: Ground):
    with pytest.raises(Invalid, match="no time zone"):
        await tenants.make(ground, f"shop {new_id()}", "EUR", "Mars/Olympus")


async def test_the_local_operator_must_say_which_of_several(ground: Ground, workspace: Workspace):
    await tenants.make(ground, f"shop {new_id()}", "EUR", "UTC")
    with pytest.raises(Conflict, match="--workspace NAME"):
        await tenants.only_or_named(ground, None)
    assert (await tenants.only_or_named(ground, workspace.name)).id == workspace.id


async def test_the_first_workspace_is_made_on_first_use(empty_ground: Ground):
    made = await tenants.only_or_named(empty_ground, None)
    again = await tenants.only_or_named(empty_ground, None)
    assert (made.name, again.id) == ("main", made.id)


async def test_one_workspace_can_not_see_or_change_another(ground: Ground, workspace: Workspace):
    other = await tenants.make(ground, f"shop {new_id()}", "EUR", "UTC")
    async with ground.work(someone(other, "owner")) as work:
        seen = await sql.fetch(work, "select id from workspace")
        changed = await sql.execute(work, "update workspace set name = 'mine' where id = $1", workspace.id)
    assert [row["id"] for row in seen] == [other.id]
    assert changed == 0


async def test_without_a_workspace_nothing_is_seen(ground: Ground, workspace: Workspace):
    async with ground.work(job_caller(NOBODY)) as work:
        assert await sql.fetch(work, "select id from workspace") == []


async def test_each_workspace_seals_with_its_own_key(ground: Ground, workspace: Workspace, operator: Caller):
    place = Place(table="person", field="email", row="1")
    key = await do(ground, operator, tenants.data_key)
    other = await tenants.make(ground, f"shop {new_id()}", "EUR", "UTC")
    of_other = await do(ground, someone(other), tenants.data_key)
    assert key.open(key.seal(b"ana", place), place) == b"ana"
    assert key.hasher("audit").digest("1") != of_other.hasher("audit").digest("1")


@pytest.mark.parametrize(
    ("last", "clock"),
    [
        (datetime(2011, 12, 9, 12, 50, tzinfo=UTC), datetime(2011, 12, 9, 23, tzinfo=UTC)),
        (datetime(2011, 7, 9, 22, 30, tzinfo=UTC), datetime(2011, 7, 10, 22, tzinfo=UTC)),  # the 10th in Berlin
        (datetime(2026, 2, 1, tzinfo=UTC), None),
        (None, None),
    ],
)
def test_a_history_is_looked_at_from_the_day_after_it(last: datetime | None, clock: datetime | None):
    assert tenants.clock_after(last, datetime(2026, 3, 1, tzinfo=UTC), BERLIN) == clock


async def test_a_newer_order_moves_a_historical_clock_and_a_recent_one_makes_it_live(
    timed: Ground, workspace: Workspace, operator: Caller, watch: Watch
):
    seen: list[datetime] = []
    for last in (datetime(2011, 1, 1, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC), watch.now - timedelta(days=3)):
        async with timed.work(operator) as work:
            await tenants.move_clock(work, last)
        async with timed.work(operator) as work:
            seen.append((await tenants.current(work)).as_of(work.now))
    assert seen == [datetime(2011, 1, 1, 23, tzinfo=UTC), datetime(2012, 1, 1, 23, tzinfo=UTC), watch.now]


async def test_a_clock_that_was_set_stays_until_it_is_automatic_again(
    timed: Ground, workspace: Workspace, operator: Caller
):
    async def change(clock: object) -> datetime:
        asked = WorkspaceChange.model_validate({"clock": clock})
        return (await operations.change_workspace(timed, operator, asked, door="test")).as_of

    set_to = await change("2017-12-31")
    await do(timed, operator, lambda work: tenants.move_clock(work, datetime(2011, 1, 1, tzinfo=UTC)))
    kept = await operations.workspace_settings(timed, operator, Nothing(), door="test")
    assert set_to == kept.as_of == datetime.combine(date(2017, 12, 31), datetime.min.time(), BERLIN)
    assert (await change("automatic")) == datetime(2011, 1, 1, 23, tzinfo=UTC)
    assert (await change("live")) == timed.clock()


async def test_the_clock_is_never_ahead(timed: Ground, workspace: Workspace, operator: Caller):
    with pytest.raises(Invalid, match="future"):
        asked = WorkspaceChange(clock=timed.clock() + timedelta(days=1))
        await operations.change_workspace(timed, operator, asked, door="test")


async def test_the_currency_is_fixed_by_the_first_orders(ground: Ground, workspace: Workspace, operator: Caller):
    before = await operations.change_workspace(ground, operator, WorkspaceChange(currency="USD"), door="test")
    await do(ground, operator, lambda work: tenants.move_clock(work, work.now))
    with pytest.raises(Conflict, match="orders are kept in USD"):
        await operations.change_workspace(ground, operator, WorkspaceChange(currency="GBP"), door="test")
    after = await operations.change_workspace(ground, operator, WorkspaceChange(currency="USD"), door="test")
    assert (before.currency_is_fixed, after.currency_is_fixed) == (False, True)


async def test_a_workspace_can_not_take_the_name_of_another(ground: Ground, workspace: Workspace, operator: Caller):
    other = await tenants.make(ground, f"shop {new_id()}", "EUR", "UTC")
    with pytest.raises(Conflict, match="another workspace is called"):
        await operations.change_workspace(ground, operator, WorkspaceChange(name=other.name), door="test")


async def test_an_analyst_changes_no_settings(ground: Ground, workspace: Workspace):
    with pytest.raises(NotAllowed, match="workspace:manage"):
        asked = WorkspaceChange(country="DE")
        await operations.change_workspace(ground, someone(workspace, "analyst"), asked, door="test")


async def test_what_changed_elsewhere_is_known_within_five_seconds(
    timed: Ground, workspace: Workspace, operator: Caller, watch: Watch, server: Embedded
):
    await do(timed, operator, tenants.current)
    async with timed.work(operator) as work:  # as another process would
        await sql.execute(work, "update workspace set country = 'DE' where id = $1", workspace.id)
    watch.wait(4.9)
    soon = await do(timed, operator, tenants.current)
    watch.wait(0.1)
    later = await do(timed, operator, tenants.current)
    assert (soon.country, later.country) == (None, "DE")


async def test_the_application_can_not_replace_a_data_key(ground: Ground, operator: Caller):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ground.work(operator) as work:
            await sql.execute(work, "update workspace set data_key = ''")
