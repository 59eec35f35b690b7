"""Lines of the audit trail: written once, never changed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from switchboard.accounts.journal import Line, first_id
from switchboard.accounts.records import AuditAsked, AuditLine
from switchboard.foundation import sql
from switchboard.foundation.database import Session
from switchboard.foundation.ground import Work

ADD = """
insert into audit_line (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door, began, took_us,
    subject)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
ADD_MANY = "select add_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
PAGE = """
select l.id, l.began, l.caller_id as caller, coalesce(a.name, k.name, '') as caller_name, l.caller_kind,
    l.client_id as client, l.operation, l.outcome, l.door, l.took_us, l.subject
from audit_line l
    left join account a on a.id = l.caller_id
    left join api_key k on k.id = l.caller_id and k.workspace_id = $1
where l.workspace_id = $1 and l.id >= $2 and l.id < $3 and l.began >= $4 and l.began < $5
    and ($6::text is null or l.operation = $6) and ($7::uuid is null or l.caller_id = $7)
    and ($8::text is null or l.outcome = $8) and ($9::text is null or strpos(l.subject, $9) > 0)
order by l.id desc limit $10
"""
MILLISECOND = timedelta(milliseconds=1)


async def add(work: Work, line: Line) -> None:
    await sql.execute(work, ADD, *line)


async def add_many(session: Session, lines: Sequence[Line]) -> None:
    """Write lines of any workspaces; those already there stay as they are."""
    connection = await session.plain()
    await connection.execute(ADD_MANY, *map(list, zip(*lines, strict=True)))


async def page(work: Work, asked: AuditAsked, subject: str | None) -> list[AuditLine]:
    """Newest first; about this subject only, if one is given."""
    end = first_id(asked.until + MILLISECOND)
    rows = await sql.fetch(
        work, PAGE, work.caller.workspace, first_id(asked.since), min(asked.cursor or end, end), asked.since,
        asked.until, asked.operation, asked.caller, asked.outcome, subject, asked.limit,
    )  # fmt: skip
    return [AuditLine(**dict(row.items())) for row in rows]


ABOUT = "from audit_line where workspace_id = $1 and string_to_array(subject, ' ') && $2::text[]"


async def count_about(work: Work, subjects: Sequence[str]) -> int:
    """How many lines are about any of these."""
    return int(str(await sql.fetch_value(work, f"select count(*) {ABOUT}", work.caller.workspace, list(subjects))))


async def about(work: Work, subjects: Sequence[str], at_most: int) -> list[sql.Row]:
    """Lines about any of these, newest first."""
    query = f"select began, operation, outcome, door, caller_kind {ABOUT} order by id desc limit $3"
    return await sql.fetch(work, query, work.caller.workspace, list(subjects), at_most)


async def count_before(work: Work, first_kept: UUID) -> int:
    """How many lines come before an id."""
    query = "select count(*) from audit_line where workspace_id = $1 and id < $2"
    return int(str(await sql.fetch_value(work, query, work.caller.workspace, first_kept)))


async def drop_before(work: Work, first_kept: UUID, at_most: int) -> int:
    """Remove so many of them at most; how many went."""
    return int(str(await sql.fetch_value(work, "select drop_audit($1, $2)", first_kept, at_most)))
