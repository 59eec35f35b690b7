"""What is asked and answered about ways in: links, a second factor, an identity elsewhere."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, SecretStr, model_validator

from switchboard.accounts.passwords import LONGEST
from switchboard.accounts.records import Email, Name
from switchboard.accounts.roles import Role
from switchboard.foundation.records import Record

Password = Annotated[SecretStr, Field(max_length=LONGEST)]
Code = Annotated[SecretStr, Field(max_length=40)]


class Invite(Record):
    """Whom to ask in, and as what."""

    email: Email
    role: Role


class UserRef(Record):
    """Which user: by their id, or by their e-mail."""

    id: UUID | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.id is None) == (self.email is None):
            raise ValueError("say which user: their id or their e-mail, one of the two")
        return self


class Link(Record):
    """An address that lets somebody in once, shown this once."""

    id: UUID
    email: str
    role: str
    link: str = Field(description="to be opened in a browser; good once")
    expires_at: AwareDatetime


class OpenLink(Record):
    """A link that was not used yet, as lists show it; the address itself is kept nowhere."""

    id: UUID
    kind: Literal["invitation", "password"]
    email: str
    role: str
    made_by: UUID
    made_at: AwareDatetime
    expires_at: AwareDatetime


class OpenLinks(Record):
    """Links that can still be used, newest first."""

    links: list[OpenLink]
    next_cursor: UUID | None


class LinkRef(Record):
    """Which link."""

    id: UUID


class LinkUsed(Record):
    """What somebody who opened a link enters: a new password, or with an account elsewhere the one they have."""

    password: Password
    name: Name | None = None


class Proof(Record):
    """One's own password, before something about signing in changes."""

    password: Password


class FactorBegun(Record):
    """A secret for an app that makes codes, shown this once; it counts from when a code confirmed it."""

    secret: str
    address: str = Field(description="the same as an otpauth address, as QR codes hold it")


class FactorCode(Record):
    """A code of the app."""

    code: Code


class FactorRemoved(Record):
    """One's own password, and a code of the app or one for recovery."""

    password: Password
    code: Code


class RecoveryCodes(Record):
    """Codes that are good once each where the app is not at hand, shown this once."""

    codes: list[str]


class SecondFactor(Record):
    """Whether a code is asked for at sign-in, and how many codes for recovery are left."""

    is_on: bool
    since: AwareDatetime | None
    codes_left: int
