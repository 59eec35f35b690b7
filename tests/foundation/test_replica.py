"""Reads that may be some seconds old, and the replica that gives them: a real one, which follows a real primary."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from switchboard.accounts.roles import operator_caller
from switchboard.foundation import measures, sql
from switchboard.foundation.callers import Caller
from switchboard.foundation.clock import now
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.operations import Operation
from switchboard.foundation.records import Record
from switchboard.foundation.replica import BEHIND_S, STATEMENT_S, TAKE_S, Known, Replica, open_replica
from switchboard.foundation.settings import Settings
from switchboard.house import House, open_house
from switchboard.intelligence.operations.archetypes import churn_aggregate, top_archetypes
from switchboard.intelligence.operations.questions import rfm
from switchboard.intelligence.records import Asked, TopAsked
from tests.cli.line import Line
from tests.foundation.replicas import Pair, pair
from tests.grounds import folder
from tests.shop import Shop, open_shop, orders

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(120)]
LOOK = """
select pg_is_in_recovery() as replica, (select count(*) from person) as people, current_user::text as role,
    current_setting('application_name') as program, pg_backend_pid() as process
"""
ADD = "insert into person (workspace_id, person_key, customer_id, import_id) values ('{}', {}, '{}', gen_random_uuid())"


class Nothing(Record):
    """Nothing to say."""


class Told(Record):
    """Who answered, what it shows, and as of when."""

    replica: bool
    people: int
    role: str
    program: str
    process: int
    now: datetime


async def look_at(work: Work, asked: Nothing) -> Told:
    row = await sql.fetch_row(work, LOOK)
    assert row is not None
    return Told(**dict(row), now=work.now)


async def write_here(work: Work, asked: Nothing) -> Told:
    await sql.execute(work, "create temporary table note (a int) on commit drop")
    return await look_at(work, asked)


async def sleep_there(work: Work, asked: Nothing) -> Told:
    await sql.fetch(work, "select case when pg_is_in_recovery() then pg_sleep(60) end")
    return await look_at(work, asked)


async def fail_there(work: Work, asked: Nothing) -> Told:
    await sql.fetch(work, "select case when pg_is_in_recovery() then 1 / (pg_backend_pid() - pg_backend_pid()) end")
    return await look_at(work, asked)


def declared(name: str, run: object, *, reads: bool = True, may_lag: bool = True) -> Operation[Nothing, Told]:
    return Operation(
        name=f"house.{name}", title=name, permission="customers:read", reads=reads, may_lag=may_lag, per_hour=None,
        tool=None, timeout_s=30, asks=Nothing, gives=Told, run=run,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


LAGGING = declared("lagging", look_at)
CURRENT = declared("current", look_at, may_lag=False)
WRITING = declared("writing", write_here, reads=False, may_lag=False)
STRAY = declared("stray", write_here)
SLEEPING = declared("sleeping", sleep_there)
FAILING = declared("failing", fail_there)


@dataclass(frozen=True, kw_only=True)
class Here:
    """A house on a database with a replica, and a shop in it."""

    pair: Pair
    house: House
    caller: Caller

    @property
    def ground(self) -> Ground:
        return self.house.ground

    @property
    def replica(self) -> Replica:
        assert self.ground.replica is not None
        return self.ground.replica

    async def ask(self, operation: Operation[Nothing, Told], caller: Caller | None = None) -> Told:
        return await operation(self.ground, caller or self.caller, Nothing(), door="test")

    async def near(self) -> None:
        """Let the replica show what there is, and what was written here be long ago."""
        await asyncio.to_thread(self.pair.caught_up)
        self.replica._written.clear()  # pyright: ignore[reportPrivateUsage] - ten seconds pass
        until = time.monotonic() + 30
        while not self.replica.shows(self.caller.workspace):
            assert time.monotonic() < until, self.replica.known
            await self.replica.look()
        await self.replica.look()


@pytest.fixture(scope="module")
def servers() -> Generator[Pair]:
    with folder() as made, pair(made) as started:
        yield started


@pytest.fixture(scope="module")
def data_dir() -> Generator[Path]:
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
async def here(servers: Pair, data_dir: Path) -> AsyncGenerator[Here]:
    settings = Settings(
        data_dir=data_dir, database_url=servers.primary.url(), database_replica_url=servers.replica.url()
    )
    async with open_house(settings) as house:
        shop = await open_shop(house.ground)
        made = Here(pair=servers, house=house, caller=shop.caller)
        await made.near()
        yield made


def counted(outcome: str) -> float:
    return measures.REPLICA.labels(outcome)._value.get()  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]


async def test_what_may_lag_is_read_from_the_replica_and_nothing_else_is(here: Here):
    await here.near()
    before = counted("served")
    lagging, current = await here.ask(LAGGING), await here.ask(CURRENT)
    assert (lagging.replica, current.replica) == (True, False)
    assert counted("served") == before + 1
    assert f'switchboard_replica_reads_total{{outcome="served"}} {before + 1}' in measures.shown().decode()


async def test_the_replica_is_asked_as_the_role_that_owns_nothing(here: Here):
    await here.near()
    told = await here.ask(LAGGING)
    assert told.role == "switchboard_app"
    processes = here.pair.replica.say("select pid, usename::text, application_name from pg_stat_activity")
    assert (told.process, "switchboard_app", "switchboard") in processes


async def test_the_answer_is_as_of_the_moment_the_replica_shows(here: Here):
    await here.near()
    before = now()
    shows = here.replica.known.shows
    told = await here.ask(LAGGING)
    assert shows is not None
    assert shows <= told.now <= before


async def test_an_older_answer_is_given_while_the_replica_is_near_and_the_primarys_once_it_is_not(here: Here):
    await here.near()
    people = (await here.ask(CURRENT)).people
    here.pair.pause()
    try:
        here.pair.primary.say(ADD.format(here.caller.workspace, 900_001, "late"))
        told, began = await here.ask(LAGGING), time.monotonic()
        assert (told.replica, told.people) == (True, people)
        assert (await here.ask(CURRENT)).people == people + 1
        while told.replica and time.monotonic() - began < 3 * BEHIND_S:
            await asyncio.sleep(0.2)
            told = await here.ask(LAGGING)
        assert (told.replica, told.people) == (False, people + 1)
        assert time.monotonic() - began < BEHIND_S + 2
        assert counted("behind") > 0
    finally:
        here.pair.resume()


async def test_each_workspace_sees_its_own_there(here: Here):
    other = await open_shop(here.ground)
    for number, whose in enumerate((here.caller, other.caller, other.caller)):
        here.pair.primary.say(ADD.format(whose.workspace, 800_001 + number, f"own{number}"))
    await here.near()
    assert (await here.ask(LAGGING, other.caller)).people == 2
    assert (await here.ask(LAGGING, operator_caller(here.ground.ids()))).people == 0


async def test_a_write_goes_to_the_primary_and_its_workspace_reads_there_for_a_while(here: Here):
    other = await open_shop(here.ground)
    await here.near()
    assert (await here.ask(LAGGING)).replica
    assert not (await here.ask(WRITING)).replica
    assert not (await here.ask(LAGGING)).replica
    assert (await here.ask(LAGGING, other.caller)).replica
    assert counted("just_written") > 0


async def test_what_says_it_may_lag_and_writes_all_the_same_is_done_by_the_primary(here: Here):
    await here.near()
    before = counted("failed")
    assert not (await here.ask(STRAY)).replica
    assert counted("failed") == before + 1


async def test_whatever_goes_wrong_there_the_primary_answers_and_others_are_still_served_there(here: Here):
    await here.near()
    assert not (await here.ask(FAILING)).replica
    assert (await here.ask(LAGGING)).replica


async def test_what_takes_the_replica_too_long_is_done_by_the_primary(here: Here):
    await here.near()
    began = time.monotonic()
    assert not (await here.ask(SLEEPING)).replica
    assert time.monotonic() - began < STATEMENT_S + TAKE_S + 1


async def test_the_audit_trail_is_written_to_the_primary(here: Here):
    await here.near()
    assert (await here.ask(LAGGING)).replica
    mine = f"workspace_id = '{here.caller.workspace}'"
    query = f"select count(*) from audit_line where {mine} and operation = 'house.lagging'"
    until = time.monotonic() + 20
    while here.pair.primary.say(query) == [(0,)]:
        assert time.monotonic() < until
        await asyncio.sleep(0.1)


async def test_questions_about_the_shop_have_the_primarys_answers(here: Here):
    made = await open_shop(here.ground)
    shop = Shop(ground=here.ground, workspace=made.workspace, caller=made.caller)
    await shop.bring(
        orders(*(f"o{n},c{n % 40},2024-0{1 + n % 9}-11T10:00,p{n % 7},,Tea,1,{5 + n},," for n in range(200)))
    )
    await shop.segment()
    primary = await _asked(here, shop)
    await here.near()
    before = counted("served")
    assert await _asked(here, shop) == primary
    assert counted("served") == before + 3


async def _asked(here: Here, shop: Shop) -> list[str]:
    answers = (
        await top_archetypes(here.ground, shop.caller, TopAsked(), door="test"),
        await churn_aggregate(here.ground, shop.caller, Asked(), door="test"),
        await rfm(here.ground, shop.caller, rfm.asks(), door="test"),
    )
    return [each.model_dump_json() for each in answers]


async def test_a_moment_that_is_asked_about_is_looked_up_on_the_primary(here: Here):
    made = await open_shop(here.ground)
    shop = Shop(ground=here.ground, workspace=made.workspace, caller=made.caller)
    await shop.bring(orders("o1,c1,2024-01-11T10:00,p1,,Tea,1,5,,"))
    await shop.segment()
    await here.near()
    before = counted("served")
    await churn_aggregate(here.ground, shop.caller, Asked(as_of=datetime(2024, 1, 12, tzinfo=UTC)), door="test")
    assert counted("served") == before


async def test_a_replica_that_is_killed_costs_nobody_an_answer(here: Here):
    await here.near()
    assert (await here.ask(LAGGING)).replica
    here.pair.replica.kill()
    try:
        for _ in range(5):
            began = time.monotonic()
            assert not (await here.ask(LAGGING)).replica
            assert time.monotonic() - began < TAKE_S + 2
        assert "does not answer" in (await here.replica.look()).trouble
    finally:
        here.pair.replica.start()
    await here.near()
    assert (await here.ask(LAGGING)).replica


async def test_a_replica_that_hangs_holds_nobody_up_for_long(here: Here):
    await here.near()
    assert (await here.ask(LAGGING)).replica
    processes = _processes(here.pair)
    for each in processes:
        os.kill(each, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert not (await here.ask(LAGGING)).replica
        assert time.monotonic() - began < TAKE_S + STATEMENT_S + 1
        while here.replica.known.shows is not None:
            await asyncio.sleep(0.1)
        began = time.monotonic()
        assert not (await here.ask(LAGGING)).replica
        assert time.monotonic() - began < TAKE_S  # nobody waits for a connection any more
    finally:
        for each in processes:
            os.kill(each, signal.SIGCONT)


def _processes(of: Pair) -> list[int]:
    assert of.replica.process is not None
    mother = of.replica.process.pid
    children = Path(f"/proc/{mother}/task/{mother}/children").read_text().split()
    return [mother, *map(int, children)]


async def test_a_server_that_follows_nobody_is_no_replica(here: Here, servers: Pair):
    known = await _looked_at(here, servers.primary.url())
    assert known.trouble == "it is no replica: it follows nobody"


async def test_who_may_not_sign_in_there_is_told_so(here: Here, servers: Pair):
    known = await _looked_at(here, servers.replica.url().replace("owner%27s", "wrong"))
    assert known.trouble == "it does not answer (InvalidPasswordError)"


async def _looked_at(here: Here, url: str) -> Known:
    replica = await open_replica(url, here.ground.database, now)
    try:
        return await replica.look()
    finally:
        await replica.close()


async def test_the_doctor_tells_how_far_behind_it_is(here: Here, servers: Pair, data_dir: Path):
    await here.near()
    there = {
        "SWITCHBOARD_DATABASE_URL": servers.primary.url(),
        "SWITCHBOARD_DATABASE_REPLICA_URL": servers.replica.url(),
    }
    said = await asyncio.to_thread(lambda: Line(data_dir=data_dir).say("doctor", **there))
    assert "answers, at most 0." in said.stdout
    assert "owner%27s" not in said.stdout


async def test_the_doctor_tells_that_it_is_away(here: Here, servers: Pair, data_dir: Path):
    there = {
        "SWITCHBOARD_DATABASE_URL": servers.primary.url(),
        "SWITCHBOARD_DATABASE_REPLICA_URL": "postgresql://owner:x@127.0.0.1:9/switchboard",
    }
    said = await asyncio.to_thread(lambda: Line(data_dir=data_dir).say("doctor", **there))
    assert said.exit_code == 1
    assert "SWITCHBOARD_DATABASE_REPLICA_URL: it does not answer" in said.stdout


def test_the_server_that_comes_along_has_no_replica(data_dir: Path):
    said = Line(data_dir=data_dir).refused(
        "workspaces", "list", SWITCHBOARD_DATABASE_REPLICA_URL="postgresql://a@127.0.0.1:9/b"
    )
    assert said.startswith("SWITCHBOARD_DATABASE_REPLICA_URL needs SWITCHBOARD_DATABASE_URL")
