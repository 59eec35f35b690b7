"""What is asked and told about taking contacts out."""

from typing import Literal

from pydantic import Field

from switchboard.customers.consent.records import Against, Channel, Purpose
from switchboard.foundation.records import Record

MOST = 10_000


class Stated(Record):
    """What contacts are taken out for."""

    channel: Channel
    purpose: Purpose
    format: Literal["csv", "jsonl"] = "csv"


class ContactsAsked(Stated):
    """Whose contacts, and what for."""

    customer_ids: tuple[str, ...] = Field(min_length=1, max_length=MOST, description="at most 10,000 a call")


class Contacts(Record):
    """The contacts of those who may be contacted; who may not is only counted."""

    content: str = Field(description="the file: customer_id, name and the channel's address of each")
    format: Literal["csv", "jsonl"]
    exported: int
    left_out: dict[Against, int] = Field(description="why others are not in it; one may have several reasons")
