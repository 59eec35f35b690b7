"""Taking an import back as a whole."""

from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

# What a later import replaced of this one's must not come back when that one is undone: it gets what we replaced.
HAND_DOWN = """
update replaced_document later set content = mine.content, import_id = mine.import_id
from replaced_document mine
where later.workspace_id = $1 and later.import_id = $2
    and mine.workspace_id = $1 and mine.replaced_by = $2 and mine.document_key = later.document_key
"""
FORGET_HANDED = """
delete from replaced_document mine where mine.workspace_id = $1 and mine.replaced_by = $2 and not exists (
    select from document d where d.workspace_id = $1 and d.document_key = mine.document_key and d.import_id = $2)
"""
FORGET_OWN = "delete from replaced_document where workspace_id = $1 and import_id = $2"
TAKE_LINES = """
delete from order_line l using document d
where l.workspace_id = $1 and d.workspace_id = $1 and d.import_id = $2 and l.document_key = d.document_key
"""
BRING_BACK = """
update document d set (placed_at, day, currency, rate, country, is_order, gross, discount, refund, lines, content,
    person_key, import_id) = (o.placed_at, o.day, o.currency, o.rate, o.country, o.is_order, o.gross, o.discount,
    o.refund, o.lines, o.content, o.person_key, o.import_id), changed = pg_current_xact_id()::text::bigint
from replaced_document r, jsonb_populate_record(null::document, r.content) o
where d.workspace_id = $1 and d.import_id = $2 and r.workspace_id = $1 and r.replaced_by = $2
    and r.document_key = d.document_key
"""
BRING_LINES = """
insert into order_line (workspace_id, document_key, ordinal, line_id, product_key, quantity, unit_price, gross,
    discount, refund)
select $1, r.document_key, l.ordinal, l.line_id, l.product_key, l.quantity, l.unit_price, l.gross, l.discount, l.refund
from replaced_document r, jsonb_populate_recordset(null::order_line, r.content -> 'order_lines') l
where r.workspace_id = $1 and r.replaced_by = $2
"""
FORGET = "delete from replaced_document where workspace_id = $1 and replaced_by = $2"
LEAVE_TOMBSTONES = """
insert into tombstone (workspace_id, document_key)
select $1, document_key from document where workspace_id = $1 and import_id = $2
"""
TAKE_DOCUMENTS = "delete from document where workspace_id = $1 and import_id = $2"
TAKE_ACTIVITY = "delete from activity where workspace_id = $1 and import_id = $2"
PEOPLE_BACK = """
update person p set contact = decode(r.content ->> 'contact', 'base64'),
    words = coalesce((select array_agg(w::bigint) from jsonb_array_elements_text(r.content -> 'words') w), '{}'),
    country = r.content ->> 'country', created_at = (r.content ->> 'created_at')::timestamptz,
    attributes = nullif(r.content -> 'attributes', 'null'::jsonb)
from replaced_person r
where p.workspace_id = $1 and r.workspace_id = $1 and r.replaced_by = $2 and r.person_key = p.person_key
"""
FORGET_PEOPLE = "delete from replaced_person where workspace_id = $1 and replaced_by = $2"
TAKE_PEOPLE = """
delete from person p where p.workspace_id = $1 and p.import_id = $2
    and not exists (select from document d where d.workspace_id = $1 and d.person_key = p.person_key)
    and not exists (select from activity a where a.workspace_id = $1 and a.person_key = p.person_key)
"""
TAKE_FIGURES = """
delete from {table} f where f.workspace_id = $1
    and not exists (select from person p where p.workspace_id = $1 and p.person_key = f.person_key)
"""
NEWEST_ORDERS = """
update person p set last_order_at = n.newest from (
    select q.person_key, coalesce((select max(d.placed_at) from document d
        where d.workspace_id = $1 and d.person_key = q.person_key and d.is_order), '-infinity') as newest
    from person q where q.workspace_id = $1) n
where p.workspace_id = $1 and p.person_key = n.person_key and p.last_order_at <> n.newest
"""


async def take_back(work: Work, import_id: UUID) -> int:
    """Remove what the import brought and bring back what it replaced; how many documents, people and events went."""
    mine = work.caller.workspace
    for step in (HAND_DOWN, FORGET_HANDED):
        await sql.execute(work, step, mine, import_id)
    await sql.execute(work, FORGET_OWN + " and replaced_by <> $2", mine, import_id)
    for step in (TAKE_LINES, BRING_LINES, BRING_BACK, FORGET, LEAVE_TOMBSTONES):
        await sql.execute(work, step, mine, import_id)
    gone = await sql.execute(work, TAKE_DOCUMENTS, mine, import_id)
    gone += await sql.execute(work, TAKE_ACTIVITY, mine, import_id)
    for step in (PEOPLE_BACK, FORGET_PEOPLE):
        await sql.execute(work, step, mine, import_id)
    people = await sql.execute(work, TAKE_PEOPLE, mine, import_id)
    if people:
        for table in ("figures", "figures_detail"):
            await sql.execute(work, TAKE_FIGURES.format(table=table), mine)
    await sql.execute(work, NEWEST_ORDERS, mine)
    return gone + people
