"""Numbers as PostgreSQL's binary COPY, whole columns at a time."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


def packed(columns: Mapping[str, NDArray[np.int64 | np.int32]]) -> bytes:
    """The rows, each number as wide as its column is; none may be missing."""
    parts: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        parts += [(f"{name} length", ">i4"), (name, f">i{column.itemsize}")]
    rows = np.empty(len(next(iter(columns.values()))), np.dtype(parts))
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name} length"], rows[name] = column.itemsize, column
    return rows.tobytes()


def unpacked(received: bytes, names: tuple[str, ...]) -> NDArray[np.int64]:
    """Rows of bigints, none missing, as they come out of a COPY: one row a row."""
    parts = [("fields", ">i2"), *(part for name in names for part in ((f"{name} length", ">i4"), (name, ">i8")))]
    row = np.dtype(parts)
    rows = np.frombuffer(received, row, (len(received) - len(HEADER)) // row.itemsize, len(HEADER))
    return np.stack([rows[name].astype(np.int64) for name in names], axis=1)
