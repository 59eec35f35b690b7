"""The day's import of a source that is a stream: begun once, added to by every batch, undone as a whole."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from switchboard.customers.store.orders import TOUCHED
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

# A later import of the source ends it: the order of imports is that of what counts.
OPEN = """
select s.id from import s where s.workspace_id = $1 and s.kind = 'stream' and s.source = $2 and s.file = $3
    and s.status = 'done' and not exists (select from import later
        where later.workspace_id = $1 and later.source = $2 and later.number > s.number)
"""
BEGIN = """
insert into import (workspace_id, id, kind, source, file, status, plan, counts, asked_by, began_at, done_at, bare)
values ($1, $2, 'stream', $3, $4, 'done', '{}', '{}', $5, $6, $6, $7)
"""
ADD = """
update import i set done_at = greatest(i.done_at, $3), same = i.same + $5::text::int8multirange, counts = i.counts || (
        select jsonb_object_agg(n.key, coalesce((i.counts ->> n.key)::bigint, 0) + n.value::bigint)
        from jsonb_each_text($4::jsonb) n)
where i.workspace_id = $1 and i.id = $2
"""
CHANGED = f"insert into changed_person (workspace_id, person_key) select $1, person_key from ({TOUCHED}) touched"
FORGET = """
drop table if exists pg_temp.incoming_customer, pg_temp.incoming_event, pg_temp.incoming_category,
    pg_temp.incoming_product, pg_temp.incoming_document, pg_temp.incoming_line, pg_temp.known_document
"""


async def open_import(work: Work, source: str, day: date, *, bare: bool) -> UUID:
    """The import that the source's batches of this day belong to; begun where there is none, or a later one."""
    mine, file = work.caller.workspace, f"stream of {day}"
    found = await sql.fetch_value(work, OPEN, mine, source, file)
    if isinstance(found, UUID):
        return found
    import_id = work.ground.ids()
    await sql.execute(work, BEGIN, mine, import_id, source, file, work.caller.id, work.now, bare)
    return import_id


async def add(work: Work, import_id: UUID, counts: Mapping[str, int], *, same: str = "{}") -> None:
    """Add to what the import brought, and to what it found as it was."""
    await sql.execute(work, ADD, work.caller.workspace, import_id, work.now, json.dumps(counts), same)


async def note_changed(work: Work) -> None:
    """Keep whose orders are new or changed, of the orders that were staged last."""
    await sql.execute(work, CHANGED, work.caller.workspace)


async def newest_staged(work: Work) -> datetime | None:
    """When the newest of the orders that were staged last was placed."""
    found = await sql.fetch_value(work, "select max(placed_at) from incoming_document where is_order")
    return found if isinstance(found, datetime) else None


async def forget_stages(work: Work) -> None:
    """Make room for what is staged next in the same unit of work."""
    await sql.execute(work, FORGET)
