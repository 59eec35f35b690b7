"""Answers as people read them in a terminal: facts as lines, lists as tables."""

import sys
import unicodedata
from typing import cast

from pydantic import BaseModel
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

LONGEST = 240
FOUR_DIGITS_TELL = 100  # up to here they reach the second place after the point
WIDEST = 8  # columns up to which a list of one thing is a table
WIDE = 200  # columns where no terminal says how many
NOTHING: tuple[object, ...] = (None, {}, [], "")


def show(answer: BaseModel, *, error: bool = False) -> None:
    """Print an answer, or what is said beside one: its single facts first, then a table for each list of things."""
    stream = sys.stderr if error else sys.stdout
    out = Console(highlight=False, stderr=error, width=None if stream.isatty() else WIDE)
    said = answer.model_dump(mode="json", by_alias=True)
    lists = {name: value for name, value in said.items() if _is_table(value)}
    facts = Table("what", Column("said", overflow="fold"), show_header=False, box=None)
    for name, value in _flat(said).items():
        if name not in lists and value not in NOTHING:
            facts.add_row(Text(name.replace("_", " "), "bold"), Text(_words(value)))
    if facts.row_count:
        out.print(facts)
    for name, rows in lists.items():
        shown = cast("list[dict[str, object]]", rows)
        out.print(_facts(name, shown[0]) if len(shown) == 1 and len(shown[0]) > WIDEST else _table(name, shown))
    if not facts.row_count and not lists:
        out.print(Text(", ".join(f"no {name.replace('_', ' ')}" for name in said if said[name] == []) or "done"))


def plain(text: str) -> str:
    """Without what would steer a terminal, or turn the direction of what is written."""
    return "".join(letter if _is_plain(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _is_plain(letter: str) -> bool:
    return letter.isprintable() or letter == "\n" or unicodedata.category(letter) == "Zs"


def _flat(said: dict[str, object]) -> dict[str, object]:
    """With the facts of a record inside beside the others."""
    inside = said.get("read_as")
    rest = {name: value for name, value in said.items() if name != "read_as"}
    return rest | cast("dict[str, object]", inside) if isinstance(inside, dict) else rest


def _table(name: str, rows: list[dict[str, object]]) -> Table:
    columns = [column for column in rows[0] if any(row.get(column) not in NOTHING for row in rows)]
    table = Table(title=name.replace("_", " "), title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_words(row.get(column))) for column in columns))
    return table


def _facts(name: str, row: dict[str, object]) -> Table:
    """A list of one thing of which much is told: its facts as lines."""
    table = Table(Column(style="bold"), Column(overflow="fold"), title=name.replace("_", " "), title_justify="left",
                  show_header=False)  # fmt: skip
    for column, value in row.items():
        if value not in NOTHING:
            table.add_row(Text(column.replace("_", " ")), Text(_words(value)))
    return table


def _is_table(value: object) -> bool:
    return isinstance(value, list) and isinstance(next(iter(cast("list[object]", value)), None), dict)


def _words(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return "\n".join(f"{plain(name)}: {_short(each)}" for name, each in pairs.items() if each not in NOTHING)
    if isinstance(value, list):
        several = [_short(each) for each in cast("list[object]", value)]
        return ("\n" if any(" " in each for each in several) else ", ").join(several)
    return _short(value)


def _short(value: object) -> str:
    """On one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return ", ".join(f"{plain(name)} {_short(each)}" for name, each in pairs.items() if each not in NOTHING)
    if isinstance(value, float):
        return _number(value)
    text = plain(str(value))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _number(value: float) -> str:
    """Four digits that count, and of what is large all before the point and two after it: no money is rounded away."""
    return f"{value:,.2f}".removesuffix(".00") if abs(value) >= FOUR_DIGITS_TELL else f"{value:.4g}"
