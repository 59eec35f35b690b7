"""`switchboard segment`."""

import typer

from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked


def add_segmenting(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The command."""

    @command(cli, "segment", open_house)
    def run(session: Session, as_of: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Work out features, segments, archetypes and risk of all customers, serve them and keep a snapshot."""
        session.call(segment, RunAsked.model_validate({"as_of": as_of}))
