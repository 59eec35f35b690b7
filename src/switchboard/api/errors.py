"""Expected errors as problem+json (RFC 9457); anything else is a bug and says nothing of itself."""

from http import HTTPStatus
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from switchboard.api.exchange import Answer, Headers
from switchboard.foundation.errors import Invalid, LimitReached, NotFound, NotSignedIn, SwitchboardError, UnderWay
from switchboard.foundation.reading import Unreadable
from switchboard.foundation.terms import ApprovalNeeded

PROBLEM = b"application/problem+json"
CHALLENGE = (b"www-authenticate", b'Bearer realm="switchboard"')


class FieldFault(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="dotted, as it was asked for; empty for the whole")
    message: str


class Standing(BaseModel):
    """How far an answer is that takes long."""

    job: str | None = Field(description="the job that works it out, for jobs.show; null while others go first")
    step: str
    share: float | None = Field(description="of the step, 0 to 1; null where that can not be told")


class Problem(BaseModel):
    """What went wrong, for programs in `code` and for people in `detail`."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldFault] | None = None
    standing: Standing | None = Field(default=None, description="with being_worked_out alone")


class WrongMethod(SwitchboardError):
    """A path that answers other methods."""

    code = "method_not_allowed"
    status: ClassVar[int] = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"this path answers {allowed}; see /docs")
        self.allowed = allowed


class NoSuchPath(NotFound):
    """A path that nothing answers."""

    def __init__(self) -> None:
        super().__init__("nothing is here; /docs lists every path")


def problem_of(error: SwitchboardError) -> Answer:
    """The answer to an expected error."""
    return problem(error.status, error.code, str(error), _headers(error), _more(error))


def internal(request_id: str) -> Answer:
    """The answer to a bug; the log knows more under the request's id."""
    detail = f"something went wrong here; tell whoever runs this server the request id {request_id}"
    return problem(500, "internal", detail)


def problem(
    status: int, code: str, detail: str, headers: Headers = (), more: dict[str, object] | None = None
) -> Answer:
    """A problem as it goes out."""
    said: dict[str, object] = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail
    }  # fmt: skip
    return Answer(body=to_json(said | (more or {})), status=status, media=PROBLEM, headers=headers)


def _headers(error: SwitchboardError) -> Headers:
    match error:
        case NotSignedIn():
            return (CHALLENGE,)
        case LimitReached():
            wait = str(error.retry_after_s).encode()
            return ((b"retry-after", wait), *allowance_headers(error.per_hour, 0, error.retry_after_s))
        case UnderWay():
            return ((b"retry-after", str(error.retry_after_s).encode()),)
        case ApprovalNeeded():
            return ((b"approval", str(error.approval.id).encode()),)
        case WrongMethod():
            return ((b"allow", error.allowed.encode()),)
        case _:
            return ()


def allowance_headers(per_hour: int, left: int, resets_in_s: int) -> Headers:
    """What is left of an allowance, as headers."""
    return (
        (b"ratelimit-limit", str(per_hour).encode()),
        (b"ratelimit-remaining", str(left).encode()),
        (b"ratelimit-reset", str(resets_in_s).encode()),
    )


def _more(error: SwitchboardError) -> dict[str, object]:
    """What some problems tell beside the rest."""
    match error:
        case Unreadable():
            return {"errors": [{"field": fault.field, "message": fault.message} for fault in error.faults]}
        case Invalid() if error.field:
            return {"errors": [{"field": error.field, "message": str(error)}]}
        case UnderWay():
            job = None if error.job is None else str(error.job)
            return {"standing": {"job": job, "step": error.reached.step, "share": error.reached.share}}
        case _:
            return {}
