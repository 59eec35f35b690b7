"""Which number of a file has which key: many at a time."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.copying import unpacked
from switchboard.foundation import sql
from switchboard.foundation.ground import Work


async def reserve(work: Work, kind: Literal["document", "person", "product"], count: int) -> int:
    """A block of so many keys: the key of number 1 is one more than this."""
    found = await sql.fetch_value(work, "select reserve_keys($1, $2)", kind, count)
    assert isinstance(found, int)
    return found


async def keys_of(work: Work, query: str, *values: object) -> NDArray[np.int64]:
    """The rows of a query that gives (number, key) as bigints."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    await sql.copy_out(work, query, *values, take=take)
    return unpacked(b"".join(pieces), ("number", "key"))
