"""Taking an import back as a whole, as if it had never been."""

from uuid import UUID

from switchboard.customers.identities.noting import take_back as take_identities_back
from switchboard.customers.people import fold_again, place_again
from switchboard.customers.store import undoing
from switchboard.foundation.ground import Work


async def take_back(work: Work, import_id: UUID) -> int:
    """Remove what the import brought and bring back what it replaced; how many documents, events and people went.

    What other imports brought too stays theirs. Names and categories of products stay as they were last told.
    """
    gone = await undoing.take_documents(work, import_id)
    gone += await undoing.take_activity(work, import_id)
    touched = await undoing.take_told(work, import_id)
    await fold_again(work, touched)
    people = await undoing.take_people(work)
    await take_identities_back(work, import_id, people)
    await place_again(work, touched)
    return gone + len(people)
