"""What is told of one customer."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, JsonValue

from switchboard.customers.consent.records import Holding
from switchboard.customers.contact import Contact
from switchboard.customers.imports.records import AttributeType
from switchboard.foundation.records import Record


class CustomerAsked(Record):
    """Whom to show."""

    customer_id: str = Field(min_length=1, max_length=400)
    events: int = Field(default=20, ge=0, le=100, description="how many of the newest events")
    search_id: UUID | None = Field(default=None, description="of the search that led here: the trail tells it with it")


class ActivityAsked(Record):
    """Whose events, a page of them."""

    customer_id: str = Field(min_length=1, max_length=400)
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, max_length=400, description="activity_cursor or next_cursor of before")


class PlaceShown(Record):
    """Where they live; coordinates are those of the city, in degrees."""

    country: str | None = Field(description="ISO 3166-1 alpha-2 where it is one, else as it was written")
    region: str | None
    city: str | None
    lat: float | None = Field(description="None for a city the gazetteer does not know")
    lon: float | None


class AttributeShown(Record):
    """A value, who told it and when."""

    name: str
    label: str
    type: AttributeType
    value: JsonValue
    source: str = Field(description="of the import, or who said so by hand")
    said_at: datetime
    import_id: UUID | None


class Event(Record):
    """Something they did that was no order."""

    kind: str
    at: datetime
    properties: dict[str, JsonValue]


class CustomerShown(Record):
    """Who a customer is, and what they did lately."""

    customer_id: str
    merged_ids: tuple[str, ...] = Field(description="other ids of the same person")
    contact: Contact | None = Field(description="masked without customers:contact")
    place: PlaceShown
    orders: int
    events: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    last_order_at: datetime | None
    attributes: tuple[AttributeShown, ...]
    consent: tuple[Holding, ...] = Field(description="what holds now, by channel and purpose")
    activity: tuple[Event, ...] = Field(description="newest first")
    activity_cursor: str | None = None


class Activity(Record):
    """Events of a customer, newest first."""

    activity: tuple[Event, ...]
    next_cursor: str | None = None
