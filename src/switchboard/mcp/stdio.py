"""The gateway over standard input and output, for one caller."""

from collections.abc import Mapping

from mcp.server.stdio import stdio_server

from switchboard.foundation.errors import Invalid
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.catalogue import catalogue
from switchboard.mcp.gateway import Who, make_server
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import Declared


async def serve_stdio(
    ground: Ground,
    who: Who,
    flags: Flags,
    server: str | None = None,
    operations: Mapping[str, Declared] = OPERATIONS,
) -> None:
    """All servers with prefixed names, or one with bare names, until the input ends; raise Invalid for no server.

    `who` is asked at each request, as what lets the caller in may end while the process goes on.
    """
    chosen = [each for each in SERVERS if server in {None, each.name}]
    if not chosen:
        raise Invalid(f"there is no server {server}; choose of {', '.join(each.name for each in SERVERS)}")
    offered = catalogue(flags, chosen, operations.values(), bare=server is not None)
    gateway = make_server(ground, offered, who)
    async with stdio_server() as (incoming, outgoing):
        await gateway.run(incoming, outgoing, gateway.create_initialization_options())
