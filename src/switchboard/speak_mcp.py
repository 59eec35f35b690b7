"""The MCP gateway over standard input and output, a process of its own."""

import asyncio
import os
import sys
from functools import partial

from switchboard.accounts import tenants
from switchboard.accounts.keys import Keys
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.callers import Caller
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import open_house
from switchboard.mcp.admitting import Who
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.managing import Servers
from switchboard.mcp.stdio import chosen, serve_stdio


async def speak(settings: Settings, server: str | None, shown: Shown) -> None:
    """Serve until the input ends, as the owner of the API key, else as the local operator."""
    async with open_house(settings) as house:
        offered = chosen(Servers(house.ground, Flags(ground=house.ground, settings=settings)), server, shown)
        await serve_stdio(house.ground, await _who(settings, house.ground), offered, bell=house.bell)


async def _who(settings: Settings, ground: Ground) -> Who:
    """Tells the caller; raise what keeps them out now."""
    named = os.environ.get("SWITCHBOARD_WORKSPACE")
    if settings.api_key is not None:
        let_in = partial(Keys(ground).caller, settings.api_key.get_secret_value())
        await tenants.check_name(ground, await let_in(), named)
        return let_in
    workspace = await tenants.only_or_named(ground, named)

    async def operator() -> Caller:
        return operator_caller(workspace.id)

    return operator


def main() -> None:
    """`switchboard mcp`: a server's name or nothing, and `few` or `all`."""
    server, shown = [*sys.argv[1:], "", Shown.FEW.value][:2]
    try:
        asyncio.run(speak(read_settings(), server or None, Shown(shown)))
    except SwitchboardError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
