"""A client tried: whether its key opens something, what it sees, and what a real call of a tool comes to."""

import time
from collections.abc import Mapping
from uuid import UUID

from pydantic import Field, JsonValue

from switchboard.accounts.clients.acting import acting_as
from switchboard.accounts.clients.without_models import check_no_models
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import Conflict, Invalid, SwitchboardError
from switchboard.foundation.flags import stored_switches
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, tool_name
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Record
from switchboard.mcp import store
from switchboard.mcp.finding import ABOUT, NAME, TITLE, ranked
from switchboard.mcp.rollout import lets_in
from switchboard.mcp.servers.names import EVERYTHING, NAMES
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import Declared
from switchboard.mcp.store import ServerRow

DOOR = "mcp"
MOST_NAMED = 10
_trying: set[UUID] = set()  # a trial holds one connection and takes another: one at a time of a process


class ClientTest(Record):
    """Which client, and how to try it: with a named tool, one that fits words, or one that asks for nothing."""

    id: UUID
    test_query: str | None = Field(default=None, max_length=200, description="words for the tool to call")
    tool: str | None = Field(default=None, max_length=200, description="its bare name; one that changes nothing")
    arguments: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue], description="of that tool")
    model_provider: str | None = Field(default=None, max_length=100, description="not yet: models come later")
    model: str | None = Field(default=None, max_length=100, description="not yet")


class Check(Record):
    """One thing that was looked at."""

    name: str
    ok: bool
    told: str


class ClientTested(Record):
    """Whether everything is as it should be, and each thing that was looked at, in order."""

    ok: bool
    checks: list[Check]
    tool: str | None = Field(description="which was called")
    took_ms: float | None = Field(description="how long that took")


async def tried(work: Work, asked: ClientTest) -> ClientTested:
    """Each check in turn; what depends on one that failed is left out. Raise Invalid for a model, of which none is."""
    check_no_models(asked, "model_provider", "model")
    caller = await acting_as(work, asked.id)
    if caller is None:
        told = "the client is off, over or without a key that opens something; see clients.show"
        return ClientTested(ok=False, checks=[Check(name="key", ok=False, told=told)], tool=None, took_ms=None)
    checks = [Check(name="key", ok=True, told=f"“{caller.name}” opens what a key with the role {caller.role} may do")]
    tools = await _tools(work, caller, checks)
    called = _chosen(asked, tools, checks)
    if called is None:
        return ClientTested(ok=False, checks=checks, tool=None, took_ms=None)
    took_ms = await _call(work, caller, called, asked, checks)
    if (left := work.ground.allowances.left(caller, called.name, called.per_hour)) is not None:
        told = f"{left.left:,} of {left.per_hour:,} calls are left for the next {left.resets_in_s:,} s"
        checks.append(Check(name="limits", ok=left.left > 0, told=told))
    return ClientTested(
        ok=all(each.ok for each in checks), checks=checks, tool=tool_name(called), took_ms=took_ms
    )  # fmt: skip


async def _tools(work: Work, caller: Caller, checks: list[Check]) -> dict[str, Declared]:
    """What the client may call over MCP, by bare name."""
    rows = await store.servers(work)
    there = [name for name in NAMES if NAMES[name].is_built and await _is_there(work, caller, name, rows)]
    told = f"there for it: {', '.join(there)}" if there else "none is there for it; see servers.list"
    checks.append(Check(name="servers", ok=bool(there), told=told))
    if not there:
        return {}
    tools = {
        name: declared
        for server in SERVERS if server.name in there
        for name, declared in server.declared(OPERATIONS.values()).items()
        if declared.is_for(caller) and name not in (rows.get(server.name) or ServerRow(name=server.name)).tools_off
    }  # fmt: skip
    lists = "all of them in full" if caller.lists_all else "the published ones in brief"
    told = f"it may call {len(tools):,}, and is shown {lists} at /mcp" if tools else "its settings leave it none"
    checks.append(Check(name="tools", ok=bool(tools), told=told))
    return tools


async def _is_there(work: Work, caller: Caller, name: str, rows: Mapping[str, ServerRow]) -> bool:
    switches = (EVERYTHING, NAMES[name].switch)
    stored = await stored_switches(work, *switches)
    if not all(stored.get(each, each in work.ground.switched_on) for each in switches):
        return False
    row = rows.get(name) or ServerRow(name=name)
    return row.enabled and lets_in(name, row.rollout, caller.id, work.now)


def _chosen(asked: ClientTest, tools: Mapping[str, Declared], checks: list[Check]) -> Declared | None:
    """The tool to call: the one named, else the best that reads, asks for nothing more, and fits the words."""
    if not tools:
        return None
    reading = {name: each for name, each in tools.items() if each.reads}
    if asked.tool is not None:
        if asked.tool not in reading:
            raise Invalid(f"tool: the client may call no tool {asked.tool} that changes nothing", field="tool")
        return reading[asked.tool]
    said = {name: [(NAME, each.name), (TITLE, each.title), (ABOUT, each.about)] for name, each in reading.items()}
    found = ranked(asked.test_query or "", said)
    if asked.test_query:
        told = f"{len(found):,} tools fit the words: {', '.join(found[:MOST_NAMED])}" if found else "no tool fits them"
        checks.append(Check(name="query", ok=True, told=told))
    published = [name for server in SERVERS for name in server.published]
    ready = [name for name in (*found, *published, *sorted(reading)) if name in reading and _is_ready(reading[name])]
    if not ready:
        told = "it has no tool that reads and asks for nothing; name one with its arguments"
        checks.append(Check(name="call", ok=False, told=told))
        return None
    return reading[next(iter(name for name in ready if not asked.test_query or name in found or not found), ready[0])]


def _is_ready(declared: Declared) -> bool:
    return not any(field.is_required() for field in declared.asks.model_fields.values())


async def _call(
    work: Work, caller: Caller, called: Declared, asked: ClientTest, checks: list[Check]
) -> float | None:  # fmt: skip
    """Call it as the client, with its policy, its limits and its line of the trail; how many milliseconds it took."""
    if _trying:
        raise Conflict("another client is being tried at this moment; try again", code="busy")
    _trying.add(asked.id)
    began = time.perf_counter_ns()
    try:
        arguments = read_values(called.asks, asked.arguments)
        await called(work.ground, caller, arguments, door=DOOR)
    except SwitchboardError as error:
        checks.append(Check(name="call", ok=False, told=f"“{tool_name(called)}”: {error}"))
        return None
    finally:
        _trying.discard(asked.id)
    took_ms = (time.perf_counter_ns() - began) / 1e6
    checks.append(Check(name="call", ok=True, told=f"“{tool_name(called)}” answered in {took_ms:,.0f} ms"))
    return took_ms
