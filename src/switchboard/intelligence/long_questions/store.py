"""Questions that are answered by a job, sealed, and what the job answered."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

KEPT, LEFT = timedelta(minutes=10), timedelta(days=1)
FIND = """
select id, job, answer from question where workspace_id = $1 and key = $2 and (answered_at is null or answered_at >= $3)
"""
ADD = """
insert into question (workspace_id, key, id, job, asked, asked_at) values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, key) do nothing returning id
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A question by its id, the run of the job that answers it, and the sealed answer; None until there is one."""

    id: UUID
    job: UUID
    answer: bytes | None


async def find(work: Work, key: bytes) -> Kept | None:
    """The question of this key, unless it was answered some time ago."""
    row = await sql.fetch_row(work, FIND, work.caller.workspace, key, work.now - KEPT)
    return None if row is None else Kept(id=row["id"], job=row["job"], answer=row["answer"])


async def add(work: Work, key: bytes, names: tuple[UUID, UUID], asked: bytes) -> bool:
    """Put a question, by its id and its job's; False when it is there already."""
    added = await sql.fetch(work, ADD, work.caller.workspace, key, *names, asked, work.now)
    return bool(added)


async def asked(work: Work, question: UUID) -> bytes | None:
    """What is asked, sealed; None once it is forgotten."""
    query = "select asked from question where workspace_id = $1 and id = $2"
    row = await sql.fetch_row(work, query, work.caller.workspace, question)
    return None if row is None else row["asked"]


async def answer(work: Work, question: UUID, sealed: bytes) -> None:
    """Keep the answer of a question that is not forgotten."""
    query = "update question set answer = $3, answered_at = $4 where workspace_id = $1 and id = $2"
    await sql.execute(work, query, work.caller.workspace, question, sealed, work.now)


async def forget_old(work: Work) -> None:
    """Forget questions that were answered some time ago, and those that never were."""
    query = "delete from question where workspace_id = $1 and (answered_at < $2 or asked_at < $3)"
    await sql.execute(work, query, work.caller.workspace, work.now - KEPT, work.now - LEFT)


async def forget(work: Work, question: UUID) -> None:
    """Forget a question."""
    query = "delete from question where workspace_id = $1 and id = $2"
    await sql.execute(work, query, work.caller.workspace, question)


async def forget_all(work: Work) -> int:
    """Forget all questions and answers, and what is being worked out; how many."""
    return await sql.execute(work, "delete from question where workspace_id = $1", work.caller.workspace)
