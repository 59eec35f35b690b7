"""Which questions may take long, and how one and its answer are written."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, JsonValue

from switchboard.foundation.errors import Conflict, Gone, Invalid, NotAllowed, NotFound, SwitchboardError
from switchboard.foundation.ground import Work
from switchboard.foundation.reached import Reached
from switchboard.foundation.vault import Place

JOB = "intelligence.question"
LONGEST_S = 600.0
PLAIN = {each.__name__: each for each in (NotAllowed, NotFound, Gone)}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One that may take long: what is asked for, what answers it, and how that is worked out."""

    asks: type[BaseModel]
    gives: type[BaseModel]
    run: Callable[[Work, Any], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Put:
    """A question as it is put: its name, what is asked, and what whoever asks may do, as answers go by it."""

    name: str
    asked: str
    permissions: frozenset[str]

    def written(self) -> bytes:
        """As bytes, the same for equal questions."""
        return json.dumps([self.name, self.asked, sorted(self.permissions)]).encode()


QUESTIONS: dict[str, Question] = {}


def read_put(written: bytes) -> Put:
    """What `written` wrote."""
    name, asked, permissions = json.loads(written)
    return Put(name=name, asked=asked, permissions=frozenset(permissions))


def written_answer(given: BaseModel, subjects: list[str]) -> bytes:
    """An answer, and whom it is about as the trail tells it."""
    return json.dumps({"given": given.model_dump_json(by_alias=False), "subjects": subjects}).encode()


def written_error(error: SwitchboardError, subjects: list[str]) -> bytes:
    """What is wrong with a question, in the answer's place."""
    wrong = {"kind": type(error).__name__, "code": error.code, "message": str(error)}
    return json.dumps({"wrong": wrong | {"field": getattr(error, "field", None)}, "subjects": subjects}).encode()


def read_answer(written: bytes, gives: type[BaseModel], subjects: list[str]) -> BaseModel:
    """What was given; raise what is wrong. Whom it is about is added to the subjects."""
    said = json.loads(written)
    subjects += said["subjects"]
    if "wrong" in said:
        raise _error(said["wrong"])
    return gives.model_validate_json(said["given"])


def _error(wrong: dict[str, Any]) -> SwitchboardError:
    if wrong["kind"] == Invalid.__name__:
        return Invalid(wrong["message"], field=wrong["field"])
    if wrong["kind"] in PLAIN:
        return PLAIN[wrong["kind"]](wrong["message"])
    return Conflict(wrong["message"], code=wrong["code"])


def place(question: UUID, field: str) -> Place:
    """Where what is asked, or answered, is sealed for."""
    return Place(table="question", field=field, row=str(question))


def shown(reached: Reached) -> dict[str, JsonValue]:
    """How far it is, as the job shows it."""
    if reached.total is None:
        return {"step": reached.step}
    return {"step": reached.step, "done": reached.done, "total": reached.total}


def reached_in(progress: str) -> Reached:
    """The same as it was shown."""
    said = json.loads(progress)
    return Reached(step=said["step"], done=said.get("done", 0), total=said.get("total"))
