"""The scratch database of an import: its rows leave it piece by piece, while the store takes the pieces before."""

import asyncio
import csv
import io
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

import duckdb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from switchboard.customers import copying
from switchboard.customers.imports.records import Staged
from switchboard.customers.storing import stored

Given = TypeVar("Given")
PIECE_BYTES = 1 << 20
AT_ONCE = 250_000  # documents
AHEAD = 2  # pieces


def scratch_of(staged: Staged) -> "Scratch":
    """The scratch database of an import."""
    return Scratch(database=staged.database, few=staged.few)


class Fetched(Protocol):
    """What DuckDB gives after a query, as far as we ask for it."""

    def fetchnumpy(self) -> Mapping[str, ArrayLike]: ...


def columns_of(fetched: Fetched) -> Mapping[str, copying.Column]:
    """The fetched columns, masked where a value is missing."""
    return {name: np.asanyarray(column) for name, column in fetched.fetchnumpy().items()}


def quoted(text: str) -> str:
    """A text as it stands in a query."""
    return "'" + text.replace("'", "''") + "'"


class Scratch:
    """The scratch database; one query at a time."""

    def __init__(self, *, database: duckdb.DuckDBPyConnection, few: bool = False) -> None:
        self._database = database
        self._few = few
        self._running = set[asyncio.Future[Any]]()

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator["Scratch"]:
        """The same database, for queries at the same time; temporary tables are not in it."""
        with self._database.cursor() as other:
            reading = Scratch(database=other)
            try:
                yield reading
            finally:
                await reading.rest()

    async def rest(self) -> None:
        """Return when nothing runs any more: a query goes on in its thread after whoever waited for it has left."""
        while self._running:
            await asyncio.wait(self._running)

    async def run(self, query: str) -> None:
        """Run a statement, in a thread."""
        await self._thread(lambda: self._database.execute(query))

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        """All rows of a query, in a thread."""
        return await self._thread(lambda: self._database.execute(query).fetchall())

    async def rows(self, query: str, prefix: str | None = None) -> AsyncGenerator[bytes]:
        """The rows of a query as CSV, piece by piece; `prefix` stands in it as $1."""
        asked = query.replace("$1", quoted(prefix or ""))
        if self._few:
            yield await self._thread(lambda: self._at_once(asked))
            return
        out, into = os.pipe()
        writing = asyncio.create_task(asyncio.to_thread(self._write, asked, into))
        whole = False
        try:
            while piece := await asyncio.to_thread(os.read, out, PIECE_BYTES):
                yield piece
                stored(piece.count(b"\n"))
            whole = True
        finally:
            os.close(out)
            with nullcontext() if whole else suppress(duckdb.Error):  # it tells that nobody reads any more
                await writing

    async def filled(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        """Those of the columns in which any row has something."""
        counted = ", ".join(f"count({name})" for name in columns)
        ((*present,),) = await self.fetch(f"select {counted} from {table}")  # noqa: S608 - names of our own
        return tuple(name for name, count in zip(columns, present, strict=True) if count)

    async def packed(self, query: str) -> AsyncGenerator[bytes]:
        """The rows of a query as PostgreSQL's binary COPY; `$1` and `$2` stand in it for a range of documents.

        An ordinal that is NULL is counted here: a row's place among those of its document, which lie together. The
        next pieces are made ready while one is taken; what the query names must be no temporary table.
        """
        ((last,),) = await self.fetch("select coalesce(max(document_no), 0) from document")
        starts = iter(range(1, int(str(last)) + 1, AT_ONCE))
        ready = deque(self._thread(partial(self._packed, query, start)) for start in islice(starts, AHEAD))
        yield copying.HEADER
        while ready:
            piece, rows = await ready.popleft()
            ready += [self._thread(partial(self._packed, query, start)) for start in islice(starts, 1)]
            for part, share in copying.parts(piece, rows):
                yield part
                stored(share)
        yield copying.TRAILER

    async def keep_keys(self, table: str, names: tuple[str, str], keys: NDArray[np.int64]) -> None:
        """Which number of the file has which key in the store."""
        self._database.register("given_keys", {name: keys[:, place] for place, name in enumerate(names)})
        await self.run(f"create or replace table {table} as select * from given_keys")  # noqa: S608 - a name of our own
        self._database.unregister("given_keys")

    async def keep_stand_ins(self, customers: Sequence[str], ids: Sequence[str]) -> None:
        """What the customers who are named by an e-mail are called in the store."""
        given = {"customer": np.array(customers, dtype=object), "id": np.array(ids, dtype=object)}
        self._database.register("given_ids", given)
        await self.run("update called set id = g.id from given_ids g where called.customer = g.customer")
        self._database.unregister("given_ids")

    async def keep_list(self, table: str, ids: Sequence[str]) -> None:
        """A table of these ids."""
        self._database.register("given_ids", {"id": np.array(ids, dtype=object)})
        await self.run(f"create or replace temporary table {table} as select * from given_ids")  # noqa: S608 - a name of our own
        self._database.unregister("given_ids")

    def _thread(self, act: Callable[[], Given]) -> asyncio.Future[Given]:
        running = asyncio.get_running_loop().run_in_executor(None, act)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return asyncio.shield(running)

    def _packed(self, query: str, start: int) -> tuple[bytes, int]:
        """A piece and how many rows it has."""
        asked = query.replace("$1", str(start)).replace("$2", str(start + AT_ONCE))
        with self._database.cursor() as own:
            columns = dict(columns_of(own.execute(asked)))
        if "rate" in columns:
            columns["rate"] = copying.numeric(columns["rate"])
        if "ordinal" in columns and np.ma.getmaskarray(columns["ordinal"]).all():
            columns["ordinal"] = copying.ordinals(np.ma.getdata(columns["document_key"]))
        return copying.packed(columns), len(next(iter(columns.values())))

    def _at_once(self, query: str) -> bytes:
        """The rows of a query that has few, as CSV: a pipe for them takes longer than they do."""
        text = io.StringIO()
        csv.writer(text).writerows(self._database.execute(query).fetchall())
        return text.getvalue().encode()

    def _write(self, query: str, into: int) -> None:
        try:
            target = f"'/dev/fd/{into}' (format csv, header false, use_tmp_file false)"
            self._database.execute(f"copy ({query}) to {target}")
        finally:
            os.close(into)
