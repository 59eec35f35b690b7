"""Allowances: never more than they say, over any number of processes, and no less."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from switchboard.accounts import limits, operations
from switchboard.accounts.limits import SharedAllowances
from switchboard.accounts.records import AllowanceChange, Workspace
from switchboard.foundation.callers import Caller, job_caller
from switchboard.foundation.database import Database, Session
from switchboard.foundation.errors import Invalid, LimitReached
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Nothing
from tests.accounts.people import Watch, someone

AT = datetime(2026, 3, 1, 10, 45, tzinfo=UTC)
PROCESSES = 4


def processes(ground: Ground, count: int = PROCESSES, at: datetime = AT) -> list[SharedAllowances]:
    """As many processes have them: they share nothing but the database."""
    return [SharedAllowances(ground.database, lambda: at) for _ in range(count)]


async def spent(
    of: list[SharedAllowances], caller: Caller, *, calls: int, per_hour: int | None, tasks: int = 16
) -> int:
    """How many of the calls were let through, made by that many tasks at once in turn over the processes."""
    through = 0

    async def work(task: int) -> None:
        nonlocal through
        for _ in range(calls // tasks):
            try:
                await of[task % len(of)].spend(caller, "shop.read", per_hour)
            except LimitReached:
                continue
            through += 1

    await asyncio.gather(*(work(task) for task in range(tasks)))
    return through


async def allow(ground: Ground, operator: Caller, about: str, per_hour: int, name: str = "") -> None:
    async with ground.work(operator) as work:
        await limits.change(work, AllowanceChange.model_validate({"about": about, "name": name, "per_hour": per_hour}))


@pytest.mark.parametrize("per_hour", [1, 50, 100])
async def test_a_published_limit_lets_exactly_as_many_through(ground: Ground, workspace: Workspace, per_hour: int):
    through = await spent(processes(ground), someone(workspace), calls=per_hour + 160, per_hour=per_hour)
    assert through == per_hour


async def test_a_large_allowance_lets_all_through_but_what_other_processes_hold_till_they_end(
    ground: Ground, workspace: Workspace, operator: Caller
):
    await allow(ground, operator, "role", 2_000, "marketer")
    shared, caller = processes(ground), someone(workspace)
    through = await spent(shared, caller, calls=3_200, per_hour=None)
    assert 2_000 - PROCESSES * 2_000 // limits.BLOCKS <= through <= 2_000
    for process in shared:
        await process.close()
    assert through + await spent(processes(ground), caller, calls=320, per_hour=None) == 2_000


async def test_what_a_process_hands_back_at_its_end_another_can_use(
    ground: Ground, workspace: Workspace, operator: Caller
):
    await allow(ground, operator, "role", 2_000, "marketer")
    first, second = processes(ground, 2)
    caller = someone(workspace)
    through = await spent([first], caller, calls=16, per_hour=None)
    await first.close()
    through += await spent([second], caller, calls=2_400, per_hour=None)
    assert through == 2_000


async def test_the_workspace_bounds_all_its_callers_together(ground: Ground, workspace: Workspace, operator: Caller):
    await allow(ground, operator, "workspace", 60)
    shared = processes(ground)
    through = await asyncio.gather(
        *(spent(shared, someone(workspace), calls=40, per_hour=None, tasks=4) for _ in range(4))
    )
    assert sum(through) == 60


async def test_a_client_is_bounded_over_all_its_keys(ground: Ground, workspace: Workspace, operator: Caller):
    first = someone(workspace, client=workspace.id)
    second = someone(workspace, client=workspace.id)
    await allow(ground, operator, "client", 30, str(workspace.id))
    shared = processes(ground)
    assert sum([await spent(shared, caller, calls=48, per_hour=None) for caller in (first, second)]) == 30


async def test_a_refused_call_uses_nothing_of_the_other_allowances(ground: Ground, workspace: Workspace):
    (allowances,) = processes(ground, 1)
    caller = someone(workspace)
    assert await spent([allowances], caller, calls=160, per_hour=10) == 10
    everything = allowances.left(caller, "anything else", None)
    assert everything is not None
    assert everything.left == limits.ROLE_PER_HOUR - 10


async def test_the_next_hour_begins_afresh(ground: Ground, workspace: Workspace):
    caller = someone(workspace)
    now, later = processes(ground, 1), processes(ground, 1, AT + timedelta(minutes=15))
    assert await spent(now, caller, calls=32, per_hour=5) == 5
    assert await spent(later, caller, calls=32, per_hour=5) == 5


async def test_a_process_whose_clock_is_behind_does_not_begin_the_hour_again(ground: Ground, workspace: Workspace):
    caller = someone(workspace)
    ahead, behind = processes(ground, 1, AT + timedelta(minutes=15)), processes(ground, 1)
    assert await spent(ahead, caller, calls=32, per_hour=5) == 5
    assert await spent(behind, caller, calls=32, per_hour=5) == 0


async def test_blocks_end_with_their_hour(ground: Ground, workspace: Workspace):
    now = [AT]
    allowances = SharedAllowances(ground.database, lambda: now[0])
    caller = someone(workspace)
    await allowances.spend(caller, "shop.read", None)
    now[0] += timedelta(minutes=15)
    await allowances.spend(caller, "shop.read", None)
    left = allowances.left(caller, "shop.read", None)
    assert left is not None
    assert left.left == limits.ROLE_PER_HOUR - 1


async def test_the_refusal_says_how_long_to_wait_and_what_is_left_is_told(ground: Ground, workspace: Workspace):
    (allowances,) = processes(ground, 1)
    caller = someone(workspace)
    await allowances.spend_published(caller, "mcp.query", 2)
    left = allowances.left(caller, "mcp.query", 2)
    await allowances.spend_published(caller, "mcp.query", 2)
    with pytest.raises(LimitReached, match="2 calls an hour") as refused:
        await allowances.spend_published(caller, "mcp.query", 2)
    assert left is not None
    assert (left.per_hour, left.left, left.resets_in_s) == (2, 1, 900)
    assert (refused.value.retry_after_s, refused.value.per_hour) == (900, 2)


async def test_work_of_schedules_and_of_the_local_operator_is_not_charged(
    ground: Ground, workspace: Workspace, operator: Caller
):
    shared = processes(ground)
    assert await spent(shared, job_caller(workspace.id), calls=64, per_hour=1) == 64
    assert await spent(shared, operator, calls=64, per_hour=1) == 64
    assert shared[0].left(operator, "shop.read", 1) is None


class Counted(Database):
    """A database that counts how often it is turned to."""

    @asynccontextmanager
    async def session(
        self, workspace: UUID | None, *, timeout_s: float = 60, one_view: bool = False, beside: bool = False
    ) -> AsyncGenerator[Session]:
        turned_to.append(workspace)
        async with super().session(workspace, timeout_s=timeout_s, one_view=one_view, beside=beside) as session:
            yield session


turned_to: list[UUID | None] = []


async def test_a_large_allowance_asks_the_database_rarely(ground: Ground, workspace: Workspace):
    allowances = SharedAllowances(
        Counted(pool=ground.database.pool, turns=ground.database.turns, url=ground.database.url), lambda: AT
    )
    turned_to.clear()
    await spent([allowances], someone(workspace), calls=1_600, per_hour=None, tasks=1)
    for_the_rules, blocks = 1, 1_600 // (limits.ROLE_PER_HOUR // limits.BLOCKS)
    assert len(turned_to) <= for_the_rules + blocks + 1


async def test_a_rule_is_set_listed_and_taken_away(ground: Ground, workspace: Workspace, operator: Caller):
    asked = AllowanceChange(about="role", name="agent", per_hour=500)
    changed = await operations.change_limit(ground, operator, asked, door="test")
    listed = await operations.list_limits(ground, someone(workspace), Nothing(), door="test")
    without = AllowanceChange(about="role", name="agent", per_hour=None)
    after = await operations.change_limit(ground, operator, without, door="test")
    assert changed == listed
    assert [(rule.about, rule.name, rule.per_hour) for rule in listed.rules] == [("role", "agent", 500)]
    assert (after.rules, after.role_default) == ([], limits.ROLE_PER_HOUR)


@pytest.mark.parametrize("asked", [{"about": "role", "name": "emperor"}, {"about": "client", "name": "nobody"}])
async def test_a_rule_is_about_a_role_or_a_client(ground: Ground, operator: Caller, asked: dict[str, str]):
    with pytest.raises(Invalid):
        await operations.change_limit(
            ground, operator, AllowanceChange.model_validate(asked | {"per_hour": 5}), door="test"
        )


async def test_another_workspaces_rules_are_not_seen(
    ground: Ground, workspace: Workspace, operator: Caller, other: Workspace
):
    await allow(ground, operator, "workspace", 60)
    assert (await operations.list_limits(ground, someone(other, "owner"), Nothing(), door="test")).rules == []


async def test_a_raised_allowance_holds_after_five_seconds_also_for_who_was_refused(
    timed: Ground, workspace: Workspace, operator: Caller, watch: Watch
):
    await allow(timed, operator, "workspace", 5)
    allowances = SharedAllowances(timed.database, watch)
    assert await spent([allowances], someone(workspace), calls=16, per_hour=None) == 5
    await allow(timed, operator, "workspace", 8)
    watch.wait(5)
    assert await spent([allowances], someone(workspace), calls=16, per_hour=None) == 3
