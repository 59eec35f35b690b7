"""A serving process: the house with its doors that speak HTTP, as one ASGI application."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from starlette.types import ASGIApp

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.lifespan import Opening
from switchboard.api.serving import Serving
from switchboard.console.app import make_console
from switchboard.foundation.charts import Charts
from switchboard.foundation.flags import Flags
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import House, background, open_house, until_gone
from switchboard.mcp.http import ROOT, open_gateway

AGAIN_S = 0.3  # before a worker that died is begun again
END_S = 15.0


def create_app() -> ASGIApp:
    """The application; each serving process makes its own and opens its house when the server starts it."""
    settings = read_settings()
    return Opening(lambda: opened(settings))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[ASGIApp]:
    """All HTTP doors on an open house."""
    async with AsyncExitStack() as leaving:
        house = await leaving.enter_async_context(open_house(settings))
        background(leaving, until_gone(os.getppid(), _end))
        yield await doors(house, leaving)


async def doors(house: House, leaving: AsyncExitStack) -> ASGIApp:
    """The API with the MCP gateway and the console in it."""
    ground, settings = house.ground, house.settings
    credentials = Credentials(ground, settings.secret_key)
    flags = Flags(ground=ground, settings=settings)
    gateway = await leaving.enter_async_context(open_gateway(ground, credentials, flags, settings.public_url))
    serving = Serving(
        ground=ground, credentials=credentials, ready=house.ready,
        log=AccessLog(on=settings.log_level in {"DEBUG", "INFO"}),
    )  # fmt: skip
    charts = Charts()
    leaving.push_async_callback(charts.close)
    return make_api(serving, mounted={ROOT: gateway}, home=make_console(ground, credentials, settings, charts))


def _end() -> None:
    """The process that serves us is gone: so are we."""
    os.kill(os.getpid(), signal.SIGKILL)


def serve(host: str, port: int, workers: int) -> None:
    """Serve until told to stop, with a worker beside; a process of ours that dies is replaced at once.

    Serving processes are forked from this one, which has imported everything and opened nothing.
    """
    multiprocessing.set_start_method("fork")
    gc.freeze()
    with Beside([sys.executable, "-m", "switchboard.work"]):
        Granian(
            "switchboard.serve:create_app", factory=True, address=host, port=port, workers=workers,
            interface=Interfaces.ASGI, loop=Loops.uvloop, log_access=False, log_level=LogLevels.warning,
            respawn_failed_workers=True, respawn_interval=0.3, workers_kill_timeout=10,
        ).serve()  # fmt: skip


class Beside:
    """A process that runs beside this one: begun again when it ends, ended when the block does."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> None:
        self._begin()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._process.terminate()
        self._thread.join(END_S)

    def _begin(self) -> None:
        self._process = subprocess.Popen(self._command)  # noqa: S603 - our own module

    def _keep(self) -> None:
        while not self._leaving.is_set():
            self._process.wait()
            if not self._leaving.wait(AGAIN_S):
                self._begin()
        self._process.wait()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
