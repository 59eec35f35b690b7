"""A file's orders, clean in a scratch database, become the workspace's: streamed over, then stored in one go."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import people
from switchboard.customers.forgotten import without_the_forgotten
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.scratch import Scratch, quoted, scratch_of
from switchboard.customers.stand_ins import name_people
from switchboard.customers.store import keys
from switchboard.customers.store import orders as store
from switchboard.customers.store import people as people_store
from switchboard.customers.storing import finishing
from switchboard.foundation.ground import Work

# Orders are known by their id, those without one by customer and moment; ids of later sources carry its name.
CUSTOMERS = "select customer from customer"
CUSTOMERS_OUT = """
select n.customer_no, $1 || c.id, d.country, d.newest from customer n join called c using (customer) left join (
    select customer_no, {country} as country, max(placed_at) filter (is_order) as newest
    from document group by customer_no) d using (customer_no)
"""
DOCUMENTS_OUT = """
select d.document_no, case when d.order_key is null
        then $1 || '@' || coalesce(c.id, '') || '|' || epoch_us(d.placed_at)::varchar else $1 || d.order_key end,
    d.customer_no, d.placed_at, d.day, d.currency, d.rate, d.country, d.is_order, d.gross, d.discount, d.refund,
    d.lines, d.content
from document d left join called c on c.customer = d.customer
order by d.document_no
"""
BOUGHT_BY = """
create or replace table bought_by as
select d.document_no, k.person_key, case when d.order_key is null then c.id end as id
from document d left join person_keys k using (customer_no) left join called c on c.customer = d.customer
"""
NEW_DOCUMENTS = """
select {before} + d.document_no as document_key, {identity} as identity, {person} as person_key,
    epoch_us(d.placed_at) - 946684800000000 as placed_at, d.day, d.is_order, d.gross, d.refund, d.lines, d.content{more}
from document d {buyers} where d.document_no >= $1 and d.document_no < $2
"""  # the driver's moments are counted from the year 2000
NAMELESS = (
    "case when d.order_key is null then {prefix} || '@' || coalesce(b.id, '') || '|' || epoch_us(d.placed_at)::varchar"
    " else {prefix} || d.order_key end"
)
BUYERS = "join (from bought_by where document_no >= $1 and document_no < $2) b using (document_no)"
NEW_LINES = """
select {before} + l.document_no as document_key, {ordinal} as ordinal, l.quantity, l.gross, l.refund{more}
from line l {products} where l.document_no >= $1 and l.document_no < $2
"""
PRODUCTS = "left join product_keys k on k.product_no = l.product_no"  # which loses the order of the lines
COUNTED = "null::integer"  # DuckDB takes eight times as long for the ordinals as for all else
RATES = ", d.currency, (d.rate * 1000000000000)::bigint as rate"
LINES_OUT = """
select l.document_no, l.ordinal, l.line_id, k.product_key, l.quantity, l.unit_price, l.gross, l.discount, l.refund
from line l left join product_keys k on k.product_no = l.product_no order by l.document_no, l.ordinal
"""


SIDE_BY_SIDE = 4
"""Connections; a process with fewer has none to spare for documents while their lines are loaded."""
Given = TypeVar("Given")
LOADED_FROM = 100_000
"""Documents; a workspace's first so many are loaded beside the others, and indexed once all are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coming:
    """An import on its way in; `prefix` goes before every id of a source that is not the workspace's first."""

    staged: Staged
    scratch: Scratch
    prefix: str
    import_id: UUID
    streams: set[str] = field(default_factory=lambda: {"people", "documents", "lines"})
    """Those that still flow when they are loaded side by side."""

    def end(self, stream: str) -> None:
        """Tell that what is left is to index the rows, once the last stream has ended."""
        self.streams.discard(stream)
        if not self.streams:
            finishing()

    async def until_end(self, stream: str, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
        self.end(stream)


@without_the_forgotten
async def keep_orders(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
    """Store the staged orders; counts of what was new, replaced and the same."""
    coming = _Coming(staged=staged, scratch=scratch_of(staged), prefix=prefix, import_id=import_id)
    await store.make_stages(work)
    if staged.counts.documents < LOADED_FROM or await store.has_documents(work):
        return await _add(work, coming)
    return await _load(work, coming)


async def _add(work: Work, coming: _Coming) -> Kept:
    """Among documents that may be known already."""
    await _keep_products(work, coming, await keys.reserve(work, "product", coming.staged.counts.products))
    await _learn_products(work, coming)
    new_people = await _keep_people(work, coming)
    await people_store.resolve(work)
    await store.stream(work, "incoming_document", coming.scratch.rows(DOCUMENTS_OUT, coming.prefix))
    await store.stream(work, "incoming_line", coming.scratch.rows(LINES_OUT))
    finishing()
    stored = await store.keep_documents(work, coming.import_id)
    counts = {"new": stored.new, "replaced": stored.replaced, "same": stored.same, "new_people": new_people}
    return Kept(counts=counts, same=stored.same_keys)


async def _load(work: Work, coming: _Coming) -> Kept:
    """Into tables of their own: documents and lines in units of work beside, at the same time as all else.

    Where products and people are all new, their keys are known before they are there, and nothing waits for them.
    """
    load = await store.begin_load(work, coming.import_id, await _currency(work, coming))
    products = await keys.reserve(work, "product", coming.staged.counts.products)
    known = await store.has_products(work)
    if known:
        await _keep_products(work, coming, products)
        await _learn_products(work, coming)
    people = None if await people_store.has_people(work) else await _reserve_people(work, coming)
    async with AsyncExitStack() as leaving:
        lines = _start(leaving, _load_lines(work, coming, load, None if known else products))
        if work.session.connections < SIDE_BY_SIDE:
            await lines
        early = people is not None and await _is_told(coming)
        documents = _start(leaving, _load_documents(work, coming, load, people)) if early else None
        if not known:
            await _keep_products(work, coming, products)
        new_people = await _keep_people(work, coming, people)
        coming.end("people")
        if documents is None:
            await _learn_people(work, coming)
            documents = _start(leaving, _load_documents(work, coming, load, None))
        new, _ = await asyncio.gather(documents, lines)
    await store.finish_load(work, load)
    ((newest,),) = await coming.scratch.fetch("select max(placed_at) filter (is_order) from document")
    return Kept(
        counts={"new": new, "replaced": 0, "same": 0, "new_people": new_people},
        newest_order=newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else None,
    )


def _start(leaving: AsyncExitStack, act: Coroutine[Any, Any, Given]) -> asyncio.Task[Given]:
    """Act beside what follows; it has ended, well or not, when that is left."""
    task = asyncio.create_task(act)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    leaving.push_async_callback(end)
    return task


async def _is_told(coming: _Coming) -> bool:
    """Whether every document has an id of its own, so that nobody has to be asked what its customer is called."""
    ((nameless,),) = await coming.scratch.fetch("select count_if(order_key is null) from document")
    return not nameless


async def _currency(work: Work, coming: _Coming) -> str | None:
    """The currency of all documents; None where some are in another than the workspace's."""
    own = (await tenants.current(work)).currency
    ((foreign,),) = await coming.scratch.fetch(
        f"select count_if(rate <> 1 or currency <> {quoted(own)}) from document"  # noqa: S608 - quoted
    )
    return None if foreign else own


async def _keep_products(work: Work, coming: _Coming, before: int) -> None:
    await store.stream(work, "incoming_category", coming.scratch.rows("select category_no, path, top from category"))
    products = coming.scratch.rows("select product_no, product_id, name, category_no, earlier from product")
    await store.stream(work, "incoming_product", products)
    await store.keep_products(work, before)


async def _learn_products(work: Work, coming: _Coming) -> None:
    await coming.scratch.keep_keys("product_keys", ("product_no", "product_key"), await store.product_keys(work))


async def _reserve_people(work: Work, coming: _Coming) -> int:
    return await keys.reserve(work, "person", coming.staged.counts.customers)


async def _learn_people(work: Work, coming: _Coming) -> None:
    await coming.scratch.keep_keys("person_keys", ("customer_no", "person_key"), await people_store.keys(work))
    await coming.scratch.run(BOUGHT_BY)


async def _keep_people(work: Work, coming: _Coming, before: int | None = None) -> int:
    """Keep the people, and what the file says of them; how many are new."""
    await name_people(work, coming.scratch, CUSTOMERS)
    country = "arg_min(country, document_no)" if coming.staged.plan.has("country") else "null"
    await people_store.stage(work, coming.scratch.rows(CUSTOMERS_OUT.format(country=country), coming.prefix))
    new = await people_store.keep(work, coming.import_id, before)
    await people.keep_buyers(work, coming.scratch, coming.prefix, coming.import_id)
    return new


async def _load_lines(work: Work, coming: _Coming, load: store.Load, products: int | None) -> None:
    """Load the lines in a unit of work of their own, their products' keys being those after `products`."""
    key = "k.product_key" if products is None else f"({products} + l.product_no)::bigint as product_key"
    joined, ordinal = (PRODUCTS, "l.ordinal") if products is None else ("", COUNTED)
    async with coming.scratch.beside() as reading:
        said = await reading.filled("line", ("line_id", "product_no", "unit_price", "discount"))
        more = "".join(f", {key}" if name == "product_no" else f", l.{name}" for name in said)
        columns = ["product_key" if name == "product_no" else name for name in said]
        query = NEW_LINES.format(before=load.before, more=more, products=joined, ordinal=ordinal)
        async with work.beside() as beside:
            await store.load_lines(beside, load, columns, coming.until_end("lines", reading.packed(query)))


async def _load_documents(work: Work, coming: _Coming, load: store.Load, people: int | None) -> int:
    """Load the documents, their people's keys being those after `people` or, where it is None, those in `bought_by`."""
    prefix = quoted(coming.prefix)
    async with coming.scratch.beside() as reading:
        said = await reading.filled("document", ("country", "discount"))
        query = NEW_DOCUMENTS.format(
            before=load.before, buyers=BUYERS if people is None else "",
            identity=NAMELESS.format(prefix=prefix) if people is None else f"{prefix} || d.order_key",
            person="b.person_key" if people is None else f"({people} + d.customer_no)::bigint",
            more="".join(f", d.{name}" for name in said) + ("" if load.currency else RATES),
        )  # fmt: skip
        columns = said if load.currency else (*said, "currency", "rate")
        async with work.beside() as beside:
            pieces = coming.until_end("documents", reading.packed(query))
            return await store.load_documents(beside, load, columns, pieces)
