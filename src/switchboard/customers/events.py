"""The news that customers publish."""

from datetime import datetime
from uuid import UUID

from switchboard.foundation.records import Record


class OrdersChanged(Record):
    """Orders were imported, or an import was undone."""

    import_id: UUID
    documents: int
    last_order_at: datetime | None


class PeopleForgotten(Record):
    """People were removed from the database; what lies in files follows."""

    certificate_id: UUID
    people: int
