"""The tools one address offers, as far as they are switched on and the caller may use them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mcp_types import Tool, ToolAnnotations

from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.mcp.servers.server import EVERYTHING, Declared, ToolServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool under the name it has at one address."""

    tool: Tool
    declared: Declared
    switch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The tools of one address, by name."""

    flags: Flags
    tools: Mapping[str, Offered]

    async def seen_by(self, caller: Caller) -> list[Tool]:
        """What the caller is shown, always in the same order."""
        allowed = [each for _, each in sorted(self.tools.items()) if caller.may(each.declared.permission)]
        switched = {switch: await self.flags.all_on(EVERYTHING, switch) for switch in {each.switch for each in allowed}}
        return [each.tool for each in allowed if switched[each.switch]]

    async def find(self, name: str) -> Declared | None:
        """The operation behind a name; None when there is none or it is switched off."""
        found = self.tools.get(name)
        if found is None or not await self.flags.all_on(EVERYTHING, found.switch):
            return None
        return found.declared


def catalogue(flags: Flags, servers: Iterable[ToolServer], operations: Iterable[Declared], *, bare: bool) -> Catalogue:
    """The tools of these servers, with bare names or with their servers' prefixes."""
    declared = list(operations)
    tools = {
        (name if bare else server.prefix + name): (server, operation)
        for server in servers
        for name, operation in server.declared(declared).items()
    }
    return Catalogue(
        flags=flags,
        tools={
            name: Offered(tool=_tool(name, operation), declared=operation, switch=server.switch)
            for name, (server, operation) in tools.items()
        },
    )


def _tool(name: str, declared: Declared) -> Tool:
    return Tool(
        name=name,
        title=declared.title,
        description=declared.about,
        input_schema=declared.asks.model_json_schema(),
        output_schema=declared.gives.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(
            title=declared.title, read_only_hint=declared.reads, destructive_hint=not declared.reads,
            idempotent_hint=declared.reads, open_world_hint=False,
        ),
    )  # fmt: skip
