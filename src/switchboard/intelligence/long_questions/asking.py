"""How a question that takes long is asked: of a small shop at once, of a large one by a job that is waited for a while.

What a job answered is told for ten minutes to whoever may see the same and asks the same, as long as the same run is
served and the workspace is set up as it was.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, get_type_hints

from pydantic import BaseModel

from switchboard.accounts import tenants
from switchboard.foundation import job_store
from switchboard.foundation.errors import Conflict, UnderWay
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import enqueue, named_run, under_way
from switchboard.foundation.reached import WAITS, Reached
from switchboard.intelligence import ahead, moments, runs
from switchboard.intelligence.long_questions import store
from switchboard.intelligence.long_questions.declared import (
    JOB,
    LONGEST_S,
    QUESTIONS,
    Put,
    Question,
    place,
    reached_in,
    read_answer,
)
from switchboard.intelligence.predictions.predictor import HORIZON

Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
Run = Callable[[Work, Asked], Awaitable[Given]]
LARGE = 100_000  # customers, up to whom every question is answered within a few seconds
WAIT_S = 4.0
SOON_S, LOOK_S, SELDOM_S = 2.0, 0.1, 0.5  # what is quick is told at once
AGAIN_S = 2
MOST = 2  # of a workspace at once: each is worked out for itself, and more would wait for each other
QUEUED = Reached(step="waiting for a worker")
OTHERS = Reached(step="waiting for other questions of this workspace")


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """How a question stands that is not answered yet, and by which job it will be."""

    row: store.Kept | None
    reached: Reached


def may_take_long(run: Run[Asked, Given]) -> Run[Asked, Given]:
    """Declare that this takes long of another moment than the run's, and of what is not worked out ahead."""
    return _declared(run, always=False)


def takes_long(run: Run[Asked, Given]) -> Run[Asked, Given]:
    """Declare that this takes long whatever is asked."""
    return _declared(run, always=True)


def _declared(run: Run[Asked, Given], *, always: bool) -> Run[Asked, Given]:
    _, asks, gives = get_type_hints(run).values()
    QUESTIONS[run.__name__] = Question(asks=asks, gives=gives, run=run)

    @wraps(run)
    async def answer(work: Work, asked: Asked) -> Given:
        waits = WAITS.get()
        if (waits is not None and waits.here) or not await _is_long(work, run.__name__, asked, always=always):
            return await run(work, asked)
        given = await _by_job(work, run.__name__, asked)
        return gives.model_validate(given)

    return answer


async def _is_long(work: Work, name: str, asked: BaseModel, *, always: bool) -> bool:
    served = await runs.served_or_none(work)
    if served is None or served.customers <= LARGE:
        return False
    moment = await moments.asked(work, getattr(asked, "as_of", None))
    horizon = getattr(asked, "horizon_days", HORIZON)  # another one is fitted for
    return always or moment not in {None, served.as_of} or horizon != HORIZON or ahead.is_left_out(name, asked)


async def _by_job(work: Work, name: str, asked: BaseModel) -> BaseModel:
    """The job's answer, once it is there; raise UnderWay where nobody waits for it."""
    put = Put(name=name, asked=asked.model_dump_json(), permissions=work.caller.permissions)
    written = put.written()
    key = await _key(work, written)
    await work.session.end(well=True)  # many may wait, some for minutes: none keeps a connection meanwhile
    waits = WAITS.get()
    soon = time.monotonic() + SOON_S
    until = time.monotonic() + (WAIT_S if waits is None else LONGEST_S)
    while True:
        found = await _look(work, key, written)
        if isinstance(found, bytes):
            return read_answer(found, QUESTIONS[name].gives, work.subjects)
        if waits is not None:
            waits.tell(found.reached)
        if time.monotonic() >= until:
            job = None if found.row is None else found.row.job
            raise UnderWay(job, found.reached, retry_after_s=AGAIN_S)
        await asyncio.sleep(LOOK_S if time.monotonic() < soon else SELDOM_S)


async def _key(work: Work, written: bytes) -> bytes:
    """What equal questions share: a keyed hash, as what is asked may name people."""
    run, of = await runs.served(work), await ahead.set_up(work)
    hasher = (await tenants.data_key(work)).hasher(JOB)
    return hasher.digest(f"{run.number} {of.hex()} {written.decode()}", size=32)


async def _look(work: Work, key: bytes, written: bytes) -> bytes | _Standing:
    """The answer, or how far it is; a question that is new is put. Raise Conflict where its job ended without one."""
    async with work.beside() as own:
        row, at_work = await store.find(own, key), await under_way(own, JOB)
        if row is None:
            return await _put(own, key, written) if len(at_work) < MOST else _Standing(row=None, reached=OTHERS)
        if row.answer is None and row.id not in at_work:
            row = await store.find(own, key)  # it may have ended since
        if row is not None and row.answer is not None:
            return (await tenants.data_key(own)).open(row.answer, place(row.id, "answer"))
        if row is not None and row.id in at_work:
            return _Standing(row=row, reached=await _reached(own, row))
        if row is None:  # it was forgotten meanwhile, with somebody
            return _Standing(row=None, reached=QUEUED)
        await store.forget(own, row.id)
    said = f"the job {row.job} ended without an answer; jobs.show says why, and asking again has it begin anew"
    raise Conflict(said, code="not_answered")


async def _put(own: Work, key: bytes, written: bytes) -> _Standing:
    await store.forget_old(own)
    question = own.ground.ids()
    job = named_run(own.caller.workspace, JOB, str(question))
    sealed = (await tenants.data_key(own)).seal(written, place(question, "asked"))
    if await store.add(own, key, (question, job), sealed):
        await enqueue(own, JOB, question, once=str(question))
    return _Standing(row=await store.find(own, key), reached=QUEUED)


async def _reached(own: Work, row: store.Kept) -> Reached:
    job = await job_store.one(own, row.job)
    if job is None or job["progress"] is None:
        return QUEUED
    return reached_in(job["progress"])
