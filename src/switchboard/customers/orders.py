"""A file's orders, clean in a scratch database, become the workspace's: streamed over, then stored in one go."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import people
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.scratch import Scratch, quoted, scratch_of
from switchboard.customers.stand_ins import name_people
from switchboard.customers.store import orders as store
from switchboard.customers.store import people as people_store
from switchboard.customers.storing import finishing
from switchboard.foundation.ground import Work

# Orders are known by their id, those without one by customer and moment; ids of later sources carry its name.
CUSTOMERS = """
create or replace temporary table numbered as
select row_number() over (order by customer)::integer as customer_no, customer from customer group by customer
"""
CUSTOMERS_OUT = """
select n.customer_no, $1 || c.id, d.country, d.newest from numbered n join called c using (customer) left join (
    select customer, arg_min(country, document_no) as country, max(placed_at) filter (is_order) as newest
    from document group by customer) d using (customer)
"""
DOCUMENTS_OUT = """
select d.document_no, case when d.order_key is null
        then $1 || '@' || coalesce(c.id, '') || '|' || epoch_us(d.placed_at)::varchar else $1 || d.order_key end,
    n.customer_no, d.placed_at, d.day, d.currency, d.rate, d.country, d.is_order, d.gross, d.discount, d.refund,
    d.lines, d.content
from document d left join numbered n on n.customer = d.customer left join called c on c.customer = d.customer
order by d.document_no
"""
BUYERS = """
create or replace temporary table buyer as select n.customer, c.id, k.person_key
from numbered n join called c using (customer) join person_keys k using (customer_no);
create or replace table bought_by as
select d.document_no, b.person_key, case when d.order_key is null then b.id end as id
from document d left join buyer b using (customer)
"""
NEW_DOCUMENTS = """
select {before} + d.document_no as document_key, case when d.order_key is null
        then {prefix} || '@' || coalesce(b.id, '') || '|' || epoch_us(d.placed_at)::varchar
        else {prefix} || d.order_key end as identity,
    b.person_key, epoch_us(d.placed_at) - 946684800000000 as placed_at, d.day, d.is_order, d.gross, d.refund, d.lines,
    d.content{more}
from document d join bought_by b using (document_no)
where d.document_no >= $1 and d.document_no < $2 and b.document_no >= $1 and b.document_no < $2
"""  # the driver's moments are counted from the year 2000
NEW_LINES = """
select {before} + l.document_no as document_key, l.ordinal, l.quantity, l.gross, l.refund{more}
from line l left join product_keys k on k.product_no = l.product_no
where l.document_no >= $1 and l.document_no < $2
"""
RATES = ", d.currency, (d.rate * 1000000000000)::bigint as rate"
LINES_OUT = """
select l.document_no, l.ordinal, l.line_id, k.product_key, l.quantity, l.unit_price, l.gross, l.discount, l.refund
from line l left join product_keys k on k.product_no = l.product_no order by l.document_no, l.ordinal
"""


LOADED_FROM = 100_000
"""Documents; a workspace's first so many are loaded beside the others, and indexed once all are there."""


async def keep_orders(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
    """Store the staged orders; counts of what was new, replaced and the same.

    `prefix` goes before every id of a source that is not the workspace's first.
    """
    scratch = scratch_of(staged)
    await store.make_stages(work)
    await store.stream(work, "incoming_category", scratch.rows("select category_no, path, top from category"))
    await store.stream(
        work, "incoming_product", scratch.rows("select product_no, product_id, name, category_no from product")
    )
    await scratch.keep_keys("product_keys", ("product_no", "product_key"), await store.keep_products(work))
    async with _loading(work, staged, scratch, import_id) as load:
        await scratch.run(CUSTOMERS)
        await name_people(work, scratch, "select customer from numbered")
        await people_store.stage(work, scratch.rows(CUSTOMERS_OUT, prefix))
        new_people = await people_store.keep(work, import_id)
        same_people = await people.keep_buyers(work, scratch, prefix, import_id)
        if load:
            stored = await _load_documents(work, scratch, prefix, load)
        else:
            await people_store.resolve(work)
            await store.stream(work, "incoming_document", scratch.rows(DOCUMENTS_OUT, prefix))
            await store.stream(work, "incoming_line", scratch.rows(LINES_OUT))
            finishing()
            stored = await store.keep_documents(work, import_id)
    if stored.replaced:
        await people_store.settle(work, import_id)
    counts = {"new": stored.new, "replaced": stored.replaced, "same": stored.same, "new_people": new_people}
    return Kept(counts=counts, same=stored.same_keys, same_people=same_people)


@asynccontextmanager
async def _loading(work: Work, staged: Staged, scratch: Scratch, import_id: UUID) -> AsyncGenerator[store.Load | None]:
    """Tables of their own for the documents, which the block is to load, while their lines are loaded beside.

    None where documents may be known already. All of them are seen once the unit of work commits.
    """
    if staged.counts.documents < LOADED_FROM or await store.has_documents(work):
        yield None
        return
    load = await store.begin_load(work, import_id, (await tenants.current(work)).currency)
    lines = asyncio.create_task(_load_lines(work, scratch, load))
    try:
        yield load
        await lines
    finally:
        lines.cancel()
        await asyncio.gather(lines, return_exceptions=True)
    finishing()
    await store.finish_load(work, load)


async def _load_lines(work: Work, scratch: Scratch, load: store.Load) -> None:
    """Load the lines in a unit of work of their own: two at a time are quicker."""
    async with scratch.beside() as reading:
        said = await reading.filled("line", ("line_id", "product_no", "unit_price", "discount"))
        more = "".join(", k.product_key" if name == "product_no" else f", l.{name}" for name in said)
        columns = ["product_key" if name == "product_no" else name for name in said]
        async with work.ground.work(work.caller, timeout_s=work.session.timeout_s) as beside:
            lines = reading.packed(NEW_LINES.format(before=load.before, more=more))
            await store.load_lines(beside, load, columns, lines)


async def _load_documents(work: Work, scratch: Scratch, prefix: str, load: store.Load) -> store.Stored:
    await scratch.keep_keys("person_keys", ("customer_no", "person_key"), await people_store.keys(work))
    await scratch.run(BUYERS)
    own = quoted((await tenants.current(work)).currency)
    ((foreign,),) = await scratch.fetch(f"select count_if(rate <> 1 or currency <> {own}) from document")  # noqa: S608 - quoted
    said = await scratch.filled("document", ("country", "discount"))
    more = "".join(f", d.{name}" for name in said) + (RATES if foreign else "")
    columns = (*said, "currency", "rate") if foreign else said
    documents = scratch.packed(NEW_DOCUMENTS.format(before=load.before, prefix=quoted(prefix), more=more))
    return store.Stored(new=await store.load_documents(work, load, columns, documents), replaced=0, same=0)
