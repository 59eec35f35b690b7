"""The scratch database of an import: what leaves it does so as CSV, piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from uuid import UUID

import duckdb
import numpy as np
from numpy.typing import NDArray

from switchboard.customers.imports.records import Staged
from switchboard.foundation.ground import Work

PIECE_BYTES = 1 << 20


def scratch_of(work: Work, staged: Staged, import_id: UUID) -> "Scratch":
    """The scratch database of an import."""
    return Scratch(database=staged.database, out=work.ground.data_dir / "scratch" / f"{import_id}.csv")


class Scratch:
    """The scratch database; its rows leave it by way of the file `out`, one query at a time."""

    def __init__(self, *, database: duckdb.DuckDBPyConnection, out: Path) -> None:
        self._database = database
        self._out = out

    async def run(self, query: str) -> None:
        """Run a statement, in a thread."""
        await asyncio.to_thread(self._database.execute, query)

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        """All rows of a query, in a thread."""
        return await asyncio.to_thread(lambda: self._database.execute(query).fetchall())

    async def rows(self, query: str, prefix: str | None = None) -> AsyncGenerator[bytes]:
        """The rows of a query as CSV, piece by piece; the file they lie in is gone afterwards."""
        path = self._out
        await asyncio.to_thread(self._write, query, prefix, path)
        try:
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece
        finally:
            path.unlink()

    async def keep_product_keys(self, keys: NDArray[np.int64]) -> None:
        """What the products of the file are called in the store."""
        table = {"product_no": keys[:, 0], "product_key": keys[:, 1]}
        self._database.register("given_keys", table)
        await self.run("create or replace temporary table product_keys as select * from given_keys")
        self._database.unregister("given_keys")

    async def keep_stand_ins(self, customers: Sequence[str], ids: Sequence[str]) -> None:
        """What the customers who are named by an e-mail are called in the store."""
        given = {"customer": np.array(customers, dtype=object), "id": np.array(ids, dtype=object)}
        self._database.register("given_ids", given)
        await self.run("update called set id = g.id from given_ids g where called.customer = g.customer")
        self._database.unregister("given_ids")

    def _write(self, query: str, prefix: str | None, path: Path) -> None:
        quoted = str(path).replace("'", "''")
        said = "''" if prefix is None else "'" + prefix.replace("'", "''") + "'"
        self._database.execute(f"copy ({query.replace('$1', said)}) to '{quoted}' (format csv, header false)")
