"""`switchboard backup` and `restore`: a whole data directory in one sealed file, and back."""

import asyncio
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from switchboard.cli.bars import ERRORS
from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.foundation.backup.forgotten import LIST, Forgotten, listed
from switchboard.foundation.backup.making import BackupMade, Origin, Tell, make_backup
from switchboard.foundation.backup.restoring import Restored, Target, forget_again, restored
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings

SHORTEST_PASSPHRASE = 12
Passphrase = Annotated[bool, typer.Option("--passphrase-stdin", help="read the passphrase from standard input")]


def add_backup(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The two commands."""

    @command(cli, "backup", open_house)
    def backup(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: Annotated[Path, typer.Argument(help="where to write it; there must be none yet")],
        with_key: Annotated[
            bool, typer.Option("--with-key", help="put the master key in, behind a passphrase from standard input")
        ] = False,
    ) -> None:
        """Back up the whole data directory while it runs; sealed, of one moment."""
        passphrase = _passphrase() if with_key else None

        async def make(ground: Ground) -> BackupMade:
            settings = session.settings
            origin = Origin(data_dir=settings.data_dir, owner_url=session.owner_url, vault=ground.vault)
            with _bar(silent=session.json) as tell:
                return await asyncio.to_thread(make_backup, origin, file.expanduser(), passphrase, tell)

        made = session.run_as_owner(make)
        session.show(made)
        typer.echo(_what_is_needed(session.settings, made), err=True)

    @command(cli, "restore", open_house)
    def restore(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: Annotated[Path, typer.Argument(help="what `switchboard backup` wrote")],
        key: Annotated[Path | None, typer.Option(help="the master key: keys/master.json of then, or a copy")] = None,
        passphrase_stdin: Passphrase = False,
        forgotten: Annotated[
            Path | None,
            typer.Option(help=f"who was forgotten since: {LIST} of the directory that is replaced, or that directory"),
        ] = None,
    ) -> None:
        """Bring a backup into an empty data directory (--data-dir), verify it, and leave the forgotten forgotten."""
        session.check_owner()
        settings = session.settings
        target = Target(
            data_dir=settings.data_dir, database_url=settings.database_url, key=key,
            passphrase=_passphrase() if passphrase_stdin else None,
        )  # fmt: skip
        again = list(listed(forgotten)) if forgotten else []
        with _bar(silent=session.json) as tell, restored(file.expanduser(), target, tell) as brought:
            count = session.run_as_owner(lambda ground: _forget(ground, brought, again))
        session.show(brought.model_copy(update={"forgotten_again": count}))
        if forgotten is None:
            typer.echo(
                f"whoever was forgotten after {brought.made_at:%Y-%m-%d %H:%M} UTC is in it again: if the directory it "
                f"replaces is still there, restore once more with --forgotten DIRECTORY/{LIST}",
                err=True,
            )


async def _forget(ground: Ground, brought: Restored, again: list[Forgotten]) -> int:
    return await forget_again(ground, brought.made_at, again)


def _what_is_needed(settings: Settings, made: BackupMade) -> str:
    if made.with_key:
        return "to restore it you need this file and the passphrase; who has both reads everything"
    return (
        f"to restore it you need the master key as well, which is not inside: keep a copy of "
        f"{settings.data_dir / 'keys' / 'master.json'} in another place, or use --with-key"
    )


def _passphrase() -> str:
    said = sys.stdin.readline().rstrip("\n") if sys.stdin else ""
    if len(said) < SHORTEST_PASSPHRASE:
        raise Invalid(
            f"give a passphrase of {SHORTEST_PASSPHRASE} characters or more on standard input", field="passphrase"
        )
    return said


@contextmanager
def _bar(*, silent: bool) -> Generator[Tell]:
    """What is being written or read, and how much of it, on standard error."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[mb]:,.0f} MB"))
    bar = Progress(*columns, console=ERRORS, disable=silent or not ERRORS.is_terminal, transient=True)
    with bar:
        task = bar.add_task("beginning", total=None, mb=0.0)
        update: Callable[..., None] = bar.update

        def tell(name: str, size: int) -> None:
            update(task, description=name, mb=size / 1e6)

        yield tell
