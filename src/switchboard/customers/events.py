"""The news that customers publish."""

from datetime import datetime
from uuid import UUID

from switchboard.foundation.records import Record


class OrdersChanged(Record):
    """Orders were imported, or an import was undone."""

    import_id: UUID
    documents: int
    last_order_at: datetime | None


class PeopleMerged(Record):
    """People became one, or are no more: `people` are the keys of all for whom it changed."""

    change_id: UUID
    people: tuple[int, ...]


class AddressConfirmed(Record):
    """Somebody confirmed, where a channel reaches them, that we may write (double opt-in)."""

    statement_id: UUID
    person_key: int
    channel: str


class OrdersArrived(Record):
    """Orders came in a stream: whose they are is among the people that changed (`changes.changed_people`)."""

    documents: int


class PeopleForgotten(Record):
    """People were removed from the database; what lies in files follows."""

    certificate_id: UUID
    people: int
