"""Which number of a file has which key: many at a time."""

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.copying import unpacked
from switchboard.foundation import sql
from switchboard.foundation.ground import Work


async def keys_of(work: Work, query: str, *values: object) -> NDArray[np.int64]:
    """The rows of a query that gives (number, key) as bigints."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    await sql.copy_out(work, query, *values, take=take)
    return unpacked(b"".join(pieces), ("number", "key"))
