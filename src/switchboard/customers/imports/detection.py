"""What a sample of a file says about it: delimiter, header, numbers. Pure; dates are in `dates`."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from switchboard.customers.imports.dates import taken_apart

DELIMITERS = (",", ";", "\t", "|")
UNCLOSED = 20
"""Quotes that never close are looked past in a sample so often; each may cost all that follows."""
TITLE_ROWS = 20
"""A header is looked for in as many rows."""
NUMBER = re.compile(r"[-+(]?\s*[^\w\s.,-]{0,3}\s*\d[\d.,'\s]*[^\w\s.,-]{0,3}\)?%?")
GROUPS = re.compile(r"\d{1,3}([.,])\d{3}")
BOTH = re.compile(r"\d([.,' \u00a0\u202f])\d{3}([.,])\d+$")
SINGLE = re.compile(r"(?<![\d.,])\d*([.,])(\d+)$")
NOT_DIGITS = re.compile(r"[^\d.,' \u00a0\u202f]+")

csv.field_size_limit(1 << 21)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The row that names the columns."""

    columns: tuple[str, ...]
    line: int
    """The line of the file it ends on, from 1."""


def rows_of(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows with the line each ends on; blank lines are no rows, and one whose quote never closes is left out."""
    lines = text.splitlines(keepends=True)
    rows, begin = _rows_from(lines, 0, delimiter)
    for _ in range(UNCLOSED):
        if begin >= len(lines):
            break
        more, begin = _rows_from(lines, begin, delimiter)
        rows += more
    return rows


def _rows_from(lines: list[str], begin: int, delimiter: str) -> tuple[list[tuple[int, list[str]]], int]:
    """The rows from a line on, and where to go on after a row whose quote stays open to the end."""
    reader = csv.reader(lines[begin:], delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    before = last = 0
    try:
        for row in reader:
            before, last = last, reader.line_num
            if row:
                rows.append((begin + reader.line_num, row))
    except csv.Error:  # a NUL or an endless quote: what was read so far is the sample
        return rows, len(lines)
    if last - before > 1 and "".join(lines[begin + before : begin + last]).count('"') % 2:
        return rows[:-1], begin + before + 1
    return rows, len(lines)


def delimiter_of(text: str) -> str | None:
    """The one that cuts most rows into the same number of at least two columns; None when none does."""
    start = text[: 64 << 10]
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for _, row in rows_of(start, delimiter)[:200])
        if not widths:
            continue
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        score = (rows / widths.total(), width, delimiter)
        if width > 1 and (best is None or score[:2] > best[:2]):
            best = score
    return best[2] if best else None


def header_of(rows: Sequence[tuple[int, list[str]]]) -> Header | None:
    """The first row of names only that is as wide as most rows; title rows before it are narrower."""
    if not rows:
        return None
    usual = Counter(len(row) for _, row in rows[1:200] or rows).most_common(1)[0][0]
    for line, row in rows[:TITLE_ROWS]:
        names = [cell.strip().removeprefix("\ufeff") for cell in row]
        filled = [name for name in names if name]
        if len(row) < usual or len(filled) * 2 < len(row) or len(filled) < 2:
            continue
        if any(_is_data(name) for name in filled):
            return None
        return Header(columns=_unique(names), line=line)
    return None


def _is_data(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell)) or taken_apart(cell) is not None


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for place, name in enumerate(names, 1):
        title = name or f"column {place}"
        seen[title.lower()] += 1
        unique.append(title if seen[title.lower()] == 1 else f"{title} ({seen[title.lower()]})")
    return tuple(unique)


def decimal_mark_of(values: Sequence[str]) -> tuple[Literal[".", ","], bool]:
    """The mark before the fraction, and whether the values left it open (1,234 may be either)."""
    votes: Counter[str] = Counter()
    for value in values:
        digits = NOT_DIGITS.sub("", value).strip(" \u00a0\u202f'")
        if both := BOTH.search(digits):
            if both[1] != both[2]:
                votes[both[2]] += 1
            else:
                votes["," if both[2] == "." else "."] += 1
        elif (single := SINGLE.search(digits)) and not GROUPS.fullmatch(digits):
            votes[single[1]] += 1
    comma = votes[","] > votes["."]
    in_doubt = not votes and any(GROUPS.fullmatch(value.strip()) for value in values)
    return ("," if comma else "."), in_doubt


def written_with_zero(values: Sequence[str]) -> bool:
    """Whether ids are written as 17850.0, as tables that knew them as numbers do."""
    given = [value.strip() for value in values if value.strip()]
    return bool(given) and all(value.endswith(".0") and value[:-2].isdigit() for value in given)


def written_as_text(values: Sequence[str]) -> bool:
    """Whether ids stand behind an apostrophe, by which spreadsheets tell text from numbers."""
    given = [value.strip() for value in values if value.strip()]
    return bool(given) and all(value.startswith("'") and len(value) > 1 for value in given)


def category_mark_of(values: Sequence[str]) -> Literal[">", "/", ""]:
    if any(">" in value for value in values):
        return ">"
    return "/" if any("/" in value for value in values) else ""


def is_old_mac(head: bytes) -> bool:
    """Whether lines end with a carriage return alone."""
    return b"\r" in head and b"\n" not in head
