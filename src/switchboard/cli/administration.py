"""`switchboard workspaces`, `users`, `keys`, `flags`: what there must be before anybody can ask."""

import sys
from typing import Annotated

import typer
from pydantic import SecretStr

from switchboard.accounts import tenants
from switchboard.accounts.installation import add_workspace, set_switch, shred
from switchboard.accounts.operations import add_user
from switchboard.accounts.records import UserAdd
from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.cli.terms import ALL
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.records import Record
from switchboard.foundation.settings import Settings

SWITCHES = tuple(name for name, field in Settings.model_fields.items() if field.annotation is bool)


class WorkspaceMade(Record):
    """A workspace."""

    id: str
    name: str
    currency: str
    time_zone: str


class WorkspaceList(Record):
    """The workspaces of this installation."""

    workspaces: tuple[str, ...]


class FlagSet(Record):
    """A stored switch."""

    name: str
    on: bool | None


def add_administration(cli: typer.Typer, groups: dict[str, typer.Typer], open_house: OpenTheHouse) -> None:
    """The groups of commands; every operation of the same group joins them later."""
    for name, about in (
        ("workspaces", "Workspaces: one shop each."),
        ("users", "Users and their roles."),
        ("flags", "Switches, stored for all processes."),
    ):
        groups[name] = typer.Typer(no_args_is_help=True, help=about)
        cli.add_typer(groups[name], name=name)
    _workspaces(groups["workspaces"], open_house)
    _users(groups["users"], open_house)
    _flags(groups["flags"], open_house)


def _workspaces(group: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(group, "add", open_house)
    def add(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session, name: Annotated[str, typer.Argument()], currency: str = "EUR", time_zone: str = "UTC"
    ) -> None:
        """Make a workspace."""

        async def make(ground: Ground) -> WorkspaceMade:
            made = await add_workspace(ground, name, currency, time_zone)
            return WorkspaceMade(id=str(made.id), name=made.name, currency=made.currency, time_zone=made.time_zone)

        session.show(session.run_as_owner(make))

    @command(group, "list", open_house)
    def listed(session: Session) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """The workspaces there are."""

        async def names(ground: Ground) -> WorkspaceList:
            return WorkspaceList(workspaces=tuple(await tenants.names(ground)))

        session.show(session.run_as_owner(names))

    @command(group, "shred", open_house)
    def shred_it(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        name: Annotated[str, typer.Argument()],
        confirm: Annotated[str | None, typer.Option(help="the name once more, instead of typing it")] = None,
    ) -> None:
        """Destroy a workspace's data key: what it sealed can never be read again, by nobody."""
        session.check_owner()
        if (confirm or typer.prompt(f"This can not be undone. Type {name} to go on", err=True)) != name:
            raise Invalid("that is another name; nothing was destroyed", field="confirm")
        session.show(session.run_as_owner(lambda ground: shred(ground, session.owner_url, name)))
        typer.echo(
            "backups made before now still hold the key, sealed with the master key: remove those that must not open",
            err=True,
        )


def _users(group: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(group, "add", open_house, ALL)
    def add(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        email: Annotated[str, typer.Argument()],
        role: Annotated[str, typer.Option(help="owner, admin, marketer, analyst, support or agent")],
        password_stdin: Annotated[
            bool, typer.Option("--password-stdin", help="read the password from standard input")
        ] = False,
    ) -> None:
        """Add a user; without a password of your own one is made and shown this once."""
        password = SecretStr(sys.stdin.readline().rstrip("\n")) if password_stdin else None
        asked = UserAdd.model_validate({"email": email, "role": role, "password": password})
        session.call(add_user, asked)


def _flags(group: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(group, "set", open_house)
    def set_flag(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        name: Annotated[str, typer.Argument()],
        value: Annotated[str, typer.Argument(help="true, false or default")],
    ) -> None:
        """Set a switch for all processes; it goes before the settings."""
        on = {"true": True, "false": False, "default": None}.get(value.lower(), ...)
        if on is ...:
            raise typer.BadParameter("write true, false or default")

        if name not in SWITCHES:
            raise Invalid(f"there is no switch {name}; choose of {', '.join(SWITCHES)}", field="name")

        async def keep(ground: Ground) -> FlagSet:
            await set_switch(ground, name, on=on)
            return FlagSet(name=name, on=on)

        session.show(session.run_as_owner(keep))
