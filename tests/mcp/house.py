"""A gateway that listens on this machine, and clients of the official SDK at its door.

As a process of its own it is the gateway over standard input:
`python -m … <database address> <data directory> <key> <server> few|all`.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from switchboard.accounts.audit import JournalledTrail
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.limits import SharedAllowances
from switchboard.api.lifespan import Opening
from switchboard.foundation import clock
from switchboard.foundation.database import open_database
from switchboard.foundation.flags import Flags
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from switchboard.foundation.operations import Operation
from switchboard.foundation.settings import Settings
from switchboard.foundation.vault import KeyFile, Vault
from switchboard.foundation.wake import Bell
from switchboard.mcp.catalogue import Shown
from switchboard.mcp.http import Gateway, open_gateway
from switchboard.mcp.managing import Servers
from switchboard.mcp.parts import Parts
from switchboard.mcp.resource import Resource
from switchboard.mcp.stdio import chosen, serve_stdio
from tests.api.counter import HERE, manage, person, top
from tests.api.listening import listening as listening_at

ON = Settings(mcp_enabled=True, mcp_customer_data_enabled=True)
OPERATIONS: dict[str, Operation[Any, Any]] = HERE | {  # with some that have no published name
    "customers.greet": replace(person, name="customers.greet", title="Greet a person", tool=None),
    "customers.rename": replace(top, name="customers.rename", title="Rename", reads=False, tool=None),
    "intelligence.crown": replace(manage, name="intelligence.crown", tool=None),
    "jobs.begin": replace(top, name="jobs.begin", tool=None),
}
PUBLIC = "https://shop.example"
Mode = Literal["auto", "legacy"]


@asynccontextmanager
async def listening(  # noqa: PLR0913 - what a gateway is put together from
    ground: Ground,
    settings: Settings = ON,
    operations: Mapping[str, Operation[Any, Any]] = OPERATIONS,
    *,
    bell: Bell | None = None,
    more: Parts | None = None,
    resource: Resource | None = None,
) -> AsyncGenerator[str]:
    """The address of a gateway, unless told otherwise over the operations to try doors with."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Gateway]:
        flags = Flags(ground=ground, settings=settings)
        async with open_gateway(
            ground, Credentials(ground, None), flags, PUBLIC, operations, bell=bell, more=more, resource=resource
        ) as gateway:
            keeping = None if bell is None else asyncio.create_task(bell.keep())
            yield gateway
            if keeping is not None:
                keeping.cancel()

    async with listening_at(Opening(opened)) as url:
        yield url


@asynccontextmanager
async def client_of(address: str, key: str, mode: Mode = "auto") -> AsyncGenerator[Client]:
    """A client of the SDK with an API key."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as client,
    ):
        yield client


async def over_stdio(url: str, data_dir: Path, key: str, server: str | None, shown: str) -> None:
    """Serve one caller until the input ends."""
    database = await open_database(url, size=2)
    trail = JournalledTrail(database, data_dir / "audit-stdio")
    ground = Ground(
        database=database, vault=Vault(KeyFile(data_dir, first=False)), trail=trail, clock=clock.now, ids=new_id,
        allowances=SharedAllowances(database, clock.now), data_dir=data_dir,
    )  # fmt: skip
    who = partial(Credentials(ground, None).caller, key)
    offered = chosen(Servers(ground, Flags(ground=ground, settings=ON)), server, Shown(shown), OPERATIONS)
    await serve_stdio(ground, who, offered, OPERATIONS)
    await trail.close()
    await database.close()


def words(answer: Any) -> str:
    """The text of a tool's answer."""
    return str(answer.content[0].text)


if __name__ == "__main__":
    _, its_url, its_folder, its_key, its_server, its_tools = sys.argv
    asyncio.run(over_stdio(its_url, Path(its_folder), its_key, its_server or None, its_tools))
