"""An application that listens on this machine, in the loop of the tests."""

import asyncio
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp


@asynccontextmanager
async def listening(app: ASGIApp, *, lifespan: bool = True) -> AsyncGenerator[str]:
    """Its address."""
    config = uvicorn.Config(app, log_level="warning", lifespan="on" if lifespan else "off")
    with _socket() as bound:
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:
            assert not serving.done(), "it did not start"
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def _socket() -> socket.socket:
    """Bound to a port below those that outgoing connections use."""
    while True:
        made = socket.socket()
        try:
            made.bind(("127.0.0.1", random.randrange(20_000, 32_000)))  # noqa: S311 - any will do
        except OSError:
            made.close()
        else:
            return made
