"""SQL inside a unit of work; only stores import this.

Every statement that searches a table with a workspace names `workspace_id = $1` itself; row-level security is second to
it. Look-ups of many rows by their keys name keys alone (docs/decisions/0004-row-level-security.md).
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing

import asyncpg

from switchboard.foundation.database import Scoped
from switchboard.foundation.ground import Work

Row = asyncpg.Record


async def fetch(work: Work, query: str, *values: object) -> list[Row]:
    """All rows of a query that is bound to be short."""
    connection = await work.session.transaction()
    return await connection.fetch(query, *values, timeout=work.session.timeout_s)


async def stream(work: Work, query: str, *values: object, at_once: int) -> AsyncGenerator[list[Row]]:
    """The rows of a query that may be long, so many at a time."""
    connection = await work.session.transaction()
    cursor = await connection.cursor(query, *values, timeout=work.session.timeout_s)
    while rows := await cursor.fetch(at_once, timeout=work.session.timeout_s):
        yield rows


async def fetch_row(work: Work, query: str, *values: object) -> Row | None:
    """The first row, or None."""
    connection = await work.session.transaction()
    return await connection.fetchrow(query, *values, timeout=work.session.timeout_s)


async def fetch_value(work: Work, query: str, *values: object) -> object:
    """The first column of the first row, or None."""
    connection = await work.session.transaction()
    return await connection.fetchval(query, *values, timeout=work.session.timeout_s)


async def read_scoped(work: Work, query: str, *values: object) -> list[Row]:
    """The rows of a scoped function (it is given the workspace and binds itself to it), in one round trip."""
    connection = await work.session.plain()
    return await connection.fetch(query, *values, timeout=work.session.timeout_s)


async def find_scoped(work: Work, query: str, asked: str, *values: object) -> Row | None:
    """The row of a scoped function (given the workspace, ids and these values) whose first column is this id.

    What others of the workspace ask for at this moment goes along, unless the unit of work has begun to read.
    """
    session, workspace = work.session, work.caller.workspace
    if not session.has_begun:
        return await work.ground.database.find(Scoped(query, workspace, values, session.timeout_s), asked)
    found = await read_scoped(work, query, workspace, [asked], *values)
    return found[0] if found else None


async def execute(work: Work, query: str, *values: object) -> int:
    """Run a statement; how many rows it changed."""
    connection = await work.session.transaction()
    said = await connection.execute(query, *values, timeout=work.session.timeout_s)
    last = said.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


async def execute_outside(work: Work, query: str) -> None:
    """Run what no transaction may hold (a vacuum), in a unit of work that has run nothing else."""
    connection = await work.session.plain()
    await connection.execute(query, timeout=work.session.timeout_s)


async def execute_many(work: Work, query: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a statement once per row, in one round trip."""
    connection = await work.session.transaction()
    await connection.executemany(query, rows, timeout=work.session.timeout_s)


async def copy_in(  # noqa: PLR0913 - what a COPY is told
    work: Work, table: str, columns: Sequence[str], source: AsyncGenerator[bytes], *, csv: bool, made_here: bool = False
) -> int:
    """Stream rows into a temporary table, as CSV or PostgreSQL's binary COPY; how many.

    COPY refuses tables under row-level security: stream into a temporary table and insert from there. `made_here`: the
    transaction made the table, so nobody sees the rows until it commits, and they need no looking after again. What
    makes the rows has ended when this ends, well or not.
    """
    connection = await work.session.transaction()
    async with aclosing(source):
        said = await connection.copy_to_table(
            table, source=source, columns=list(columns), format="csv" if csv else "binary", freeze=made_here or None,
            timeout=work.session.timeout_s,
        )  # fmt: skip
    return int(said.rpartition(" ")[2])


async def copy_out(
    work: Work, query: str, *values: object, take: Callable[[bytes], Coroutine[None, None, None]]
) -> None:
    """Stream a query's rows as PostgreSQL's binary COPY, piece by piece."""
    connection = await work.session.transaction()
    await connection.copy_from_query(query, *values, output=take, format="binary", timeout=work.session.timeout_s)
