"""What changed since a snapshot, for the columnar mirror."""

from collections.abc import Callable, Coroutine, Sequence

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

# Visible now and not visible in the snapshot $2: right under concurrent transactions, which no counter or time is.
UNSEEN = """({changed} >= pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint
    and not pg_visible_in_snapshot({changed}::text::xid8, $2::text::pg_snapshot))"""
LINES = """
select d.document_key, coalesce(d.person_key, 0), d.day, extract(epoch from d.placed_at)::bigint,
    coalesce(l.product_key, 0), l.gross, coalesce(l.discount, -1), l.refund
from document d join order_line l on l.workspace_id = $1 and l.document_key = d.document_key
where d.workspace_id = $1 {unseen}
"""
# Written so that one half can use indexes under the guard: what is not leakproof stands in the other.
UNSEEN_OR_OF = """and ({changed} >= pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint or d.person_key = any($3))
    and (not pg_visible_in_snapshot({changed}::text::xid8, $2::text::pg_snapshot) or d.person_key = any($3))"""
GONE = """
select document_key from tombstone
where workspace_id = $1 and {unseen}
"""
LINES_OF = LINES.format(unseen="and d.person_key = any($2)")
CHANGED = """
select distinct person_key from changed_person where workspace_id = $1 and {unseen} limit $3
"""
CLUSTER = "select system_identifier::text || '/' || (pg_control_checkpoint()).timeline_id from pg_control_system()"


async def cluster(work: Work) -> str:
    """Which server, and which of its histories, this is: a cursor of another one means nothing here."""
    return str(await sql.fetch_value(work, CLUSTER))


async def snapshot(work: Work) -> str:
    """What a statement of this transaction sees now, as PostgreSQL writes it."""
    return str(await sql.fetch_value(work, "select pg_current_snapshot()::text"))


async def copy_lines(
    work: Work, since: str | None, people: Sequence[int], take: Callable[[bytes], Coroutine[None, None, None]]
) -> None:
    """Give `take` the lines of documents changed since the snapshot, all when None, as PostgreSQL's binary COPY.

    Those of `people` come whether they changed or not.
    """
    if since is None:
        await sql.copy_out(work, LINES.format(unseen=""), work.caller.workspace, take=take)
    elif people:
        query = LINES.format(unseen=UNSEEN_OR_OF.format(changed="d.changed"))
        await sql.copy_out(work, query, work.caller.workspace, since, list(people), take=take)
    else:
        query = LINES.format(unseen="and " + UNSEEN.format(changed="d.changed"))
        await sql.copy_out(work, query, work.caller.workspace, since, take=take)


async def merged(work: Work) -> dict[int, int]:
    """Into whom each of the workspace's people was merged who was."""
    rows = await sql.fetch(
        work,
        "select person_key, merged_into from person where workspace_id = $1 and merged_into is not null",
        work.caller.workspace,
    )
    return {row["person_key"]: row["merged_into"] for row in rows}


async def changed_people(work: Work, since: str | None, at_most: int) -> list[int]:
    """People whose orders a stream changed since the snapshot, or ever; at most so many."""
    unseen = UNSEEN.format(changed="changed") if since else "$2::text is null"
    rows = await sql.fetch(work, CHANGED.format(unseen=unseen), work.caller.workspace, since, at_most)
    return [row["person_key"] for row in rows]


async def forget_changed(work: Work, seen: str) -> None:
    """Forget which people changed before everything the snapshot does not see."""
    await sql.execute(
        work,
        "delete from changed_person where workspace_id = $1"
        " and changed < pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint",
        work.caller.workspace, seen,
    )  # fmt: skip


async def copy_lines_of(
    work: Work, person_keys: Sequence[int], take: Callable[[bytes], Coroutine[None, None, None]]
) -> None:
    """Give `take` all lines of these people, as PostgreSQL's binary COPY."""
    await sql.copy_out(work, LINES_OF, work.caller.workspace, list(person_keys), take=take)


async def categories(work: Work, product_keys: Sequence[int]) -> dict[int, str]:
    """The top category's name of those of the products that have one."""
    rows = await sql.fetch(
        work,
        "select p.product_key, c.top from product p join category c using (category_key)"
        " where p.workspace_id = $1 and p.product_key = any($2)",
        work.caller.workspace, list(product_keys),
    )  # fmt: skip
    return {row["product_key"]: row["top"] for row in rows}


async def gone(work: Work, since: str) -> list[int]:
    """The documents deleted since the snapshot."""
    query = GONE.format(unseen=UNSEEN.format(changed="changed"))
    return [row["document_key"] for row in await sql.fetch(work, query, work.caller.workspace, since)]


async def catalogue(work: Work) -> str:
    """A fingerprint of all that `products` tells, which takes a tenth as long."""
    told = await sql.fetch_value(
        work,
        "select count(*) || ' ' || coalesce(bit_xor(hashtextextended("
        "row(p.product_key, p.product_id, p.name, c.top, p.earlier)::text, 0)), 0)"
        " from product p left join category c using (category_key) where p.workspace_id = $1",
        work.caller.workspace,
    )  # fmt: skip
    return str(told)


async def products(work: Work) -> list[Row]:
    """All products: key, id, name, top category's name, earlier names."""
    return await sql.fetch(
        work,
        "select p.product_key, p.product_id, p.name, c.top, p.earlier"
        " from product p left join category c using (category_key) where p.workspace_id = $1 order by p.product_key",
        work.caller.workspace,
    )
