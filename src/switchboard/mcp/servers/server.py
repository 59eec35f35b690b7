"""A server: some tools under one name and one switch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.foundation.operations import Operation, tool_name
from switchboard.mcp.servers.names import NAMES

Declared = Operation[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolServer:
    """One server; its tools have their bare names at its own address, and its prefix where all servers are."""

    name: str
    published: tuple[str, ...]
    """Tools that are listed wherever the server is; all else of its rooms may have to be searched for."""

    @property
    def switch(self) -> str:
        """What it hangs on."""
        return NAMES[self.name].switch

    @property
    def rooms(self) -> tuple[str, ...]:
        """What the names of its operations begin with; each operation of theirs is a tool."""
        return NAMES[self.name].rooms

    @property
    def prefix(self) -> str:
        """What its tools' names begin with where all servers are."""
        return self.name.replace("-", "_") + "_"

    def declared(self, operations: Iterable[Declared]) -> Mapping[str, Declared]:
        """Its tools by bare name, as far as they are built."""
        return {tool_name(one): one for one in operations if one.tool in self.published or _room(one) in self.rooms}


def _room(declared: Declared) -> str:
    return declared.name.partition(".")[0]
