"""The gateway over standard input and output, for one caller."""

import asyncio
from collections.abc import Coroutine, Mapping

from mcp.server.lowlevel import NotificationOptions
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import PromptsListChanged, ResourcesListChanged, ServerEvent, ToolsListChanged
from mcp_types import NotificationParams

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.wake import Bell
from switchboard.mcp.admitting import Who
from switchboard.mcp.catalogue import Catalogue, Shown, catalogue
from switchboard.mcp.documents import product_parts
from switchboard.mcp.exchange import Context
from switchboard.mcp.gateway import make_server, open_office
from switchboard.mcp.live import Live
from switchboard.mcp.managing import Servers
from switchboard.mcp.relay import Relay
from switchboard.mcp.servers.registry import SERVERS
from switchboard.mcp.servers.server import Declared


def chosen(
    manager: Servers, server: str | None, shown: Shown, operations: Mapping[str, Declared] = OPERATIONS
) -> Catalogue:
    """All servers, few or all of their tools listed, or one server alone; raise Invalid for no server."""
    servers = [each for each in SERVERS if server in {None, each.name}]
    if not servers:
        raise Invalid(f"there is no server {server}; choose of {', '.join(each.name for each in SERVERS)}")
    return catalogue(manager, servers, operations.values(), shown if server is None else Shown.ALONE)


async def serve_stdio(
    ground: Ground,
    who: Who,
    offered: Catalogue,
    operations: Mapping[str, Declared] = OPERATIONS,
    *,
    bell: Bell | None = None,
) -> None:
    """Serve until the input ends.

    `who` is asked at each request, as what lets the caller in may end while the process goes on.
    """
    office = open_office(ground, Relay(ground=ground, bell=bell))
    offered.servers.flags.heed(office.live.say_lists_changed)
    servers = [each for each in SERVERS if any(one.server == each.name for one in offered.tools.values())]
    gateway = make_server(office, offered, who, product_parts(servers, operations, offered.shown))
    gateway.add_notification_handler("notifications/initialized", NotificationParams, Pushing(office.live).begin)
    changed = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)
    if bell is not None:
        offered.servers.flags.watch(bell)
    keeping = asyncio.create_task(bell.keep()) if bell is not None else None
    try:
        async with stdio_server() as (incoming, outgoing):
            await gateway.run(incoming, outgoing, gateway.create_initialization_options(changed))
    finally:
        if keeping is not None:
            keeping.cancel()
        await office.tasks.close()


class Pushing:
    """Tells a client of an older revision, which does not listen by a request, that lists changed."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._telling = set[asyncio.Future[None]]()

    async def begin(self, ctx: Context, _: NotificationParams) -> None:
        """From when it shook hands, for as long as the pipe is open."""
        session = ctx.session

        def tell(event: ServerEvent) -> None:
            if isinstance(event, ToolsListChanged):
                self._tell(session.send_tool_list_changed())
            elif isinstance(event, PromptsListChanged):
                self._tell(session.send_prompt_list_changed())
            elif isinstance(event, ResourcesListChanged):
                self._tell(session.send_resource_list_changed())

        self._live.bus.subscribe(tell)

    def _tell(self, sending: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(sending)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
