"""The audit trail: every call leaves one line, whatever dies; nobody reads another workspace's or changes one."""

import asyncio
import resource
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from switchboard.accounts import audit, operations
from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.journal import Journal, as_bytes, from_bytes, journals, line_of
from switchboard.accounts.records import AuditAsked, AuditLine, UserAdd, Workspace
from switchboard.foundation import sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.database import Database, Session, open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotAllowed
from switchboard.foundation.ground import Done, Ground, Work
from switchboard.foundation.ids import new_id
from switchboard.foundation.operations import Operation
from switchboard.foundation.records import Nothing, Record
from tests.accounts.killing import killed
from tests.accounts.people import Watch, someone


class Asked(Record):
    customer_id: str = ""


@pytest.fixture
async def trail(ground: Ground, tmp_path: Path) -> AsyncGenerator[JournalledTrail]:
    made = JournalledTrail(ground.database, tmp_path)
    yield made
    await made.close()


@pytest.fixture
def audited(timed: Ground, trail: JournalledTrail) -> Ground:
    return replace(timed, trail=trail)


def done(caller: Caller, operation: str = "shop.read", *, at: Watch | None = None, outcome: str = "done") -> Done:
    began = (at or Watch()).now
    return Done(caller=caller, operation=operation, outcome=outcome, door="test", began=began, took_us=7)


async def lines(ground: Ground, reader: Caller, **asked: object) -> list[AuditLine]:
    async with ground.work(reader) as work:
        return (await audit.listed(work, AuditAsked.model_validate(asked))).lines


def declared(run: Callable[[Work, Asked], Awaitable[Nothing]], *, reads: bool) -> Operation[Asked, Nothing]:
    """An operation that the product does not offer."""
    return Operation(
        name="shop.test", title="", permission="customers:read", reads=reads, per_hour=None, tool=None, timeout_s=5,
        asks=Asked, gives=Nothing, run=run,
    )  # fmt: skip


async def look(work: Work, asked: Asked) -> Nothing:
    await audit.about(work, asked.customer_id)
    return Nothing()


async def refuse(work: Work, asked: Asked) -> Nothing:
    raise Invalid("no")


async def test_a_read_leaves_a_line_that_says_who_did_what_to_whom_by_which_door(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    caller = someone(workspace, client=new_id())
    await declared(look, reads=True)(audited, caller, Asked(customer_id="c-1"), door="mcp")
    await trail.flush()
    (line,) = await lines(audited, operator)
    assert (line.caller, line.caller_kind, line.client, line.operation, line.outcome, line.door) == (
        caller.id, "key", caller.client, "shop.test", "done", "mcp",
    )  # fmt: skip
    assert line.began == audited.clock()
    assert len(line.subject) == 32
    assert "c-1" not in line.subject


async def test_what_was_done_about_a_customer_is_found_by_its_id(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    for customer in ("c-1", "c-2", "c-1"):
        await declared(look, reads=True)(audited, someone(workspace), Asked(customer_id=customer), door="test")
    await trail.flush()
    assert len(await lines(audited, operator, customer_id="c-1")) == 2
    assert await lines(audited, operator, customer_id="c-3") == []


async def test_the_same_customer_id_in_another_workspace_has_another_subject(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, other: Workspace
):
    for there in (workspace, other):
        await declared(look, reads=True)(audited, someone(there), Asked(customer_id="c-1"), door="test")
    await trail.flush()
    (here,), (there,) = [await lines(audited, someone(one, "owner")) for one in (workspace, other)]
    assert here.subject != there.subject


async def test_a_change_has_its_line_in_its_own_transaction(audited: Ground, workspace: Workspace, operator: Caller):
    await declared(look, reads=False)(audited, someone(workspace), Asked(), door="test")
    assert [line.outcome for line in await lines(audited, operator)] == ["done"]


@pytest.mark.parametrize("reads", [True, False])
async def test_a_refused_call_leaves_a_line_with_the_reason(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller, *, reads: bool
):
    with pytest.raises(Invalid):
        await declared(refuse, reads=reads)(audited, someone(workspace), Asked(), door="test")
    with pytest.raises(NotAllowed):
        nobody = replace(someone(workspace), permissions=frozenset[str]())
        await declared(look, reads=reads)(audited, nobody, Asked(), door="test")
    await trail.flush()
    assert {line.outcome for line in await lines(audited, operator)} == {"invalid", "not_allowed"}


async def test_lines_are_listed_newest_first_by_time_caller_operation_and_outcome(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller, watch: Watch
):
    ana, start = someone(workspace), watch.now
    for number in range(5):
        trail.remember(done(ana if number % 2 else someone(workspace), f"shop.{number}", at=watch))
        watch.wait(60)
    await trail.flush()

    async def found(**asked: object) -> list[str]:
        return [line.operation.removeprefix("shop.") for line in await lines(audited, operator, **asked)]

    minute = timedelta(minutes=1)
    assert await found() == ["4", "3", "2", "1", "0"]
    assert await found(caller=ana.id) == ["3", "1"]
    assert await found(since=start + minute, until=start + 3 * minute) == ["2", "1"]
    assert await found(operation="shop.3") == ["3"]
    assert await found(outcome="failed") == []


async def test_a_read_whose_asker_has_left_is_said_to_be_cancelled(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    begun = asyncio.Event()

    async def wait(_work: Work, _asked: Asked) -> Nothing:
        begun.set()
        await asyncio.Event().wait()
        return Nothing()

    call = asyncio.create_task(declared(wait, reads=True)(audited, someone(workspace), Asked(), door="test"))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await trail.flush()
    assert [line.outcome for line in await lines(audited, operator)] == ["cancelled"]


async def test_without_reads_are_changes_and_what_did_not_succeed(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    ana = someone(workspace)
    for operation, outcome in (
        ("users.list", "done"), ("users.list", "not_allowed"), ("users.list", "cancelled"), ("users.add", "done"),
    ):  # fmt: skip
        trail.remember(done(ana, operation, outcome=outcome))
    await trail.flush()

    found = [
        (line.operation, line.outcome) for line in await lines(audited, operator, caller=ana.id, changes_only=True)
    ]

    assert sorted(found) == [("users.add", "done"), ("users.list", "not_allowed")]


async def test_pages_follow_each_other_without_gap_or_repeat(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    for _ in range(25):
        trail.remember(done(someone(workspace)))
    await trail.flush()
    seen: list[AuditLine] = []
    cursor = None
    while True:
        asked = AuditAsked(limit=10, cursor=cursor)
        page = await operations.list_audit(audited, operator, asked, door="test")
        seen += page.lines
        if (cursor := page.next_cursor) is None:
            break
    assert len({line.id for line in seen}) == len(seen) == 25


async def test_users_and_keys_are_shown_by_name(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, operator: Caller
):
    asked = UserAdd.model_validate({"email": f"{new_id()}@example.com", "role": "agent", "name": "Ana"})
    user = await operations.add_user(audited, operator, asked, door="test")
    trail.remember(done(replace(someone(workspace), id=user.id, kind="user")))
    await trail.flush()
    assert [line.caller_name for line in await lines(audited, operator, caller=user.id)] == ["Ana"]


async def test_the_trail_is_for_who_may_read_it_and_its_workspace_alone(
    audited: Ground, trail: JournalledTrail, workspace: Workspace, other: Workspace
):
    trail.remember(done(someone(workspace)))
    await trail.flush()
    with pytest.raises(NotAllowed, match="audit:read"):
        await operations.list_audit(audited, someone(workspace, "marketer"), AuditAsked(), door="test")
    assert await lines(audited, someone(other, "owner")) == []


@pytest.mark.parametrize("command", ["update audit_line set outcome = 'done'", "delete from audit_line"])
async def test_no_line_is_changed_or_removed(ground: Ground, operator: Caller, command: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ground.work(operator) as work:
            await sql.execute(work, command)


async def test_a_line_reads_as_it_was_written(workspace: Workspace):
    for client in (None, new_id()):
        line = line_of(replace(done(someone(workspace, client=client)), subject="aa bb"))
        assert from_bytes(as_bytes(line).rstrip(b"\n")) == line


async def test_a_torn_line_is_passed_over_and_the_others_are_kept(
    ground: Ground, trail: JournalledTrail, tmp_path: Path, workspace: Workspace, operator: Caller
):
    left = as_bytes(line_of(done(someone(workspace))))
    (tmp_path / "left.lines").write_bytes(left[:-20] + b"\n" + left + left[:40])
    await trail.adopt()
    assert len(await lines(ground, operator)) == 1


async def test_a_full_disk_tears_one_line_and_the_next_begins_afresh(
    ground: Ground, trail: JournalledTrail, tmp_path: Path, workspace: Workspace, operator: Caller
):
    line = line_of(done(someone(workspace)))
    journal, length = Journal(tmp_path), len(as_bytes(line))
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * length - 30, most))
    try:
        for _ in range(3):  # one is whole, one torn, one not written at all
            journal.write(line_of(done(someone(workspace))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    journal.write(line_of(done(someone(workspace))))
    journal.close()
    await trail.adopt()
    assert len(await lines(ground, operator)) == 2


async def test_a_journal_read_twice_writes_its_lines_once(
    ground: Ground, trail: JournalledTrail, tmp_path: Path, workspace: Workspace, operator: Caller
):
    left = as_bytes(line_of(done(someone(workspace))))
    for name in ("first.lines", "second.lines"):
        (tmp_path / name).write_bytes(left)
    await trail.adopt()
    assert len(await lines(ground, operator)) == 1
    assert len(journals(tmp_path)) == 2  # the trail's own


async def test_the_journal_of_a_living_process_is_left_alone(
    trail: JournalledTrail, tmp_path: Path, workspace: Workspace
):
    living = Journal(tmp_path)
    living.write(line_of(done(someone(workspace))))
    before = journals(tmp_path)
    await trail.adopt()
    assert journals(tmp_path) == before
    living.close()
    await trail.adopt()
    assert len(journals(tmp_path)) == len(before) - 1


async def test_lines_wait_while_the_database_is_away(
    ground: Ground, server: Embedded, tmp_path: Path, workspace: Workspace, operator: Caller
):
    away = await open_database(server.url(), size=1)
    await away.close()
    trail = JournalledTrail(away, tmp_path)
    trail.remember(done(someone(workspace)))
    await trail.close()
    later = JournalledTrail(ground.database, tmp_path)
    await later.adopt()
    await later.close()
    assert len(await lines(ground, operator)) == 1


async def test_what_waits_too_long_is_kept_by_files_alone(
    ground: Ground, server: Embedded, tmp_path: Path, workspace: Workspace, operator: Caller
):
    away = await open_database(server.url(), size=1)
    await away.close()
    trail = JournalledTrail(away, tmp_path, most_waiting=10)
    for _ in range(12):
        trail.remember(done(someone(workspace)))
    keeping = asyncio.create_task(trail.keep())
    async with asyncio.timeout(30):
        while len(journals(tmp_path)) <= 2:
            await asyncio.sleep(0.01)
    keeping.cancel()
    later = JournalledTrail(ground.database, tmp_path)
    await later.adopt()
    assert len(await lines(ground, operator)) == 12
    await later.close()
    await trail.close()


@pytest.mark.parametrize("after", [1, 700, 3_000])
async def test_kill_9_loses_no_line(ground: Ground, server: Embedded, tmp_path: Path, workspace: Workspace, after: int):
    told = await killed("tests.accounts.audit_child", server.url(), tmp_path, workspace.id, after=after)
    later = JournalledTrail(ground.database, tmp_path)
    await later.adopt()
    await later.close()
    async with ground.work(someone(workspace)) as work:
        kept = await sql.fetch_value(work, "select count(*) from audit_line where workspace_id = $1", workspace.id)
    assert kept in {told, told + 1}  # the last may have been written and not told


async def test_an_idle_trail_asks_the_database_nothing(ground: Ground, tmp_path: Path):
    counted = Counted(pool=ground.database.pool, turns=ground.database.turns, url=ground.database.url)
    trail = JournalledTrail(counted, tmp_path)
    await trail.adopt()
    await trail.flush()
    await trail.close()
    assert turned_to == []


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
