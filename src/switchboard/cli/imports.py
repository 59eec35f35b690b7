"""`switchboard import`: files of orders, customers and events, with a progress bar; listed and undone."""

import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated, Literal
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.customers import uploads
from switchboard.customers.imports.records import Progress as Reached
from switchboard.customers.operations import begin_upload, import_file, imports, undo_import, watching
from switchboard.customers.records import Import, ImportRef, ImportRequest, ImportsAsked, UploadRequest
from switchboard.foundation.errors import Invalid

Kind = Literal["orders", "customers", "events"]
FileOption = Annotated[
    str, typer.Argument(metavar="FILE", help="CSV, JSONL or Parquet, plain or compressed; - reads standard input")
]
MapOption = Annotated[list[str] | None, typer.Option("--map", help="field=column, as often as needed")]
ERRORS = Console(stderr=True)


def add_imports(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The commands below `import`."""
    group = typer.Typer(no_args_is_help=True, help="Import files; importing twice changes nothing.")
    cli.add_typer(group, name="import")
    for kind in ("orders", "customers", "events"):
        command(group, kind, open_house)(_importing(kind))

    @command(group, "list", open_house)
    def listed(session: Session, limit: int = 100) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Imports, newest first."""
        session.call(imports, ImportsAsked(limit=limit))

    @command(group, "undo", open_house)
    def undo(session: Session, import_id: Annotated[UUID, typer.Argument()]) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Take an import back as a whole."""
        session.call(undo_import, ImportRef(import_id=import_id))


def _importing(kind: Kind) -> Callable[..., None]:
    def run(  # noqa: PLR0913, PLR0917 - the options of a command
        session: Session,
        file: FileOption,
        mapping: MapOption = None,
        preset: Annotated[
            str | None, typer.Option(help="online_retail, shopify, woocommerce, complete_journey, none")
        ] = None,
        source: Annotated[str, typer.Option(help="where the ids come from; the first one's stay as they are")] = "shop",
        products: Annotated[
            str | None, typer.Option(help="a second file with the products' names and categories")
        ] = None,
    ) -> None:
        async def act(inside: Inside) -> Import:
            upload = await _bring(inside, file)
            other = await _bring(inside, products) if products else None
            request = ImportRequest(
                upload_id=upload, kind=kind, source=source, mapping=_pairs(mapping or []), preset=preset,
                products_upload_id=other,
            )  # fmt: skip
            try:
                with _progress(silent=session.json) as tell, watching(tell):
                    done = await inside.call(import_file, request)
            finally:
                for each in (upload, other):
                    if each:
                        uploads.drop(inside.ground.data_dir, inside.caller.workspace, each)
            _tell_of_wrong_rows(inside, done)
            return done

        session.show(session.run(act))

    run.__doc__ = f"Import {kind}; wrong rows go to a quarantine file with their line and reason."
    return run


def _tell_of_wrong_rows(inside: Inside, done: Import) -> None:
    if done.quarantine:
        path = inside.ground.data_dir / "quarantine" / str(inside.caller.workspace) / done.quarantine
        typer.echo(f"rows that were wrong stand with their line and reason in {path}", err=True)


async def _bring(inside: Inside, file: str) -> UUID:
    """Begin an upload and put the file there."""
    path = Path(file)
    upload = await inside.call(begin_upload, UploadRequest(name="standard input" if file == "-" else path.name))
    _put(path, uploads.place(inside.ground.data_dir, inside.caller.workspace, upload.upload_id))
    return upload.upload_id


def _put(path: Path, place: Path) -> None:
    """A link to a file of this machine, or all of standard input."""
    if str(path) == "-":
        with place.open("wb") as out:
            copyfileobj(sys.stdin.buffer, out, 1 << 20)
        return
    if not path.is_file():
        raise Invalid(f"there is no file {path}; name one, or - for standard input", field="file")
    place.symlink_to(path.resolve())


def _pairs(mapping: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in mapping]
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise Invalid(f"--map {field}{equals}{column}: write field=column, as in --map placed_at=Date", field="map")
    return {field: column for field, _, column in pairs}


class _progress:  # noqa: N801 - used as a function
    """A progress bar on standard error, fed from another thread."""

    def __init__(self, *, silent: bool) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TextColumn("{task.fields[speed]:,}/s"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=ERRORS, disable=silent or not ERRORS.is_terminal, transient=True)

    def __enter__(self) -> Callable[[Reached], None]:
        self._bar.start()
        self._task = self._bar.add_task("reading", total=None, rows=0, speed=0)
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _tell(self, at: Reached) -> None:
        task = self._bar.tasks[0]
        speed = int(at.rows / task.elapsed) if task.elapsed else 0
        self._bar.update(
            self._task, description=at.step, completed=at.bytes_read, total=at.bytes_total, rows=at.rows, speed=speed
        )
