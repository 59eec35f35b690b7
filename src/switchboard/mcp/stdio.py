"""The gateway over standard input and output, for one caller."""

from collections.abc import Mapping

from mcp.server.lowlevel import NotificationOptions
from mcp.server.stdio import stdio_server

from switchboard.foundation.errors import Invalid
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.mcp.admitting import Who
from switchboard.mcp.catalogue import Catalogue, Shown, catalogue
from switchboard.mcp.documents import product_parts
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import Declared


def chosen(
    flags: Flags, server: str | None, shown: Shown, operations: Mapping[str, Declared] = OPERATIONS
) -> Catalogue:
    """All servers, few or all of their tools listed, or one server alone; raise Invalid for no server."""
    servers = [each for each in SERVERS if server in {None, each.name}]
    if not servers:
        raise Invalid(f"there is no server {server}; choose of {', '.join(each.name for each in SERVERS)}")
    return catalogue(flags, servers, operations.values(), shown if server is None else Shown.ALONE)


async def serve_stdio(
    ground: Ground, who: Who, offered: Catalogue, operations: Mapping[str, Declared] = OPERATIONS
) -> None:
    """Serve until the input ends.

    `who` is asked at each request, as what lets the caller in may end while the process goes on.
    """
    office = open_office(ground)
    servers = [each for each in SERVERS if any(one.switch == each.switch for one in offered.tools.values())]
    gateway = make_server(office, offered, who, product_parts(servers, operations, offered.shown))
    changed = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)
    try:
        async with stdio_server() as (incoming, outgoing):
            await gateway.run(incoming, outgoing, gateway.create_initialization_options(changed))
    finally:
        await office.tasks.close()
