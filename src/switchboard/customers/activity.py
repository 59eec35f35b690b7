"""A file's events, clean in a scratch database, become the workspace's."""

from uuid import UUID

from switchboard.customers.imports.records import Staged
from switchboard.customers.scratch import scratch_of
from switchboard.customers.store import activity as store
from switchboard.customers.store import people as people_store
from switchboard.foundation.ground import Work

# An event without an id is known by its person, kind, moment and what else it says.
EVENTS_OUT = """
select event_no,
    $1 || coalesce(event_id, md5(concat_ws('|', coalesce(customer, email), kind, epoch_us(at), properties))),
    $1 || coalesce(customer, email), kind, at, properties
from event order by event_no
"""
PEOPLE_OUT = """
select row_number() over (order by who)::integer, $1 || who, null, null
from (select distinct coalesce(customer, email) as who from event) order by 1
"""


async def keep_events(work: Work, staged: Staged, prefix: str, import_id: UUID) -> dict[str, int]:
    """Store the staged events; an event of somebody unknown makes them known."""
    scratch = scratch_of(work, staged, import_id)
    await people_store.stage(work, scratch.rows(PEOPLE_OUT, prefix))
    new_people = await people_store.keep(work, import_id)
    await store.stage(work, scratch.rows(EVENTS_OUT, prefix))
    new = await store.keep(work, import_id)
    return {"new": new, "same": staged.counts.accepted - new, "new_people": new_people}
