"""`switchboard segment` and `export`."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.foundation.errors import Invalid
from switchboard.intelligence import exports
from switchboard.intelligence.operations.exports import export_profiles
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked
from switchboard.intelligence.shop_records import Export, ExportAsked

ENDINGS: dict[str, exports.Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
AsOfOption = Annotated[str | None, typer.Option(help="an instant, or a day: its start in the workspace's zone")]


def add_segmenting(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The commands."""

    @command(cli, "segment", open_house)
    def run(session: Session, as_of: AsOfOption = None) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Work out features, segments, archetypes and risk of all customers, serve them and keep a snapshot."""
        session.call(segment, RunAsked(as_of=moment(as_of)))

    group = typer.Typer(no_args_is_help=True, help="Files of everybody's figures.")
    cli.add_typer(group, name="export")

    @command(group, "profiles", open_house)
    def profiles(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: Annotated[
            str, typer.Argument(help="CSV, JSONL or Parquet by its ending; - writes CSV to standard output")
        ] = "-",
        as_of: AsOfOption = None,
    ) -> None:
        """One row a customer: features, segments with their strength, archetype and risk."""
        kind = _kind(file)

        async def act(inside: Inside) -> Export:
            done = await inside.call(export_profiles, ExportAsked(format=kind, as_of=moment(as_of)))
            path = exports.place(inside.ground.data_dir, inside.caller.workspace, done.export_id, kind)
            _write(file, await exports.opened(inside.ground, inside.caller, path))
            path.unlink()
            return done

        done = session.run(act)
        if file != "-":
            session.show(done)


def moment(said: str | None) -> datetime | date | None:
    """An instant or a day as it was typed."""
    if said is None:
        return None
    try:
        return date.fromisoformat(said) if len(said) == len("2026-11-21") else datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(f"--as-of {said}: write a day as 2026-11-21 or an instant as 2026-11-21T12:00:00Z") from None


def _write(file: str, pieces: Iterator[bytes]) -> None:
    if file == "-":
        sys.stdout.buffer.writelines(pieces)
    else:
        with Path(file).open("wb") as out:
            out.writelines(pieces)


def _kind(file: str) -> exports.Format:
    ending = ".csv" if file == "-" else Path(file).suffix.lower()
    if file != "-" and not Path(file).absolute().parent.is_dir():
        raise Invalid(f"there is no folder {Path(file).absolute().parent}; make it first", field="file")
    if ending not in ENDINGS:
        raise Invalid(f"{file}: end the file's name in {', '.join(ENDINGS)}", field="file")
    return ENDINGS[ending]
