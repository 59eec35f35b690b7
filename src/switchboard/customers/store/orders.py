"""Documents, lines, products and categories, written a whole import at a time."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.store.keys import keys_of, reserve
from switchboard.customers.store.people import settle_found
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

STAGES = """
create temporary table incoming_category (category_no integer, path text collate "C", top text) on commit drop;
create temporary table incoming_product (
    product_no integer, product_id text collate "C", name text, category_no integer, earlier jsonb) on commit drop;
create temporary table incoming_document (
    document_no bigint, identity text collate "C", customer_no integer, placed_at timestamptz, day integer,
    currency text, rate numeric, country text, is_order boolean, gross bigint, discount bigint, refund bigint,
    lines integer, content bigint) on commit drop;
create temporary table incoming_line (
    document_no bigint, ordinal integer, line_id text, product_key bigint, quantity bigint, unit_price bigint,
    gross bigint, discount bigint, refund bigint) on commit drop;
create temporary table known_document (
    document_no bigint, document_key bigint, old_import uuid, person_key bigint, changed boolean) on commit drop;
"""
COLUMNS = {
    "incoming_category": ("category_no", "path", "top"),
    "incoming_product": ("product_no", "product_id", "name", "category_no", "earlier"),
    "incoming_document": (
        "document_no", "identity", "customer_no", "placed_at", "day", "currency", "rate", "country", "is_order",
        "gross", "discount", "refund", "lines", "content",
    ),
    "incoming_line": (
        "document_no", "ordinal", "line_id", "product_key", "quantity", "unit_price", "gross", "discount", "refund",
    ),
}  # fmt: skip
KEEP_PRODUCTS = """
insert into product as p (workspace_id, product_key, product_id, name, category_key, earlier)
select $1, $2::bigint + i.product_no, i.product_id, i.name, c.category_key,
    array(select jsonb_array_elements_text(i.earlier))
from incoming_product i left join incoming_category n using (category_no)
    left join category c on c.workspace_id = $1 and c.path = n.path order by i.product_no
on conflict (workspace_id, product_id) do update set name = coalesce(excluded.name, p.name),
    category_key = coalesce(excluded.category_key, p.category_key), earlier = array(
        select k.name from (
            select o.name, max(o.n) as n
            from unnest(p.earlier || p.name || excluded.earlier) with ordinality o (name, n)
            where o.name <> coalesce(excluded.name, p.name) group by o.name order by 2 desc limit 20) k order by k.n)
where (coalesce(excluded.name, p.name), coalesce(excluded.category_key, p.category_key))
    is distinct from (p.name, p.category_key) or not excluded.earlier <@ (p.earlier || p.name)
"""
LINE = "ordinal, line_id, product_key, quantity, unit_price, gross, discount, refund"
DOCUMENT = "placed_at, day, currency, rate, country, is_order, gross, discount, refund, lines, content"

TOUCHED = """
select c.person_key from incoming_document i join incoming_customer c using (customer_no)
    left join known_document k using (document_no) where k.changed is not false
union select k.person_key from known_document k where k.changed and k.person_key is not null
"""
"""The people whose orders are new or changed, and those who had them before."""

THEIRS = ", ".join(f"i.{name}" for name in DOCUMENT.split(", "))


WRITE_AT_ONCE = "set local backend_flush_after = '1MB'"
"""Tables without a log have to be on the disk when their unit of work ends: so the disk works while they are filled."""

LOAD_BITS = 36  # of a document's key, which number it has in its load; those above tell the load
LOADED_LINE = ("document_key", "ordinal", "quantity", "gross", "refund")
LOADED = (
    "document_key", "identity", "person_key", "placed_at", "day", "is_order", "gross", "refund", "lines", "content",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Load:
    """Tables beside the others that are being filled; `before` is the key before the first they take.

    `currency` is that of all documents, None where each says its own; `transaction` is that which will show them.
    """

    import_id: UUID
    currency: str | None
    number: int
    before: int
    transaction: int


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What storing documents did; `same_keys` is a multirange of those that were left alone."""

    new: int
    replaced: int
    same: int
    same_keys: str = "{}"


async def make_stages(work: Work) -> None:
    """The temporary tables a file's rows are streamed into; gone when the unit of work ends."""
    await sql.execute(work, STAGES)


async def stream(work: Work, table: str, source: AsyncGenerator[bytes]) -> None:
    """Fill one of the stages from CSV."""
    await sql.copy_in(work, table, COLUMNS[table], source, csv=True)


async def has_products(work: Work) -> bool:
    """Whether the workspace has any yet."""
    found = await sql.fetch_value(
        work, "select exists (select from product where workspace_id = $1)", work.caller.workspace
    )
    return bool(found)


async def keep_products(work: Work, before: int) -> None:
    """Add new categories and products, rename known ones; the key of a new one is `before` plus its number."""
    mine = work.caller.workspace
    await sql.execute(
        work,
        "insert into category select $1, nextval('category_key'), path, top from incoming_category order by category_no"
        " on conflict (workspace_id, path) do nothing",
        mine,
    )
    await sql.execute(work, KEEP_PRODUCTS, mine, before)


async def product_keys(work: Work) -> NDArray[np.int64]:
    """The key of each incoming product: (product_no, key)."""
    return await keys_of(
        work,
        "select i.product_no::bigint, p.product_key from incoming_product i"
        " join product p on p.workspace_id = $1 and p.product_id = i.product_id",
        work.caller.workspace,
    )


async def has_documents(work: Work) -> bool:
    """Whether the workspace has any yet."""
    found = await sql.fetch_value(
        work, "select exists (select from document where workspace_id = $1)", work.caller.workspace
    )
    return bool(found)


async def begin_load(work: Work, import_id: UUID, currency: str | None) -> Load:
    """A place for documents that are all new, in this currency or, with None, each in its own, and for their lines."""
    row = await sql.fetch_row(work, "select begin_load() as before, pg_current_xact_id()::text::bigint as transaction")
    assert row is not None
    number = (row["before"] + 1) >> LOAD_BITS
    return Load(import_id=import_id, currency=currency, number=number, **row)


async def load_documents(work: Work, load: Load, more: Sequence[str], source: AsyncGenerator[bytes]) -> int:
    """Load the documents, as binary COPY of LOADED and these columns; how many. In a unit of work beside the load's."""
    await sql.execute(work, WRITE_AT_ONCE)
    await sql.execute(work, "select begin_documents($1, $2)", load.before, load.currency is None)
    new = await sql.copy_in(
        work, f"document_{load.number}", (*LOADED, *more), source, csv=False, made_here=True
    )  # fmt: skip
    given = (load.before, load.import_id, load.transaction, load.currency)
    await sql.execute(work, "select finish_documents($1, $2, $3, $4)", *given)
    return new


async def load_lines(work: Work, load: Load, more: Sequence[str], source: AsyncGenerator[bytes]) -> None:
    """Load the lines, as binary COPY of LOADED_LINE and these columns. In a unit of work beside the load's."""
    await sql.execute(work, WRITE_AT_ONCE)
    await sql.execute(work, "select begin_lines($1)", load.before)
    await sql.copy_in(
        work, f"order_line_{load.number}", (*LOADED_LINE, *more), source, csv=False, made_here=True
    )  # fmt: skip
    await sql.execute(work, "select finish_lines($1)", load.before)


async def finish_load(work: Work, load: Load) -> None:
    """Put what was loaded among the others: seen once the unit of work commits."""
    await sql.execute(work, "select finish_load($1)", load.before)


async def keep_documents(work: Work, import_id: UUID) -> Stored:
    """Store the staged documents and lines: new ones added, changed ones replaced, equal ones left alone."""
    mine = work.caller.workspace
    await sql.execute(work, "analyze incoming_document")
    known = await sql.execute(
        work,
        "insert into known_document select i.document_no, d.document_key, d.import_id, d.person_key,"
        " (d.content, d.day) is distinct from (i.content, i.day)"
        " from incoming_document i join document d on d.workspace_id = $1 and d.identity = i.identity",
        mine,
    )
    if known == 0:
        new = await _add_all(work, import_id)
        return Stored(new=new, replaced=0, same=0)
    await sql.execute(work, "analyze known_document")
    await _set_aside(work, import_id)
    replaced = await _replace(work, import_id)
    new = await _add_new(work, import_id)
    if replaced:
        await settle_found(work, TOUCHED)
    return Stored(new=new, replaced=replaced, same=known - replaced, same_keys=await _same(work, import_id))


async def newest_order(work: Work) -> datetime | None:
    """When the newest order of the workspace was placed, a guest's too; reads all documents."""
    found = await sql.fetch_value(
        work, "select max(placed_at) from document where workspace_id = $1 and is_order", work.caller.workspace
    )
    return found if isinstance(found, datetime) else None


async def _same(work: Work, import_id: UUID) -> str:
    """Those that others brought before and this import brought again."""
    return str(
        await sql.fetch_value(
            work,
            "select coalesce(range_agg(int8range(document_key, document_key + 1)), '{}')::text from known_document"
            " where not changed and old_import <> $1",
            import_id,
        )
    )


async def _add_all(work: Work, import_id: UUID) -> int:
    """All documents are new: their keys are a block of their own, and lines need no look-up."""
    before = await _reserve_keys(work)
    mine = work.caller.workspace
    new = await sql.execute(
        work,
        f"insert into document (workspace_id, document_key, identity, person_key, {DOCUMENT}, import_id)"
        f" select $1, $2 + i.document_no, i.identity, p.person_key, {THEIRS}, $3"
        " from incoming_document i left join incoming_customer p using (customer_no) order by document_no",
        mine, before, import_id,
    )  # fmt: skip
    await sql.execute(
        work,
        f"insert into order_line (workspace_id, document_key, {LINE})"
        f" select $1, $2 + document_no, {LINE} from incoming_line",
        mine, before,
    )  # fmt: skip
    return new


async def _add_new(work: Work, import_id: UUID) -> int:
    before = await _reserve_keys(work)
    mine = work.caller.workspace
    new = await sql.execute(
        work,
        f"insert into document (workspace_id, document_key, identity, person_key, {DOCUMENT}, import_id)"
        f" select $1, $2 + i.document_no, i.identity, p.person_key, {THEIRS}, $3"
        " from incoming_document i left join incoming_customer p using (customer_no)"
        " where not exists (select from known_document k where k.document_no = i.document_no) order by document_no",
        mine, before, import_id,
    )  # fmt: skip
    await sql.execute(
        work,
        f"insert into order_line (workspace_id, document_key, {LINE})"
        f" select $1, coalesce(k.document_key, $2 + l.document_no), {LINE}"
        " from incoming_line l left join known_document k using (document_no) where k.changed is not false",
        mine, before,
    )  # fmt: skip
    return new


async def _set_aside(work: Work, import_id: UUID) -> None:
    """Keep what is about to be replaced, so that undoing brings it back; then take its lines away.

    What the import itself brought before, as a stream does, is nothing that its undoing brings back.
    """
    mine = work.caller.workspace
    await sql.execute(
        work,
        "insert into replaced_document select $1, d.document_key, $2, d.import_id,"
        " to_jsonb(d) - 'workspace_id' - 'changed' || jsonb_build_object('order_lines',"
        " (select jsonb_agg(to_jsonb(l) - 'workspace_id' - 'document_key' order by l.ordinal) from order_line l"
        "  where l.workspace_id = $1 and l.document_key = d.document_key))"
        " from known_document k join document d on d.workspace_id = $1 and d.document_key = k.document_key"
        " where k.changed and d.import_id <> $2 on conflict do nothing",
        mine, import_id,
    )  # fmt: skip
    await sql.execute(
        work,
        "delete from order_line l using known_document k"
        " where l.workspace_id = $1 and l.document_key = k.document_key and k.changed",
        mine,
    )


async def _replace(work: Work, import_id: UUID) -> int:
    return await sql.execute(
        work,
        f"update document d set ({DOCUMENT}) = (select {', '.join('i.' + name for name in DOCUMENT.split(', '))}),"
        " person_key = (select p.person_key from incoming_customer p where p.customer_no = i.customer_no),"
        " import_id = $2, changed = pg_current_xact_id()::text::bigint"
        " from known_document k join incoming_document i using (document_no)"
        " where d.workspace_id = $1 and d.document_key = k.document_key and k.changed",
        work.caller.workspace, import_id,
    )  # fmt: skip


async def _reserve_keys(work: Work) -> int:
    """A block of keys for the staged documents: the key of document 1 is one more."""
    last = await sql.fetch_value(work, "select coalesce(max(document_no), 0) from incoming_document")
    return await reserve(work, "document", int(str(last)))
