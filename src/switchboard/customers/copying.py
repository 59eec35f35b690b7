"""Rows as PostgreSQL's binary COPY, whole columns at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
MISSING = -1
NUMERIC = np.dtype([(name, ">i2") for name in ("digits", "weight", "sign", "scale", "d0", "d1", "d2", "d3", "d4")])
FRACTION = 12  # decimal places of a numeric
CACHED = 4_096  # rows
Rows = NDArray[np.int64] | slice
Column = NDArray[Any]
"""Whole numbers, truth values, texts or bytes as they are; masked where a value is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A column as it is written: the bytes each row takes, MISSING where it has none."""

    name: str
    values: Column
    sizes: NDArray[np.int64]


def packed(columns: Mapping[str, Column]) -> bytes:
    """The rows, each number as wide as its column is. Rows alike in the lengths of their texts come together."""
    fields = [_field(name, column) for name, column in columns.items()]
    return b"".join(_rows(fields, rows) for rows in _alike(fields))


def numeric(scaled: NDArray[np.int64]) -> Column:
    """Numbers of 1/10^12, not below zero, as values of the type numeric."""
    values = np.zeros(len(scaled), NUMERIC)
    values["digits"], values["weight"], values["scale"] = 5, 1, FRACTION
    rest = scaled.copy()
    for name in ("d4", "d3", "d2", "d1", "d0"):  # digits of base 10,000; the point is after d1
        rest, values[name] = np.divmod(rest, 10_000)
    return values.view(f"V{NUMERIC.itemsize}")


def ordinals(keys: NDArray[np.int64]) -> NDArray[np.int32]:
    """Which of the rows with its key each row is, from 1; rows with the same key lie together."""
    places = np.arange(len(keys), dtype=np.int32)
    first = np.diff(keys, prepend=-1) != 0
    return places - np.maximum.accumulate(np.where(first, places, 0)) + 1


def parts(piece: bytes, rows: int, size: int = 64 << 10) -> Iterator[tuple[bytes, int]]:
    """A piece in parts of so many bytes, each with its share of the rows.

    PostgreSQL takes a part whole: one that stays in the processor's cache costs it a sixth less than one of megabytes.
    """
    before = 0
    for start in range(0, len(piece), size):
        part = piece[start : start + size]
        after = rows * (start + len(part)) // len(piece)
        yield part, after - before
        before = after


def unpacked(received: bytes, names: tuple[str, ...]) -> NDArray[np.int64]:
    """Rows of bigints, none missing, as they come out of a COPY: one row a row."""
    parts = [("fields", ">i2"), *(part for name in names for part in ((f"{name} length", ">i4"), (name, ">i8")))]
    row = np.dtype(parts)
    rows = np.frombuffer(received, row, (len(received) - len(HEADER)) // row.itemsize, len(HEADER))
    return np.stack([rows[name].astype(np.int64) for name in names], axis=1)


def _field(name: str, column: Column) -> _Field:
    missing, values = np.ma.getmaskarray(column), np.ma.getdata(column)
    if values.dtype == object:
        values = _encoded(values)
        sizes = np.strings.str_len(values).astype(np.int64)
    else:
        sizes = np.full(len(values), values.itemsize, np.int64)
    sizes[missing] = MISSING
    return _Field(name=name, values=values, sizes=sizes)


def _encoded(texts: Column) -> Column:
    """Texts in UTF-8, as NumPy keeps bytes; what stands where a text is missing means nothing."""
    try:
        return texts.astype(np.bytes_)
    except UnicodeEncodeError:
        return np.array([str(text).encode() for text in texts], dtype=np.bytes_)


def _alike(fields: Sequence[_Field]) -> Iterator[Rows]:
    """The numbers of the rows, those together in which every field takes as many bytes."""
    varying = [field for field in fields if len(field.sizes) and field.sizes.min() != field.sizes.max()]
    if not varying:
        yield slice(None)
        return
    kind = np.zeros(len(fields[0].sizes), np.int64)
    for field in varying:
        _, kind = np.unique(kind * (field.sizes.max() + 2) + field.sizes + 1, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(kind[order])) + 1)


def _rows(fields: Sequence[_Field], rows: Rows) -> bytes:
    """Rows alike, so few at a time that they stay in the processor's cache while column after column is filled in."""
    count = len(fields[0].sizes[rows])
    if not count:
        return b""
    given = {field.name: field.values[rows] for field in fields if field.sizes[rows][0] > 0}
    made = np.repeat(_row(fields, rows), min(count, CACHED))
    pieces: list[bytes] = []
    for start in range(0, count, CACHED):
        part = made[: count - start]
        for name, values in given.items():
            part[name] = values[start : start + CACHED]
        pieces.append(part.tobytes())
    return b"".join(pieces)


def _row(fields: Sequence[_Field], rows: Rows) -> NDArray[np.void]:
    """What all of the rows have in common: how many fields, and the length of each."""
    sizes = {field.name: int(field.sizes[rows][0]) for field in fields}
    parts: list[tuple[str, Any]] = [("fields", ">i2")]
    for field in fields:
        parts.append((f"{field.name} length", ">i4"))
        if sizes[field.name] > 0:
            parts.append((field.name, _written(field.values.dtype, sizes[field.name])))
    row = np.zeros(1, np.dtype(parts))
    row["fields"] = len(fields)
    for name, size in sizes.items():
        row[f"{name} length"] = size
    return row


def _written(dtype: np.dtype[Any], size: int) -> np.dtype[Any]:
    match dtype.kind:
        case "S":
            return np.dtype(f"S{size}")
        case "b" | "i":
            return np.dtype(f">i{size}")
        case _:
            return dtype
