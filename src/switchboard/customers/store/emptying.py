"""What PostgreSQL keeps of rows that are deleted, taken out of its files as far as statements reach."""

from collections.abc import Sequence

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

HELD = (
    "person", "told", "document", "order_line", "replaced_document", "activity", "repeated_activity", "consent",
    "attribute_said", "identity", "contested", "merge", "changed_person", "tombstone", "stale", "import",
    "repeated_told", "audience",
)  # fmt: skip
"""Tables that hold people or name them; `figures` holds numbers alone, each run writes it anew."""
SMALL_BYTES = 64 << 20
"""Of a table that is written anew, with its indexes: it is locked for about a second."""
LEAVES = """
from unnest($1::text[]) as held, lateral (
    select held::regclass as relid where not exists (select from pg_partition_tree(held::regclass))
    union all select t.relid from pg_partition_tree(held::regclass) as t where t.isleaf) as leaf
"""
SMALL = f"select relid::text as name {LEAVES} where pg_total_relation_size(relid) <= $2 order by 1"
PARTS = f"select count(*) {LEAVES}"
FILE = "select pg_relation_filenode($1::text::regclass)"
MAY_CHECKPOINT = "select pg_has_role(current_user, 'pg_checkpoint', 'usage')"


async def vacuum(work: Work) -> int:
    """Take deleted rows out of the tables of people, their indexes and statistics; of how many tables.

    In a unit of work of its own. Where the rows lay, the bytes stay in the page until rows are written over them.
    """
    for table in HELD:
        await sql.execute_outside(work, f"vacuum (index_cleanup on, skip_locked, analyze) {table}")
    return len(HELD)


async def small(work: Work) -> Sequence[str]:
    """The tables and parts of tables of people that are small enough to be written anew."""
    return [row["name"] for row in await sql.fetch(work, SMALL, list(HELD), SMALL_BYTES)]


async def parts(work: Work) -> int:
    """How many tables and parts of tables of people there are."""
    return int(str(await sql.fetch_value(work, PARTS, list(HELD))))


async def file_of(work: Work, table: str) -> int:
    """The number of the file that a table lies in."""
    return int(str(await sql.fetch_value(work, FILE, table)))


async def write_anew(work: Work, table: str) -> None:
    """Write a table and its indexes into new files without what is deleted, unless somebody is at it.

    In a unit of work of its own. PostgreSQL removes the old files.
    """
    await sql.execute_outside(work, f"vacuum (full, skip_locked, analyze) {table}")


async def may_checkpoint(work: Work) -> bool:
    """Whether our role may have PostgreSQL write what is in memory to its files."""
    return bool(await sql.fetch_value(work, MAY_CHECKPOINT))


async def checkpoint(work: Work) -> None:
    """Have PostgreSQL write its files as they are now, and give up changes that were logged before."""
    await sql.execute_outside(work, "checkpoint")
