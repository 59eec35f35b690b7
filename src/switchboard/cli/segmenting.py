"""`switchboard segment` and `export`."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.cli.terms import ALL, tell
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.reading import json_in
from switchboard.intelligence import exports
from switchboard.intelligence.operations.exports import export_predictions, export_profiles, export_segments
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked
from switchboard.intelligence.shop_records import Export, ExportAsked, PredictionsAsked

ENDINGS: dict[str, exports.Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
FileArgument = Annotated[
    str, typer.Argument(help="CSV, JSONL or Parquet by its ending; - writes CSV to standard output")
]
FilterOption = Annotated[str | None, typer.Option(help="a filter as JSON, or the name of a saved one")]
AsOfOption = Annotated[str | None, typer.Option(help="an instant, or a day: its start in the workspace's zone")]


def add_segmenting(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    """The commands."""

    @command(cli, "segment", open_house, ALL)
    def run(session: Session, as_of: AsOfOption = None) -> None:  # pyright: ignore[reportUnusedFunction] - a command
        """Work out features, segments, archetypes and risk of all customers, serve them and keep a snapshot."""
        session.call(segment, RunAsked(as_of=moment(as_of)))

    group = typer.Typer(no_args_is_help=True, help="Files of everybody's figures.")
    cli.add_typer(group, name="export")

    @command(group, "profiles", open_house, ALL)
    def profiles(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: FileArgument = "-",
        as_of: AsOfOption = None,
        filter: FilterOption = None,  # noqa: A002
    ) -> None:
        """One row a customer: features, segments with their strength, archetype and risk."""
        asked = ExportAsked.model_validate(_asked(file, as_of, filter))
        _take(session, file, lambda inside: inside.call(export_profiles, asked, session.terms))

    @command(group, "segments", open_house, ALL)
    def segments(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: FileArgument = "-",
        as_of: AsOfOption = None,
        filter: FilterOption = None,  # noqa: A002
    ) -> None:
        """One row per customer, axis and segment: how far they belong to it."""
        asked = ExportAsked.model_validate(_asked(file, as_of, filter))
        _take(session, file, lambda inside: inside.call(export_segments, asked, session.terms))

    @command(group, "predictions", open_house, ALL)
    def predictions(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        file: FileArgument = "-",
        as_of: AsOfOption = None,
        filter: FilterOption = None,  # noqa: A002
        horizon: Annotated[int, typer.Option(help="days, 7 to 365")] = 90,
    ) -> None:
        """One row a customer: churn probability, value and next purchase, with intervals that hold four of five."""
        asked = PredictionsAsked.model_validate(_asked(file, as_of, filter) | {"horizon_days": horizon})
        _take(session, file, lambda inside: inside.call(export_predictions, asked, session.terms))


def _asked(file: str, as_of: str | None, filter_: str | None) -> dict[str, object]:
    return {"format": _kind(file), "as_of": moment(as_of)} | _filter(filter_)


def _filter(said: str | None) -> dict[str, object]:
    """A filter's JSON, or the name of a saved one."""
    if said is None:
        return {}
    if not said.lstrip().startswith("{"):
        return {"audience": said}
    return {"filter": json_in(said, "--filter")}


def _take(session: Session, file: str, export: Callable[[Inside], Awaitable[Export]]) -> None:
    """Make an export, write it to the file, and leave nothing of it behind; with a key, what is asked for again."""
    terms = session.terms

    async def act(inside: Inside) -> Export:
        done = await export(inside)
        path = exports.place(inside.ground.data_dir, inside.caller.workspace, done.export_id, done.format)
        if terms.dry_run:
            return done
        if terms.is_again and not path.exists():
            raise Conflict(
                "it was done before with this key, and its file is kept no longer; take another key", code="answer_gone"
            )
        _write(file, await exports.opened(inside.ground, inside.caller, path))
        if terms.key is None:
            path.unlink()
        return done

    done = session.run(act)
    if file != "-" or terms.dry_run:
        session.show(done)
    tell(terms)


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
