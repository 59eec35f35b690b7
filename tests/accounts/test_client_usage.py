"""What clients used: worked examples against the trail."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.clients import operations as on
from switchboard.accounts.clients.charts import latency_by_day, requests_by_day
from switchboard.accounts.clients.following import follow
from switchboard.accounts.clients.records import ClientCreate, RequestsAsked, Usage, UsageAsked
from switchboard.accounts.clients.usage import tool_of
from switchboard.accounts.records import Workspace
from switchboard.accounts.store import usage as store
from switchboard.accounts.store.usage import Span
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Done, Ground
from switchboard.foundation.ids import new_id
from tests.accounts.people import Watch, someone

AT = datetime(2026, 3, 1, 10, 45, tzinfo=UTC)  # as the watch begins
PROFILE, SEARCH = "customers.count", "users.list"


@pytest.fixture
async def client(timed: Ground, operator: Caller) -> UUID:
    made = await on.create_client(timed, operator, ClientCreate(name="till"), door="test")
    return made.client.id


async def call(
    ground: Ground, client: UUID, workspace: Workspace, *lines: tuple[str, str, datetime, float]
) -> None:  # fmt: skip
    """Have the trail say that the client made these requests: operation, outcome, when, milliseconds."""
    caller = someone(workspace, client=client)
    assert isinstance(ground.trail, JournalledTrail)
    for operation, outcome, began, ms in lines:
        ground.trail.remember(
            Done(caller=caller, operation=operation, outcome=outcome, door="mcp", began=began, took_us=int(ms * 1_000))
        )
    await ground.trail.flush()


async def used(ground: Ground, caller: Caller, client: UUID, **asked: object) -> Usage:
    return await on.client_usage(ground, caller, UsageAsked.model_validate({"id": client} | asked), door="test")


@pytest.mark.slow
async def test_percentiles_are_those_of_the_requests(
    timed: Ground, operator: Caller, workspace: Workspace, client: UUID
):
    lines = [(PROFILE, "done", AT - timedelta(minutes=n), float(n)) for n in range(1, 101)]
    await call(timed, client, workspace, *lines)
    found = await used(timed, operator, client)
    total = found.total
    assert (total.requests, total.done, total.success_rate, total.failure_rate) == (100, 100, 1.0, 0.0)
    assert total.p50_ms == pytest.approx(50.5)  # by linear interpolation: 1 + 0.50 * 99, as of 1, 2, … 100
    assert total.p95_ms == pytest.approx(95.05)
    assert total.p99_ms == pytest.approx(99.01)


async def test_days_are_those_of_the_workspaces_zone_and_tools_are_apart(
    timed: Ground, operator: Caller, workspace: Workspace, client: UUID
):
    late = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    await call(
        timed, client, workspace, (PROFILE, "done", late, 10), (PROFILE, "failed", late, 30),
        (SEARCH, "not_allowed", AT - timedelta(hours=1), 5), (SEARCH, "took_too_long", AT - timedelta(hours=1), 900),
    )  # fmt: skip
    found = await used(timed, operator, client)
    assert [(each.day.isoformat(), each.requests, each.done, each.failed, each.refused) for each in found.days] == [
        ("2026-02-28", 2, 1, 1, 0), ("2026-03-01", 2, 0, 1, 1)
    ]  # fmt: skip
    assert found.outcomes == {"done": 1, "failed": 1, "not_allowed": 1, "took_too_long": 1}
    assert [(each.operation, each.day.isoformat(), each.p50_ms) for each in found.by_tool_and_day] == [
        (SEARCH, "2026-03-01", 452.5), (PROFILE, "2026-02-28", 20.0)
    ]  # fmt: skip
    assert [each.tool for each in found.top_tools] == ["customers_count", "users_list"]
    assert (found.doors, found.is_cut) == ({"mcp": 4}, False)


async def test_only_the_time_asked_for_counts(timed: Ground, operator: Caller, workspace: Workspace, client: UUID):
    for days in (1, 8, 20):
        await call(timed, client, workspace, (PROFILE, "done", AT - timedelta(days=days), 10))
    week = await used(timed, operator, client)
    month = await used(timed, operator, client, since=AT - timedelta(days=30))
    middle = await used(timed, operator, client, since=AT - timedelta(days=30), until=AT - timedelta(days=5))
    assert [each.total.requests for each in (week, month, middle)] == [1, 3, 2]
    with pytest.raises(Invalid, match="more than 92 days"):
        await used(timed, operator, client, since=AT - timedelta(days=93))


async def test_without_requests_nothing_is_worked_out(timed: Ground, operator: Caller, client: UUID):
    found = await used(timed, operator, client)
    assert (found.total.requests, found.total.success_rate, found.total.p95_ms) == (0, None, None)
    assert (found.days, found.top_tools, found.outcomes) == ([], [], {})


async def test_no_more_than_the_newest_are_looked_at(
    timed: Ground, operator: Caller, workspace: Workspace, client: UUID
):
    lines = [(PROFILE, "done", AT - timedelta(minutes=n), 1.0) for n in range(5)]
    await call(timed, client, workspace, *lines)
    span = Span(client=client, since=AT - timedelta(days=1), until=AT + timedelta(days=1), at_most=3)
    async with timed.work(operator) as work:
        groups = await store.counted(work, span, "UTC")
        (ended,) = await store.ended(work, span)
    assert {each.requests for each in groups} == {3}
    assert (ended.requests, ended.first) == (3, AT - timedelta(minutes=2))


async def test_requests_are_listed_newest_first_by_outcome_and_a_page_at_a_time(
    timed: Ground, operator: Caller, workspace: Workspace, client: UUID
):
    lines = [(PROFILE, "failed" if n % 2 else "done", AT - timedelta(minutes=n), float(n)) for n in range(5)]
    await call(timed, client, workspace, *lines)

    async def listed(**asked: object) -> tuple[list[float], UUID | None]:
        said = RequestsAsked.model_validate({"id": client} | asked)
        page = await on.client_requests(timed, operator, said, door="test")
        return [each.took_ms for each in page.requests], page.next_cursor

    first, cursor = await listed(limit=2)
    assert (first, (await listed(limit=10, cursor=cursor))[0]) == ([0, 1], [2, 3, 4])
    assert await listed(outcome="failed") == ([1, 3], None)


async def test_another_clients_and_another_workspaces_requests_are_not_counted(
    timed: Ground, operator: Caller, workspace: Workspace, other: Workspace, client: UUID
):
    await call(timed, new_id(), workspace, (PROFILE, "done", AT, 1))
    await call(timed, client, other, (PROFILE, "done", AT, 1))
    assert (await used(timed, operator, client)).total.requests == 0
    with pytest.raises(NotFound):
        await used(timed, someone(other, "owner"), client)
    with pytest.raises(NotAllowed):
        await used(timed, someone(workspace, "analyst"), client)


@pytest.mark.slow
async def test_who_follows_is_told_of_each_request_once_also_of_one_that_took_long(
    timed: Ground, operator: Caller, workspace: Workspace, client: UUID, watch: Watch
):
    await call(timed, client, workspace, (PROFILE, "done", AT - timedelta(seconds=5), 1))
    asked = list[int]()

    async def check() -> None:
        asked.append(1)

    following = follow(timed, operator, client, check=check)
    first = await anext(following)
    watch.wait(60)
    await call(
        timed, client, workspace, (PROFILE, "done", AT + timedelta(seconds=59), 2),
        (SEARCH, "failed", AT + timedelta(seconds=1), 58_000),
    )  # fmt: skip
    second, third = await anext(following), await anext(following)
    await anext(following)
    await anext(following)
    await following.aclose()
    assert (first, third) == ([], [])
    assert [each.took_ms for each in second] == [58_000, 2]
    assert asked == [1]


async def test_charts_have_a_place_for_every_day(timed: Ground, operator: Caller, workspace: Workspace, client: UUID):
    await call(timed, client, workspace, (PROFILE, "done", AT, 10), (PROFILE, "failed", AT, 30))
    found = await used(timed, operator, client)
    for chart in (requests_by_day(found, workspace.zone, width=560), latency_by_day(found, workspace.zone, width=300)):
        rows = chart["data"]["values"]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType] - a chart's own
        days = {row["day"] for row in rows}  # pyright: ignore[reportUnknownVariableType] - likewise
        assert days == {f"2026-02-{day}" for day in range(22, 29)} | {"2026-03-01"}
        assert chart["description"]
    assert tool_of("no.more") == "no_more"
