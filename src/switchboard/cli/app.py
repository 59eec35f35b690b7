"""The command line put together."""

import typer

from switchboard.cli.administration import add_administration
from switchboard.cli.backup import add_backup
from switchboard.cli.consume import add_consume
from switchboard.cli.customers import add_customers
from switchboard.cli.doctor import add_doctor
from switchboard.cli.forgetting import add_forgetting
from switchboard.cli.imports import add_imports
from switchboard.cli.operations import add_operations
from switchboard.cli.running import add_running
from switchboard.cli.segmenting import add_segmenting
from switchboard.cli.session import OpenTheHouse
from switchboard.cli.warehouse import add_warehouse


def make_cli(open_house: OpenTheHouse) -> typer.Typer:
    """All commands: those of their own first, then every operation by its name."""
    cli = typer.Typer(
        no_args_is_help=True, help="Switchboard", pretty_exceptions_show_locals=False, add_completion=False
    )
    groups: dict[str, typer.Typer] = {}
    add_running(cli, open_house)
    add_imports(cli, open_house)
    add_consume(cli, open_house)
    add_segmenting(cli, open_house)
    add_warehouse(cli, open_house)
    add_doctor(cli, open_house)
    add_backup(cli, open_house)
    add_administration(cli, groups, open_house)
    add_customers(cli, groups, open_house)
    add_forgetting(cli, groups, open_house)
    add_operations(cli, groups, open_house)
    return cli
