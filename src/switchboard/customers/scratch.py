"""The scratch database of an import: its rows leave it piece by piece, while the store takes the pieces before."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import duckdb
import numpy as np
from numpy.typing import NDArray

from switchboard.customers import copying
from switchboard.customers.imports.records import Staged

PIECE_BYTES = 1 << 20
AT_ONCE = 250_000  # documents
NUMBERS = ("ordinal", "product_key", "quantity", "unit_price", "gross", "discount", "refund")
WHERE = "from line l left join product_keys k on k.product_no = l.product_no"


def scratch_of(staged: Staged) -> "Scratch":
    """The scratch database of an import."""
    return Scratch(database=staged.database)


class Fetched(Protocol):
    """What DuckDB gives after a query, as far as we ask for it."""

    def fetchnumpy(self) -> Mapping[str, NDArray[np.int64 | np.int32]]: ...


def columns_of(fetched: Fetched) -> Mapping[str, NDArray[np.int64 | np.int32]]:
    """The fetched columns, of which none lacks a value."""
    return fetched.fetchnumpy()


class Scratch:
    """The scratch database; one query at a time."""

    def __init__(self, *, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    async def run(self, query: str) -> None:
        """Run a statement, in a thread."""
        await asyncio.to_thread(self._database.execute, query)

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        """All rows of a query, in a thread."""
        return await asyncio.to_thread(lambda: self._database.execute(query).fetchall())

    async def rows(self, query: str, prefix: str | None = None, before: int = 0) -> AsyncGenerator[bytes]:
        """The rows of a query as CSV, piece by piece; `prefix` stands in it as $1, `before` as $2."""
        said = "''" if prefix is None else "'" + prefix.replace("'", "''") + "'"
        asked = query.replace("$1", said).replace("$2", str(before))
        out, into = os.pipe()
        writing = asyncio.create_task(asyncio.to_thread(self._write, asked, into))
        try:
            while piece := await asyncio.to_thread(os.read, out, PIECE_BYTES):
                yield piece
        except BaseException:
            os.close(out)
            with suppress(duckdb.Error):  # nobody reads any more, which it tells as an error of its own
                await writing
            raise
        os.close(out)
        await writing

    async def plain_lines(self) -> tuple[str, ...] | None:
        """The columns all lines have, when every other column has nothing at all; None when some lines lack some."""
        counted = ", ".join(f"count({name})" for name in ("line_id", *NUMBERS))
        row = await asyncio.to_thread(lambda: self._database.execute(f"select count(*), {counted} {WHERE}").fetchone())
        assert row is not None, "a count has one row"
        everything, with_id, *present = row
        if with_id or any(0 < each < everything for each in present):
            return None
        return tuple(name for name, each in zip(NUMBERS, present, strict=True) if each)

    async def packed_lines(self, columns: Sequence[str], before: int) -> AsyncGenerator[bytes]:
        """The lines as PostgreSQL's binary COPY: the document's key, `before` more than its number, and these columns.

        The next piece is made ready while this one is taken.
        """
        row = await asyncio.to_thread(
            lambda: self._database.execute("select max(document_no) from document").fetchone()
        )
        starts = iter(range(1, int(row[0] or 0) + 1 if row else 1, AT_ONCE))
        ready = asyncio.create_task(asyncio.to_thread(self._packed, columns, before, next(starts, None)))
        yield copying.HEADER
        while (piece := await ready) is not None:
            ready = asyncio.create_task(asyncio.to_thread(self._packed, columns, before, next(starts, None)))
            yield piece
        yield copying.TRAILER

    async def keep_keys(self, table: str, names: tuple[str, str], keys: NDArray[np.int64]) -> None:
        """Which number of the file has which key in the store."""
        self._database.register("given_keys", {name: keys[:, place] for place, name in enumerate(names)})
        await self.run(f"create or replace temporary table {table} as select * from given_keys")  # noqa: S608 - a name of our own
        self._database.unregister("given_keys")

    async def keep_stand_ins(self, customers: Sequence[str], ids: Sequence[str]) -> None:
        """What the customers who are named by an e-mail are called in the store."""
        given = {"customer": np.array(customers, dtype=object), "id": np.array(ids, dtype=object)}
        self._database.register("given_ids", given)
        await self.run("update called set id = g.id from given_ids g where called.customer = g.customer")
        self._database.unregister("given_ids")

    def _packed(self, columns: Sequence[str], before: int, start: int | None) -> bytes | None:
        if start is None:
            return None
        named = ", ".join(columns)
        query = (
            f"select document_no + {before} as document_key, {named} {WHERE}"
            f" where l.document_no >= {start} and l.document_no < {start + AT_ONCE}"
        )
        return copying.packed(columns_of(self._database.execute(query)))

    def _write(self, query: str, into: int) -> None:
        try:
            target = f"'/dev/fd/{into}' (format csv, header false, use_tmp_file false)"
            self._database.execute(f"copy ({query}) to {target}")
        finally:
            os.close(into)
