"""`switchboard import`: files of orders, customers and events, with a progress bar; listed and undone."""

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated, Literal
from uuid import UUID

import typer

from switchboard.cli.bars import progress_bar
from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.cli.shown import show
from switchboard.customers import uploads
from switchboard.customers.imports.records import DateOrder, Encoding
from switchboard.customers.operations import (
    begin_upload,
    import_file,
    imports,
    preview_import,
    undo_import,
    watching,
)
from switchboard.customers.records import Import, ImportRef, ImportRequest, ImportsAsked, UploadRequest
from switchboard.foundation.errors import Invalid

Kind = Literal["orders", "customers", "events"]
DecimalMark = Literal[".", ","]
SOURCE = re.compile(r"[a-z0-9_-]{1,40}")
LONGEST_NAME = 200
FileOption = Annotated[
    str, typer.Argument(metavar="FILE", help="CSV, JSONL or Parquet, plain or compressed; - reads standard input")
]
MapOption = Annotated[list[str] | None, typer.Option("--map", help="field=column, as often as needed")]


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
        delimiter: Annotated[
            str | None, typer.Option(help="what stands between columns, as in ; or tab; else it is detected")
        ] = None,
        encoding: Annotated[Encoding | None, typer.Option(help="how letters are written; else detected")] = None,
        date_order: Annotated[DateOrder | None, typer.Option(help="how dates are written; else detected")] = None,
        decimal_mark: Annotated[DecimalMark | None, typer.Option(help="before the fraction; else detected")] = None,
    ) -> None:
        if not SOURCE.fullmatch(source):
            raise Invalid(f"--source {source}: small letters, digits, _ and - only, at most forty", field="source")
        pairs = _pairs(mapping or [])

        async def act(inside: Inside) -> Import:
            with ExitStack() as leaving:
                upload = await _bring(inside, file, leaving)
                other = await _bring(inside, products, leaving) if products else None
                request = ImportRequest(
                    upload_id=upload, kind=kind, source=source, mapping=pairs, preset=preset,
                    products_upload_id=other, delimiter=delimiter, encoding=encoding, date_order=date_order,
                    decimal_mark=decimal_mark,
                )  # fmt: skip
                return await _import(inside, request, silent=session.json)

        session.show(session.run(act))

    run.__doc__ = f"Import {kind}; wrong rows go to a quarantine file with their line and reason."
    return run


def _tell_of_wrong_rows(inside: Inside, done: Import) -> None:
    if done.quarantine:
        path = inside.ground.data_dir / "quarantine" / str(inside.caller.workspace) / done.quarantine
        typer.echo(f"rows that were wrong stand with their line and reason in {path}", err=True)


async def _import(inside: Inside, request: ImportRequest, *, silent: bool) -> Import:
    """The import; a person sees how the file is read before it is, and again only where all of it told otherwise."""
    before = None if silent else (await inside.call(preview_import, request)).read_as
    if before:
        show(before, error=True)
    with progress_bar(silent=silent) as tell, watching(tell):
        done = await inside.call(import_file, request)
    _tell_of_wrong_rows(inside, done)
    return done.model_copy(update={"read_as": None}) if done.read_as == before else done


async def _bring(inside: Inside, file: str, leaving: ExitStack) -> UUID:
    """Begin an upload and put the file there, until we leave."""
    upload = (await inside.call(begin_upload, UploadRequest(name=_name(file)))).upload_id
    leaving.callback(uploads.drop, inside.ground.data_dir, inside.caller.workspace, upload)
    _put(Path(file), uploads.place(inside.ground.data_dir, inside.caller.workspace, upload))
    return upload


def _name(file: str) -> str:
    """The file's name, its end where it is too long to be kept."""
    return "standard input" if file == "-" else Path(file).name[-LONGEST_NAME:]


def _put(path: Path, place: Path) -> None:
    """A link to a file of this machine, or all of standard input."""
    if str(path) == "-":
        if not sys.stdin:
            raise Invalid("standard input is closed; send the file there, or name it", field="file")
        with place.open("wb") as out:
            copyfileobj(sys.stdin.buffer, out, 1 << 20)
        return
    if path.is_fifo():
        with path.open("rb") as coming, place.open("wb") as out:
            copyfileobj(coming, out, 1 << 20)
        return
    if path.is_dir():
        raise Invalid(f"{path} is a folder; name one file in it", field="file")
    if not path.is_file():
        raise Invalid(f"there is no file {path}; name one, or - for standard input", field="file")
    with path.open("rb"):  # whoever may not read it is told so now
        place.symlink_to(path.resolve())


def _pairs(mapping: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in mapping]
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise Invalid(f"--map {field}{equals}{column}: write field=column, as in --map placed_at=Date", field="map")
        if [each for each, _, _ in pairs].count(field) > 1:
            raise Invalid(f"--map {field}= is given twice: say it once; a+b takes several columns", field=field)
    return {field: column for field, _, column in pairs}
