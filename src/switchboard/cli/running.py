"""`switchboard up`, `worker`, `mcp` and `doctor`: the processes, and whether they could run."""

import errno
import ipaddress
import os
import runpy
import socket
import sys
from typing import Annotated, Literal

import typer

from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.servers import address

HostOption = Annotated[str, typer.Option(help="the address to listen on")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="the port to listen on")]
DEMO_FILES = ("demo.json", "demo-progress.json")  # the second is there from the first sign-in on


def add_running(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The commands that stay: each is a module of its own from then on, with its own signals and exit codes."""

    @command(cli, "up", open_house)
    def up(session: Session, host: HostOption = "127.0.0.1", port: PortOption = 8000, workers: int = 2) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Serve the API, MCP and the console, with a worker beside."""
        if workers < 1:
            raise Invalid("--workers: at least one", field="workers")
        _free(host, port)
        _known(session)
        if not _is_loopback(host) and any((session.settings.data_dir / name).exists() for name in DEMO_FILES):
            raise Conflict(f"this data directory has demo accounts; serve it on 127.0.0.1, not on {host}")
        os.environ.setdefault("SWITCHBOARD_PUBLIC_URL", address(host, port))
        _become("switchboard.serve", host, str(port), str(workers))

    @command(cli, "worker", open_house)
    def worker(session: Session) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Run jobs and reactions, for more machines or beside a server of your own."""
        _known(session)
        _become("switchboard.work")

    @command(cli, "mcp", open_house)
    def mcp(
        session: Session,
        what: Annotated[Literal["serve", "check"], typer.Argument(help="serve, or check that it works")] = "serve",
        server: Annotated[str, typer.Option(help="one server alone, with bare names, all of its tools listed")] = "",
        tools: Annotated[Literal["few", "all"], typer.Option(help="list few, which find the rest, or all")] = "few",
    ) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Serve MCP over standard input and output, as the owner of SWITCHBOARD_API_KEY; or check each server."""
        _known(session)
        if session.workspace:
            os.environ["SWITCHBOARD_WORKSPACE"] = session.workspace
        if what == "check":
            _become("switchboard.speak_mcp", "check", "json" if session.json else "lines")
        else:
            _become("switchboard.speak_mcp", server, tools)


def _known(session: Session) -> None:
    """Let what runs from now on know where the data is."""
    os.environ["SWITCHBOARD_DATA_DIR"] = str(session.settings.data_dir)


def _become(module: str, *words: str) -> None:
    """Run the module as this process, which has imported half of what it needs already."""
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__")


def _free(host: str, port: int) -> None:
    """Raise Conflict when somebody listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Conflict(f"port {port} is taken; choose another with --port", code="port_taken") from None
            raise Invalid(f"can not listen on {host}:{port}: {error.strerror}", field="host") from None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
