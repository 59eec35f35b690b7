"""What is asked and told about filters at work."""

from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.customers.filters.records import FilterJson
from switchboard.customers.taking_out.records import MOST, Contacts, Stated
from switchboard.foundation.records import Record
from switchboard.intelligence.records import AS_OF_TODAY, Asked, Customer


class Chosen(Record):
    """A filter: a saved one by its name, or one that is written here."""

    filter: FilterJson | None = None
    audience: str | None = Field(default=None, max_length=100, description="a saved filter, by its name")


class AudienceAsked(Chosen, Stated):
    """Whose contacts, what for, and which page of them."""

    limit: int = Field(default=MOST, ge=1, le=MOST, description="so many of the audience are looked at")
    cursor: int | None = Field(default=None, ge=0, lt=1 << 63, description="next_cursor of the page before")


class AudienceContacts(Contacts):
    """A page of the contacts of those of the audience who may be contacted."""

    count: int = Field(description="how many are in the audience")
    next_cursor: int | None
    facts_as_of: AwareDatetime = Field(description="facts up to this moment were looked at")


class FilterAsked(Chosen, Asked):
    """A filter to be tried, now or at a past moment."""

    rows: int = Field(default=0, ge=0, le=100, description="so many of the people, newest order first")


class FilterCounted(Record):
    """How many people a filter finds."""

    count: int
    customers_count: int = Field(description="of so many people there are; of a past moment, who had ordered by then")
    customers: tuple[Customer, ...] = Field(description="the first of them, as many as were asked for")
    facts_as_of: AwareDatetime = Field(description="facts up to this moment were looked at")
    as_of_today: tuple[str, ...] = Field(default=(), description=AS_OF_TODAY)


class VocabularyAsked(Record):
    """Which part of the vocabulary, and how many names of each list at most."""

    limit: int = Field(default=200, ge=1, le=1_000)
    like: str | None = Field(default=None, max_length=100, description="only names that hold this")


class Asks(Record):
    """Something a filter may ask about."""

    name: str
    type: Literal["text", "number", "date", "flag", "list", "money"]
    operators: tuple[str, ...]
    unit: str | None = None
    meaning: str | None = None
    people: int | None = Field(default=None, description="of how many it is known")


class TermKind(Record):
    """A kind of term, with an example that is right."""

    term: str
    meaning: str
    fields: tuple[str, ...]
    example: dict[str, JsonValue]


class FilterVocabulary(Record):
    """Everything a filter may ask about in this workspace."""

    terms: tuple[TermKind, ...]
    attributes: tuple[Asks, ...]
    features: tuple[Asks, ...]
    segments: dict[str, tuple[str, ...]]
    strengths: tuple[str, ...]
    archetypes: dict[str, str] = Field(description="id → name")
    risk_levels: tuple[str, ...]
    categories: tuple[str, ...]
    events: tuple[str, ...]
    facts_as_of: AwareDatetime
