"""What was last typed in searches, and whom they led to, sealed: beside the trail, as it can be forgotten."""

from collections.abc import Sequence
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

FIRST = UUID(int=0)
AFTER = """
select line, search, opens, said from searched where workspace_id = $1 and line > $2 order by line limit $3
"""
REMOVE = "delete from searched where workspace_id = $1 and line = any ($2)"
COUNT_OLD = "select count(*) from searched where workspace_id = $1 and line < $2"
REMOVE_OLD = """
delete from searched where workspace_id = $1 and line in (
    select line from searched where workspace_id = $1 and line < $2 order by line limit $3)
"""


async def after(work: Work, line: UUID, at_most: int) -> list[sql.Row]:
    """What was said by the lines that follow this one, in their order."""
    return await sql.fetch(work, AFTER, work.caller.workspace, line, at_most)


async def remove(work: Work, lines: Sequence[UUID]) -> int:
    """Forget what these lines said."""
    return await sql.execute(work, REMOVE, work.caller.workspace, list(lines))


async def count_before(work: Work, first_kept: UUID) -> int:
    return int(str(await sql.fetch_value(work, COUNT_OLD, work.caller.workspace, first_kept)))


async def remove_before(work: Work, first_kept: UUID, at_most: int) -> int:
    return await sql.execute(work, REMOVE_OLD, work.caller.workspace, first_kept, at_most)
