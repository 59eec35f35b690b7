"""Answers about a whole shop, worked out in the background after each run and kept sealed until the next.

They are what is asked most: everything left as it is, and of questions that name something, what most name. Such an
answer is of the moment of its run. Whoever asks for another moment, period or page, or before it is there, has it
worked out.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, NamedTuple, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.foundation.callers import job_caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.jobs import enqueue
from switchboard.foundation.reached import Reached, waiting
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
    """One that is answered ahead: what is asked for, what answers it, and how it is worked out.

    `by_snapshots` says that it looks at snapshots: one that is made after the run, of a month before, makes it old.
    """

    asked: BaseModel
    gives: type[BaseModel]
    run: Run[Any, Any]
    by_snapshots: bool


class Answer(NamedTuple):
    """What a question was answered, and what that depends on beside the run, as it was before."""

    name: str
    of: bytes
    given: BaseModel


QUESTIONS: dict[str, Question] = {}


def answered_ahead(run: Run[Asked, Given]) -> Run[Asked, Given]:
    """Declare that what this answers, when nothing is said, is worked out with each run."""
    _, asks, _ = get_type_hints(run).values()
    return _declared(run, (asks(),))


def answered_ahead_by_snapshots(run: Run[Asked, Given]) -> Run[Asked, Given]:
    """The same for what looks at snapshots, too."""
    _, asks, _ = get_type_hints(run).values()
    return _declared(run, (asks(),), by_snapshots=True)


def answered_ahead_of(*often: Asked) -> Callable[[Run[Asked, Given]], Run[Asked, Given]]:
    """Declare that what this answers, when one of these is asked for, is worked out with each run."""
    return lambda run: _declared(run, often)


def _declared(run: Run[Asked, Given], often: Sequence[Asked], *, by_snapshots: bool = False) -> Run[Asked, Given]:
    *_, gives = get_type_hints(run).values()
    for asked in often:
        QUESTIONS[_name(run, asked)] = Question(asked=asked, gives=gives, run=run, by_snapshots=by_snapshots)

    @wraps(run)
    async def answer(work: Work, asked: Asked) -> Given:
        known = await kept(work, _name(run, asked)) if asked in often else None
        return await run(work, asked) if known is None else gives.model_validate_json(known)

    return answer


def is_left_out(name: str, asked: BaseModel) -> bool:
    """Whether some answers of this question are worked out ahead, but not the one that is asked for."""
    often = [question.asked for question in QUESTIONS.values() if question.run.__name__ == name]
    return bool(often) and asked not in often


def _name(run: Run[Any, Any], asked: BaseModel) -> str:
    """What an answer is kept under: the question's name, with what is said."""
    said = asked.model_dump_json(exclude_defaults=True)
    return run.__name__ if said == "{}" else f"{run.__name__} {said}"


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
    await _answer(ground, workspace, run.number, QUESTIONS)


async def work_out_by_snapshots(ground: Ground, workspace: UUID) -> None:
    """Answer once more what looks at snapshots."""
    async with ground.work(job_caller(workspace)) as work:
        run = await runs.served_or_none(work)
    if run is not None:
        some = {name: question for name, question in QUESTIONS.items() if question.by_snapshots}
        await _answer(ground, workspace, run.number, some)


async def _answer(ground: Ground, workspace: UUID, run: int, questions: Mapping[str, Question]) -> None:
    with waiting(_nobody, here=True):
        for name, question in questions.items():
            async with ground.work(job_caller(workspace), timeout_s=LONGEST_S) as work:
                of = await upon(work, name)
                try:
                    given = await question.run(work, question.asked)
                except SwitchboardError:
                    continue
                if not await keep(work, run, Answer(name, of, given)):
                    return  # another run is served meanwhile, or somebody was forgotten


def _nobody(_: Reached) -> None:
    """Nobody is told how far it is."""


async def keep(work: Work, run: int, answer: Answer) -> bool:
    """Keep an answer of a run; False when answers of this run are not kept any more."""
    key = await tenants.data_key(work)
    sealed = key.seal(answer.given.model_dump_json().encode(), _place(answer.name, run))
    return await store.keep_answer(work, run, answer.name, answer.of, sealed)


async def kept(work: Work, name: str) -> bytes | None:
    """The answer of the run that is served, as JSON; None when there is none yet."""
    run = await runs.served_or_none(work)
    row = await store.answer(work, name) if run else None
    if run is None or row is None or row["run"] != run.number:
        return None
    if row["of"] != await _with_snapshots(work, name, _of(await tenants.current(work), run.labels)):
        return None
    return (await tenants.data_key(work)).open(row["answer"], _place(name, run.number))


async def upon(work: Work, name: str) -> bytes:
    """What an answer that is about to be worked out depends on beside the run."""
    return await _with_snapshots(work, name, _of(await tenants.fresh(work), await labels(work)))


async def _with_snapshots(work: Work, name: str, of: bytes) -> bytes:
    return of + str(await store.count_snapshots(work)).encode() if QUESTIONS[name].by_snapshots else of


async def set_up(work: Work) -> bytes:
    """What answers depend on beside the run that is served."""
    return _of(await tenants.current(work), (await runs.served(work)).labels)


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
