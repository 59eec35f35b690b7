"""What is told and asked about clients."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, SecretStr, model_validator

from switchboard.accounts.records import Name, PageAsked
from switchboard.accounts.roles import Role
from switchboard.foundation.records import Record

MOST_TOOLS = 500
ToolName = Annotated[str, Field(min_length=1, max_length=200)]
Tools = Annotated[tuple[ToolName, ...], Field(max_length=MOST_TOOLS)]
Amount = Annotated[int, Field(ge=1, le=100_000_000)]
Listing = Literal["slim", "full"]
LATER = ("api_keys", "daily_token_quota", "default_provider", "default_model")
"""Settings of language models, which have to be there first."""


class ClientSettings(Record):
    """How a client is bounded."""

    klaviyo_account_id: str | None = Field(default=None, max_length=100, description="whose account it works for there")
    enabled: bool = Field(default=True, description="its keys open nothing where it is not")
    expires_at: AwareDatetime | None = Field(default=None, description="its keys open nothing from then on")
    tools_only: Tools | None = Field(default=None, description="bare names; it has these tools alone; null: all")
    tools_off: Tools = Field(default=(), description="bare names of tools it goes without")
    listing: Listing = Field(
        default="slim", description="of tools at /mcp: the published ones in brief, or all in full"
    )
    per_minute: Amount | None = Field(default=None, description="calls of all its keys; null: not bounded")
    per_hour: Amount | None = Field(default=None, description="likewise")
    daily_quota: Amount | None = Field(default=None, description="calls of a day in UTC; null: not bounded")
    tool_limits: dict[ToolName, Amount] = Field(
        default_factory=dict[str, int], max_length=MOST_TOOLS, description="calls an hour by the tool's bare name"
    )


class WithModels(Record):
    """What is asked of a client's language models; refused by name as long as there are none."""

    api_keys: dict[str, SecretStr] | None = Field(default=None, max_length=20, description="not yet: models come later")
    daily_token_quota: int | None = Field(default=None, description="not yet")
    default_provider: str | None = Field(default=None, max_length=100, description="not yet")
    default_model: str | None = Field(default=None, max_length=100, description="not yet")


class ClientCreate(ClientSettings, WithModels):
    """A new client with its first key."""

    name: Name
    role: Role = Field(default="agent", description="what its first key may do; keys.add makes more")
    permissions: list[str] | None = Field(default=None, description="of the role only these")
    key_days: int | None = Field(default=365, ge=1, le=3_650, description="how long the key lasts; null: for good")


class ClientChange(WithModels):
    """Which client, and what to change of it; what is not named stays, null takes it away."""

    id: UUID
    name: Name | None = None
    klaviyo_account_id: str | None = Field(default=None, max_length=100)
    enabled: bool | None = None
    expires_at: AwareDatetime | None = None
    tools_only: Tools | None = Field(default=None, description="bare names; null: all")
    tools_off: Tools | None = Field(default=None, description="bare names")
    listing: Listing | None = None
    per_minute: Amount | None = None
    per_hour: Amount | None = None
    daily_quota: Amount | None = Field(default=None, description="calls of a day in UTC")
    tool_limits: dict[ToolName, Amount] | None = Field(default=None, max_length=MOST_TOOLS)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set - {"id"}:
            raise ValueError("name what to change")
        return self


class Client(ClientSettings):
    """A client as lists show it."""

    id: UUID
    name: str
    made_by: UUID
    made_at: AwareDatetime
    changed_at: AwareDatetime
    keys: int = Field(description="of its keys those that open something")
    roles: tuple[str, ...] = Field(description="what those may do")
    last_used_at: AwareDatetime | None = Field(description="of any of its keys, to the minute")


class ClientMade(Record):
    """A new client, and its first key, shown this once."""

    client: Client
    key_id: UUID
    key: str


class ClientNamed(Record):
    """Which client."""

    id: UUID


class ClientList(Record):
    """Clients, newest first."""

    clients: list[Client]
    next_cursor: UUID | None


class UsageAsked(Record):
    """Of which client, and when: the last seven days unless told otherwise, 92 days at most."""

    id: UUID
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(default=100, ge=1, le=1_000, description="of the rows by tool and day")
    cursor: str | None = Field(default=None, max_length=300, description="`next_cursor` of the page before")


class RequestsAsked(PageAsked):
    """Which client's requests."""

    id: UUID
    outcome: str | None = Field(default=None, max_length=100, description="done, failed or an error's code")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Counted(Record):
    """Requests, how they ended, and how long they took."""

    requests: int
    done: int
    failed: int = Field(description="through no fault of who called")
    refused: int = Field(description="beyond a limit, not allowed, or asked for what can not be")
    success_rate: float | None = Field(description="done of all, 0 to 1; null without requests")
    failure_rate: float | None = Field(description="the rest, 0 to 1")
    p50_ms: float | None = Field(description="half of the requests took at most so long")
    p95_ms: float | None
    p99_ms: float | None


class CountedOn(Counted):
    """Those of a day in the workspace's zone."""

    day: date


class CountedBy(Counted):
    """Those of a tool."""

    tool: str = Field(description="its bare name")
    operation: str


class CountedByOn(CountedBy):
    """Those of a tool on a day in the workspace's zone."""

    day: date


class Usage(Record):
    """What a client used."""

    id: UUID
    name: str
    since: AwareDatetime
    until: AwareDatetime
    is_cut: bool = Field(description="there were more requests than are looked at; `since` is where those begin")
    total: Counted
    outcomes: dict[str, int] = Field(description="requests by outcome: done, failed or an error's code")
    doors: dict[str, int] = Field(description="requests by the door they came by")
    days: list[CountedOn] = Field(description="oldest first; a day without requests is not there")
    top_tools: list[CountedBy] = Field(description="the 20 most used")
    by_tool_and_day: list[CountedByOn] = Field(description="newest day first, by operation; a page of them")
    next_cursor: str | None


class ClientRequest(Record):
    """One request of a client."""

    id: UUID
    began: AwareDatetime
    tool: str = Field(description="its bare name")
    operation: str
    outcome: str
    door: str
    took_ms: float
    caller: UUID = Field(description="which key")


class RequestList(Record):
    """Requests, newest first."""

    requests: list[ClientRequest]
    next_cursor: UUID | None
