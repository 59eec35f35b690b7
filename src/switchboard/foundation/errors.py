"""Every error the product raises on purpose, and what each door makes of it.

SwitchboardError
├── Invalid            422  a value is wrong; names the field and the next step
├── NotSignedIn        401  no credential, or one that is unknown, expired or revoked
├── NotAllowed         403  the caller lacks a permission
├── NotFound           404  it does not exist, or is not the caller's to see
├── Conflict           409  it can not be done in this state; the code says which
├── Gone               410  it was there and was destroyed; nobody can bring it back
├── LimitReached       429  an allowance is used up
├── UnderWay           503  it takes long and is being worked out; says how far that is, and when to ask again
└── DatabaseDown       503  PostgreSQL can not be started or reached

Anything else that is raised is a bug.
"""

from typing import ClassVar
from uuid import UUID

from switchboard.foundation.reached import Reached


class SwitchboardError(Exception):
    """Root of all expected errors; the message is safe to show to the caller and names the next step."""

    code: str = "error"
    status: ClassVar[int] = 500


class Invalid(SwitchboardError):
    """A value the caller sent is wrong."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotSignedIn(SwitchboardError):
    """No credential, or one that is unknown, expired or revoked."""

    code = "not_signed_in"
    status = 401


class NotAllowed(SwitchboardError):
    """The caller lacks the permission the operation names."""

    code = "not_allowed"
    status = 403


class NotFound(SwitchboardError):
    """The thing named by the caller does not exist, or is not theirs to see."""

    code = "not_found"
    status = 404


class Conflict(SwitchboardError):
    """It can not be done in the state things are in."""

    code = "conflict"
    status = 409

    def __init__(self, message: str, *, code: str = "conflict") -> None:
        super().__init__(message)
        self.code = code


class Gone(SwitchboardError):
    """It was destroyed on purpose."""

    code = "gone"
    status = 410

    def __init__(self, message: str, *, code: str = "gone") -> None:
        super().__init__(message)
        self.code = code


class LimitReached(SwitchboardError):
    """The caller used up an allowance; `per_hour` is how much of it there is, of some in a minute or a day."""

    code = "limit_reached"
    status = 429

    def __init__(self, message: str, *, retry_after_s: int, per_hour: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.per_hour = per_hour


class UnderWay(SwitchboardError):
    """The answer takes long and is being worked out by a job; None: by none yet, as others are before it."""

    code = "being_worked_out"
    status = 503

    def __init__(self, job: UUID | None, reached: Reached, *, retry_after_s: int) -> None:
        which = f"jobs.show tells more of the job {job}" if job else "others are before it"
        told = f"this takes long and is being worked out ({reached.told})"
        super().__init__(f"{told}; ask the same again in {retry_after_s} s; {which}")
        self.job = job
        self.reached = reached
        self.retry_after_s = retry_after_s


class DatabaseDown(SwitchboardError):
    """PostgreSQL can not be started or reached."""

    code = "database_down"
    status = 503
