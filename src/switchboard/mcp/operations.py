"""What callers can do about the servers of the gateway."""

from dataclasses import replace
from typing import Any

from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.flags import stored_switches
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import OPERATIONS, Operation, operation, tool_name
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by
from switchboard.mcp import store
from switchboard.mcp.finding import ABOUT, NAME, TITLE, ranked
from switchboard.mcp.managing import LOOKS_BACK
from switchboard.mcp.rollout import Rollout, Step, percent, rolled_back
from switchboard.mcp.server_records import (
    RolloutBack,
    RolloutBegin,
    RolloutShown,
    RolloutStep,
    ServerHealth,
    ServerList,
    ServerNamed,
    ServerSettings,
    ServerShown,
    ServerSwitch,
    Status,
    ToolOfServer,
    ToolsListed,
    ToolsOfServers,
)
from switchboard.mcp.servers.names import EVERYTHING, NAMES
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.store import ServerRow
from switchboard.mcp.trying import ClientTest, ClientTested, tried

MANAGE = "servers:manage"


@operation("servers.list", title="MCP servers", permission="workspace:read", reads=True)
async def list_servers(work: Work, _asked: Nothing) -> ServerList:
    """The servers of the MCP gateway: whether they run, for how many callers, how well, and how they are set."""
    rows = await store.servers(work)
    return ServerList(servers=tuple([await _shown(work, rows.get(name) or ServerRow(name=name)) for name in NAMES]))


@operation(
    "servers.switch", title="Switch an MCP server", permission=MANAGE, undo=undone_by("servers.switch", "the other way")
)
async def switch_server(work: Work, asked: ServerSwitch) -> ServerShown:
    """Start a server for this workspace, or stop it; clients that listen are told at once."""
    row = await _changeable(work, asked)
    return await _kept(work, replace(row, enabled=asked.enabled))


@operation(
    "servers.set",
    title="Set an MCP server",
    permission=MANAGE,
    undo=undone_by("servers.set", "with what was set before"),
)
async def set_server(work: Work, asked: ServerSettings) -> ServerShown:
    """Change how a server works while it runs.

    Its time-out, calls an hour, how long clients may keep its lists and documents, tools that are not there.
    """
    row = await _changeable(work, asked)
    given = asked.model_fields_set
    if "tools_off" in given:
        tools = {tool_name(one) for one in OPERATIONS.values() if one.name.partition(".")[0] in NAMES[asked.name].rooms}
        unknown = sorted(set(asked.tools_off or ()) - tools)
        if unknown:
            raise Invalid(f"tools_off: {asked.name} has no tool {', '.join(unknown)}", field="tools_off")
        row = replace(row, tools_off=tuple(sorted(set(asked.tools_off or ()))))
    if "timeout_s" in given:
        row = replace(row, timeout_s=asked.timeout_s)
    if "per_hour" in given:
        row = replace(row, per_hour=asked.per_hour)
    if "cache_s" in given:
        row = replace(row, cache_s=asked.cache_s)
    return await _kept(work, row)


@operation("servers.roll_out", title="Roll out an MCP server", permission=MANAGE, undo=undone_by("servers.end_rollout"))
async def roll_out(work: Work, asked: RolloutBegin) -> ServerShown:
    """Let callers in by percentage, more with each step; taken back by itself when calls fail or take too long."""
    row = await _changeable(work, asked)
    begun = Rollout(
        steps=tuple(Step(percent=each.percent, after_days=each.after_days) for each in asked.steps),
        began_at=work.now, changed_at=work.now, most_error_rate=asked.most_error_rate, most_p95_ms=asked.most_p95_ms,
    )  # fmt: skip
    return await _kept(work, replace(row, rollout=begun))


@operation(
    "servers.roll_back",
    title="Roll back an MCP server",
    permission=MANAGE,
    undo=undone_by("servers.roll_out", "or servers.end_rollout, which lets everybody in"),
)
async def roll_back(work: Work, asked: RolloutBack) -> ServerShown:
    """Let nobody in any more, at once."""
    row = await _changeable(work, asked)
    before = row.rollout or Rollout(began_at=work.now, changed_at=work.now)
    return await _kept(work, replace(row, rollout=rolled_back(before, asked.reason, work.now)))


@operation(
    "servers.end_rollout",
    title="End the rollout of an MCP server",
    permission=MANAGE,
    undo=undone_by("servers.roll_out", "with the steps before"),
)
async def end_rollout(work: Work, asked: ServerNamed) -> ServerShown:
    """Let everybody in, without a plan."""
    return await _kept(work, replace(await _changeable(work, asked), rollout=None))


@operation("servers.tools", title="Tools of MCP servers", permission="workspace:read", reads=True)
async def list_tools(work: Work, asked: ToolsListed) -> ToolsOfServers:
    """The tools of the MCP gateway that the caller may call, by server and name, or by words, best first."""
    rows = await store.servers(work)
    tools = {
        name: _tool(server.name, name, declared, rows.get(server.name) or ServerRow(name=server.name))
        for server in SERVERS if asked.server in {None, server.name}
        for name, declared in sorted(server.declared(OPERATIONS.values()).items())
        if declared.is_for(work.caller) and asked.name in {None, name}
    }  # fmt: skip
    said = {name: [(NAME, name), (TITLE, each.title), (ABOUT, each.description)] for name, each in tools.items()}
    names = ranked(asked.words, said)
    if asked.cursor is not None and asked.cursor not in names:
        raise Invalid("cursor: it is not of this list; begin without one", field="cursor")
    begin = 0 if asked.cursor is None else names.index(asked.cursor) + 1
    page = names[begin : begin + asked.limit]
    following = page[-1] if begin + len(page) < len(names) else None
    return ToolsOfServers(tools=[tools[name] for name in page], total=len(names), next_cursor=following)


@operation("clients.test", title="Test a client", permission="clients:manage", reads=True)
async def try_client(work: Work, asked: ClientTest) -> ClientTested:
    """Call a tool as a client, for real, and say of each thing on the way whether it is as it should be."""
    return await tried(work, asked)


def _tool(server: str, name: str, declared: Operation[Any, Any], row: ServerRow) -> ToolOfServer:
    return ToolOfServer(
        name=name, server=server, operation=declared.name, title=declared.title, description=declared.about,
        reads=declared.reads, is_off=name in row.tools_off,
    )  # fmt: skip


async def _changeable(work: Work, asked: ServerNamed) -> ServerRow:
    if not NAMES[asked.name].is_built:
        raise Conflict(f"{asked.name} is not built yet; servers.list says which are", code="not_built")
    return await store.lock_server(work, asked.name)


async def _kept(work: Work, row: ServerRow) -> ServerShown:
    await store.keep_server(work, row)
    return await _shown(work, row)


async def _shown(work: Work, row: ServerRow) -> ServerShown:
    known = NAMES[row.name]
    seen = await store.health(work, known.rooms, work.now - LOOKS_BACK)
    rollout = row.rollout
    shown = None if rollout is None else RolloutShown(
        steps=tuple(RolloutStep(percent=each.percent, after_days=each.after_days) for each in rollout.steps),
        state=rollout.state, percent=percent(rollout, work.now), began_at=rollout.began_at,
        changed_at=rollout.changed_at, reason=rollout.reason, most_error_rate=rollout.most_error_rate,
        most_p95_ms=rollout.most_p95_ms,
    )  # fmt: skip
    return ServerShown(
        name=row.name, title=known.title, is_built=known.is_built, status=await _status(work, row),
        enabled=row.enabled, timeout_s=row.timeout_s, per_hour=row.per_hour, cache_s=row.cache_s,
        tools_off=row.tools_off, rollout=shown,
        health=ServerHealth(calls=seen.calls, failed=seen.failed, error_rate=seen.error_rate, p95_ms=seen.p95_ms),
    )  # fmt: skip


async def _status(work: Work, row: ServerRow) -> Status:
    if not NAMES[row.name].is_built:
        return "not_built"
    switches = (EVERYTHING, NAMES[row.name].switch)
    stored = await stored_switches(work, *switches)
    if not all(stored.get(name, name in work.ground.switched_on) for name in switches):
        return "switched_off"
    if row.rollout is not None and row.rollout.state == "rolled_back":
        return "rolled_back"
    return "running" if row.enabled else "stopped"
