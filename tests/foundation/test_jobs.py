import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.job_causes import CAUSES
from switchboard.foundation.job_operations import (
    JobNamed,
    JobsAsked,
    ScheduleNamed,
    cancel_job,
    list_jobs,
    pause_job,
    resume_job,
    retry_job,
    run_job_now,
    schedules,
    show_job,
)
from switchboard.foundation.job_runner import Jobs, forget
from switchboard.foundation.jobs import JobRun, enqueue, named_run, progress
from switchboard.foundation.records import Nothing
from switchboard.foundation.wake import Bell
from tests.foundation.job_house import EACH, OTHER_SHOP, SHOP, ask, ended, happens, noted
from tests.shop import forget_what_waits

pytestmark = pytest.mark.slow

ANN = Caller(
    id=new_id(), name="Ann", kind="user", workspace=SHOP, role="admin", permissions=frozenset({"jobs:read", "jobs:run"})
)


@pytest.fixture(scope="module", autouse=True)
async def jobs(server: Embedded, ground: Ground) -> AsyncGenerator[Jobs]:
    forget_what_waits(server)
    async with ground.work(job_caller(NOBODY)) as work:
        await sql.execute(
            work,
            "insert into dbos.workflow_schedules"
            " (schedule_id, schedule_name, workflow_name, schedule, context, application_name)"
            " values ('old', 'house.gone', 'tick', '* * * * * *', '\"house.gone\"', 'switchboard')",
        )
    bell = Bell(url=server.url())
    jobs = Jobs(url=server.url(), ground=ground, bell=bell)
    ringing = asyncio.create_task(bell.keep())
    await jobs.start()
    yield jobs
    await jobs.stop()
    ringing.cancel()


async def test_a_job_runs_soon_after_the_commit(ground: Ground):
    began = time.monotonic()
    for number in range(4):
        subject = new_id()
        await ask(ground, "house.note", subject, once=f"soon {number}")
        await happens(ground, f"note {subject}")
    assert time.monotonic() - began < 10  # 0.2 on a machine with nothing else to do; 15 or more without the bell


async def test_a_job_does_not_run_after_a_rollback(ground: Ground):
    subject = new_id()
    with pytest.raises(ZeroDivisionError):
        async with ground.work(job_caller(SHOP)) as work:
            await enqueue(work, "house.note", subject, once="rolled back")
            raise ZeroDivisionError
    marker = new_id()
    await ask(ground, "house.note", marker, once="the next one")
    await happens(ground, f"note {marker}")
    assert await noted(ground, f"note {subject}") == []
    with pytest.raises(NotFound):
        await show_job(ground, ANN, JobNamed(id=named_run(SHOP, "house.note", "rolled back")), door="test")


async def test_what_is_asked_for_twice_under_one_name_runs_once(ground: Ground):
    subject = new_id()
    first = await ask(ground, "house.note", subject, once="twice")
    second = await ask(ground, "house.note", subject, once="twice")
    await ended(ground, first)
    third = await ask(ground, "house.note", subject, once="twice")
    marker = await ask(ground, "house.note", new_id(), once="after three")
    await ended(ground, marker)
    assert first == second == third
    assert len(await noted(ground, f"note {subject}")) == 1


async def test_two_who_ask_at_once_get_one_run(ground: Ground):
    subject = new_id()
    runs = await asyncio.gather(*(ask(ground, "house.note", subject, once="at once") for _ in range(4)))
    await ended(ground, runs[0])
    assert len(set(runs)) == 1
    assert len(await noted(ground, f"note {subject}")) == 1


async def test_the_same_name_in_another_workspace_is_another_run(ground: Ground):
    here = await ask(ground, "house.note", new_id(), once="same")
    there = await ask(ground, "house.note", new_id(), once="same", shop=OTHER_SHOP)
    assert here != there
    assert (await ended(ground, there, shop=OTHER_SHOP))["status"] == "done"


async def test_an_expected_error_fails_the_run_with_its_code_alone(ground: Ground):
    row = await ended(ground, await ask(ground, "house.refuse", new_id(), once="refused"))
    assert (row["status"], row["error"], row["tries"]) == ("failed", "not_now", 1)
    assert "e-mail" not in str(row)


async def test_a_bug_fails_the_run_and_says_no_more(ground: Ground):
    row = await ended(ground, await ask(ground, "house.break", new_id(), once="broken"))
    assert (row["status"], row["error"]) == ("failed", "failed")
    assert "e-mail" not in str(row)


async def test_a_failed_run_asked_for_anew_runs_again(ground: Ground):
    subject = new_id()
    await ended(ground, await ask(ground, "house.refuse", subject, once="again"))
    await ended(ground, await ask(ground, "house.refuse", subject, once="again"))
    assert len(await noted(ground, f"refuse {subject}")) == 2


async def test_a_job_this_worker_does_not_know_fails_and_says_so(ground: Ground):
    row = await ended(ground, await ask(ground, "house.unknown", new_id(), once="unknown"))
    assert (row["status"], row["error"]) == ("failed", "unknown_job")


async def test_a_run_that_outlived_five_workers_is_given_up(ground: Ground):
    subject = new_id()
    async with ground.work(job_caller(SHOP)) as work:
        run = await enqueue(work, "house.note", subject, once="poison")
        await sql.execute(work, "update job set tries = 5 where workspace_id = $1 and id = $2", SHOP, run)
    row = await ended(ground, run)
    assert (row["status"], row["error"]) == ("failed", "gave_up")
    assert await noted(ground, f"note {subject}") == []


async def test_progress_is_seldom_written_and_ends_with_the_newest(ground: Ground):
    run = await ask(ground, "house.count", new_id(), once="counted")
    row = await ended(ground, run)
    assert row["progress"] == '{"counted": 100}'
    assert row["ended_at"] >= row["began_at"] >= row["asked_at"]


async def test_a_new_step_is_shown_at_once(ground: Ground):
    run_id = await ask(ground, "house.slow", new_id(), once="steps")
    run = JobRun(workspace=SHOP, id=run_id, subject=run_id, asked_by=run_id)
    for step in ("storing", "finishing"):
        await progress(ground, run, {"step": step})
    async with ground.work(job_caller(SHOP)) as work:
        shown = await sql.fetch_value(work, "select progress->>'step' from job where id = $1", run_id)
    assert shown == "finishing"


async def test_more_jobs_than_places_are_all_done(ground: Ground):
    began = time.monotonic()
    runs = [await ask(ground, "house.note", new_id(), once=f"many {n}") for n in range(40)]
    rows = [await ended(ground, run) for run in runs]
    assert {row["status"] for row in rows} == {"done"}
    assert time.monotonic() - began < 8


async def test_a_schedule_runs_and_shows_its_last_run(ground: Ground):
    row = await ended(ground, named_run(NOBODY, "house.tick", "clock"), shop=NOBODY)
    assert row["status"] == "done"
    assert len(await happens(ground, f"tick {row['subject']}")) == 1


async def test_a_schedule_that_is_no_longer_declared_is_deleted_at_the_start(ground: Ground):
    async with ground.work(job_caller(NOBODY)) as work:
        rows = await sql.fetch(work, "select schedule_name from dbos.workflow_schedules")
    names = {row[0] for row in rows}
    assert {"house.tick", "jobs.forget"} <= names
    assert "house.gone" not in names


async def kept_by_dbos(ground: Ground, run: UUID) -> object:
    """How many runs of that name DBOS still knows."""
    async with ground.work(job_caller(NOBODY)) as work:
        query = "select count(*) from dbos.workflow_input where inputs like $1"
        return await sql.fetch_value(work, query, f"%{run}%")


async def test_dbos_forgets_runs_of_a_week_ago_and_we_do_not(ground: Ground):
    run = await ask(ground, "house.note", new_id(), once="long ago")
    await ended(ground, run)
    in_a_week = replace(ground, clock=lambda: ground.clock() + timedelta(days=8))
    async with asyncio.timeout(30):
        while await kept_by_dbos(ground, run):  # it notes the end a moment after us
            await forget(in_a_week, JobRun(workspace=NOBODY, id=NOBODY, subject=NOBODY, asked_by=NOBODY))
            await asyncio.sleep(0.05)
    assert (await ended(ground, run))["status"] == "done"


async def test_runs_are_listed_newest_first_and_page_by_page(ground: Ground):
    shop = new_id()
    ann = replace(ANN, workspace=shop)
    runs = [await ask(ground, "house.note", new_id(), once=f"page {n}", shop=shop) for n in range(5)]
    first = await list_jobs(ground, ann, JobsAsked(limit=3), door="test")
    second = await list_jobs(ground, ann, JobsAsked(limit=3, after=first.after), door="test")
    assert [shown.id for shown in (*first.jobs, *second.jobs)] == runs[::-1]
    assert second.after is None
    assert first.jobs[0].title == "Leave a trace"


async def test_runs_of_other_workspaces_are_not_shown(ground: Ground):
    run = await ask(ground, "house.note", new_id(), once="theirs", shop=OTHER_SHOP)
    with pytest.raises(NotFound):
        await show_job(ground, ANN, JobNamed(id=run), door="test")


async def test_a_failed_run_can_be_run_again_by_hand(ground: Ground):
    subject = new_id()
    run = await ask(ground, "house.refuse", subject, once="by hand")
    await ended(ground, run)
    shown = await retry_job(ground, ANN, JobNamed(id=run), door="test")
    await ended(ground, run)
    assert (shown.status, shown.error, shown.asked_by) == ("waiting", None, ANN.id)
    assert len(await noted(ground, f"refuse {subject}")) == 2


async def test_a_run_that_did_not_fail_can_not_be_run_again(ground: Ground):
    run = await ask(ground, "house.note", new_id(), once="done already")
    await ended(ground, run)
    with pytest.raises(Conflict):
        await retry_job(ground, ANN, JobNamed(id=run), door="test")


async def test_a_run_that_waits_is_cancelled_and_never_begins(ground: Ground):
    full = [await ask(ground, "house.told", new_id(), once=f"full {n}") for n in range(10)]
    subject = new_id()
    run = await ask(ground, "house.note", subject, once="cancelled")
    shown = await cancel_job(ground, ANN, JobNamed(id=run), door="test")
    for each in full:
        await cancel_job(ground, ANN, JobNamed(id=each), door="test")
    ends = {(await ended(ground, each))["status"] for each in full}

    assert (shown.status, ends) == ("cancelled", {"cancelled"})
    assert await noted(ground, f"note {subject}") == []


async def test_what_runs_is_ended_and_can_be_run_again(ground: Ground):
    subject = new_id()
    run = await ask(ground, "house.told", subject, once="stop it")
    await happens(ground, f"begun {subject}")
    asked = await cancel_job(ground, ANN, JobNamed(id=run), door="test")
    row = await ended(ground, run)
    (ground.data_dir / str(subject)).touch()
    again = await retry_job(ground, ANN, JobNamed(id=run), door="test")
    await happens(ground, f"ended {subject}")

    assert (asked.status, asked.cancel_asked) == ("running", True)
    assert (row["status"], row["error"]) == ("cancelled", None)
    assert (again.status, again.cancel_asked) == ("waiting", False)
    assert (await ended(ground, run))["status"] == "done"


async def test_what_has_ended_can_not_be_cancelled(ground: Ground):
    run = await ask(ground, "house.note", new_id(), once="too late")
    await ended(ground, run)

    with pytest.raises(Conflict, match="the job is done"):
        await cancel_job(ground, ANN, JobNamed(id=run), door="test")


async def test_a_cause_is_told_in_words_that_name_nobody(ground: Ground):
    broken = await ask(ground, "house.break", new_id(), once="cause")
    refused = await ask(ground, "house.refuse", new_id(), once="cause too")
    for run in (broken, refused):
        await ended(ground, run)

    shown = [await show_job(ground, ANN, JobNamed(id=run), door="test") for run in (broken, refused)]

    assert [each.cause for each in shown] == [CAUSES["failed"], "It was refused: not now."]


async def twice_more(ground: Ground, shop: UUID) -> None:
    """Return once the job has seen to the shop twice more."""
    seen = len(await noted(ground, f"each {shop} clock"))
    async with asyncio.timeout(30):
        while len(await noted(ground, f"each {shop} clock")) < seen + 2:
            await asyncio.sleep(0.1)


async def test_a_paused_job_leaves_this_shop_out_and_no_other(ground: Ground):
    await happens(ground, f"each {SHOP} clock")
    paused = await pause_job(ground, ANN, ScheduleNamed(name=EACH), door="test")
    await twice_more(ground, OTHER_SHOP)  # one that began before may still be at it
    before = len(await noted(ground, f"each {SHOP} clock"))
    await twice_more(ground, OTHER_SHOP)
    after = len(await noted(ground, f"each {SHOP} clock"))
    resumed = await resume_job(ground, ANN, ScheduleNamed(name=EACH), door="test")

    assert [each.is_paused for of in (paused, resumed) for each in of.schedules if each.name == EACH] == [True, False]
    assert after == before


async def test_a_job_by_the_clock_is_run_now_for_this_shop_alone(ground: Ground):
    others = len(await noted(ground, f"each {OTHER_SHOP} hand"))

    shown = await run_job_now(ground, ANN, ScheduleNamed(name=EACH), door="test")
    row = await ended(ground, shown.id)

    assert row["status"] == "done"
    assert len(await noted(ground, f"each {SHOP} hand")) == 1
    assert len(await noted(ground, f"each {OTHER_SHOP} hand")) == others


async def test_schedules_tell_when_next_and_how_it_went(ground: Ground):
    await happens(ground, f"each {OTHER_SHOP} clock")
    found = await schedules(ground, ANN, Nothing(), door="test")

    of = {each.name: each for each in found.schedules}
    assert of[EACH].is_for_each
    assert not of["jobs.forget"].is_for_each
    assert of[EACH].about == "See to each of two shops."
    assert timedelta() < of[EACH].next_at - ground.clock() <= timedelta(seconds=1.5)
    assert of[EACH].last_began_at is not None
    assert (of["jobs.forget"].next_at.hour, of["jobs.forget"].next_at.minute) == (3, 40)


async def test_what_belongs_to_no_shop_is_not_paused_by_one(ground: Ground):
    for operation in (pause_job, resume_job, run_job_now):
        with pytest.raises(NotFound, match=EACH):
            await operation(ground, ANN, ScheduleNamed(name="jobs.forget"), door="test")


def test_who_only_asks_for_jobs_does_not_import_dbos():
    told = "import sys, switchboard.foundation.job_operations; sys.exit('dbos' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told], env={"PYTHONPATH": ":".join(sys.path)}, check=False, capture_output=True
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
