"""The tools one address offers, as far as they are switched on and the caller may use them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from mcp_types import Tool, ToolAnnotations

from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import Flags
from switchboard.mcp.brief import brief
from switchboard.mcp.servers.server import EVERYTHING, Declared, ToolServer


class Shown(Enum):
    """What an address lists; more than it lists can be called wherever tools can be searched for."""

    FEW = "few"
    """The published tools in brief, with prefixes, and the tools that find the rest."""
    ALL = "all"
    """Every tool in full, with prefixes."""
    ALONE = "alone"
    """Every tool of one server in full, with bare names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool under the name it has at one address."""

    name: str
    declared: Declared
    switch: str
    is_published: bool

    @property
    def tool(self) -> Tool:
        """All there is to say of it."""
        return _whole(self.name, self.declared)

    @property
    def brief(self) -> Tool:
        """What is enough to call it."""
        return _brief(self.name, self.declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The tools of one address, by name."""

    flags: Flags
    shown: Shown
    tools: Mapping[str, Offered]

    async def seen_by(self, caller: Caller) -> list[Offered]:
        """What the caller may call, always in the same order."""
        allowed = [each for _, each in sorted(self.tools.items()) if caller.may(each.declared.permission)]
        switched = {switch: await self.flags.all_on(EVERYTHING, switch) for switch in {each.switch for each in allowed}}
        return [each for each in allowed if switched[each.switch]]

    async def is_on(self, switch: str) -> bool:
        """Whether what hangs on this switch is there."""
        return await self.flags.all_on(EVERYTHING, switch)

    async def find(self, name: str) -> Declared | None:
        """The operation behind a name; None when there is none or it is switched off."""
        found = self.tools.get(name)
        if found is None or not await self.flags.all_on(EVERYTHING, found.switch):
            return None
        return found.declared


def catalogue(flags: Flags, servers: Iterable[ToolServer], operations: Iterable[Declared], shown: Shown) -> Catalogue:
    """The tools of these servers."""
    declared = list(operations)
    offered = [
        Offered(
            name=bare if shown is Shown.ALONE else server.prefix + bare, declared=operation, switch=server.switch,
            is_published=bare in server.published,
        )
        for server in servers
        for bare, operation in server.declared(declared).items()
    ]  # fmt: skip
    return Catalogue(flags=flags, shown=shown, tools={each.name: each for each in offered})


@cache
def _whole(name: str, declared: Declared) -> Tool:
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


@cache
def _brief(name: str, declared: Declared) -> Tool:
    """The tool without its output, its titles, its limits and what a sentence on an argument goes on to say."""
    return Tool(
        name=name,
        description=declared.about,
        input_schema=brief(declared.asks.model_json_schema()),
        annotations=ToolAnnotations(read_only_hint=declared.reads, open_world_hint=False),
    )
