"""Lines of the audit trail: written once, never changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from switchboard.accounts.journal import Line, first_id
from switchboard.accounts.records import AuditAsked
from switchboard.foundation import sql
from switchboard.foundation.database import Session
from switchboard.foundation.ground import Work

ADD = """
insert into audit_line (workspace_id, id, caller_id, caller_kind, client_id, operation, outcome, door, began, took_us,
    subject, search)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, substring($11 from 'search:([0-9a-f]{32})')::uuid)
"""
ADD_MANY = "select add_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
PAGE = """
select l.id, l.began, l.caller_id as caller, coalesce(a.name, k.name, '') as caller_name, l.caller_kind,
    l.client_id as client, l.operation, l.outcome, l.door, l.took_us, l.subject, s.*
from audit_line l
    left join account a on a.id = l.caller_id
    left join api_key k on k.id = l.caller_id and k.workspace_id = $1
    left join lateral (
        select l.search as search_id, substring(l.subject from 'found:([0-9]+)')::bigint as found,
            count(*) filter (where o.operation = l.operation) as keystrokes,
            count(distinct split_part(o.subject, ' ', 1)) filter (where o.operation <> l.operation) as opened_count,
            (select t.said from searched t where t.workspace_id = $1 and t.search = l.search
                and t.caller_id = l.caller_id and not t.opens order by t.line desc limit 1) as typed,
            array(select t.said from searched t where t.workspace_id = $1 and t.search = l.search
                and t.caller_id = l.caller_id and t.opens order by t.line limit 1000) as opened
        from (select o.operation, o.subject from audit_line o
            where o.workspace_id = $1 and o.search = l.search and o.caller_id = l.caller_id limit 1000) o) s
        on l.search is not null and l.operation = 'intelligence.search'
where l.workspace_id = $1 and l.id >= $2 and l.id < $3 and l.began >= $4 and l.began < $5
    and ($6::text is null or l.operation = $6) and ($7::uuid is null or l.caller_id = $7)
    and ($8::text is null or l.outcome = $8) and ($9::text is null or strpos(l.subject, $9) > 0)
    and (l.search is null or l.operation <> 'intelligence.search' or not exists (
        select from audit_line n where n.workspace_id = $1 and n.search = l.search and n.id > l.id
            and n.operation = l.operation and n.caller_id = l.caller_id))
    and ($11::text[] is null or l.operation <> all ($11) or l.outcome not in ('done', 'cancelled'))
order by l.id desc limit $10
"""
MILLISECOND = timedelta(milliseconds=1)


async def add(work: Work, line: Line) -> None:
    await sql.execute(work, ADD, *line)


async def add_many(session: Session, lines: Sequence[Line]) -> None:
    """Write lines of any workspaces; those already there stay as they are."""
    connection = await session.plain()
    await connection.execute(ADD_MANY, *map(list, zip(*lines, strict=True)))


async def page(work: Work, asked: AuditAsked, subject: str | None, but: Sequence[str] | None) -> list[dict[str, Any]]:
    """Newest first, the keystrokes of one search as one; about this subject only, without what was done of these."""
    end = first_id(asked.until + MILLISECOND)
    rows = await sql.fetch(
        work, PAGE, work.caller.workspace, first_id(asked.since), min(asked.cursor or end, end), asked.since,
        asked.until, asked.operation, asked.caller, asked.outcome, subject, asked.limit,
        None if but is None else list(but),
    )  # fmt: skip
    return [dict(row.items()) for row in rows]


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
