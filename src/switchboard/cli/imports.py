"""`switchboard import`: files of orders, customers and events, with a progress bar; listed and undone."""

import csv
import re
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from switchboard.cli.bars import progress_bar
from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.cli.shown import show
from switchboard.cli.terms import ALL, step, tell
from switchboard.customers import uploads
from switchboard.customers.imports.records import DateOrder, Encoding
from switchboard.customers.operations import (
    begin_upload,
    import_file,
    imports,
    preview_import,
    undo_import,
    watching,
    wrong_rows_of,
)
from switchboard.customers.records import Import, ImportRef, ImportRequest, ImportsAsked, UploadRequest, WrongRowsAsked
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.terms import Terms
from switchboard.foundation.vault import seal_file

Kind = Literal["orders", "customers", "events"]
DecimalMark = Literal[".", ","]
SOURCE = re.compile(r"[a-z0-9_-]{1,40}")
LONGEST_NAME = 200
BLOCK = 1 << 20
PAGE = 1_000
FileOption = Annotated[
    str, typer.Argument(metavar="FILE", help="CSV, JSONL or Parquet, plain or compressed; - reads standard input")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="field=column, as often as needed; field=- leaves it out")
]


def add_imports(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The commands below `import`."""
    group = typer.Typer(no_args_is_help=True, help="Import files; importing twice changes nothing.")
    cli.add_typer(group, name="import")
    for kind in ("orders", "customers", "events"):
        command(group, kind, open_house, ALL)(_importing(kind))

    @command(group, "list", open_house)
    def listed(session: Session, limit: int = 100) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Imports, newest first."""
        session.call(imports, ImportsAsked(limit=limit))

    @command(group, "wrong-rows", open_house)
    def wrong(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        import_id: Annotated[UUID, typer.Argument()],
        file: Annotated[Path | None, typer.Argument(help="a CSV file to write; else they are shown")] = None,
    ) -> None:
        """The rows an import left out, with their lines and reasons."""
        session.run(lambda inside: _show_wrong_rows(inside, import_id, file))

    @command(group, "undo", open_house, ALL)
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
        pairs, terms = _pairs(mapping or []), session.terms

        async def act(inside: Inside) -> Import:
            async with AsyncExitStack() as leaving:
                upload = await _bring(inside, file, leaving, terms)
                other = await _bring(inside, products, leaving, terms) if products else None
                request = ImportRequest(
                    upload_id=upload, kind=kind, source=source, mapping=pairs, preset=preset,
                    products_upload_id=other, delimiter=delimiter, encoding=encoding, date_order=date_order,
                    decimal_mark=decimal_mark,
                )  # fmt: skip
                return await _import(inside, request, terms, silent=session.json)

        session.show(session.run(act))
        tell(terms)

    run.__doc__ = f"Import {kind}; wrong rows go to a quarantine file with their line and reason."
    return run


async def _show_wrong_rows(inside: Inside, import_id: UUID, file: Path | None) -> None:
    cursor: int | None = 0
    with file.open("w", encoding="utf-8", newline="") if file else nullcontext(sys.stdout) as out:
        writer = csv.writer(out)
        writer.writerow(["line", "reasons", "row"])
        while cursor is not None:
            page = await inside.call(wrong_rows_of, WrongRowsAsked(import_id=import_id, limit=PAGE, cursor=cursor))
            writer.writerows([each.line, each.reasons, each.row] for each in page.rows)
            cursor = page.next_cursor


def _tell_of_wrong_rows(done: Import) -> None:
    if done.quarantine:
        typer.echo(f"see the rows that were wrong: switchboard import wrong-rows {done.import_id} FILE", err=True)


async def _import(inside: Inside, request: ImportRequest, terms: Terms, *, silent: bool) -> Import:
    """The import; a person sees how the file is read before it is, and again only where all of it told otherwise."""
    before = None if silent else (await inside.call(preview_import, request)).read_as
    if before:
        show(before, error=True)
    with progress_bar(silent=silent) as tell, watching(tell):
        done = await inside.call(import_file, request, terms)
    if not terms.dry_run:
        _tell_of_wrong_rows(done)
    return done.model_copy(update={"read_as": None}) if done.read_as == before else done


async def _bring(inside: Inside, file: str, leaving: AsyncExitStack, terms: Terms) -> UUID:
    """Begin an upload and put the file there, until we leave; with a key, the one that was begun with it."""
    on = step(terms, f"upload {file}")
    upload = (await inside.call(begin_upload, UploadRequest(name=_name(file)), on)).upload_id
    place = uploads.place(inside.ground.data_dir, inside.caller.workspace, upload)
    if on.is_again:
        _clear(place)
    leaving.callback(place.unlink, missing_ok=True)
    if terms.dry_run:
        leaving.push_async_callback(_forget, inside, upload)
    async with inside.ground.work(inside.caller) as work:
        key = await uploads.key_of(work)
    _put(Path(file), place, key)
    return upload


def _clear(place: Path) -> None:
    """Drop what a command with the same key left when it was killed; raise Conflict while it still runs."""
    with suppress(FileNotFoundError), uploads.claimed(place) as is_free:
        if not is_free:
            raise Conflict("the first import with this key still runs; ask again in a moment", code="key_busy")
    place.unlink(missing_ok=True)


async def _forget(inside: Inside, upload: UUID) -> None:
    async with inside.ground.work(inside.caller) as work:
        await uploads.forget(work, upload)


def _name(file: str) -> str:
    """The file's name, its end where it is too long to be kept."""
    return "standard input" if file == "-" else Path(file).name[-LONGEST_NAME:]


def _put(path: Path, place: Path, key: bytes) -> None:
    """A link to a file of this machine, or all of standard input."""
    if str(path) == "-":
        if not sys.stdin:
            raise Invalid("standard input is closed; send the file there, or name it", field="file")
        seal_file(place, iter(partial(sys.stdin.buffer.read, BLOCK), b""), key)
        return
    if path.is_fifo():
        with path.open("rb") as coming:
            seal_file(place, iter(partial(coming.read, BLOCK), b""), key)
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
