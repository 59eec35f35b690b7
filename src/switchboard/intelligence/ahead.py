"""Answers about a whole shop, worked out in the background after each run and kept sealed until the next.

They are what is asked most: everything left as it is. Such an answer is of the moment of its run. Whoever asks for
another moment, period or page, or before it is there, has it worked out.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.jobs import enqueue
from switchboard.foundation.vault import Place as Sealed
from switchboard.intelligence import runs, store
from switchboard.intelligence.labels import Labels, labels

JOB = "intelligence.answers"
LONGEST_S = 600.0
Asked = TypeVar("Asked", bound=BaseModel)
Given = TypeVar("Given", bound=BaseModel)
Run = Callable[[Work, Asked], Awaitable[Given]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One that is answered ahead: what is asked for when nothing is said, what answers it, and how it is worked out."""

    asks: type[BaseModel]
    gives: type[BaseModel]
    run: Run[Any, Any]


QUESTIONS: dict[str, Question] = {}


def answered_ahead(run: Run[Asked, Given]) -> Run[Asked, Given]:
    """Declare that what this answers, when nothing is said, is worked out with each run."""
    name = run.__name__
    _, asks, gives = get_type_hints(run).values()
    QUESTIONS[name] = Question(asks=asks, gives=gives, run=run)

    @wraps(run)
    async def answer(work: Work, asked: Asked) -> Given:
        known = await kept(work, name) if asked == asks() else None
        return await run(work, asked) if known is None else gives.model_validate_json(known)

    return answer


async def ask(work: Work, run: int) -> None:
    """Have what is asked most worked out in the background, once this unit of work has committed."""
    await enqueue(work, JOB, UUID(int=run), once=str(run))


async def ask_again(work: Work, run: int) -> None:
    """The same although it was worked out for this run."""
    await enqueue(work, JOB, UUID(int=run), once=str(work.ground.ids()))


async def work_out(ground: Ground, workspace: UUID) -> None:
    """Answer everything of the run that is served; what can not be answered says why when it is asked for."""
    async with ground.work(job_caller(workspace)) as work:
        run = await runs.served_or_none(work)
        if run is None:
            return
        await store.begin_answers(work, run.number)
    for name, question in QUESTIONS.items():
        async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
            try:
                given = await question.run(work, question.asks())
            except SwitchboardError:
                continue
            if not await keep(work, run.number, name, given):
                return  # another run is served meanwhile, or somebody was forgotten


async def keep(work: Work, run: int, name: str, given: BaseModel) -> bool:
    """Keep an answer of a run; False when answers of this run are not kept any more."""
    of, key = _of(await tenants.fresh(work), await labels(work)), await tenants.data_key(work)
    sealed = key.seal(given.model_dump_json().encode(), _place(name, run))
    return await store.keep_answer(work, run, name, of, sealed)


async def kept(work: Work, name: str) -> bytes | None:
    """The answer of the run that is served, as JSON; None when there is none yet."""
    run = await runs.served_or_none(work)
    row = await store.answer(work, name) if run else None
    if run is None or row is None or (row["run"], row["of"]) != (
        run.number, _of(await tenants.current(work), run.labels),
    ):  # fmt: skip
        return None
    return (await tenants.data_key(work)).open(row["answer"], _place(name, run.number))


def _of(workspace: Workspace, called: Labels) -> bytes:
    """What an answer depends on beside the run: how the workspace is set up, and how answers look in this version."""
    about = (workspace.currency, workspace.time_zone, str(workspace.country), _looks(), *_named(called))
    return hashlib.sha256("\n".join(about).encode()).digest()


def _named(called: Labels) -> list[str]:
    """The names of archetypes that answers have in them."""
    return sorted(f"{known}={label.name}" for known, label in called.items() if label.name)


@cache
def _looks() -> str:
    """How all answers look in this version."""
    return "\n".join(str(question.gives.model_json_schema()) for question in QUESTIONS.values())


def _place(name: str, run: int) -> Sealed:
    return Sealed(table="answer", field="answer", row=f"{name} {run}")
