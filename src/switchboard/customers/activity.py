"""A file's events, clean in a scratch database, become the workspace's."""

from uuid import UUID

from switchboard.customers.forgotten import without_the_forgotten
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.people import keep_emails
from switchboard.customers.scratch import scratch_of
from switchboard.customers.stand_ins import name_people
from switchboard.customers.store import activity as store
from switchboard.customers.store import people as people_store
from switchboard.customers.storing import finishing
from switchboard.foundation.ground import Work

# An event without an id is known by its person, kind, moment and what else it says.
EVENTS_OUT = """
select event_no, $1 || coalesce(event_id, md5(concat_ws('|', c.id, kind, epoch_us("at"), properties))),
    $1 || c.id, kind, "at", properties
from event e join called c on c.customer = coalesce(e.customer, e.email) order by event_no
"""
PEOPLE = "select coalesce(customer, email) as customer from event"
PEOPLE_OUT = """
select row_number() over (order by id)::integer, $1 || id, null, null from (select distinct id from called) order by 1
"""


@without_the_forgotten
async def keep_events(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
    """Store the staged events; an event of somebody unknown makes them known."""
    scratch = scratch_of(staged)
    emails = await name_people(work, scratch, PEOPLE)
    await people_store.stage(work, scratch.rows(PEOPLE_OUT, prefix))
    new_people = await people_store.keep(work, import_id)
    await keep_emails(work, emails, prefix, import_id)
    came = await store.stage(work, scratch.rows(EVENTS_OUT, prefix))
    finishing()
    new = await store.keep(work, import_id, came)
    counts = {"new": new, "same": staged.counts.accepted - new, "new_people": new_people}
    return Kept(counts=counts)
