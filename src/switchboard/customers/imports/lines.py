"""The text of a file made safe to read at full speed: every line looked at once, in blocks.

DuckDB gets UTF-8, one kind of line end, no NUL, no line over 1 MiB and no quote that never closes. A file that is so
already is read where it lies; else a copy goes to the scratch directory. What is taken out is kept with its reason.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from switchboard.customers.imports.quotes import NEVER_CLOSED, Block, Lines, quoted_lines
from switchboard.customers.imports.records import Encoding
from switchboard.customers.imports.sources import LONGEST_LINE

TOO_LONG = "row: longer than 1 MiB"
SHOWN = 1000
"""Bytes of a line taken out that are kept."""
SHORT = 8
"""A JSON line of only white space is not longer in files we know; a longer one is a wrong row."""

CP1252 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
"""Where Windows-1252 differs from Latin-1; the five codes that mean nothing in it stay as they are."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A line that was taken out."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text file ready for DuckDB, and where its rows are: lines are counted from 1 and header lines are lines."""

    path: Path
    removed: Lines
    """Lines that are not there."""
    continued: Lines
    """Second and further lines of rows that have line breaks in quotes."""
    blank: Lines
    total: int
    broken: tuple[Broken, ...]
    undecodable: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the lines are to be read."""

    encoding: Encoding
    delimiter: str
    """Empty: quotes mean nothing (JSONL)."""
    header_end: int
    """Last line of the header; 0 without one. Lines up to it are never taken out."""
    old_mac: bool = False
    """Lines end with a carriage return alone."""
    tell: Callable[[int, int], None] = lambda lines, read: None  # noqa: ARG005 - tells nobody
    """Called with the lines and bytes so far."""


class _MustCopyError(Exception):
    """The file can not be read where it lies."""


@dataclass(kw_only=True)
class _Scan:
    """What was seen so far."""

    reading: Reading
    out: BinaryIO | None
    lines: int = 0
    undecodable: int = 0
    crlf: bool | None = None
    removed: list[int] = field(default_factory=list[int])
    continued: list[int] = field(default_factory=list[int])
    blank: list[Lines] = field(default_factory=list[Lines])
    broken: list[Broken] = field(default_factory=list[Broken])


def checked(raw: Callable[[], Iterator[bytes]], reading: Reading, copy: Path, original: Path | None) -> Text:
    """Reads all lines; memory stays at a few blocks whatever they are.

    `original` is the file itself when it is not packed: it is read where it lies unless something must change.
    """
    if original and reading.encoding == "utf-8" and not reading.old_mac:
        try:
            return _text(_scanned(raw(), _Scan(reading=reading, out=None)), original)
        except _MustCopyError:
            pass
    with copy.open("wb") as out:
        return _text(_scanned(raw(), _Scan(reading=reading, out=out)), copy)


def _text(scan: _Scan, path: Path) -> Text:
    return Text(
        path=path,
        removed=np.array(sorted(scan.removed), np.int64),
        continued=np.array(scan.continued, np.int64),
        blank=np.concatenate([np.empty(0, np.int64), *scan.blank]),
        total=scan.lines,
        broken=tuple(scan.broken),
        undecodable=scan.undecodable,
    )


def _scanned(raw: Iterator[bytes], scan: _Scan) -> _Scan:
    rest, read = b"", 0
    for chunk, last in _with_last(_whole_lines(_line_feeds(raw, scan.reading))):
        text = rest + _repaired(scan, chunk)
        if not scan.lines and scan.reading.header_end:
            text = _past_header(scan, text)
        rest = _take(scan, text, last=last) if text else b""
        read += len(chunk)
        scan.reading.tell(scan.lines, read)
    return scan


def _line_feeds(raw: Iterator[bytes], reading: Reading) -> Iterator[bytes]:
    """Bytes whose lines end with a line feed, UTF-16 made UTF-8."""
    if reading.encoding.startswith("utf-16"):
        decoder = codecs.getincrementaldecoder(reading.encoding)("replace")
        raw = (decoder.decode(block).encode("utf-8", "replace") for block in raw)
    return (block.replace(b"\r", b"\n") for block in raw) if reading.old_mac else raw


def _whole_lines(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that end with a line; of an endless line only as much as tells that it is too long."""
    rest = b""
    for block in raw:
        end = block.rfind(b"\n") + 1
        if not end:
            rest = (rest + block)[: LONGEST_LINE + 1]
            continue
        first, start = block.find(b"\n"), 0
        if len(rest) + first > LONGEST_LINE:
            rest, start = (rest + block[:first])[: LONGEST_LINE + 1], first
        yield b"".join((rest, memoryview(block)[start:end]))
        rest = block[end:]
    if rest:
        yield rest


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    before: bytes | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
    if before is not None:
        yield before, True


def _repaired(scan: _Scan, chunk: bytes) -> bytes:
    """The same lines in UTF-8, with line feeds only where a copy is made; without one, unchanged or not at all."""
    text = _decoded(scan, chunk).replace(b"\0", b"") if b"\0" in chunk else _decoded(scan, chunk)
    if scan.lines == 0 and not scan.reading.header_end:
        text = text.removeprefix(codecs.BOM_UTF8)
    returns = text.count(b"\r")
    if scan.out:
        return text.replace(b"\r\n", b"\n").replace(b"\r", b" ") if returns else text
    crlf = returns > 0 and returns == text.count(b"\n") == text.count(b"\r\n")
    if text is not chunk or (returns and not crlf) or scan.crlf not in {None, crlf}:
        raise _MustCopyError
    scan.crlf = crlf
    return text


def _decoded(scan: _Scan, chunk: bytes) -> bytes:
    if chunk.isascii():
        return chunk
    if scan.reading.encoding == "cp1252":
        return _from_cp1252(chunk)
    view, good, start = memoryview(chunk), list[bytes | memoryview](), 0
    while True:
        try:
            codecs.utf_8_decode(view[start:], "strict", True)
        except UnicodeDecodeError as wrong:
            at = start + wrong.start
            line, end = chunk.rfind(b"\n", 0, at) + 1, chunk.find(b"\n", at)
            end = len(chunk) if end < 0 else end
            good += [view[start:line], _from_cp1252(chunk[line:end])]
            scan.undecodable, start = scan.undecodable + 1, end
        else:
            return b"".join([*good, view[start:]]) if good else chunk


def _from_cp1252(text: bytes) -> bytes:
    return text.decode("latin-1").translate(CP1252).encode()


def _past_header(scan: _Scan, text: bytes) -> bytes:
    place = 0
    while scan.lines < scan.reading.header_end and place < len(text):
        place = text.find(b"\n", place) + 1 or len(text)
        scan.lines += 1
    if scan.out:
        scan.out.write(text[:place])
    return text[place:]


def _take(scan: _Scan, text: bytes, *, last: bool) -> bytes:
    """Counts and keeps the lines; returns those to be looked at again with what follows."""
    feeds = np.flatnonzero(np.frombuffer(text, np.uint8) == 0x0A)
    if not text.endswith(b"\n"):
        feeds = np.append(feeds, len(text) - 1)
    ends = feeds + 1
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    block = Block(text=text, starts=starts, ends=ends, last=last)
    sizes = ends - starts
    long = [] if sizes.max() <= LONGEST_LINE else np.flatnonzero(sizes > LONGEST_LINE).tolist()
    if long:
        return _without(scan, block, dict.fromkeys(long, TOO_LONG))
    found = quoted_lines(block, scan.reading.delimiter.encode(), LONGEST_LINE) if scan.reading.delimiter else None
    if found and found.broken:
        return _without(scan, block, dict.fromkeys(found.broken, NEVER_CLOSED))
    taken = found.cut if found else starts.size
    scan.continued += [scan.lines + 1 + line for line in found.continued] if found else []
    _note_blank(scan, block, set(found.continued if found else ()), taken)
    scan.lines += taken
    end = int(ends[taken - 1]) if taken else 0
    if scan.out:
        scan.out.write(text[:end] if text[:end].endswith(b"\n") or not end else text[:end] + b"\n")
    return text[end:]


def _without(scan: _Scan, block: Block, reasons: dict[int, str]) -> bytes:
    """The block again in pieces, between the lines that are taken out."""
    if not scan.out:
        raise _MustCopyError
    place = 0
    for line, reason in reasons.items():
        start, end = int(block.starts[line]), int(block.ends[line])
        if place < start:
            _take(scan, block.text[place:start], last=True)
        scan.lines += 1
        scan.removed.append(scan.lines)
        shown = block.text[start : min(end, start + SHOWN)].rstrip(b"\r\n").decode("utf-8", "replace")
        scan.broken.append(Broken(line=scan.lines, reason=reason, text=shown + ("…" if end - start > SHOWN else "")))
        place = end
    return _take(scan, block.text[place:], last=block.last) if place < len(block.text) else b""


def _note_blank(scan: _Scan, block: Block, continued: set[int], taken: int) -> None:
    sizes = block.ends[:taken] - block.starts[:taken]
    short = np.flatnonzero(sizes <= (2 if scan.reading.delimiter else SHORT))
    blank = [
        line
        for line in short.tolist()
        if line not in continued and not block.text[block.starts[line] : block.ends[line]].strip(b" \t\r\n")
    ]
    if blank:
        scan.blank.append(np.array(blank, np.int64) + scan.lines + 1)


def nth_present(absent: Lines, nth: Lines) -> Lines:
    """The line numbers of the nth (from 0) lines that are not absent; `absent` is sorted, lines count from 1."""
    before = np.searchsorted(absent - np.arange(1, absent.size + 1), nth, "right")
    return nth + 1 + before
