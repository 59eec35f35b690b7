"""Does the gateway work: each server, a journey across them and the fallback, asked by the official client.

The client speaks to the server of the SDK within this process; what is checked is all that is behind the transports.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from uuid import UUID

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent, Tool
from pydantic import Field

from switchboard.foundation.callers import Caller
from switchboard.foundation.database import Database, Session
from switchboard.foundation.errors import DatabaseDown, SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Done, Ground, Work
from switchboard.foundation.operations import OPERATIONS, tool_name
from switchboard.foundation.records import Record
from switchboard.mcp.admitting import Who
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.managing import Servers
from switchboard.mcp.servers.names import EVERYTHING, NAMES
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import ToolServer
from switchboard.mcp.stdio import chosen

LONGEST_S = 60.0  # of one line
MOST_PAGES = 50
BEHIND = (
    "customers.attributes"  # of the operations behind the tools one that every role may call, on an empty shop, too
)
REVISIONS: tuple[Literal["auto", "legacy"], ...] = ("auto", "legacy")
Known = dict[str, Any]


class CheckLine(Record):
    """One thing that was tried."""

    name: str
    outcome: Literal["PASSED", "FAILED", "OFF", "NOT BUILT"]
    said: str = Field(description="what was seen, or why it did not pass")


class Checked(Record):
    """All of them; `ok` when nothing failed and at least one server passed."""

    ok: bool
    checks: tuple[CheckLine, ...]


class NotAsItShould(Exception):
    """Something answered otherwise than it should; in a sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the journey: what it asks, by what is known, and what it makes known; None of it may be missing."""

    server: str
    tool: str
    asks: Callable[[Known], Known]
    learns: Callable[[Known, Known], Known]


def _someone(_: Known, said: Known) -> Known:
    if not said["customers"]:
        raise NotAsItShould("there are no customers yet: `switchboard import orders FILE` brings some")
    return {"customer_id": said["customers"][0]["customer_id"]}


def _same_person(known: Known, said: Known) -> Known:
    if said["customer_id"] != known["customer_id"]:
        raise NotAsItShould(f"asked for one customer, told of {said['customer_id']}")
    return {}


def _in_the_trail(_: Known, said: Known) -> Known:
    seen = {line["operation"] for line in said["lines"] if line["door"] == "mcp"}
    missing = {"intelligence.profile", "intelligence.churn_risk"} - seen
    if missing:
        raise NotAsItShould(f"the audit trail does not tell of {', '.join(sorted(missing))}")
    return {}


JOURNEY = (
    Step("customer-data", "search_customers", lambda _: {"limit": 1}, _someone),
    Step("customer-data", "get_customer_profile", lambda known: {"customer_id": known["customer_id"]}, _same_person),
    Step("customer-data", "predict_churn_risk", lambda known: {"customer_id": known["customer_id"]}, _same_person),
    Step(
        "monitoring", "audit_list", lambda known: {"customer_id": known["customer_id"], "limit": 10}, _in_the_trail
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What is checked, and in whose name."""

    ground: Ground
    flags: Flags
    who: Who
    written: Callable[[], Awaitable[None]]
    """Returns when the audit trail has what was done."""

    async def lines(self) -> Checked:
        """Everything there is to check, one after the other."""
        told = [await self._server_line(name) for name in NAMES]
        told.append(await self._line("a journey across servers", self._journey))
        told.append(await self._line("fallback: servers off", self._servers_off))
        told.append(await self._line("fallback: database away", self._database_away))
        some = any(line.outcome == "PASSED" for line in told if line.name in NAMES)
        return Checked(ok=some and all(line.outcome != "FAILED" for line in told), checks=tuple(told))

    async def _server_line(self, name: str) -> CheckLine:
        server = next((each for each in SERVERS if each.name == name), None)
        if server is None:
            return CheckLine(name=name, outcome="NOT BUILT", said="it comes with its room")
        if (why := await self._why_off(name)) is not None:
            return CheckLine(name=name, outcome="OFF", said=why)
        return await self._line(name, lambda: self._server(server))

    async def _line(self, name: str, act: Callable[[], Awaitable[str]]) -> CheckLine:
        try:
            async with asyncio.timeout(LONGEST_S):
                return CheckLine(name=name, outcome="PASSED", said=await act())
        except TimeoutError:
            return CheckLine(name=name, outcome="FAILED", said=f"no answer within {LONGEST_S:.0f} s")
        except (SwitchboardError, MCPError, NotAsItShould) as error:
            return CheckLine(name=name, outcome="FAILED", said=str(error))

    async def _why_off(self, *names: str) -> str | None:
        """Why a server is not there for the caller; None when all of these are."""
        caller, manager = await self.who(), Servers(self.ground, self.flags)
        for name in names:
            for switch in (EVERYTHING, NAMES[name].switch):
                if not await self.flags.all_on(switch):
                    return f"{switch} is off; `switchboard flags set {switch} true` switches it on"
            if not await manager.lets_in(caller, name):
                return f"{name} is stopped, or not rolled out to {caller.name}; `switchboard servers list` says which"
        return None

    async def _server(self, server: ToolServer) -> str:
        """Its tools are listed and one of them answers, on both revisions."""
        said: list[str] = []
        for revision in REVISIONS:
            async with self._client(self.flags, server, revision) as client:
                tools = await _all_tools(client)
                tool = _first_call(tools, server)
                await _called(client, tool, {})
                said.append(f"{tool}, of {len(tools)} tools, answers on {client.protocol_version}")
        return "; ".join(said)

    async def _journey(self) -> str:
        """Somebody is found, looked at and judged, and the trail tells of it."""
        names = list(dict.fromkeys(step.server for step in JOURNEY))
        if (why := await self._why_off(*names)) is not None:
            raise NotAsItShould(why)
        known: Known = {}
        async with self._client(self.flags) as client:
            for step in JOURNEY:
                if step.server != JOURNEY[0].server:
                    await self.written()
                tool = _server(step.server).prefix + step.tool
                known |= step.learns(known, await _called(client, tool, step.asks(known)))
        return f"{len(JOURNEY)} calls over {' and '.join(names)}"

    async def _servers_off(self) -> str:
        """With the gateway off its tools are gone, and what they call goes on."""
        caller, behind = await self.who(), OPERATIONS[BEHIND]
        async with self._client(Fixed(ground=self.ground, settings=self.flags.settings, on=False)) as client:
            if tools := await _all_tools(client):
                raise NotAsItShould(f"{tools[0].name} is listed though everything is off")
        await behind(self.ground, caller, behind.asks(), door="cli")
        return "no tool is listed, and the operations behind them answer"

    async def _database_away(self) -> str:
        """While the database is away reading tells the last good answer, changing refuses with when to come again."""
        caller, away = await self.who(), Away(self.ground.database)
        ground = replace(self.ground, database=away, trail=Silent())
        flags = Fixed(ground=self.ground, settings=self.flags.settings, on=True)
        prefix = _server("customer-data").prefix
        reads, changes = prefix + tool_name(OPERATIONS[BEHIND]), prefix + tool_name(OPERATIONS["intelligence.segment"])
        async with self._client(flags, ground=ground, who=_always(caller)) as client:
            good = await _called(client, reads, {})
            away.is_away = True
            stale, change = await client.call_tool(reads, {}), await client.call_tool(changes, {})
        if stale.structured_content != good or "stale_since" not in (stale.meta or {}):
            raise NotAsItShould(f"reading did not tell the last good answer: {_words(stale)}")
        if not change.is_error or "retry_after_s" not in (change.meta or {}):
            raise NotAsItShould(f"changing did not say when to try again: {_words(change)}")
        return "reading tells the last good answer as stale, changing says when to try again"

    @asynccontextmanager
    async def _client(
        self,
        flags: Flags,
        server: ToolServer | None = None,
        revision: Literal["auto", "legacy"] = "auto",
        *,
        ground: Ground | None = None,
        who: Who | None = None,
    ) -> AsyncGenerator[Client]:
        """A client of one server alone, or of all of them in full; what the block raises is raised as it is."""
        on = ground or self.ground
        office = open_office(on)
        offered = chosen(Servers(on, flags), None if server is None else server.name, Shown.ALL)
        raised: Exception | None = None
        try:
            async with Client(make_server(office, offered, who or self.who), mode=revision) as client:
                try:
                    yield client
                except (SwitchboardError, MCPError, NotAsItShould) as error:
                    raised = error  # else the SDK would tell it within a group of others
        finally:
            await office.tasks.close()
        if raised is not None:
            raise raised


class Fixed(Flags):
    """Switches that are all as they are said to be, for what is tried here alone."""

    def __init__(self, *, on: bool, **given: Any) -> None:
        super().__init__(**given)
        self._is_on = on

    async def all_on(self, *names: str) -> bool:
        """Whether each of them is on."""
        _ = names
        return self._is_on


class Away(Database):
    """A database that goes away when it is told to, for what is tried here alone."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner.pool, inner.turns, inner.url)
        self.is_away = False

    @asynccontextmanager
    async def session(self, workspace: UUID | None, **given: Any) -> AsyncGenerator[Session]:
        """A session; raise DatabaseDown."""
        if self.is_away:
            raise DatabaseDown("the database is away for a moment; try again")
        async with super().session(workspace, **given) as session:
            yield session


class Silent:
    """A trail that keeps nothing: a failure that was made up is nobody's."""

    def remember(self, done: Done) -> None:
        """Forget it."""

    async def write(self, work: Work, done: Done) -> None:
        """Forget it."""


def _always(caller: Caller) -> Who:
    async def who() -> Caller:
        return caller

    return who


def _server(name: str) -> ToolServer:
    return next(each for each in SERVERS if each.name == name)


async def _all_tools(client: Client) -> list[Tool]:
    """All pages of them."""
    found, cursor = list[Tool](), None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        if (cursor := page.next_cursor) is None:
            break
    return found


def _first_call(tools: list[Tool], server: ToolServer) -> str:
    """A tool that reads and needs nothing, a published one before others; raise NotAsItShould when there is none."""
    names = [
        each.name
        for each in tools
        if each.annotations and each.annotations.read_only_hint and not each.input_schema.get("required")
    ]
    if not names:
        raise NotAsItShould("it has no tool that the caller may read with; check it without SWITCHBOARD_API_KEY")
    return min(names, key=lambda name: (name not in server.published, name))


async def _called(client: Client, tool: str, asked: Mapping[str, Any]) -> Known:
    """What a tool answers; raise NotAsItShould for one that does not."""
    answer = await client.call_tool(tool, dict(asked))
    said: Any = answer.structured_content
    if answer.is_error or not isinstance(said, dict):
        raise NotAsItShould(f"{tool}: {_words(answer)}")
    return cast("Known", said)


def _words(answer: CallToolResult) -> str:
    return " ".join(each.text for each in answer.content if isinstance(each, TextContent))[:300]
