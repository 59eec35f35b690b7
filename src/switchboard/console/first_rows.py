"""The first rows of a file as people read them: columns by usual names, values as the workspace writes them."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_time
from pydantic import JsonValue

from switchboard.console.words import Words
from switchboard.customers.records import ImportPreview
from switchboard.intelligence.words import plain

NAMES = {
    "order_key": "Order", "worth": "Line total", "back": "Sent back", "void": "Cancelled", "reasons": "What is wrong",
}  # fmt: skip
"""Of columns whose own names would say little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRows:
    """Headings and cells, in words."""

    names: list[str]
    rows: list[list[str]]


def first_rows(of: ImportPreview, words: Words) -> FirstRows:
    """Without columns in which no row has anything, where any has something."""
    written = [[_written(cell, words) for cell in row] for row in of.rows]
    every = range(len(of.columns))
    places = [at for at in every if any(row[at] for row in written)] or list(every)
    return FirstRows(
        names=[NAMES.get(of.columns[at]) or plain(of.columns[at]) for at in places],
        rows=[[row[at] for at in places] for row in written],
    )


def _written(cell: JsonValue, words: Words) -> str:
    if cell is None or cell is False:
        return ""
    if cell is True:
        return "yes"
    if isinstance(cell, float):
        return words.number(cell, 0 if cell.is_integer() else 2)
    return _moment(str(cell), words)


def _moment(said: str, words: Words) -> str:
    """A moment of the file, on the clock it is on there; other words as they are."""
    try:
        at = datetime.fromisoformat(said) if "T" in said else None
    except ValueError:
        at = None
    if at is None:
        return said
    return f"{words.day(at.date())}, {format_time(at.time(), 'short', locale=words.locale)}"
