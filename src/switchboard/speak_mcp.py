"""The MCP gateway over standard input and output, a process of its own; and the check whether the gateway works."""

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
from switchboard.foundation.reached import Reached, waiting
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import open_house
from switchboard.mcp.admitting import Who
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.checking import Checked, Checking
from switchboard.mcp.managing import Servers
from switchboard.mcp.stdio import chosen, serve_stdio

CHECK = "check"


async def speak(settings: Settings, server: str | None, shown: Shown) -> None:
    """Serve until the input ends, as the owner of the API key, else as the local operator."""
    async with open_house(settings) as house:
        offered = chosen(Servers(house.ground, Flags(ground=house.ground, settings=settings)), server, shown)
        with waiting(_nobody, here=True):  # no worker may run beside
            await serve_stdio(house.ground, await _who(settings, house.ground), offered, bell=house.bell)


def _nobody(_: Reached) -> None:
    """A client is told that a call goes on, not how far it is."""


async def check(settings: Settings) -> Checked:
    """Whether it works for the owner of the API key, else for the local operator."""
    async with open_house(settings) as house:
        who = await _who(settings, house.ground)
        flags = Flags(ground=house.ground, settings=settings)
        return await Checking(ground=house.ground, flags=flags, who=who, written=house.trail.flush).lines()


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
    """`switchboard mcp`: a server's name or nothing, and `few` or `all`; or `check`, and `lines` or `json`."""
    first, second = [*sys.argv[1:], "", Shown.FEW.value][:2]
    try:
        if first == CHECK:
            _tell(asyncio.run(check(read_settings())), as_json=second == "json")
        else:
            asyncio.run(speak(read_settings(), first or None, Shown(second)))
    except SwitchboardError as error:
        sys.exit(str(error))


def _tell(checked: Checked, *, as_json: bool) -> None:
    """Print it; exit with 1 when something does not work."""
    lines = "\n".join(f"{line.name}: {line.outcome}: {line.said}" for line in checked.checks)
    sys.stdout.write((checked.model_dump_json(indent=2) if as_json else lines) + "\n")
    sys.exit(0 if checked.ok else 1)


if __name__ == "__main__":
    main()
