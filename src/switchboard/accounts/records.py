"""What accounts deal in: workspaces, users, keys, allowances and lines of the trail."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SecretStr, StringConstraints

from switchboard.accounts.passwords import LONGEST, SHORTEST
from switchboard.accounts.roles import Role
from switchboard.foundation.records import Moment, Record, told_as

FIRST_LOCALE = "en-GB"
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Shredded(Record):
    """A workspace whose data key was destroyed."""

    workspace: str
    files_removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant: one shop. `clock` is None for a live shop, whose clock is now."""

    id: UUID
    name: str
    currency: str
    time_zone: str
    data_key: bytes = field(repr=False)  # wrapped by the vault's master key
    country: str | None = None
    locale: str = FIRST_LOCALE
    clock: datetime | None = None
    clock_is_set: bool = False  # by settings: what is imported does not move it
    last_order_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin."""
        return ZoneInfo(self.time_zone)

    def as_of(self, now: datetime) -> datetime:
        """The instant its figures are of, when nobody asks for another."""
        return self.clock or now


class WorkspaceSettings(Record):
    """How a workspace is set up."""

    id: UUID
    name: str
    currency: str
    currency_is_fixed: bool = Field(description="orders were imported in it; it can not be changed any more")
    time_zone: str
    country: str | None = Field(description="where phone numbers without a prefix are from; ISO 3166")
    locale: str = Field(description="how dates, numbers and money are written; BCP 47")
    clock: Literal["live", "historical"]
    clock_is_set: bool = Field(description="set here, so that imports do not move it")
    as_of: AwareDatetime = Field(description="the instant figures are of by default")


Clock = Annotated[
    Literal["live", "automatic"] | Moment, told_as("live, automatic, a day, or an instant with its offset")
]


class WorkspaceChange(Record):
    """What to change; what is not named stays."""

    name: Name | None = None
    currency: Currency | None = Field(default=None, description="ISO 4217; only before orders are imported")
    time_zone: str | None = Field(default=None, description="such as Europe/Berlin")
    country: Country | None = None
    locale: str | None = Field(default=None, max_length=35, description="such as en-GB, de or pt-BR")
    clock: Clock | None = Field(
        default=None,
        description="live: now; an instant or a day: fixed there; automatic: now, or for a history the day after it",
    )


class PageAsked(Record):
    """Which part of a list."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: UUID | None = Field(default=None, description="`next_cursor` of the page before")


class KeyAdd(Record):
    """What a new API key may do: a role's permissions, some of them, or permissions alone; never more than you."""

    name: Name = Field(description="what it is for, as lists show it")
    role: Role | None = None
    permissions: list[str] | None = Field(default=None, description="only these; all of the role when not named")
    client: UUID | None = Field(default=None, description="the client it acts for")
    expires_in_days: int | None = Field(default=365, ge=1, le=3_650, description="null: never")


class Key(Record):
    """An API key as lists show it; the key itself is kept nowhere."""

    id: UUID
    name: str
    role: str = Field(description="custom when it has permissions alone")
    permissions: list[str] | None = Field(description="null: all of the role")
    client: UUID | None
    made_by: UUID
    made_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="to the minute")
    revoked_at: AwareDatetime | None


class KeyAdded(Record):
    """A new API key, shown this once."""

    id: UUID
    key: str
    expires_at: AwareDatetime | None


class KeyList(Record):
    """API keys, newest first."""

    keys: list[Key]
    next_cursor: UUID | None


class KeyRevoke(Record):
    """Which API key shall work no more."""

    id: UUID


class AllowanceRule(Record):
    """How many calls an hour: of each caller with a role, of a client, or of the whole workspace."""

    about: Literal["role", "client", "workspace"]
    name: str = Field(default="", description="the role, or the client's id; empty for the workspace")
    per_hour: int = Field(ge=1, le=100_000_000)


class AllowanceList(Record):
    """The rules of a workspace, and what holds where there is none."""

    rules: list[AllowanceRule]
    role_default: int
    workspace_default: int


class AllowanceChange(Record):
    """A rule to set, or with null to take away."""

    about: Literal["role", "client", "workspace"]
    name: str = Field(default="", description="the role, or the client's id; empty for the workspace")
    per_hour: int | None = Field(ge=1, le=100_000_000)


class AuditAsked(PageAsked):
    """Which lines of the trail."""

    operation: str | None = None
    changes_only: bool = Field(default=False, description="without reads, but for those that did not succeed")
    caller: UUID | None = None
    outcome: str | None = Field(default=None, description="done, failed or an error's code")
    customer_id: str | None = Field(default=None, description="only what was done about this customer")
    since: AwareDatetime = datetime(1970, 1, 1, tzinfo=UTC)
    until: AwareDatetime = datetime(9999, 1, 1, tzinfo=UTC)


class AuditSearch(Record):
    """A search whose keystrokes are one line; what was typed and who was opened are kept a month, sealed."""

    search_id: UUID
    keystrokes: int = Field(description="queries that were sent while it was typed, a thousand at most")
    query: str | None = Field(description="the last of them; null without customers:contact, for it may be of one")
    found: int | None = Field(description="how many the last of them found; null when it did not count them")
    opened_count: int = Field(description="how many customers were opened from it")
    opened: list[str] = Field(description="their ids; none without customers:contact")


class AuditLine(Record):
    """Who did what when, by which door, and what came of it."""

    id: UUID
    began: AwareDatetime
    took_us: int
    caller: UUID
    caller_name: str
    caller_kind: str
    client: UUID | None
    operation: str
    outcome: str
    door: str
    subject: str = Field(description="keyed hashes of the customers it was about")
    search: AuditSearch | None = Field(default=None, description="of a search as one types: all its keystrokes")


class AuditList(Record):
    """Lines of the trail, newest first."""

    lines: list[AuditLine]
    next_cursor: UUID | None


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
]
NewPassword = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]


class SignIn(Record):
    """An e-mail and a password; the workspace's name for who is in several."""

    email: Email
    password: Annotated[SecretStr, Field(max_length=LONGEST)]
    workspace: str | None = None
    code: Annotated[SecretStr, Field(max_length=40)] | None = Field(
        default=None, description="of the app, or one for recovery, where a second factor is on"
    )  # fmt: skip


class User(Record):
    """Who may sign in to the workspace, and as what."""

    id: UUID
    email: str
    name: str
    role: str
    added_at: AwareDatetime
    disabled_at: AwareDatetime | None


class UserList(Record):
    """Users, longest known first."""

    users: list[User]
    next_cursor: UUID | None


class UserAdd(Record):
    """Who shall be able to sign in."""

    email: Email
    role: Role
    name: Name | None = Field(default=None, description="the part of the e-mail before the @ when not named")
    password: NewPassword | None = Field(default=None, description="one is made up when not named")


class UserPassword(Record):
    """A user, and a made-up password shown this once; null when it is one that is known already."""

    id: UUID
    email: str
    role: str
    password: str | None


class UserDisable(Record):
    """Who shall sign in no more."""

    id: UUID
    revoke_keys: bool = Field(default=True, description="revoke the API keys they made, too")


class UserSetRole(Record):
    """What a user shall be."""

    id: UUID
    role: Role


class PasswordReset(Record):
    """Whose password is lost."""

    id: UUID
    password: NewPassword | None = Field(default=None, description="one is made up when not named")


class PasswordChange(Record):
    """One's own password, from the old to the new."""

    old: Annotated[SecretStr, Field(max_length=LONGEST)]
    new: NewPassword


class Session(Record):
    """A browser that is signed in to the console."""

    id: UUID
    agent: str = Field(description="what the browser called itself")
    made_at: AwareDatetime
    used_at: AwareDatetime = Field(description="to the minute")
    expires_at: AwareDatetime


class SessionList(Record):
    """One's own sessions, newest first."""

    sessions: list[Session]
    next_cursor: UUID | None


class SessionEnd(Record):
    """Which of one's own sessions shall end."""

    id: UUID


class Tokens(Record):
    """An access token for some hours, and a refresh token that gives the next pair once."""

    access_token: str
    refresh_token: str
    expires_in: int = Field(description="seconds the access token lasts")
