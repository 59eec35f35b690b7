"""A sample of a file: its beginning and, where the file can be read anywhere, slices of all of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from switchboard.customers.imports.detection import delimiter_of, header_of, rows_of
from switchboard.customers.imports.lines import CP1252
from switchboard.customers.imports.records import Compression, Encoding, Format, Overrides, Source
from switchboard.customers.imports.sources import PARQUET, compression_of, encoding_of, rows_of_parquet, unpacked_head
from switchboard.customers.imports.sql import identifier, literal
from switchboard.customers.imports.strangers import check_beginning, check_is_text
from switchboard.foundation.errors import Invalid

HEAD = 512 << 10
SLICE = 64 << 10
SLICES = 16
ENOUGH = 3000
"""Values looked at of a column, from all over the sample."""
ROWS = 3000
"""Rows of Parquet from the beginning and as many from the middle."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    format: Format
    compression: Compression
    encoding: Encoding
    delimiter: str
    header_line: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Values as they are written, as wide as the columns; empty text where a row has none."""
    head: str
    """The beginning of the text, whole lines."""

    def values(self, column: str, *more: str) -> list[str]:
        """What is written in a column, without the empty ones; with what is written in others beside it."""
        place, beside = self.columns.index(column), [self.columns.index(each) for each in more]
        step = max(1, len(self.rows) // ENOUGH)
        return [
            " ".join(filter(None, (row[at].strip() for at in (place, *beside))))
            for row in self.rows[::step]
            if row[place].strip()
        ]


def sample_of(source: Source, overrides: Overrides) -> Sample:
    """Invalid when the file is empty, has a header only, one column only, or is of no known format."""
    compression = compression_of(source)
    head = unpacked_head(source, compression, HEAD)
    if head.startswith(PARQUET):
        return _parquet(source)
    check_beginning(source.name, head)
    encoding = overrides.encoding or encoding_of(head)
    if not encoding.startswith("utf-16"):
        check_is_text(source.name, head, overrides.delimiter)
    text = decoded(head, encoding)
    if len(head) == HEAD:
        whole = text[: text.rfind("\n") + 1]
        if not text.lstrip().startswith("["):
            _check_lines(source.name, whole)
        text = whole or text
    slices = list(_slices(source, encoding)) if compression == "none" else []
    found = _jsonl if text.lstrip()[:1] in {"{", "["} else _csv
    return found(source, overrides, (compression, encoding, text, slices))


def _check_lines(name: str, text: str) -> None:
    """Invalid when the sample of a longer file ends in its first line, or in that after its header."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Invalid(
            f"The first line of {name} is longer than {HEAD >> 10} KiB, so that nothing can be told of the columns: "
            "leave columns out, or break it into lines.",
            field="file",
        )
    if len(lines) == 1 and not lines[0].lstrip().startswith("{"):
        raise Invalid(
            f"The first row of {name}, after its header, is longer than {HEAD >> 10} KiB, so that nothing can be told "
            "of the columns: shorten it, or put it after the others.",
            field="file",
        )


Found = tuple[Compression, Encoding, str, list[str]]


def decoded(data: bytes, encoding: Encoding) -> str:
    """Text whose lines end with a line feed; lines not in UTF-8 as Windows-1252."""
    if encoding == "utf-8":
        lines = data.split(b"\n")
        text = "\n".join(_line(line) for line in lines)
    elif encoding == "cp1252":
        text = data.decode("latin-1").translate(CP1252)
    else:
        text = data[: len(data) // 2 * 2].decode(encoding, "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1").translate(CP1252)


def _slices(source: Source, encoding: Encoding) -> Iterator[str]:
    """Whole lines from places all over the rest of the file."""
    if source.size <= HEAD or encoding.startswith("utf-16"):
        return
    with source.path.open("rb") as file:
        for place in range(SLICES):
            file.seek(HEAD + (source.size - HEAD) * place // SLICES)
            data = file.read(SLICE)
            yield decoded(data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1], encoding)


def _csv(source: Source, overrides: Overrides, found: Found) -> Sample:
    compression, encoding, text, slices = found
    delimiter = overrides.delimiter or delimiter_of(text)
    if delimiter is None:
        raise Invalid(
            f"{source.name} has one column only: no comma, semicolon, tab or | cuts it into columns. "
            "Say what does with --delimiter, or export it as CSV.",
            field="delimiter",
        )
    rows = rows_of(text, delimiter)
    header = header_of(rows)
    if header is None:
        raise Invalid(
            f"{source.name} has no header: its first row must name the columns (order_id{delimiter}customer_id"
            f"{delimiter}placed_at …); cut at {delimiter!r} no row does.",
            field="header",
        )
    width = len(header.columns)
    body = [tuple(row) for line, row in rows if line > header.line]
    if not body:
        raise Invalid(f"{source.name} has a header but no rows: export it again.", field="file")
    spread = [tuple(row) for piece in slices for _, row in rows_of(piece, delimiter)]
    return Sample(
        format="csv",
        compression=compression,
        encoding=encoding,
        delimiter=delimiter,
        header_line=header.line,
        columns=header.columns,
        rows=tuple(row for row in body + spread if len(row) == width),
        head=text,
    )


def _jsonl(source: Source, overrides: Overrides, found: Found) -> Sample:
    compression, encoding, text, slices = found
    if text.lstrip().startswith("["):
        raise Invalid(
            f"{source.name} is one JSON array: it must have one object on each line (jq -c '.[]' FILE).", field="file"
        )
    assert not overrides.delimiter or compression, "a delimiter means nothing here"
    objects = [row for piece in (text, *slices) for line in piece.split("\n") if (row := _object(line))]
    columns: dict[str, str] = {}
    for row in objects:
        for name in row:
            columns.setdefault(name.lower(), name)  # DuckDB does not tell names apart by case
    if not objects:
        raise Invalid(f"No line of {source.name} is a JSON object: export it again.", field="file")
    return Sample(
        format="jsonl",
        compression=compression,
        encoding=encoding,
        delimiter="",
        header_line=0,
        columns=tuple(columns.values()),
        rows=tuple(tuple(row.get(name, "") for name in columns.values()) for row in objects),
        head=text,
    )


def _object(line: str) -> dict[str, str]:
    """Values as text; empty when the line is no object."""
    try:
        value: object = json.loads(line, parse_float=str, parse_int=str)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {str(name): _as_text(inside) for name, inside in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON has no types


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _parquet(source: Source) -> Sample:
    file = literal(str(source.path))
    with duckdb.connect(config={"threads": 1}) as database:
        try:
            described = database.execute(f"DESCRIBE FROM read_parquet({file})").fetchall()
            total = rows_of_parquet(database, source.path)
        except duckdb.Error as broken:
            raise Invalid(f"{source.name} is a damaged Parquet file: export it again.", field="file") from broken
        columns = tuple(str(row[0]) for row in described)
        if not total:
            raise Invalid(f"{source.name} has no rows: export it again.", field="file")
        texts = ", ".join(f"coalesce({identifier(column)}::VARCHAR, '')" for column in columns)
        middle = max(total // 2, ROWS)
        rows = database.execute(
            f"SELECT {texts} FROM read_parquet({file}, file_row_number = true) "  # noqa: S608 - names quoted by `identifier`
            f"WHERE file_row_number < {ROWS} OR file_row_number BETWEEN {middle} AND {middle + ROWS}"
        ).fetchall()
    return Sample(
        format="parquet",
        compression="none",
        encoding="utf-8",
        delimiter="",
        header_line=0,
        columns=columns,
        rows=tuple(tuple(str(value) for value in row) for row in rows),
        head="",
    )
