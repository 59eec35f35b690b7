"""What callers can do with what happens now."""

from switchboard.customers.ingest import keeping, set_aside
from switchboard.customers.ingest.records import AT_ONCE, Batch, Ingested, RefusedAsked, RefusedMessages
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import undone_by


@operation(
    "customers.ingest",
    title="Ingest",
    permission="customers:ingest",
    undo=undone_by("customers.undo_import", "with the import_id, which is the whole day of the source"),
)
async def ingest(work: Work, asked: Batch) -> Ingested:
    """Store events, orders and people, at most 5,000 in one call; answered once they are stored.

    What is known already stays as it is, so sending again changes nothing. Items that are wrong are refused one by one
    with the reason, the others are stored. An order is sent whole, with its lines.
    """
    given = sum(len(items) for items in asked.items)
    if given > AT_ONCE:
        raise Invalid(f"the batch holds {given:,} items; send at most {AT_ONCE:,} in one call", field="items")
    return await keeping.keep(work, asked)


@operation("customers.refused_messages", title="Refused messages", permission="customers:contact", reads=True)
async def refused_messages(work: Work, asked: RefusedAsked) -> RefusedMessages:
    """The messages of streams that were no item, with where they were and the reasons, as they were written."""
    return await set_aside.page(work, asked)
