"""How long the ground keeps runs of jobs that ended, and news that everybody reacted to; neither names people."""

from datetime import datetime

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.retention import Kind, keep_kind

OLD = {
    "job": "status in ('done', 'failed') and ended_at < $2",
    "event": "done_at < $2",
}


async def _count(work: Work, table: str, before: datetime) -> int:
    query = f"select count(*) from {table} where workspace_id = $1 and {OLD[table]}"  # noqa: S608 - constants
    return int(str(await sql.fetch_value(work, query, work.caller.workspace, before)))


async def _remove(work: Work, table: str, before: datetime, at_most: int) -> int:
    some = f"select id from {table} where workspace_id = $1 and {OLD[table]} limit $3"  # noqa: S608 - constants
    query = f"delete from {table} where workspace_id = $1 and id in ({some})"  # noqa: S608 - constants
    return await sql.execute(work, query, work.caller.workspace, before, at_most)


async def _count_jobs(work: Work, before: datetime) -> int:
    return await _count(work, "job", before)


async def _remove_jobs(work: Work, before: datetime, at_most: int) -> int:
    return await _remove(work, "job", before, at_most)


async def _count_news(work: Work, before: datetime) -> int:
    return await _count(work, "event", before)


async def _remove_news(work: Work, before: datetime, at_most: int) -> int:
    return await _remove(work, "event", before, at_most)


keep_kind(
    Kind(
        name="jobs", about="runs of jobs that ended", days=90, least_days=8, count=_count_jobs, remove=_remove_jobs
    )
)  # fmt: skip
keep_kind(
    Kind(
        name="news", about="news between rooms that everybody reacted to", days=30, least_days=1, count=_count_news,
        remove=_remove_news,
    )
)  # fmt: skip
