"""The tools one address offers, as far as they are switched on and the caller may use them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from mcp_types import Tool, ToolAnnotations

from switchboard.foundation.callers import Caller
from switchboard.foundation.flags import TRUSTED_S
from switchboard.foundation.quoting import given_schema
from switchboard.mcp.brief import brief
from switchboard.mcp.managing import Servers
from switchboard.mcp.servers.server import Declared, ToolServer
from switchboard.mcp.store import ServerRow
from switchboard.mcp.terms import QUOTES, about, with_terms


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
    bare: str
    declared: Declared
    server: str
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

    servers: Servers
    shown: Shown
    tools: Mapping[str, Offered]

    def shown_to(self, caller: Caller) -> Shown:
        """What is listed to the caller here: a client may have asked for every tool in full."""
        return Shown.ALL if self.shown is Shown.FEW and caller.lists_all else self.shown

    async def seen_by(self, caller: Caller) -> list[Offered]:
        """What the caller may call, always in the same order."""
        allowed = [each for _, each in sorted(self.tools.items()) if each.declared.is_for(caller)]
        there = {name: await self.is_open(caller, name) for name in {each.server for each in allowed}}
        off = {name: (await self.servers.row(caller, name)).tools_off for name, is_there in there.items() if is_there}
        return [each for each in allowed if there[each.server] and each.bare not in off[each.server]]

    async def keeps_s(self, caller: Caller) -> float:
        """How long the caller may keep what is listed and read here: as its servers say, the shortest time."""
        rows = [await self.servers.there(caller, name) for name in {each.server for each in self.tools.values()}]
        there = [TRUSTED_S if row.cache_s is None else row.cache_s for row in rows if row is not None]
        return min(there, default=TRUSTED_S)

    async def is_open(self, caller: Caller, server: str) -> bool:
        """Whether this server is there for the caller."""
        return await self.servers.lets_in(caller, server)

    async def find(self, caller: Caller, name: str) -> tuple[Offered, ServerRow] | None:
        """The tool of this name and its server; None when there is none, or one of them is not there for the caller."""
        found = self.tools.get(name)
        server = None if found is None else await self.servers.there(caller, found.server)
        return None if found is None or server is None or found.bare in server.tools_off else (found, server)


def catalogue(
    manager: Servers, servers: Iterable[ToolServer], operations: Iterable[Declared], shown: Shown
) -> Catalogue:
    """The tools of these servers."""
    declared = list(operations)
    offered = [
        Offered(
            name=bare if shown is Shown.ALONE else server.prefix + bare, bare=bare, declared=operation,
            server=server.name, is_published=bare in server.published,
        )
        for server in servers
        for bare, operation in server.declared(declared).items()
    ]  # fmt: skip
    return Catalogue(servers=manager, shown=shown, tools={each.name: each for each in offered})


@cache
def _whole(name: str, declared: Declared) -> Tool:
    return Tool(
        name=name,
        title=declared.title,
        description=about(declared),
        input_schema=with_terms(declared, declared.asks.model_json_schema()),
        output_schema=given_schema(declared.gives),
        annotations=ToolAnnotations(
            title=declared.title, read_only_hint=declared.reads, destructive_hint=not declared.reads,
            idempotent_hint=declared.reads, open_world_hint=False,
        ),
        _meta=QUOTES if declared.quotes else None,
    )  # fmt: skip


@cache
def _brief(name: str, declared: Declared) -> Tool:
    """The tool without its output, its titles, its limits and what a sentence on an argument goes on to say."""
    return Tool(
        name=name,
        description=declared.about,
        input_schema=brief(with_terms(declared, declared.asks.model_json_schema())),
        annotations=ToolAnnotations(read_only_hint=declared.reads, open_world_hint=False),
    )
