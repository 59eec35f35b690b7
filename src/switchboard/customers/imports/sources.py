"""The bytes of a file: opened and unpacked by what they are, not by the file's ending."""

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import duckdb

from switchboard.customers.imports.records import Compression, Encoding, Source
from switchboard.customers.imports.sql import literal
from switchboard.foundation.errors import Invalid

BLOCK = 4 << 20
LONGEST_LINE = 1 << 20
"""Bytes; a longer line goes to quarantine, shortened."""

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
UNPACKED = "unpacked"


@contextmanager
def opened(file: Path | BinaryIO, scratch: Path) -> Generator[Source]:
    """The file, or a stream (standard input) written to the scratch directory until the `with` ends."""
    if isinstance(file, Path):
        if not file.is_file():
            raise Invalid(f"There is no file {file}: give the path of a CSV, JSONL or Parquet file, or -.", field="file")
        yield Source(path=file, name=file.name, size=file.stat().st_size)
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="stdin-") as spooled:
        shutil.copyfileobj(file, spooled, BLOCK)
        spooled.flush()
        yield Source(path=Path(spooled.name), name="-", size=spooled.tell())


def compression_of(source: Source) -> Compression:
    """How the file is packed, by its first bytes; Invalid when it is empty."""
    with source.path.open("rb") as file:
        first = file.read(4)
    if not first:
        raise Invalid(f"{source.name} is empty: export it again, with a header row and at least one row.", field="file")
    if first.startswith(GZIP):
        return "gzip"
    return "zstd" if first == ZSTD else "none"


def unpacked_head(source: Source, compression: Compression, scratch: Path, size: int) -> bytes:
    """The first `size` bytes of what is inside, or all of it when it is shorter."""
    if compression == "zstd":
        return _zstd_head(source, scratch, size)
    taken = bytearray()
    for block in blocks(source, compression):
        taken += block
        if len(taken) >= size:
            break
    return bytes(taken[:size])


def blocks(source: Source, compression: Compression) -> Iterator[bytes]:
    """The unpacked bytes, a few MB at a time; zstd is unpacked with `unzstd` before."""
    opener = gzip.open if compression == "gzip" else open
    try:
        with opener(source.path, "rb") as file:
            while block := file.read(BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
        raise Invalid(
            f"{source.name} is damaged: its gzip data ends or breaks in the middle. Copy or export it again.", field="file"
        ) from broken


def unzstd(source: Source, database: duckdb.DuckDBPyConnection, scratch: Path) -> tuple[Source, list[int]]:
    """A zstd file's text as a plain UTF-8 file in the scratch directory, and the numbers of its over-long lines.

    Python 3.11 has no zstd; DuckDB reads it as lines, so it must be text in an encoding DuckDB knows. The over-long
    lines are left empty there.
    """
    target = scratch / UNPACKED
    for encoding in ("utf-8", "utf-16", "latin-1"):
        try:
            too_long = _copy_lines(source, database, target, encoding)
        except duckdb.Error:
            continue
        return Source(path=target, name=source.name, size=target.stat().st_size), too_long
    raise Invalid(
        f"{source.name} can not be read: it is damaged, or not UTF-8 inside. Unpack it first with `zstd -d` "
        "(Parquet needs no zstd around it).",
        field="file",
    )


def _copy_lines(source: Source, database: duckdb.DuckDBPyConnection, target: Path, encoding: str) -> list[int]:
    database.execute("DROP TABLE IF EXISTS reject_scans; DROP TABLE IF EXISTS reject_errors")
    lines = _lines_of_zstd(source.path, encoding)
    database.execute(
        f"COPY ({lines}) TO {literal(str(target))} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
    )
    errors = database.execute("SELECT DISTINCT line, error_type FROM reject_errors ORDER BY line").fetchall()
    if any(kind == "INVALID ENCODING" for _, kind in errors):
        raise duckdb.InvalidInputException(encoding)
    return [int(line) for line, _ in errors]


def _lines_of_zstd(path: Path, encoding: str) -> str:
    # A delimiter no text has makes each line one value; quotes are then plain characters.
    return (
        f"SELECT line FROM read_csv({literal(str(path))}, auto_detect = false, header = false, compression = 'zstd', "  # noqa: S608 - both values are literals made by `literal`
        f"delim = '\x01\x02\x03\x04', quote = '', escape = '', encoding = {literal(encoding)}, strict_mode = false, "
        f"columns = {{'line': 'VARCHAR'}}, max_line_size = {LONGEST_LINE}, store_rejects = true, rejects_limit = 0, "
        "rejects_line_size_limit = 1000)"
    )


def _zstd_head(source: Source, scratch: Path, size: int) -> bytes:
    scratch.mkdir(parents=True, exist_ok=True)
    for encoding in ("utf-8", "utf-16", "latin-1"):
        with duckdb.connect(config={"threads": 1, "temp_directory": str(scratch)}) as database:
            try:
                return _first_lines(database.execute(_lines_of_zstd(source.path, encoding)), size)
            except duckdb.Error:
                continue
    raise Invalid(f"{source.name} can not be read: unpack it first with `zstd -d`.", field="file")


def _first_lines(rows: duckdb.DuckDBPyConnection, size: int) -> bytes:
    taken = bytearray()
    while len(taken) < size and (batch := rows.fetchmany(2048)):
        taken += "".join(f"{line or ''}\n" for (line,) in batch).encode()
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
