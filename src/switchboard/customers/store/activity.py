"""What people opened, clicked, asked: events that are no orders."""

from collections.abc import AsyncGenerator
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

STAGE = """
create temporary table incoming_event (
    event_no bigint, identity text collate "C", customer_id text collate "C", kind text, at timestamptz,
    properties jsonb) on commit drop
"""


async def stage(work: Work, source: AsyncGenerator[bytes]) -> int:
    """Stream the events of a file into a temporary table; how many."""
    await sql.execute(work, STAGE)
    columns = ("event_no", "identity", "customer_id", "kind", "at", "properties")
    return await sql.copy_in(work, "incoming_event", columns, source, csv=True)


async def keep(work: Work, import_id: UUID, staged: int) -> int:
    """Add those of so many staged events that are not there, keep aside those that are; how many are new."""
    mine = work.caller.workspace
    new = await sql.execute(
        work,
        "insert into activity (workspace_id, identity, person_key, kind, at, properties, import_id)"
        " select $1, i.identity, p.person_key, i.kind, i.at, i.properties, $2 from incoming_event i"
        " join person p on p.workspace_id = $1 and p.customer_id = i.customer_id order by i.event_no"
        " on conflict do nothing",
        mine, import_id,
    )  # fmt: skip
    if new == staged:
        return new
    await sql.execute(
        work,
        "insert into repeated_activity (workspace_id, identity, person_key, kind, at, properties, import_id)"
        " select $1, i.identity, p.person_key, i.kind, i.at, i.properties, $2 from incoming_event i"
        " join person p on p.workspace_id = $1 and p.customer_id = i.customer_id"
        " join activity a on a.workspace_id = $1 and a.identity = i.identity and a.import_id <> $2"
        " order by i.event_no on conflict do nothing",
        mine, import_id,
    )  # fmt: skip
    return new
