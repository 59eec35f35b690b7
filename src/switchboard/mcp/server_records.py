"""What is told and asked about the servers of the gateway."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from switchboard.foundation.records import Record
from switchboard.mcp.servers.names import NAMES

Percent = Annotated[float, Field(gt=0, le=100)]
ServerName = Annotated[str, Field(pattern="^(" + "|".join(NAMES) + ")$", description="such as customer-data")]


Status = Literal["running", "stopped", "switched_off", "rolled_back", "not_built"]


class RolloutStep(Record):
    """A step of a plan."""

    percent: Percent = Field(description="of callers who are let in")
    after_days: float = Field(ge=0, le=365, description="after the beginning")


class RolloutShown(Record):
    """A plan at work."""

    steps: tuple[RolloutStep, ...]
    state: Literal["rolling_out", "done", "rolled_back"]
    percent: float = Field(description="of callers who are let in now")
    began_at: AwareDatetime
    changed_at: AwareDatetime
    reason: str = Field(description="why it was taken back; empty where it was not")
    most_error_rate: float
    most_p95_ms: float


class ServerHealth(Record):
    """Its calls over MCP in the last 15 minutes, of all callers."""

    calls: int
    failed: int
    error_rate: float = Field(description="share of calls that failed through no fault of who called, 0 to 1")
    p95_ms: float = Field(description="95 % of calls took at most so long")


class ServerShown(Record):
    """A server of the gateway."""

    name: str
    title: str
    is_built: bool
    status: Status = Field(description="switched_off: for the whole installation")
    enabled: bool = Field(description="here; the installation may have it switched off besides")
    timeout_s: float | None = Field(description="of its calls; null: as each tool has it")
    per_hour: int | None = Field(description="calls of one caller in an hour; null: as roles and clients have it")
    cache_s: int | None = Field(description="how long clients may keep its lists and documents; null: five seconds")
    tools_off: tuple[str, ...] = Field(description="bare names of tools that are not there")
    rollout: RolloutShown | None
    health: ServerHealth


class ServerList(Record):
    """All servers."""

    servers: tuple[ServerShown, ...]


class ServerNamed(Record):
    """Which server."""

    name: ServerName


class ServerSwitch(ServerNamed):
    """Which server, and whether it shall be there."""

    enabled: bool


class ServerSettings(ServerNamed):
    """How a server shall work from now on; what is left out stays, null takes it away."""

    timeout_s: float | None = Field(default=None, gt=0, le=600)
    per_hour: int | None = Field(default=None, ge=1, le=1_000_000)
    cache_s: int | None = Field(
        default=None, ge=0, le=86_400, description="seconds for which clients may keep its lists and documents"
    )
    tools_off: tuple[str, ...] | None = Field(default=None, max_length=200, description="bare names")


class RolloutBegin(ServerNamed):
    """A plan for a server."""

    steps: tuple[RolloutStep, ...] = Field(
        default=(
            RolloutStep(percent=10, after_days=0), RolloutStep(percent=25, after_days=3),
            RolloutStep(percent=50, after_days=7), RolloutStep(percent=100, after_days=14),
        ),
        min_length=1, max_length=20,
    )  # fmt: skip
    most_error_rate: float = Field(default=0.05, ge=0, le=1, description="taken back above it; share of calls")
    most_p95_ms: float = Field(default=2_000, gt=0, description="taken back above it")

    @model_validator(mode="after")
    def _grows(self) -> Self:
        pairs = list(zip(self.steps, self.steps[1:], strict=False))
        if self.steps[0].after_days or any(
            one.after_days >= next_.after_days or one.percent >= next_.percent for one, next_ in pairs
        ):
            raise ValueError("steps: the first is after 0 days, and each later one has more percent")
        return self


class RolloutBack(ServerNamed):
    """Take the plan of a server back."""

    reason: str = Field(default="by hand", min_length=1, max_length=500)


class ToolsListed(Record):
    """Which tools: of one server or all, those that fit words best first."""

    server: ServerName | None = None
    name: str | None = Field(default=None, max_length=200, description="only the one of this bare name")
    words: str = Field(default="", max_length=200, description="what it should do")
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=200, description="`next_cursor` of the page before")


class ToolOfServer(Record):
    """A tool in a few words."""

    name: str = Field(description="its bare name")
    server: str
    operation: str = Field(description="what it is in every other door")
    title: str
    description: str
    reads: bool = Field(description="changes nothing")
    is_off: bool = Field(description="switched off on its server")


class ToolsOfServers(Record):
    """Tools the caller may call, of servers that are built; whether MCP is switched on is another question."""

    tools: list[ToolOfServer]
    total: int
    next_cursor: str | None
