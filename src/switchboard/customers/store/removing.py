"""What is removed of people, table by table; what is left of it names nobody."""

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

Kept = dict[str, object]
THEIRS = "t.workspace_id = $1 and t.person_key = any($2)"
DOCUMENTS = "select d.document_key from document d where d.workspace_id = $1 and d.person_key = any($2)"
# Of a document, layers of somebody else's stay; those that held one of theirs now hold what lies below it.
TAKE_LAYERS = """
delete from replaced_document r where r.workspace_id = $1 and (r.content ->> 'person_key')::bigint = any($2)
returning r.document_key, r.import_id, r.replaced_by
"""
TIE_LAYER = """
update replaced_document set replaced_by = $4 where workspace_id = $1 and document_key = $2 and replaced_by = $3
"""
LAYERS = """
from replaced_document r where r.workspace_id = $1 and ((r.content ->> 'person_key')::bigint = any($2)
    or r.document_key = any(array(select d.document_key from document d
        where d.workspace_id = $1 and d.person_key = any($2))))
"""
ORDERS = """
select d.identity as order_id, d.placed_at, d.currency, d.country, d.is_order, d.gross, d.discount, d.refund, (
    select json_agg(json_build_object('line_id', l.line_id, 'product_id', p.product_id, 'product', p.name,
        'quantity', l.quantity, 'unit_price', l.unit_price, 'gross', l.gross, 'discount', l.discount,
        'refund', l.refund) order by l.ordinal)
    from order_line l left join product p on p.workspace_id = $1 and p.product_key = l.product_key
    where l.workspace_id = $1 and l.document_key = d.document_key)::text as lines
from document d where d.workspace_id = $1 and d.person_key = any($2) order by d.placed_at, d.document_key limit $3
"""
MERGES = "from merge m where m.workspace_id = $1 and (m.person_key = any($2) or m.other_key = any($2))"
STANDING = "from import i where i.workspace_id = $1 and i.same && $2::text::int8multirange"
REPEATED = "repeated_told where workspace_id = $1 and people && $2::text::int8multirange"


async def count(work: Work, table: str, keys: Sequence[int]) -> int:
    """How many rows of these people the table has."""
    return await _number(work, f"select count(*) from {table} t where {THEIRS}", list(keys))


async def take(work: Work, table: str, keys: Sequence[int]) -> int:
    """Remove the rows of these people; how many."""
    return await sql.execute(work, f"delete from {table} t where {THEIRS}", work.caller.workspace, list(keys))


async def shown(work: Work, table: str, keys: Sequence[int], without: Sequence[str], at_most: int) -> list[JsonValue]:
    """The rows of these people as JSON, without these columns; always in the same order."""
    rows = await sql.fetch(
        work,
        f"select (to_jsonb(t) - $3::text[])::text as said from {table} t where {THEIRS} order by t::text limit $4",
        work.caller.workspace, list(keys), ["workspace_id", "person_key", *without], at_most,
    )  # fmt: skip
    return [json.loads(row["said"]) for row in rows]


async def rows(work: Work, table: str, keys: Sequence[int], at_most: int) -> list[Kept]:
    """The rows of these people as they are kept; always in the same order."""
    query = f"select t.* from {table} t where {THEIRS} order by t::text limit $3"
    return [dict(row) for row in await sql.fetch(work, query, work.caller.workspace, list(keys), at_most)]


async def orders(work: Work, keys: Sequence[int], at_most: int) -> list[Kept]:
    """Their orders, oldest first; `lines` is JSON. Amounts and quantities in 1/10,000."""
    return [dict(row) for row in await sql.fetch(work, ORDERS, work.caller.workspace, list(keys), at_most)]


async def document_keys(work: Work, keys: Sequence[int]) -> list[int]:
    """The keys of their documents."""
    return [row["document_key"] for row in await sql.fetch(work, DOCUMENTS, work.caller.workspace, list(keys))]


async def count_merges(work: Work, keys: Sequence[int]) -> int:
    """How often these people were merged with anybody."""
    return await _number(work, f"select count(*) {MERGES}", list(keys))


async def merges(work: Work, keys: Sequence[int], at_most: int) -> list[Kept]:
    """When they were, and when that was undone."""
    query = f"select m.kind, m.made_at, m.undone_at {MERGES} order by m.number limit $3"
    return [dict(row) for row in await sql.fetch(work, query, work.caller.workspace, list(keys), at_most)]


async def take_merges(work: Work, keys: Sequence[int]) -> int:
    """Remove that they were merged; how many rows."""
    return await sql.execute(work, f"delete {MERGES}", work.caller.workspace, list(keys))


async def count_lines(work: Work, keys: Sequence[int]) -> int:
    """How many lines their documents have."""
    query = f"select count(*) from order_line l where l.workspace_id = $1 and l.document_key = any(array({DOCUMENTS}))"
    return await _number(work, query, list(keys))


async def take_lines(work: Work, documents: Sequence[int]) -> int:
    """Remove the lines of these documents."""
    return await sql.execute(
        work,
        "delete from order_line where workspace_id = $1 and document_key = any($2)",
        work.caller.workspace, list(documents),
    )  # fmt: skip


async def count_layers(work: Work, keys: Sequence[int]) -> int:
    """How many earlier versions of orders are theirs, or of an order of theirs."""
    return await _number(work, f"select count(*) {LAYERS}", list(keys))


async def layers(work: Work, keys: Sequence[int], at_most: int) -> list[JsonValue]:
    """Those versions as JSON."""
    query = f"select (r.content - 'person_key')::text as said {LAYERS} order by r.document_key, r.replaced_by limit $3"
    found = await sql.fetch(work, query, work.caller.workspace, list(keys), at_most)
    return [json.loads(row["said"]) for row in found]


async def take_layers(work: Work, keys: Sequence[int]) -> int:
    """Remove those versions of orders; an undo then goes on to the version below."""
    mine = work.caller.workspace
    gone = await sql.execute(
        work,
        f"delete from replaced_document where workspace_id = $1 and document_key = any(array({DOCUMENTS}))",
        mine, list(keys),
    )  # fmt: skip
    taken = await sql.fetch(work, TAKE_LAYERS, mine, list(keys))
    above = {(row["document_key"], row["import_id"]): row["replaced_by"] for row in taken}
    for (document, import_id), replaced_by in above.items():
        following = replaced_by
        while (document, following) in above:
            following = above[document, following]
        await sql.execute(work, TIE_LAYER, mine, document, import_id, following)
    return gone + len(taken)


async def take_documents(work: Work, documents: Sequence[int]) -> int:
    """Remove these documents, whose lines are gone; copies learn of it by their tombstones."""
    gone = await sql.fetch(
        work,
        "delete from document where workspace_id = $1 and document_key = any($2) returning document_key",
        work.caller.workspace, list(documents),
    )  # fmt: skip
    await sql.execute(
        work,
        "insert into tombstone (workspace_id, document_key) select $1, unnest($2::bigint[])",
        work.caller.workspace, [row["document_key"] for row in gone],
    )  # fmt: skip
    return len(gone)


async def count_standing(work: Work, documents: Sequence[int], keys: Sequence[int]) -> int:
    """How many imports note that these documents or people were there already."""
    standing = await _number(work, f"select count(*) {STANDING}", _ranges(documents))
    return standing + await _number(work, f"select count(*) from {REPEATED}", _ranges(keys))


async def take_standing(work: Work, documents: Sequence[int], keys: Sequence[int]) -> int:
    """Remove these from what imports note to have been there already."""
    mine, theirs = work.caller.workspace, _ranges(keys)
    standing = await sql.execute(
        work,
        "update import set same = same - $2::text::int8multirange"
        f" where id in (select i.id {STANDING}) and workspace_id = $1",
        mine, _ranges(documents),
    )  # fmt: skip
    repeated = REPEATED.replace("where", "set people = people - $2::text::int8multirange where")
    return standing + await sql.execute(work, f"update {repeated}", mine, theirs)


async def old_documents(work: Work, before: datetime, at_most: int) -> dict[int, int | None]:
    """The keys of documents placed before a moment, and whose they are."""
    found = await sql.fetch(
        work,
        "select document_key, person_key from document where workspace_id = $1 and placed_at < $2 limit $3",
        work.caller.workspace, before, at_most,
    )  # fmt: skip
    return {row["document_key"]: row["person_key"] for row in found}


async def count_old_documents(work: Work, before: datetime) -> int:
    """How many they are."""
    return await _number(work, "select count(*) from document where workspace_id = $1 and placed_at < $2", before)


async def take_old_layers(work: Work, documents: Sequence[int]) -> None:
    """Remove earlier versions of these documents."""
    query = "delete from replaced_document where workspace_id = $1 and document_key = any($2)"
    await sql.execute(work, query, work.caller.workspace, list(documents))


async def count_old_events(work: Work, before: datetime) -> int:
    """How many events happened before a moment, repeated ones too."""
    query = "select (select count(*) from activity where workspace_id = $1 and at < $2)"
    return await _number(
        work, f"{query} + (select count(*) from repeated_activity where workspace_id = $1 and at < $2)", before
    )


async def take_old_events(work: Work, before: datetime, at_most: int) -> int:
    """Remove so many of them at most; how many went."""
    gone = 0
    for table in ("activity", "repeated_activity"):
        gone += await sql.execute(
            work,
            f"delete from {table} where workspace_id = $1 and ctid = any(array(select t.ctid from {table} t"
            " where t.workspace_id = $1 and t.at < $2 limit $3))",
            work.caller.workspace, before, at_most - gone,
        )  # fmt: skip
    return gone


async def _number(work: Work, query: str, *values: object) -> int:
    return int(str(await sql.fetch_value(work, query, work.caller.workspace, *values)))


def _ranges(numbers: Sequence[int]) -> str:
    """The numbers as a multirange."""
    return "{" + ",".join(f"[{number},{number + 1})" for number in sorted(set(numbers))) + "}"
