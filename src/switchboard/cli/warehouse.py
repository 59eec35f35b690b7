"""`switchboard warehouse`: the query a warehouse is asked, and whether the one that is set answers it."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from switchboard.cli.session import FAILED, OpenTheHouse, Session, command
from switchboard.foundation.errors import Invalid
from switchboard.foundation.records import Record
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.packing import DAY_S
from switchboard.intelligence.warehouse.elsewhere import DIALECTS, Looked, feature_query, look


class Checked(Record):
    """What was looked at."""

    checks: tuple[Looked, ...]


def add_warehouse(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The two commands; neither opens the house."""
    group = typer.Typer(no_args_is_help=True, help="Orders that live in a warehouse.")
    cli.add_typer(group, name="warehouse")

    @command(group, "sql", open_house)
    def sql(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        dialect: Annotated[str, typer.Option(help=", ".join(DIALECTS))],
        as_of: Annotated[datetime | None, typer.Option(help="a moment, in UTC; now where it is left out")] = None,
    ) -> None:
        """Print the query that works out everybody's figures, in the words of an engine and with the names set."""
        settings = session.settings
        second = int((as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC)).timestamp())
        as_of_ = AsOf(day=second // DAY_S, second=second)
        typer.echo(feature_query(dialect, settings.warehouse_lines, settings.warehouse_columns, as_of_))

    @command(group, "check", open_house)
    def check(session: Session) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Is the warehouse reached, are all columns there, are the units right; exit with 1 when not."""
        session.check_owner()
        settings = session.settings.warehouse
        if settings is None:
            raise Invalid("no warehouse is set; name it in SWITCHBOARD_WAREHOUSE_URL, see docs/guide/warehouse.md")
        found = Checked(checks=asyncio.run(look(settings)))
        session.show(found)
        if not all(each.ok for each in found.checks):
            raise typer.Exit(FAILED)
