"""A house with nothing but jobs in it, in this process or as a worker of its own: `python -m … <data directory>`."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from switchboard.foundation import job_store, sql
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.clock import now
from switchboard.foundation.database import open_database
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Done, Ground, Work
from switchboard.foundation.ids import new_id
from switchboard.foundation.jobs import JobRun, enqueue, job, progress, seen_to
from switchboard.foundation.schema import create_database, upgrade
from switchboard.foundation.sql import Row
from switchboard.foundation.vault import KeyFile, Vault
from switchboard.foundation.wake import Bell

SHOP = UUID(int=7)
OTHER_SHOP = UUID(int=8)


class Free:
    async def spend(self, caller: Caller, operation: str, per_hour: int | None) -> None: ...

    async def spend_published(self, caller: Caller, limit: str, per_hour: int) -> None: ...

    def left(self, caller: Caller, limit: str, per_hour: int | None) -> None: ...


class Silent:
    def remember(self, done: Done) -> None: ...

    async def write(self, work: Work, done: Done) -> None: ...


def prepared(data_dir: Path) -> Embedded:
    """A started server with an upgraded database."""
    for folder in (data_dir, *data_dir.parents):  # pytest closes its folders to others, PostgreSQL's account too
        if "pytest-" in str(folder):
            folder.chmod(0o755)
    server = Embedded(data_dir / "pg").start()
    create_database(server.url(role="postgres", database="postgres"))
    upgrade(server.url(role="switchboard"))
    return server


@asynccontextmanager
async def opened(server: Embedded, data_dir: Path) -> AsyncGenerator[Ground]:
    database = await open_database(server.url(), size=4)
    vault = Vault(KeyFile(data_dir, first=True))
    yield Ground(
        database=database, vault=vault, allowances=Free(), trail=Silent(), clock=now, ids=new_id, data_dir=data_dir
    )
    await database.close()


async def note(ground: Ground, what: str) -> None:
    """Leave a trace that a test can count."""
    async with ground.work(job_caller(NOBODY)) as work:
        made = json.dumps({"what": what, "pid": os.getpid()})
        await sql.execute(
            work, "insert into flag (name, value, changed_at) values ($1, $2::jsonb, now())", str(new_id()), made
        )


async def noted(ground: Ground, what: str) -> list[int]:
    """The processes that left this trace, once for each time."""
    async with ground.work(job_caller(NOBODY)) as work:
        rows = await sql.fetch(
            work, "select (value ->> 'pid')::int from flag where value ->> 'what' = $1 order by changed_at", what
        )
    return [row[0] for row in rows]


@job("house.note", title="Leave a trace")
async def leave_trace(ground: Ground, run: JobRun) -> None:
    await note(ground, f"note {run.subject}")


@job("house.refuse", title="Refuse")
async def refuse(ground: Ground, run: JobRun) -> None:
    await note(ground, f"refuse {run.subject}")
    raise Conflict("an e-mail address that nobody must read here", code="not_now")


@job("house.break", title="Break")
async def break_down(ground: Ground, run: JobRun) -> None:
    raise ZeroDivisionError("an e-mail address that nobody must read here")


@job("house.count", title="Count to a hundred")
async def count(ground: Ground, run: JobRun) -> None:
    for n in range(100):
        await progress(ground, run, {"counted": n + 1})


@job("house.slow", title="Take a while")
async def take_a_while(ground: Ground, run: JobRun) -> None:
    await note(ground, f"begun {run.subject}")
    await asyncio.sleep(2.5)
    await note(ground, f"ended {run.subject}")


@job("house.told", title="Wait for a file")
async def wait_for_a_file(ground: Ground, run: JobRun) -> None:
    await note(ground, f"begun {run.subject}")
    while not (ground.data_dir / str(run.subject)).exists():
        await asyncio.sleep(0.02)
    await note(ground, f"ended {run.subject}")


@job("house.short", title="Take a moment")
async def take_a_moment(ground: Ground, run: JobRun) -> None:
    await asyncio.sleep(0.4)


@job("house.tick", title="Tick", every="* * * * * *")
async def tick(ground: Ground, run: JobRun) -> None:
    await note(ground, f"tick {run.subject}")


EACH = "house.each"


@job(EACH, title="See to each shop", every="* * * * * *", for_each=True)
async def each_shop(ground: Ground, run: JobRun) -> None:
    """See to each of two shops."""
    for shop in await seen_to(ground, run, EACH, (SHOP, OTHER_SHOP)):
        await note(ground, f"each {shop} {'clock' if run.workspace == NOBODY else 'hand'}")


async def ask(ground: Ground, name: str, subject: UUID, *, once: str, shop: UUID = SHOP) -> UUID:
    async with ground.work(job_caller(shop)) as work:
        return await enqueue(work, name, subject, once=once)


async def ended(ground: Ground, run: UUID, *, shop: UUID = SHOP, within_s: float = 30) -> Row:
    """The run's row once it is done, failed or cancelled."""
    async with asyncio.timeout(within_s):
        while True:
            async with ground.work(job_caller(shop)) as work:
                row = await job_store.one(work, run)
            if row and row["status"] in {"done", "failed", "cancelled"}:
                return row
            await asyncio.sleep(0.02)


async def happens(ground: Ground, what: str, *, within_s: float = 30) -> list[int]:
    """The processes that left this trace, once there is one."""
    async with asyncio.timeout(within_s):
        while not (found := await noted(ground, what)):
            await asyncio.sleep(0.02)
    return found


async def work_until_told(data_dir: Path) -> None:
    """A worker process, until it is told to leave."""
    from switchboard.foundation.job_runner import Jobs  # noqa: PLC0415 - two seconds, only in workers

    server = Embedded(data_dir / "pg").start()
    bell = Bell(url=server.url())
    async with opened(server, data_dir) as ground:
        jobs = Jobs(url=server.url(), ground=ground, bell=bell)
        ringing = asyncio.create_task(bell.keep())
        await jobs.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        keeping, leave = asyncio.create_task(server.keep()), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
        await leave.wait()
        await jobs.stop(wait_s=0.2)
        ringing.cancel()
        keeping.cancel()
    server.stop()


if __name__ == "__main__":
    asyncio.run(work_until_told(Path(sys.argv[1])))
