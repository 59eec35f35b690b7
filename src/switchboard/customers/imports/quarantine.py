"""The rows that are wrong: where they are in the user's file, why, and as they were written."""

import codecs
import csv
import heapq
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import compress, islice
from pathlib import Path

import numpy as np

from switchboard.customers.cards import masked
from switchboard.customers.imports.lines import Text, nth_present
from switchboard.customers.imports.quotes import Lines
from switchboard.customers.imports.reading import json_rows_of
from switchboard.customers.imports.records import Counts, Plan
from switchboard.customers.imports.typed import BETWEEN
from switchboard.customers.imports.work import Work
from switchboard.foundation.spreadsheets import harmless
from switchboard.foundation.vault import Sealing, is_sealed, opened_file, seal_file

REJECTED = {
    "MISSING COLUMNS": "row: too few fields",
    "TOO MANY COLUMNS": "row: too many fields",
    "UNQUOTED VALUE": "row: a quote inside a quoted value is not doubled",
    "LINE SIZE OVER MAXIMUM": "row: longer than 1 MiB",
}
BATCH = 10_000
COLUMNS = ("line", "reasons", "row")
ENDS_OF_CELLS = re.compile(r'[,;:|\t{}\[\]"]')
WRONG = (
    "SELECT rowid AS place, reasons FROM row WHERE reasons IS NOT NULL "
    "UNION ALL SELECT rid, reason FROM dropped WHERE reason IS NOT NULL"
)
"""Typed rows that are wrong, and rows that do not fit their order."""


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A wrong row: `place` is the line it begins on, or the row number of Parquet.

    Between its reasons stands BETWEEN until they are written, then "; ".
    """

    place: int
    reasons: str
    row: str


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """What DuckDB could not cut into columns: lines in order, reason by line."""

    places: Lines
    reasons: dict[int, str]


@dataclass(frozen=True, kw_only=True)
class Read:
    """The file as it was read; `text` is None for Parquet."""

    text: Text | None
    gone: Rejected


def rejected(work: Work, plan: Plan, text: Text | None) -> Rejected:
    """What the query that was just run could not read; asked once."""
    none = Rejected(places=np.empty(0, np.int64), reasons={})
    if plan.format != "csv" or text is None:
        return none
    found = work.rows_of("SELECT line, min(error_type) FROM reject_errors GROUP BY line ORDER BY line")
    work.forget_rejects()
    if not found:
        return none
    # DuckDB counts rows, blank lines too, from the beginning of the file it reads.
    absent = np.union1d(text.removed, text.continued)
    places = nth_present(absent, np.array([int(str(line)) - 1 for line, _ in found], np.int64))
    reasons = [REJECTED.get(str(kind), "row: can not be cut into columns") for _, kind in found]
    return Rejected(places=places, reasons=dict(zip(places.tolist(), reasons, strict=True)))


def places_of(rows: Lines, plan: Plan, text: Text | None, gone: Rejected) -> Lines:
    """The lines on which rows of the table `row` (from 0) begin."""
    if text is None:
        return rows + 1
    header = np.arange(1, plan.header_line + 1, dtype=np.int64)
    absent = np.unique(np.concatenate([header, text.removed, text.continued, text.blank, gone.places]))
    return nth_present(absent, rows)


def collected(work: Work, plan: Plan, read: Read, counts: Counts) -> Counts:
    """Writes the quarantine file, in the order of the user's file, and completes the counts.

    Rows are streamed: all of them may be wrong.
    """
    text, gone = read.text, read.gone
    broken = text.broken if text else ()
    if text:
        rows = with_text(heapq.merge(_typed(work, plan, text, gone), sorted(gone.reasons.items())), text)
    else:
        rows = _with_json(work, plan)
    taken_out = (Wrong(place=one.line, reasons=one.reason, row=one.text) for one in broken)
    every = heapq.merge(rows, taken_out, key=lambda row: row.place)
    reasons, quarantined, cards = write(work.settings.quarantine, every, work.settings.key)
    total = counts.rows + len(gone.reasons) + len(broken)
    return replace(
        counts,
        rows=total,
        quarantined=quarantined,
        accepted=total - quarantined - counts.duplicates,
        reasons=dict(reasons.most_common()),
        card_numbers_masked=cards,
    )


def _typed(work: Work, plan: Plan, text: Text | None, gone: Rejected) -> Iterator[tuple[int, str]]:
    """Line and reasons of typed rows that are wrong, or were left out of the orders."""
    cursor = work.database.cursor()
    cursor.execute(f"{WRONG} ORDER BY place")
    while batch := cursor.fetchmany(BATCH):
        places = places_of(np.array([row for row, _ in batch], np.int64), plan, text, gone)
        yield from zip(places.tolist(), (str(reasons) for _, reasons in batch), strict=True)


def with_text(wrong: Iterable[tuple[int, str]], text: Text) -> Iterator[Wrong]:
    """The rows as they are in the file; one pass over it, up to the last of them."""
    continued, place = set(text.continued.tolist()), 0
    with text.path.open("rb") as file:
        for line, reasons in wrong:
            index = line - 1 - int(np.searchsorted(text.removed, line))
            first = next(islice(file, index - place, None), b"")
            place = index + 1
            parts = [first]
            while line + len(parts) in continued:
                parts.append(next(file, b""))
                place += 1
            row = b"".join(parts).decode("utf-8", "replace").rstrip("\r\n")
            yield Wrong(place=line, reasons=reasons, row=row)


def _with_json(work: Work, plan: Plan) -> Iterator[Wrong]:
    """Wrong rows of Parquet as JSON."""
    rows = json_rows_of(plan, str(work.source.path))
    cursor = work.database.cursor()
    cursor.execute(
        f"SELECT line, reasons, written FROM ({rows}) JOIN (SELECT place + 1 AS line, reasons FROM ({WRONG})) "  # noqa: S608 - made by `reading`
        "USING (line) ORDER BY line"
    )
    while batch := cursor.fetchmany(BATCH):
        yield from (Wrong(place=int(line), reasons=str(reasons), row=str(row)) for line, reasons, row in batch)


class _Lines:
    """Lines that are sealed as they come."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def write(self, text: str) -> int:
        return self._sealing.write(text.encode())


def lines_of(path: Path, key: bytes) -> Iterator[str]:
    """The lines of a quarantine file, each with its end; a row with a line break in it is several."""
    decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
    parts = opened_file(path, key) if is_sealed(path) else (path.read_bytes(),)  # as readers of streams write them
    for part in parts:
        *lines, rest = (rest + decoder.decode(part)).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest


def rows_of(path: Path, key: bytes) -> Iterator[Wrong]:
    """The wrong rows, in the order of the user's file."""
    for place, reasons, row in islice(csv.reader(lines_of(path, key)), 1, None):
        yield Wrong(place=int(place), reasons=reasons, row=row)


def write(path: Path, rows: Iterable[Wrong], key: bytes) -> tuple[Counter[str], int, int]:
    """The file, sealed; how many rows have each reason, and how many there are: of none there is no file.

    The third number is of the card numbers that were masked in it. People open it in a spreadsheet: a row that would be
    a formula there gets an apostrophe.
    """
    reasons: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        sealing = Sealing(file, key)
        writer = csv.writer(_Lines(sealing))
        writer.writerow(COLUMNS)
        written, cards = 0, 0
        for row in rows:
            shown = masked(row.row)
            why = row.reasons.split(BETWEEN)
            writer.writerow([row.place, "; ".join(why), harmless(shown.text)])
            reasons.update(why)
            written, cards = written + 1, cards + shown.found
        sealing.finish()
    if not written:
        path.unlink()
    return reasons, written, cards


def rows_in(path: Path, key: bytes) -> Iterator[str]:
    """The wrong rows of a quarantine file, as they were written."""
    return (each.row.removeprefix("'") for each in rows_of(path, key))


def cells_of(row: str, delimiter: str) -> list[str]:
    """The values of a wrong row, of text or JSON, whichever column they are in."""
    cells = (
        ENDS_OF_CELLS.split(row)
        if not delimiter
        else [each for line in csv.reader([row], delimiter=delimiter) for each in line]
    )
    return [plain for cell in cells if (plain := cell.strip(" \t'\""))]


def without(path: Path, is_theirs: Callable[[str], bool], key: bytes) -> int:
    """Take rows out of a quarantine file; how many went."""
    stays = [not number or not is_theirs(row[-1].removeprefix("'")) for number, row in enumerate(_cells(path, key))]
    if not all(stays):
        seal_file(path, (_as_csv(row).encode() for row in compress(_cells(path, key), stays)), key)
    return stays.count(False)


def _cells(path: Path, key: bytes) -> Iterator[list[str]]:
    """The rows of a quarantine file, its header first; the last cell of each is what was wrong."""
    return (row for row in csv.reader(lines_of(path, key)) if row)


def _as_csv(row: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(row)
    return text.getvalue()
