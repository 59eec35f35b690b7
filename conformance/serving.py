"""A gateway with the suite's fixtures on a house of its own, and before it a proxy that adds the credential.

The suite has no option for a header, so the proxy signs every request in; it hands on all else as it comes.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.fixtures import parts
from soak.house import free_port
from switchboard.accounts import operations as accounts
from switchboard.accounts import tenants
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyAdd
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.flags import Flags
from switchboard.foundation.settings import Settings
from switchboard.house import background, open_house
from switchboard.mcp.http import Gateway, open_gateway

LEFT_OUT = frozenset({b"content-length", b"connection", b"transfer-encoding", b"content-encoding"})


@asynccontextmanager
async def served(folder: Path) -> AsyncGenerator[str]:
    """The address of the proxy."""
    settings = Settings(data_dir=folder, mcp_enabled=True, mcp_customer_data_enabled=True, log_level="ERROR")
    async with AsyncExitStack() as leaving:
        house = await leaving.enter_async_context(open_house(settings))
        workspace = await tenants.only_or_named(house.ground, None)
        owner = operator_caller(workspace.id)
        key = await accounts.add_key(house.ground, owner, KeyAdd(name="suite", role="owner"), door="cli")
        flags = Flags(ground=house.ground, settings=settings)
        opened: list[Gateway] = []
        gateway = await leaving.enter_async_context(
            open_gateway(
                house.ground,
                Credentials(house.ground, None),
                flags,
                settings.public_url,
                bell=house.bell,
                more=parts(lambda: opened[0].live),
            )
        )
        opened.append(gateway)
        background(leaving, house.bell.keep())
        url = await leaving.enter_async_context(listening(gateway))
        yield await leaving.enter_async_context(signed_in(url, str(key.key)))


@asynccontextmanager
async def signed_in(url: str, key: str) -> AsyncGenerator[str]:
    """The address of a proxy of the gateway there, which adds the key."""
    async with (
        httpx2.AsyncClient(base_url=url, timeout=60) as client,
        listening(_signing_in(client, key)) as proxy,
    ):
        yield f"{proxy}/mcp"


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncGenerator[str]:
    """The application's address; streams that are open at the end are cut."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has nothing to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def _signing_in(client: httpx2.AsyncClient, key: str) -> ASGIApp:
    """An application that hands requests on with a credential."""

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(name, value) for name, value in scope["headers"] if name not in LEFT_OUT]
        request = client.build_request(
            scope["method"],
            scope["path"],
            content=body,
            headers=[*headers, (b"authorization", f"Bearer {key}".encode())],
        )
        answer = await client.send(request, stream=True)
        told = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in LEFT_OUT]
        try:
            await send({"type": "http.response.start", "status": answer.status_code, "headers": told})
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()

    return proxy
