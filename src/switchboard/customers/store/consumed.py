"""How far streams are consumed: offsets, kept with the rows."""

from collections.abc import Mapping

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

CONSUMING = 78_011  # the class of the advisory locks that consumers of a stream hold
MOVE = """
insert into consumed as c (workspace_id, stream, reader, place, reached, at) values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, stream, reader, place) do update set reached = excluded.reached, at = excluded.at
where c.reached = $7
"""


async def reached(work: Work, stream: str, group: str) -> dict[str, str]:
    """The last offset that was kept, by place."""
    rows = await sql.fetch(
        work,
        "select place, reached from consumed where workspace_id = $1 and stream = $2 and reader = $3",
        work.caller.workspace, stream, group,
    )  # fmt: skip
    return {row["place"]: row["reached"] for row in rows}


async def move(work: Work, stream: str, group: str, known: Mapping[str, str], until: Mapping[str, str]) -> bool:
    """Note how far the stream is now; False where it is not as far as we know: somebody else moved it."""
    for place, offset in sorted(until.items()):
        values = (work.caller.workspace, stream, group, place, offset, work.now, known.get(place))
        if not await sql.execute(work, MOVE, *values):
            return False
    return True


async def hold(work: Work, name: str) -> bool:
    """Hold a stream for as long as this connection lives; False while another one does."""
    found = await sql.read_scoped(work, "select pg_try_advisory_lock($1, hashtext($2)) as held", CONSUMING, name)
    return bool(found[0]["held"])


async def release(work: Work, name: str) -> None:
    """Let go of it."""
    await sql.read_scoped(work, "select pg_advisory_unlock($1, hashtext($2))", CONSUMING, name)
