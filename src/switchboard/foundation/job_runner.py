"""What runs jobs: one executor a worker process, on DBOS; only workers import this, it takes two seconds.

DBOS keeps what was asked for, hands each run to one executor, and ticks for schedules. Its own threads look at the
database several times a second; here they are ended after the launch, and the two loops that are needed run with
an alarm of ours: the queue is looked at when PostgreSQL tells of a new job, and every few seconds otherwise.
"""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid5

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, Queue, ScheduleInput
from dbos._queue import queue_worker_thread  # the loop itself: the public API can not wake it
from dbos._scheduler import dynamic_scheduler_loop

from switchboard.foundation import job_store, measures
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import DatabaseDown, SwitchboardError
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.ids import new_id
from switchboard.foundation.job_store import Begun
from switchboard.foundation.job_watch import Watch
from switchboard.foundation.jobs import (
    APPLICATION,
    CHANNEL,
    JOBS,
    QUEUE,
    VERSION,
    WORKFLOW,
    Job,
    JobRun,
    job,
    named_run,
)
from switchboard.foundation.log import place_of
from switchboard.foundation.wake import Bell

LOG = structlog.get_logger()
TICK = "tick"  # the workflow of all schedules
TRIES = 5
LOOK_S = 5.0  # how often the queue is looked at without being told: ticks of the clock
SCHEDULES_S = 60.0
AGAIN_S = 0.5  # while the database is away
ENDED_S = 0.05  # until DBOS has noted an end, and there is room for the next
KEPT = timedelta(days=7)  # what DBOS notes of runs that ended
AT_ONCE = 500
JOBS_AT_ONCE = 10
JOIN_S = 10.0
CONNECTIONS = 4
CANCELLED = "Asyncio task cancelled"  # how DBOS tells of what it was doing for itself when it is ended
Given = TypeVar("Given")
Begin = Callable[[Work], Awaitable[Begun | None]]
Tick = Callable[[datetime, object], Coroutine[None, None, None]]


class Alarm(threading.Event):
    """The stop signal of a loop of DBOS, whose waits can also be cut short; shorter ones are made `least_s` long."""

    def __init__(self, least_s: float = 0) -> None:
        super().__init__()
        self._least_s = least_s
        self._rung = threading.Event()

    def ring(self) -> None:
        """End the present wait, or the next."""
        self._rung.set()

    def set(self) -> None:
        super().set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether to stop, once rung or after the time-out."""
        self._rung.wait(None if timeout is None else max(timeout, self._least_s))
        self._rung.clear()
        return self.is_set()


class _RunCancelled(Exception):
    """The run was cancelled by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    task: "asyncio.Task[None]"
    workspace: UUID
    run: UUID


@dataclass(slots=True, kw_only=True)
class Jobs:
    """The jobs of one process. Make it before the bell is kept, start it in the loop that owns the ground's database.

    `url` signs in as the application's role.
    """

    url: str
    ground: Ground
    bell: Bell
    at_once: int = JOBS_AT_ONCE
    executor: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{new_id()}")
    _loop: asyncio.AbstractEventLoop | None = None
    _asked: asyncio.Event = field(init=False)
    _watch: Watch = field(init=False)
    _queue: Alarm = field(default_factory=Alarm)
    _clock: Alarm = field(default_factory=lambda: Alarm(SCHEDULES_S))
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _running: dict[str, _Running] = field(default_factory=dict[str, _Running])
    _attempts: dict[UUID, asyncio.Task[None]] = field(default_factory=dict[UUID, asyncio.Task[None]])
    _cancelled: set[UUID] = field(default_factory=set[UUID])

    def __post_init__(self) -> None:
        self._asked = self.bell.on(CHANNEL)
        self._watch = Watch(
            url=self.url, queue=QUEUE, executor=self.executor, give_back=self._give_back,
            mine=lambda: set(self._running),
        )  # fmt: skip

    async def start(self) -> None:
        """Serve the queue, tick, and watch over the other executors."""
        self._loop = asyncio.get_running_loop()
        await self._watch.open()
        tick = self._declare()
        launched = DBOS(config=self._config())
        DBOS.listen_queues([])
        await asyncio.to_thread(DBOS.launch)
        _silence(launched)
        queue = await asyncio.to_thread(_register, tick, self.at_once)
        self._serve(queue_worker_thread, self._queue, launched, queue)
        self._serve(dynamic_scheduler_loop, self._clock, SCHEDULES_S)
        self._tasks = [asyncio.create_task(self._watch.keep()), asyncio.create_task(self._pass_on())]
        self._queue.ring()

    async def stop(self, wait_s: float = 5) -> None:
        """Begin nothing more, let what runs end for a while, and leave the rest to other workers."""
        for alarm in (self._queue, self._clock):
            alarm.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join, JOIN_S)
        if self._running:
            await asyncio.wait([running.task for running in self._running.values()], timeout=wait_s)
        await self._leave()
        await _end(self._tasks)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        await self._watch.close()

    async def _leave(self) -> None:
        """Give back what still runs; while the database is away the others will find it themselves."""
        left = dict(self._running)
        await _end([running.task for running in left.values()])
        with suppress(DatabaseDown):
            await self._hand_on(left)

    async def _hand_on(self, left: dict[str, _Running]) -> None:
        for running in left.values():
            async with self.ground.work(job_caller(running.workspace)) as work:
                await job_store.put_back(work, running.run)
        if left:
            await self._give_back(sorted(left))

    def _serve(self, loop: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=loop, args=given, name=f"jobs-{loop.__name__}", daemon=True)
        thread.start()
        self._threads.append(thread)

    async def _pass_on(self) -> None:
        """Ring in DBOS's loop what PostgreSQL rings in ours."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._queue.ring()
            await self._cancel_asked()

    async def _cancel_asked(self) -> None:
        """End what runs here and was asked to; while the database is away, the next ring will."""
        if not self._attempts:
            return
        with suppress(DatabaseDown):
            async with self.ground.work(job_caller(NOBODY)) as work:
                wanted = await job_store.to_cancel(work, list(self._attempts))
            for run in wanted & self._attempts.keys():
                self._cancelled.add(run)
                self._attempts[run].cancel()

    async def _give_back(self, left: list[str]) -> None:
        await asyncio.to_thread(DBOS.resume_workflows, left, queue_name=QUEUE)
        async with self.ground.work(job_caller(NOBODY)) as work:
            await job_store.tell(work)

    def _declare(self) -> Tick:
        """The two functions DBOS calls; a job's own name is in its row, or the schedule's context."""

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        async def asked_for(workspace: str, run: str) -> None:
            whose, run_id = UUID(workspace), UUID(run)
            await self._here(whose, run_id, lambda work: job_store.begin(work, run_id))

        @DBOS.workflow(name=TICK, max_recovery_attempts=None)
        async def by_clock(at: datetime, name: object) -> None:
            tick = uuid5(NOBODY, f"{name}:{at.isoformat()}")
            run_id = named_run(NOBODY, str(name), "clock")
            await self._here(NOBODY, run_id, lambda work: job_store.begin_tick(work, str(name), tick, at))

        assert asked_for
        return by_clock

    async def _here(self, workspace: UUID, run: UUID, begin: Begin) -> None:
        """See it through in our loop and outside of DBOS's context.

        DBOS takes a loop of its own whenever ours stands still, and would note each of its functions that a job
        calls as a step of it.
        """
        assert self._loop is not None
        assert DBOS.workflow_id is not None
        seen = self._noted(DBOS.workflow_id, workspace, run, begin)
        await asyncio.wrap_future(Context().run(asyncio.run_coroutine_threadsafe, seen, self._loop))

    async def _noted(self, workflow: str, workspace: UUID, run: UUID, begin: Begin) -> None:
        """Noted as running here; when it ends, the queue is looked at again, for there is room."""
        task = asyncio.current_task()
        assert task is not None
        self._running[workflow] = _Running(task=task, workspace=workspace, run=run)
        try:
            await self._see_through(workspace, begin)
        finally:
            del self._running[workflow]
            asyncio.get_running_loop().call_later(ENDED_S, self._queue.ring)

    async def _see_through(self, workspace: UUID, begin: Begin) -> None:
        """Run it, again while only the database was away, and note how it ended."""
        while begun := await self._insist(workspace, begin):
            run = JobRun(workspace=workspace, id=begun.id, subject=begun.subject, asked_by=begun.asked_by)
            error = "gave_up" if begun.tries > TRIES else await self._attempt(begun.name, run)
            if error == DatabaseDown.code and begun.tries < TRIES:
                await asyncio.sleep(AGAIN_S * 2**begun.tries)
                continue
            measures.JOBS.labels(begun.name, error or "done").inc()
            await self._insist(workspace, partial(job_store.end, run_id=run.id, error=error, figures=run.figures))
            return

    async def _attempt(self, name: str, run: JobRun) -> str | None:
        """The code of what went wrong, None when well."""
        declared = JOBS.get(name)
        if declared is None:
            return "unknown_job"
        try:
            await self._cancellable(declared, run)
        except _RunCancelled:
            LOG.info("job_cancelled", job=name, run=str(run.id))
            return job_store.CANCELLED
        except SwitchboardError as error:
            LOG.warning("job_failed", job=name, run=str(run.id), code=error.code)
            return error.code
        except Exception as error:  # noqa: BLE001 - the outermost loop of a job
            LOG.warning("job_failed", job=name, run=str(run.id), reason=type(error).__name__, at=place_of(error))
            return "failed"
        return None

    async def _cancellable(self, declared: Job, run: JobRun) -> None:
        """Run it as a task of its own, which whoever may can end; raise _RunCancelled when somebody did."""
        task = asyncio.create_task(_as_coroutine(declared.run(self.ground, run)))
        self._attempts[run.id] = task
        try:
            await task
        except asyncio.CancelledError:
            if run.id in self._cancelled and task.cancelled():
                raise _RunCancelled from None
            raise
        finally:
            del self._attempts[run.id]
            self._cancelled.discard(run.id)

    async def _insist(self, workspace: UUID, act: Callable[[Work], Awaitable[Given]]) -> Given:
        """A unit of work that is tried until the database is there: a run's row must tell the truth."""
        while True:
            try:
                async with self.ground.work(job_caller(workspace)) as work:
                    return await act(work)
            except DatabaseDown:
                await asyncio.sleep(AGAIN_S)

    def _config(self) -> DBOSConfig:
        url = sa.make_url(self.url).set(drivername="postgresql+psycopg")
        return DBOSConfig(
            name=APPLICATION,
            system_database_url=url.render_as_string(hide_password=False),
            executor_id=self.executor,
            application_version=VERSION,
            run_migrations=False,
            serializer=DBOSPortableJSONSerializer(),
            sys_db_pool_size=CONNECTIONS,
            log_level="WARNING",
            use_listen_notify=False,  # jobs send each other no messages; its two threads wake 110 times a second
        )


def _silence(launched: DBOS) -> None:
    """End DBOS's own loops, and what it says of that.

    They are five transactions a second for queues, delays and deadlines that we do not have.
    """
    logging.getLogger("dbos").addFilter(lambda said: not said.getMessage().startswith(CANCELLED))
    for loop in launched.background_thread_stop_events:
        loop.set()
    launched._background_jobs_stop_event.set()  # pyright: ignore[reportPrivateUsage] - no public way to be quiet


def _register(tick: Tick, at_once: int) -> Queue:
    """The queue, and the declared schedules; those no longer declared would fail at each tick and are deleted."""
    queue = DBOS.register_queue(QUEUE, worker_concurrency=at_once, polling_interval_sec=LOOK_S)
    wanted = {declared.name: declared.every for declared in JOBS.values() if declared.every}
    for known in DBOS.list_schedules(application_name=APPLICATION):
        if known["schedule_name"] not in wanted:
            DBOS.delete_schedule(known["schedule_name"])
    DBOS.apply_schedules([
        ScheduleInput(schedule_name=name, workflow_fn=tick, schedule=every, context=name, queue_name=QUEUE)
        for name, every in wanted.items()
    ])  # fmt: skip
    return queue


async def _as_coroutine(of: Awaitable[None]) -> None:
    await of


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@job("jobs.forget", title="Forget what DBOS noted of old runs", every="0 40 3 * * *")
async def forget(ground: Ground, _: JobRun) -> None:
    """Delete DBOS's notes of runs that ended a week ago; our own rows stay."""
    before = (ground.clock() - KEPT).isoformat()
    while await asyncio.to_thread(_forget, before) == AT_ONCE:
        pass


def _forget(before: str) -> int:
    old = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"], end_time=before, limit=AT_ONCE, load_input=False, load_output=False
    )
    if old:
        DBOS.delete_workflows([each.workflow_id for each in old])
    return len(old)
