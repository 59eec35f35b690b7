"""First answers of changes that were asked for with a key, sealed."""

from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

CLASS = 78_021  # of the advisory locks that hold a key while its first call runs
KEPT = """
select request_hash, sealed, at from answer_kept where workspace_id = $1 and key_hash = $2 and at > $3
"""
KEEP = """
insert into answer_kept (workspace_id, key_hash, operation, request_hash, sealed, at) values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, key_hash) do update
    set operation = excluded.operation, request_hash = excluded.request_hash, sealed = excluded.sealed, at = excluded.at
"""
COUNT = "select count(*) from answer_kept where workspace_id = $1 and sealed is not null"
NEWEST = """
select key_hash, operation, sealed, at from answer_kept where workspace_id = $1 and sealed is not null
order by at desc limit $2
"""
EMPTY = "update answer_kept set sealed = null where workspace_id = $1 and sealed is not null"
COUNT_OLD = "select count(*) from answer_kept where workspace_id = $1 and at < $2"
REMOVE_OLD = """
delete from answer_kept where workspace_id = $1 and key_hash in (
    select key_hash from answer_kept where workspace_id = $1 and at < $2 limit $3)
"""
Row = sql.Row


async def alone(work: Work, key_hash: bytes) -> bool:
    """Whether no other call with this key runs; none begins to before this unit of work ends."""
    number = int.from_bytes(key_hash[:4], "big", signed=True)
    return bool(await sql.fetch_value(work, "select pg_try_advisory_xact_lock($1, $2)", CLASS, number))


async def kept(work: Work, key_hash: bytes, since: datetime) -> Row | None:
    """The answer of this key that was given after this moment."""
    return await sql.fetch_row(work, KEPT, work.caller.workspace, key_hash, since)


async def keep(work: Work, key_hash: bytes, operation: str, request_hash: bytes, sealed: bytes | None) -> None:
    """Keep an answer, in the place of one that is too old to count."""
    await sql.execute(work, KEEP, work.caller.workspace, key_hash, operation, request_hash, sealed, work.now)


async def count(work: Work) -> int:
    """How many there are of the workspace."""
    return int(str(await sql.fetch_value(work, COUNT, work.caller.workspace)))


async def newest(work: Work, at_most: int) -> list[Row]:
    """Those given last."""
    return await sql.fetch(work, NEWEST, work.caller.workspace, at_most)


async def empty(work: Work) -> int:
    """Forget what they say; that they were given stays."""
    return await sql.execute(work, EMPTY, work.caller.workspace)


async def count_before(work: Work, before: datetime) -> int:
    return int(str(await sql.fetch_value(work, COUNT_OLD, work.caller.workspace, before)))


async def remove_before(work: Work, before: datetime, at_most: int) -> int:
    return await sql.execute(work, REMOVE_OLD, work.caller.workspace, before, at_most)
