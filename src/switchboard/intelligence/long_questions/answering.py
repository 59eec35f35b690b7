"""The job that answers a question: one at a time in a process, for memory's sake."""

import asyncio
from contextlib import suppress
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import DatabaseDown, SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.jobs import JobRun, progress
from switchboard.foundation.reached import Reached, waiting
from switchboard.intelligence.long_questions import store
from switchboard.intelligence.long_questions.declared import (
    LONGEST_S,
    QUESTIONS,
    Put,
    place,
    read_put,
    shown,
    written_answer,
    written_error,
)

SHOWN_EVERY_S = 0.5
_turn = asyncio.Lock()


async def answer(ground: Ground, run: JobRun) -> None:
    """Answer a question and keep the answer, unless it was forgotten meanwhile."""
    async with _turn:
        put = await _put(ground, run)
        if put is None or put.name not in QUESTIONS:
            return
        told = [Reached(step="beginning")]  # the newest
        showing = asyncio.create_task(_show(ground, run, told))
        try:
            written = await _answered(ground, run.workspace, put, told)
        finally:
            showing.cancel()
            with suppress(asyncio.CancelledError):
                await showing
    async with ground.work(job_caller(run.workspace)) as work:
        sealed = (await tenants.data_key(work)).seal(written, place(run.subject, "answer"))
        await store.answer(work, run.subject, sealed)


async def _put(ground: Ground, run: JobRun) -> Put | None:
    async with ground.work(job_caller(run.workspace)) as work:
        sealed = await store.asked(work, run.subject)
        if sealed is None:
            return None
        return read_put((await tenants.data_key(work)).open(sealed, place(run.subject, "asked")))


async def _answered(ground: Ground, workspace: UUID, put: Put, told: list[Reached]) -> bytes:
    """What whoever asks may see, or what is wrong with the question."""
    question, subjects = QUESTIONS[put.name], list[str]()

    def tell(reached: Reached) -> None:
        told[0] = reached

    caller = job_caller(workspace, put.permissions)
    with waiting(tell, here=True):
        try:
            async with ground.work(caller, timeout_s=LONGEST_S, subjects=subjects) as work:
                given = await question.run(work, question.asks.model_validate_json(put.asked))
        except DatabaseDown:
            raise
        except SwitchboardError as error:
            return written_error(error, subjects)
    return written_answer(given, subjects)


async def _show(ground: Ground, run: JobRun, told: list[Reached]) -> None:
    """Show how far it is, as long as it goes on."""
    while True:
        await progress(ground, run, shown(told[0]))
        await asyncio.sleep(SHOWN_EVERY_S)
