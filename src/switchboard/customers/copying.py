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


def parts(piece: bytes, rows: int, size: int = 8 << 20) -> Iterator[tuple[bytes, int]]:
    """A piece in parts of so many bytes, each with its share of the rows."""
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
        texts = [b"" if gone else str(text).encode() for text, gone in zip(values, missing, strict=True)]
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        values = np.array(texts, dtype=np.bytes_)
    else:
        sizes = np.full(len(values), values.itemsize, np.int64)
    sizes[missing] = MISSING
    return _Field(name=name, values=values, sizes=sizes)


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
    parts: list[tuple[str, Any]] = [("fields", ">i2")]
    sizes = {field.name: int(field.sizes[rows][0]) if len(field.sizes) else MISSING for field in fields}
    for field in fields:
        parts.append((f"{field.name} length", ">i4"))
        if sizes[field.name] > 0:
            parts.append((field.name, _written(field.values.dtype, sizes[field.name])))
    made = np.empty(len(fields[0].sizes[rows]), np.dtype(parts))
    made["fields"] = len(fields)
    for field in fields:
        made[f"{field.name} length"] = sizes[field.name]
        if sizes[field.name] > 0:
            made[field.name] = field.values[rows]
    return made.tobytes()


def _written(dtype: np.dtype[Any], size: int) -> np.dtype[Any]:
    match dtype.kind:
        case "S":
            return np.dtype(f"S{size}")
        case "b" | "i":
            return np.dtype(f">i{size}")
        case _:
            return dtype
