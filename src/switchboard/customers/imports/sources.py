"""The bytes of a file: opened and unpacked by what they are, not by the file's ending."""

import gzip
import io
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import duckdb

from switchboard.customers.imports.records import Compression, Encoding, Source
from switchboard.customers.imports.sql import FORGET_REJECTS, literal
from switchboard.foundation.errors import Invalid
from switchboard.foundation.unnamed import path_of, unnamed

BLOCK = 4 << 20
UNKNOWN_SIZE = 1 << 62
LONGEST_LINE = 1 << 20
"""Bytes; a longer line goes to quarantine, shortened."""

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"


@contextmanager
def opened(file: Path | BinaryIO, scratch: Path) -> Generator[Source]:
    """The file, or a stream (standard input) written to the scratch directory until the `with` ends."""
    scratch.mkdir(parents=True, exist_ok=True)
    if not isinstance(file, Path):
        with _copied(file, scratch, "-") as source:
            yield source
        return
    if not file.is_file():
        raise Invalid(f"There is no file {file}: give the path of a CSV, JSONL or Parquet file, or -.", field="file")
    with unpacked(Source(path=file, name=file.name, size=file.stat().st_size), scratch) as source:
        yield source


@contextmanager
def unpacked(source: Source, scratch: Path) -> Generator[Source]:
    """The file itself; Parquet in gzip, which nothing reads as it is, unpacked in the scratch directory."""
    if _is_packed_parquet(source):
        with gzip.open(source.path) as inside, _copied(io.BufferedReader(inside), scratch, source.name) as plain:
            yield plain
    else:
        yield source


@contextmanager
def _copied(stream: BinaryIO, scratch: Path, name: str) -> Generator[Source]:
    with unnamed(iter(partial(stream.read, BLOCK), b""), UNKNOWN_SIZE, scratch) as spooled:
        size = os.fstat(spooled).st_size
        with unpacked(Source(path=path_of(spooled), name=name, size=size), scratch) as source:
            yield source


def _is_packed_parquet(source: Source) -> bool:
    return source.size > 0 and compression_of(source) == "gzip" and unpacked_head(source, "gzip", 4) == PARQUET


def compression_of(source: Source) -> Compression:
    """How the file is packed, by its first bytes; Invalid when it is empty."""
    with source.path.open("rb") as file:
        first = file.read(4)
    if not first:
        raise Invalid(f"{source.name} is empty: export it again, with a header row and at least one row.", field="file")
    if first.startswith(GZIP):
        return "gzip"
    return "zstd" if first == ZSTD else "none"


def unpacked_head(source: Source, compression: Compression, size: int) -> bytes:
    """The first `size` bytes of what is inside, or all of it when it is shorter."""
    if compression == "zstd":
        return _text_of_zstd(source, size)[0]
    taken = bytearray()
    for block in blocks(source, compression):
        taken += block
        if len(taken) >= size:
            break
    return bytes(taken[:size])


def rows_of_parquet(database: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How many rows a Parquet file says it has."""
    file = literal(str(path))
    counted = database.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({file})").fetchone()  # noqa: S608 - a literal made by `literal`
    return int(counted[0] or 0) if counted else 0


def blocks(source: Source, compression: Compression) -> Iterator[bytes]:
    """The unpacked bytes, a few MB at a time; zstd is unpacked with `unzstd` before."""
    opener = gzip.open if compression == "gzip" else open
    try:
        with opener(source.path, "rb") as file:
            while block := file.read(BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
        raise Invalid(
            f"{source.name} is damaged: its gzip data ends or breaks in the middle. Copy or export it again.",
            field="file",
        ) from broken


def unzstd(
    source: Source, database: duckdb.DuckDBPyConnection, new: Callable[[], Path]
) -> tuple[Source, dict[int, str]]:
    """A zstd file as a plain one, a `new` file, and the beginnings of its over-long lines, missing there.

    Python 3.11 has no zstd; DuckDB reads it as lines, so it must be text in an encoding DuckDB knows: UTF-8, UTF-16
    (made UTF-8) or Latin-1, which is any bytes but 0x80 to 0x9f.
    """
    target = new()
    mode = _text_of_zstd(source, 4096)[1]
    for encoding in dict.fromkeys((mode, "latin-1")):
        try:
            too_long = _copy_lines(source, database, target, encoding)
        except duckdb.Error:
            continue
        if encoding == "latin-1":
            target = _bytes_again(target, new())
        return Source(path=target, name=source.name, size=target.stat().st_size), too_long
    raise _not_text(source)


def _not_text(source: Source) -> Invalid:
    return Invalid(
        f"{source.name} can not be read: it is damaged, or inside are neither UTF-8 nor Latin-1 lines. Unpack it first "
        "with `zstd -d` (Parquet needs no zstd around it).",
        field="file",
    )


def _copy_lines(source: Source, database: duckdb.DuckDBPyConnection, target: Path, encoding: str) -> dict[int, str]:
    database.execute(FORGET_REJECTS)
    kept = f"max_line_size = {LONGEST_LINE}, store_rejects = true, rejects_limit = 0, rejects_line_size_limit = 1000"
    lines = _lines_of_zstd(source.path, encoding, kept)
    database.execute(
        f"COPY ({lines}) TO {literal(str(target))} "
        "(FORMAT csv, USE_TMP_FILE false, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
    )
    errors = database.execute("SELECT line, error_type, csv_line FROM reject_errors ORDER BY line").fetchall()
    database.execute(FORGET_REJECTS)
    if any(kind == "INVALID ENCODING" for _, kind, _ in errors):
        raise duckdb.InvalidInputException(encoding)
    return {int(line): str(start) for line, _, start in errors}


def _lines_of_zstd(path: Path, encoding: str, options: str) -> str:
    # A delimiter no text has makes each line one value; quotes are then plain characters.
    return (
        f"SELECT line FROM read_csv({literal(str(path))}, auto_detect = false, header = false, compression = 'zstd', "  # noqa: S608 - the values are literals made by `literal`
        f"delim = '\x01\x02\x03\x04', quote = '', escape = '', encoding = {literal(encoding)}, strict_mode = false, "
        f"columns = {{'line': 'VARCHAR'}}, {options})"
    )


def _bytes_again(file: Path, target: Path) -> Path:
    """What was read as Latin-1 and written as UTF-8, as the bytes it was."""
    with file.open(encoding="utf-8", newline="") as lines, target.open("wb") as out:
        while text := lines.read(BLOCK):
            out.write(text.encode("latin-1"))
    return target


def _text_of_zstd(source: Source, size: int) -> tuple[bytes, str]:
    """The first lines, and how DuckDB reads them; of UTF-16 they are UTF-8."""
    for encoding in ("utf-8", "latin-1"):
        try:
            head = _first_lines(source, encoding, size)
        except duckdb.Error:
            continue
        if encoding_of(head) == "utf-16-le":
            return _first_lines(source, "utf-16", size), "utf-16"
        return head, encoding
    raise _not_text(source)


def _first_lines(source: Source, encoding: str, size: int) -> bytes:
    taken = bytearray()
    with duckdb.connect(config={"threads": 1}) as database:
        rows = database.execute(_lines_of_zstd(source.path, encoding, f"max_line_size = {16 * LONGEST_LINE}"))
        while len(taken) < size and (batch := rows.fetchmany(2048)):
            text = "".join(f"{line or ''}\n" for (line,) in batch)
            taken += text.encode("latin-1" if encoding == "latin-1" else "utf-8")
    if not taken:
        raise duckdb.InvalidInputException("nothing was read")
    return bytes(taken[:size])


def encoding_of(head: bytes) -> Encoding:
    """By the byte-order mark, else the zeros of UTF-16, else whether it is UTF-8.

    One line in another encoding does not make the file so: where UTF-8 has proven itself by a letter beyond ASCII,
    the file is UTF-8 and single lines fall back.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-le" if head.startswith(b"\xff\xfe") else "utf-16-be"
    if head[1:200:2].count(0) > len(head[1:200:2]) // 2:
        return "utf-16-le"
    if head[0:200:2].count(0) > len(head[0:200:2]) // 2:
        return "utf-16-be"
    lines = head.split(b"\n")[:-1] or [head]
    beyond = [line for line in lines if not line.isascii()]
    valid = sum(1 for line in beyond if _is_utf8(line))
    return "utf-8" if not beyond or valid else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
