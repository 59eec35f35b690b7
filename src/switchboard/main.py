"""The product put together as a command line; what takes long to import runs in processes of its own."""

from switchboard.cli.app import make_cli
from switchboard.house import open_house


def command_line() -> None:
    """`switchboard …`."""
    make_cli(open_house)()
