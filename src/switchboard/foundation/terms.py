"""What makes a change safe to ask for: how it is undone, and on which terms it is asked for."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol, cast
from uuid import UUID

from pydantic import BaseModel, SecretStr

from switchboard.foundation.errors import NotAllowed, SwitchboardError
from switchboard.foundation.ground import Work

APPROVALS = "/approvals"  # where people grant and refuse in the console


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """How a change is taken back: by an operation, maybe for some seconds alone, or never and why.

    `how` says what that operation is to be asked for, where its arguments do not say it.
    """

    by: str | None = None
    within_s: int | None = None
    never: str | None = None
    how: str = ""

    @property
    def about(self) -> str:
        """The sentence that every door shows."""
        if self.never is not None:
            return f"Can not be undone: {self.never}."
        within = "" if self.within_s is None else f" within {_spelled(self.within_s)}"
        return f"Undone by {self.by}{within}{', ' if self.how else ''}{self.how}."


UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def _spelled(seconds: int) -> str:
    """In the largest unit of which it is several."""
    fit = ((size, name) for size, name in UNITS if seconds % size == 0 and seconds > size)
    size, name = next(fit, (1, "seconds"))
    return f"{seconds // size:,} {name}"


def undone_by(operation: str, how: str = "") -> Undo:
    """This operation takes it back."""
    return Undo(by=operation, how=how)


def undone_within(seconds: int, operation: str, how: str = "") -> Undo:
    """This operation takes it back for so long, and is refused afterwards."""
    return Undo(by=operation, within_s=seconds, how=how)


def not_undone(reason: str) -> Undo:
    """Nothing takes it back."""
    return Undo(never=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A change as somebody asked for it."""

    operation: str
    title: str
    permission: str
    by_default: bool  # whether it takes an approval where the workspace says nothing of it
    asked: BaseModel

    @property
    def words(self) -> str:
        """What makes two requests the same, secrets and all; to be hashed, never kept."""
        secrets = "\0".join(_secrets(self.asked.model_dump()))
        return f"{self.operation}\0{self.asked.model_dump_json()}\0{secrets}"

    @property
    def shown(self) -> str:
        """The request as JSON for people, without what is a secret."""
        return self.asked.model_dump_json(exclude_unset=True)


def _secrets(value: object) -> Iterator[str]:
    """The secrets in a request, which its JSON does not tell apart, in their order."""
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case Mapping():
            for each in cast("Mapping[object, object]", value).values():
                yield from _secrets(each)
        case list() | tuple():
            for each in cast("Sequence[object]", value):
                yield from _secrets(each)
        case _:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody's word that is waited for, or that was given."""

    id: UUID
    expires_at: datetime
    at_client: bool = False
    """The person at the client gave it a moment ago."""


class ApprovalNeeded(SwitchboardError):
    """The change waits for a person's word."""

    code = "approval_needed"
    status: ClassVar[int] = 409

    def __init__(self, wanted: Wanted, approval: Approval, public_url: str) -> None:
        page = f"{public_url}{APPROVALS}?id={approval.id}"
        super().__init__(
            f"{wanted.operation} waits for a person's approval {approval.id} until"
            f" {approval.expires_at:%Y-%m-%d %H:%M} UTC: somebody with the permission {wanted.permission} grants it in"
            f" the console, at {page} , or with approvals.grant; then call again with the same arguments and"
            f" approval = {approval.id}"
        )
        self.wanted, self.approval, self.page = wanted, approval, page


class NotGranted(NotAllowed):
    """An approval that is none: unknown, used, refused, expired, waiting, of another request; `code` says which."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class AskedBack(Exception):
    """The door ends the call with a question of its own; the call is made again with the answer."""


LONGEST_KEY = 200  # characters of an idempotency key
Ask = Callable[[Wanted, Approval], Awaitable[bool]]


@dataclass(slots=True, kw_only=True)
class Terms:
    """On which terms a change is asked for.

    `key` makes asking twice the same as asking once. A `dry_run` leaves nothing behind. `approval` is one that was
    given; `ask` asks the person at the client, where there is a way to.
    """

    key: str | None = None
    dry_run: bool = False
    approval: UUID | None = None
    ask: Ask | None = None
    is_again: bool = field(default=False, init=False)
    """Told by the call: what it gave is what the first call with this key was given."""

    @property
    def came_to(self) -> str:
        """What the audit trail says of a change that went well."""
        return "dry_run" if self.dry_run else "repeated" if self.is_again else "done"


class Keeper(Protocol):
    """Who keeps first answers and approvals; `accounts` does."""

    async def first_answer(self, work: Work, wanted: Wanted, key: str) -> bytes | None:
        """What the first call with this key was given; None where this is the first, alone until it has ended.

        Raise Conflict for a key of another request, of one that still runs, or whose answer is gone.
        """
        ...

    async def keep_answer(self, work: Work, wanted: Wanted, key: str, answer: bytes) -> None:
        """Keep what the first call gives, in the transaction of what it did."""
        ...

    async def needs_approval(self, work: Work, wanted: Wanted) -> bool:
        """Whether the workspace wants a person's word before this is done."""
        ...

    async def put_aside(self, work: Work, wanted: Wanted) -> Approval:
        """The approval that waits for this request of this caller, made where there is none."""
        ...

    async def use(self, work: Work, wanted: Wanted, approval: UUID, *, at_client: bool) -> None:
        """Use it up, in the transaction of what it allows.

        Raise NotAllowed for one that was used, refused, has expired, waits, or is of another request or caller.
        """
        ...

    async def refuse(self, work: Work, approval: UUID) -> None:
        """Note that the person at the client said no."""
        ...


KEEPERS: list[Keeper] = []


def keeper(declared: type[Keeper]) -> type[Keeper]:
    """Declare who does."""
    KEEPERS.append(declared())
    return declared


def kept_by() -> Keeper:
    """Whoever it is in this house."""
    return KEEPERS[-1]
