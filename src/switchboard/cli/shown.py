"""Answers as people read them in a terminal: facts as lines, lists as tables."""

import sys
from typing import cast

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

LONGEST = 60
FOUR_DIGITS_TELL = 100  # up to here they reach the second place after the point
WIDE = 200  # columns where no terminal says how many


def show(answer: BaseModel) -> None:
    """Print an answer: its single facts first, then a table for each list of things."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    said = answer.model_dump(mode="json", by_alias=True)
    lists = {name: value for name, value in said.items() if _is_table(value)}
    facts = Table(show_header=False, box=None)
    for name, value in said.items():
        if name not in lists and value not in (None, {}, []):
            facts.add_row(f"[bold]{name.replace('_', ' ')}[/bold]", _words(value))
    if facts.row_count:
        out.print(facts)
    for name, rows in lists.items():
        out.print(_table(name, cast("list[dict[str, object]]", rows)))


def _table(name: str, rows: list[dict[str, object]]) -> Table:
    columns = [column for column in rows[0] if any(row.get(column) not in (None, {}, []) for row in rows)]
    table = Table(title=name.replace("_", " "), title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_words(row.get(column)) for column in columns))
    return table


def _is_table(value: object) -> bool:
    return isinstance(value, list) and isinstance(next(iter(cast("list[object]", value)), None), dict)


def _words(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return "\n".join(f"{name}: {_short(each)}" for name, each in pairs.items())
    if isinstance(value, list):
        return ", ".join(_short(each) for each in cast("list[object]", value))
    return _short(value)


def _short(value: object) -> str:
    text = _number(value) if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST * 4 else text[: LONGEST * 4] + "…"


def _number(value: float) -> str:
    """Four digits that count, and of what is large all before the point and two after it: no money is rounded away."""
    return f"{value:,.2f}".removesuffix(".00") if abs(value) >= FOUR_DIGITS_TELL else f"{value:.4g}"
