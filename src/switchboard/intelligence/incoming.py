"""Rows that all take as many bytes, as they come out of PostgreSQL's binary COPY piece by piece."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES = 19
AT_ONCE_BYTES = 16_000_000


@dataclass(slots=True, kw_only=True)
class Incoming:
    """Gives whole rows to `settle`, in a thread, every so often; `rows` is how many came."""

    row: np.dtype[Any]
    settle: Callable[[NDArray[np.void]], None]
    rows: int = 0
    _pieces: list[bytes] = field(default_factory=list[bytes])
    _bytes: int = 0
    _begun: bool = False

    async def take(self, piece: bytes) -> None:
        """Keep a piece; every so often the whole rows are settled."""
        self._pieces.append(piece)
        self._bytes += len(piece)
        if self._bytes >= AT_ONCE_BYTES:
            await asyncio.to_thread(self.keep)

    def keep(self) -> None:
        """Settle the whole rows received so far; a row cut in two waits for its rest."""
        received = b"".join(self._pieces)
        if not self._begun and received:
            received, self._begun = received[HEADER_BYTES:], True
        whole = np.frombuffer(received, self.row, len(received) // self.row.itemsize)
        rest = received[whole.nbytes :]
        self._pieces, self._bytes = [rest], len(rest)
        if len(whole):
            self.settle(whole)
            self.rows += len(whole)


def native(rows: NDArray[np.void], *names: str) -> dict[str, NDArray[np.generic]]:
    """Columns in this machine's byte order."""
    return {name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in names}


def row_of(*columns: tuple[str, int]) -> np.dtype[Any]:
    """A row of integers, none missing: (name, bytes)."""
    parts = (part for name, width in columns for part in ((f"{name} length", ">i4"), (name, f">i{width}")))
    return np.dtype([("fields", ">i2"), *parts])
