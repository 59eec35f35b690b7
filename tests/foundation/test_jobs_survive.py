"""Deaths: of workers, and of PostgreSQL, between processes of their own."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.foundation.job_house import ask, ended, happens, noted, opened, prepared

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("survive")


@pytest.fixture(scope="module")
async def server(data_dir: Path) -> AsyncGenerator[Embedded]:
    server = prepared(data_dir)
    keeping = asyncio.create_task(server.keep())
    yield server
    keeping.cancel()
    server.stop()


@pytest.fixture(scope="module")
async def ground(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    async with opened(server, data_dir) as ground:
        yield ground


@pytest.fixture
async def workers(server: Embedded, data_dir: Path) -> AsyncGenerator[dict[int, Process]]:
    """Two workers by their process id."""
    both = await asyncio.gather(*(_worker(data_dir) for _ in range(2)))
    yield {worker.pid: worker for worker in both}
    for worker in both:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def _worker(data_dir: Path) -> Process:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.foundation.job_house", str(data_dir),
        stdout=PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert worker.stdout
    assert await worker.stdout.readline() == b"ready\n"
    return worker


async def test_the_job_of_a_killed_worker_is_taken_over(ground: Ground, workers: dict[int, Process]):
    subject = new_id()
    run = await ask(ground, "house.slow", subject, once=str(subject))
    first = (await happens(ground, f"begun {subject}"))[0]
    workers[first].kill()
    killed = time.monotonic()
    async with asyncio.timeout(10):
        while len(begun := await noted(ground, f"begun {subject}")) < 2:
            await asyncio.sleep(0.02)
    took_s = time.monotonic() - killed
    row = await ended(ground, run)
    assert begun[1] != first
    assert took_s < 4  # 1.5 to 2 on a machine with nothing else to do
    assert (row["status"], row["tries"]) == ("done", 2)
    assert len(await noted(ground, f"ended {subject}")) == 1


async def test_a_worker_that_leaves_hands_its_job_on(ground: Ground, workers: dict[int, Process]):
    subject = new_id()
    run = await ask(ground, "house.slow", subject, once=str(subject))
    first = (await happens(ground, f"begun {subject}"))[0]
    workers[first].terminate()
    row = await ended(ground, run)
    assert (row["status"], row["tries"]) == ("done", 1)
    assert len(set(await noted(ground, f"begun {subject}"))) == 2
    assert await workers[first].wait() == 0


async def test_the_job_of_a_living_worker_is_left_to_it(ground: Ground, workers: dict[int, Process]):
    subjects = [new_id() for _ in range(4)]
    for subject in subjects:
        await ask(ground, "house.slow", subject, once=str(subject))
    for subject in subjects:
        await happens(ground, f"ended {subject}")
    assert [len(await noted(ground, f"begun {subject}")) for subject in subjects] == [1] * 4


async def test_a_stopped_process_is_not_a_dead_one(ground: Ground, workers: dict[int, Process]):
    subject = new_id()
    run = await ask(ground, "house.slow", subject, once=str(subject))
    first = (await happens(ground, f"begun {subject}"))[0]
    workers[first].send_signal(signal.SIGSTOP)
    await asyncio.sleep(4)
    begun = await noted(ground, f"begun {subject}")
    workers[first].send_signal(signal.SIGCONT)
    assert begun == [first]
    assert (await ended(ground, run))["tries"] == 1


async def test_jobs_go_on_after_the_death_of_postgresql(ground: Ground, server: Embedded, workers: dict[int, Process]):
    subject, later = new_id(), new_id()
    run = await ask(ground, "house.told", subject, once=str(subject))
    await happens(ground, f"begun {subject}")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.to_thread(_answering, server)
    (ground.data_dir / str(subject)).touch()
    row = await ended(ground, run, within_s=20)
    await ask(ground, "house.note", later, once=str(later))
    await happens(ground, f"note {later}", within_s=20)
    assert (row["status"], row["tries"]) == ("done", 1)
    assert len(await noted(ground, f"begun {subject}")) == 1
    assert len(await noted(ground, f"ended {subject}")) == 1


async def test_a_killed_worker_is_still_missed_after_a_restart_of_postgresql(
    ground: Ground, server: Embedded, workers: dict[int, Process]
):
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.to_thread(_answering, server)
    subject = new_id()
    run = await ask(ground, "house.slow", subject, once=str(subject))
    first = (await happens(ground, f"begun {subject}", within_s=20))[0]
    workers[first].kill()
    assert (await ended(ground, run, within_s=20))["status"] == "done"


async def test_two_workers_tick_once(ground: Ground, workers: dict[int, Process]):
    async with asyncio.timeout(30):
        while len(ticks := await _ticks(ground, list(workers))) < 4:
            await asyncio.sleep(0.5)
    assert set(ticks.values()) == {1}


async def test_nothing_is_lost_while_workers_come_and_go(ground: Ground, data_dir: Path):
    chance, runs, alive = Random(11), list[UUID](), [await _worker(data_dir) for _ in range(2)]  # noqa: S311 - chance
    for _ in range(4):
        runs += [await ask(ground, "house.short", new_id(), once=str(new_id())) for _ in range(12)]
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        fallen = alive.pop(chance.randrange(2))
        fallen.kill()
        await fallen.wait()
        alive.append(await _worker(data_dir))
    rows = [await ended(ground, run, within_s=30) for run in runs]
    for worker in alive:
        worker.kill()
        await worker.wait()
    assert {row["status"] for row in rows} == {"done"}
    assert max(row["tries"] for row in rows) <= 5


async def _ticks(ground: Ground, workers: list[int]) -> Counter[str]:
    """How often each tick was run by these workers; those of workers that were killed may have been run again."""
    async with ground.work(job_caller(NOBODY)) as work:
        rows = await sql.fetch(
            work,
            "select value ->> 'what' from flag"
            " where value ->> 'what' like 'tick %' and (value ->> 'pid')::int = any($1::int[])",
            workers,
        )
    return Counter(str(row[0]) for row in rows)


def _answering(server: Embedded) -> None:
    until = time.monotonic() + 20
    while not server.answers() and time.monotonic() < until:
        time.sleep(0.05)
