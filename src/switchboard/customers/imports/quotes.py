"""Which lines of a CSV belong to one row because a quote is open, and which quote never closes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Lines = NDArray[np.int64]
State = Literal["closed", "open", "broken"]

QUOTE = 0x22
NEVER_CLOSED = "row: a quote that is never closed"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Whole lines of text: line i is `text[starts[i]:ends[i]]`, its line end included."""

    text: bytes
    starts: Lines
    ends: Lines
    last: bool
    """Nothing follows it in the file."""


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """Indexes of lines of a block. From `cut` on the lines are to be looked at again with what follows."""

    continued: list[int]
    broken: list[int]
    cut: int


def quoted_lines(block: Block, delimiter: bytes, longest: int) -> Quoted:
    """By parity first: only a line with an odd number of quotes can leave one open."""
    everything = Quoted(continued=[], broken=[], cut=block.starts.size)
    if QUOTE not in block.text:
        return everything
    marks = np.frombuffer(block.text, np.uint8) == QUOTE
    counts = np.add.reduceat(marks.view(np.int8), block.starts, dtype=np.int32)
    odd = np.flatnonzero(counts & 1)
    if not odd.size:
        return everything
    return _walk(block, odd, np.flatnonzero(counts), (delimiter, longest))


def _walk(block: Block, odd: Lines, with_quotes: Lines, dialect: tuple[bytes, int]) -> Quoted:
    continued: list[int] = []
    broken: list[int] = []
    after = 0
    for start in odd.tolist():
        if start < after:
            continue
        state = state_after(_line(block, start), dialect[0], inside=False)
        end = start
        if state == "open":
            state, end = _closing(block, start, with_quotes, dialect)
        if state == "open":
            return Quoted(continued=continued, broken=broken, cut=start)
        if state == "broken":
            broken.append(start)
        else:
            continued.extend(range(start + 1, end + 1))
            after = end + 1
    return Quoted(continued=continued, broken=broken, cut=block.starts.size)


def _closing(block: Block, start: int, with_quotes: Lines, dialect: tuple[bytes, int]) -> tuple[State, int]:
    """The line that closes the quote `start` leaves open; still `open` when it may come in the next block."""
    delimiter, longest = dialect
    first = int(np.searchsorted(with_quotes, start, "right"))
    for place in range(first, with_quotes.size):
        line = int(with_quotes[place])
        if block.ends[line] - block.starts[start] > longest:
            return "broken", start
        state = state_after(_line(block, line), delimiter, inside=True)
        if state != "open":
            return state, line
    too_far = len(block.text) - int(block.starts[start]) > longest
    return ("broken", start) if block.last or too_far else ("open", start)


def _line(block: Block, index: int) -> bytes:
    return block.text[block.starts[index] : block.ends[index]].rstrip(b"\r\n")


def state_after(line: bytes, delimiter: bytes, *, inside: bool) -> State:
    """Whether a quote is open at the end of a line; `broken` when one closes in the middle of a value.

    A quote opens only at the start of a value; in the middle (12" vinyl) it is a character like others.
    """
    place = 0
    while True:
        if not inside:
            if line[place : place + 1] != b'"':
                place = line.find(delimiter, place)
                if place < 0:
                    return "closed"
                place += 1
                continue
            place += 1
        inside = True
        place = line.find(b'"', place)
        if place < 0:
            return "open"
        after = line[place + 1 : place + 2]
        if after == b'"':
            place += 2
        elif after in {b"", delimiter}:
            if not after:
                return "closed"
            inside, place = False, place + 2
        else:
            return "broken"
