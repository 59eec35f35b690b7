"""Taking an import back as a whole: what it brought goes, what others brought stays or comes back.

A document has layers: the one that is seen and, in `replaced_document`, those below, each with the import it is of.
An import that brought the same as a layer stands ready (`import.same`) to become its owner.
"""

from uuid import UUID

from switchboard.customers.store import repeating
from switchboard.customers.store.people import settle_found
from switchboard.foundation import sql
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work

LATER = """
select i.id, i.number from import i where i.workspace_id = $1 and i.status = 'done' and not isempty(i.same)
    and i.number > (select u.number from import u where u.workspace_id = $1 and u.id = $2) order by i.number
"""
# An import stands ready for the layer that was on top when it came: the last one of the imports before it.
HAND_ON = """
with heir as (select i.same * '{(,)}' as same from import i where i.workspace_id = $1 and i.id = $3),
seen as (
    update document set import_id = $3 where workspace_id = $1 and import_id = $2
        and document_key <@ (select same from heir) returning document_key),
below as (
    update replaced_document r set import_id = $3 from import n where r.workspace_id = $1 and r.import_id = $2
        and r.document_key <@ (select same from heir) and n.workspace_id = $1 and n.id = r.replaced_by
        and n.number > $4 returning r.document_key)
update replaced_document set replaced_by = $3 where workspace_id = $1 and replaced_by = $2
    and document_key in (select document_key from seen union all select document_key from below)
"""
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
TOUCHED = "create temporary table touched (person_key bigint) on commit drop"
TOUCH = """
insert into touched select person_key from document where workspace_id = $1 and import_id = $2
union select (content ->> 'person_key')::bigint from replaced_document where workspace_id = $1 and replaced_by = $2
"""
TAKE_LINES = """
delete from order_line l using document d
where l.workspace_id = $1 and d.workspace_id = $1 and d.import_id = $2 and l.document_key = d.document_key
"""
BRING_BACK = """
update document d set (placed_at, day, currency, rate, country, is_order, gross, discount, refund, lines, content,
    person_key, import_id) = (o.placed_at, o.day, o.currency, o.rate, o.country, o.is_order, o.gross, o.discount,
    o.refund, o.lines, o.content, o.person_key, r.import_id), changed = pg_current_xact_id()::text::bigint
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
REPEAT = """
update activity a set person_key = n.person_key, kind = n.kind, at = n.at, properties = n.properties,
    import_id = n.import_id
from (select distinct on (r.identity) r.* from repeated_activity r
    join import i on i.workspace_id = $1 and i.id = r.import_id
    join activity o on o.workspace_id = $1 and o.identity = r.identity and o.import_id = $2
    where r.workspace_id = $1 and r.import_id <> $2 order by r.identity, i.number) n
where a.workspace_id = $1 and a.identity = n.identity and a.import_id = $2
"""
FORGET_REPEATED = """
delete from repeated_activity r where r.workspace_id = $1 and (r.import_id = $2 or exists (
    select from activity a where a.workspace_id = $1 and a.identity = r.identity and a.import_id = r.import_id))
"""
TAKE_ACTIVITY = "delete from activity where workspace_id = $1 and import_id = $2"
TAKE_CONSENT = "delete from consent where workspace_id = $1 and import_id = $2"
TAKE_TOLD = "delete from told where workspace_id = $1 and import_id = $2 returning person_key"
TOUCH_TOLD = "insert into touched select unnest($1::bigint[])"
TAKE_PEOPLE = """
delete from person p where p.workspace_id = $1
    and not exists (select from told t where t.workspace_id = $1 and t.person_key = p.person_key)
    and not exists (select from document d where d.workspace_id = $1 and d.person_key = p.person_key)
    and not exists (select from activity a where a.workspace_id = $1 and a.person_key = p.person_key)
    and not exists (select from repeated_activity a where a.workspace_id = $1 and a.person_key = p.person_key)
    and not exists (select from replaced_document r
        where r.workspace_id = $1 and (r.content ->> 'person_key')::bigint = p.person_key)
    and not exists (select from consent c where c.workspace_id = $1 and c.person_key = p.person_key)
    and not exists (select from attribute_said s where s.workspace_id = $1 and s.person_key = p.person_key)
returning p.person_key
"""
# Whoever records what a person says holds that person's row: the delete waited for them, and must not have its way.
HEARD_MEANWHILE = """
select exists (select from (
    select c.person_key from consent c where c.workspace_id = $1
    union all select s.person_key from attribute_said s where s.workspace_id = $1) said
    where not exists (select from person p where p.workspace_id = $1 and p.person_key = said.person_key))
"""
TAKE_FIGURES = """
delete from figures f where f.workspace_id = $1
    and not exists (select from person p where p.workspace_id = $1 and p.person_key = f.person_key)
"""


async def take_documents(work: Work, import_id: UUID) -> int:
    """Remove the orders the import brought and bring back those it replaced; how many went."""
    mine = work.caller.workspace
    for heir in await sql.fetch(work, LATER, mine, import_id):
        await sql.execute(work, HAND_ON, mine, import_id, heir["id"], heir["number"])
    for step in (HAND_DOWN, FORGET_HANDED):
        await sql.execute(work, step, mine, import_id)
    await sql.execute(work, FORGET_OWN + " and replaced_by <> $2", mine, import_id)
    await sql.execute(work, TOUCHED)
    for step in (TOUCH, TAKE_LINES, BRING_LINES, BRING_BACK, FORGET, LEAVE_TOMBSTONES):
        await sql.execute(work, step, mine, import_id)
    return await sql.execute(work, TAKE_DOCUMENTS, mine, import_id)


async def take_activity(work: Work, import_id: UUID) -> int:
    """Remove the events the import brought, but for those others brought too; how many went."""
    mine = work.caller.workspace
    for step in (REPEAT, FORGET_REPEATED):
        await sql.execute(work, step, mine, import_id)
    return await sql.execute(work, TAKE_ACTIVITY, mine, import_id)


async def take_told(work: Work, import_id: UUID) -> list[int]:
    """Forget what the import said of people, but for what others said too; of whom."""
    mine = work.caller.workspace
    await repeating.hand_on(work, import_id)
    await sql.execute(work, TAKE_CONSENT, mine, import_id)
    keys = [row["person_key"] for row in await sql.fetch(work, TAKE_TOLD, mine, import_id)]
    await sql.execute(work, TOUCH_TOLD, keys)
    return keys


async def take_people(work: Work) -> list[int]:
    """Remove the people of whom nothing is left, and settle what follows from orders for the others; who went.

    Who said something of being contacted stays; raise Conflict when somebody says it just now.
    """
    mine = work.caller.workspace
    gone = [row["person_key"] for row in await sql.fetch(work, TAKE_PEOPLE, mine)]
    if gone and await sql.fetch_value(work, HEARD_MEANWHILE, mine):
        raise Conflict("one of the people this import brought said something meanwhile; undo it again")
    if gone:
        await sql.execute(work, TAKE_FIGURES, mine)
    await settle_found(work, "select person_key from touched")
    return gone
