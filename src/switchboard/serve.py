"""A serving process: the house with its doors that speak HTTP, as one ASGI application."""

# Granian tells the types of its server's parts only in part:
# pyright: reportUnknownMemberType=false

import asyncio
import gc
import multiprocessing
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer
from starlette.types import ASGIApp

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.lifespan import Opening
from switchboard.api.serving import Serving
from switchboard.console.app import make_console
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.flags import Flags
from switchboard.foundation.servers import address, noted
from switchboard.foundation.settings import Settings, read_settings
from switchboard.house import House, background, call_process, make_ready, open_house, stop_unused, until_gone
from switchboard.mcp.http import open_gateway
from switchboard.mcp.resource import ROOT, WELL_KNOWN, resource_of

AGAIN_S = 0.3  # before a worker that died is begun again
SERVES = 50  # turns of the loop, from the end of the start on: it stops within five of them and goes on to serve
STOPS_S, LOOKS_S = 10.0, 0.01  # how long serving processes may take to end, and how often that is looked at
COLLECTS = 10_000  # objects more than there were, when the garbage collector looks at the new ones
END_S = 12.0  # how long any other may


def create_app() -> ASGIApp:
    """The application; each serving process makes its own and opens its house when the server starts it."""
    call_process("sb-serving")
    settings = read_settings()
    return Opening(lambda: opened(settings))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[ASGIApp]:
    """All HTTP doors on an open house."""
    async with AsyncExitStack() as leaving:
        house = await leaving.enter_async_context(open_house(settings))
        background(leaving, until_gone(os.getppid(), _end))
        application = await doors(house, leaving)
        background(leaving, _heed_when_serving())
        with _seldom_collecting():
            yield application


@contextmanager
def _seldom_collecting() -> Generator[None]:
    """Have Python's garbage collector leave alone what is there by now, and look less often at what comes.

    What it does by itself is a quarter of what a call costs: little of a call is in cycles, and much lives as long as
    the process does.
    """
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()  # else what is frozen outlives the libraries it belongs to, and they complain


async def _heed_when_serving() -> None:
    """Heed SIGTERM from when Granian serves on; one that it hears while it starts stops it for good."""
    for _ in range(SERVES):
        await asyncio.sleep(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


async def doors(house: House, leaving: AsyncExitStack) -> ASGIApp:
    """The API with the MCP gateway and the console in it."""
    ground, settings = house.ground, house.settings
    credentials = Credentials(ground, settings.secret_key)
    flags = Flags(ground=ground, settings=settings)
    gateway = await leaving.enter_async_context(
        open_gateway(
            ground, credentials, flags, settings.public_url, bell=house.bell, resource=resource_of(ground, settings)
        )
    )
    background(leaving, house.bell.keep())
    serving = Serving(
        ground=ground, credentials=credentials, ready=house.ready,
        log=AccessLog(on=settings.log_level in {"DEBUG", "INFO"}),
    )  # fmt: skip
    return make_api(
        serving,
        mounted={ROOT: gateway, WELL_KNOWN: gateway},
        home=make_console(ground, credentials, settings, ground.charts),
    )


def _end() -> None:
    """The process that serves us is gone: so are we, after what is being answered if that does not take long."""
    patience = threading.Timer(END_S, os.kill, (os.getpid(), signal.SIGKILL))
    patience.daemon = True
    patience.start()
    os.kill(os.getpid(), signal.SIGTERM)


def serve(host: str, port: int, workers: int) -> None:
    """Serve until told to stop, with a worker beside; a process of ours that dies is replaced at once.

    All of them are forked from this one, which has imported everything and opened nothing.
    """
    call_process("sb-up")
    settings = read_settings()
    try:
        _make_ready(settings)
        with noted(settings.data_dir, address(host, port)):
            _serve(host, port, workers)
    except SwitchboardError as error:
        sys.exit(str(error))
    finally:
        stop_unused(settings)


def _make_ready(settings: Settings) -> None:
    """The database, made ready once for all that are forked: what keeps them out is said here, by nobody else."""
    told = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    for number, heeded in told:
        if heeded != signal.SIG_IGN:  # nohup
            signal.signal(number, _leave)
    try:
        make_ready(settings)
    finally:
        for number, heeded in told:
            signal.signal(number, heeded)


def _leave(*_: object) -> None:
    """Told to stop before anything is served."""
    sys.exit(0)


def _serve(host: str, port: int, workers: int) -> None:
    os.register_at_fork(after_in_child=_heed_parent)
    multiprocessing.set_start_method("fork")
    gc.freeze()
    server = Server(
        "switchboard.serve:create_app", factory=True, address=host, port=port, workers=workers,
        interface=Interfaces.ASGI, loop=Loops.uvloop, log_access=False, log_level=LogLevels.warning,
        respawn_failed_workers=True, workers_kill_timeout=1,
    )  # fmt: skip
    try:
        with Beside(_work):
            server.serve()
    except SystemExit:  # Ctrl-C reaches all of us at once: a serving process that was quicker is no failure
        if not server.interrupt_signal:
            raise
    finally:
        gc.unfreeze()  # else what is frozen outlives the libraries it belongs to, and they complain


def _heed_parent() -> None:
    """In what was forked: leave Ctrl-C and a terminal that closes to the parent, and SIGTERM until it can be heeded.

    Half open it would leave the database running: see _heed_when_serving.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _work() -> None:
    """The worker, which imports what only it needs: a second's worth."""
    call_process("sb-worker")
    runpy.run_module("switchboard.work", run_name="__main__")


class Server(MPServer):
    """A server whose killed processes are replaced however often they die; one that fails by itself twice ends it."""

    def __init__(self, target: str, **given: Any) -> None:
        super().__init__(target, **given)
        self._stays = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # nohup

    def signal_handler_reload(self, *_: object) -> None:
        """The terminal is gone, which is to be told to stop."""
        if not self._stays:
            self.signal_handler_interrupt()

    def _stop_workers(self) -> None:
        """Stop them, and wait until their ends are known here: two threads wait for each, and one learns late."""
        for each in self.wrks:
            each.terminate()
        until = time.monotonic() + STOPS_S
        while any(each.inner.exitcode is None for each in self.wrks) and time.monotonic() < until:
            time.sleep(LOOKS_S)
        super()._stop_workers()

    def _respawn_workers(self, workers: list[int], *given: Any, **named: Any) -> None:
        ended: dict[int, int | None] = {each: self.wrks[each].inner.exitcode for each in workers}
        super()._respawn_workers(workers, *given, **named)
        for each, code in ended.items():
            if (code or 0) < 0:  # by a signal
                self.respawned_wrks.pop(each, None)


class Beside:
    """A process that runs beside this one: begun again when it ends, ended when the block does."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> None:
        self._begin()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._process.terminate()
        self._thread.join(END_S)
        if self._thread.is_alive():
            self._process.kill()
            self._thread.join()

    def _begin(self) -> None:
        self._process = multiprocessing.Process(target=self._run, name="worker")
        self._process.start()

    def _keep(self) -> None:
        while True:
            self._process.join()
            if self._leaving.wait(AGAIN_S):
                return
            self._begin()
            if self._leaving.is_set():  # told to end between the two
                self._process.terminate()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
