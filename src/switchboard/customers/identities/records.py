"""What is asked and told about identities and merges."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from switchboard.customers.consent.records import Holding
from switchboard.foundation.records import Record

Kind = Literal["email", "phone"]
Why = Literal["email", "phone", "by_hand"]
ABOUT_SURVIVOR = "one of their ids, which stays the id of both; the one known longest if left out"


class MergeAsked(Record):
    """Two customers who are one person."""

    customer_id: str = Field(min_length=1, max_length=400)
    other_id: str = Field(min_length=1, max_length=400)
    survivor: str | None = Field(default=None, min_length=1, max_length=400, description=ABOUT_SURVIVOR)


class ShownContact(Record):
    """How a merged person would be reached; masked without customers:contact."""

    name: str | None
    email: str | None
    phone: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    region: str | None


class MergePreview(Record):
    """What the merged person would be."""

    customer_id: str = Field(description="the survivor's")
    customer_ids: tuple[str, ...] = Field(description="all ids that would lead to this person, the survivor's first")
    orders: int
    lifetime_value: float = Field(description="net, in the workspace's currency")
    currency: str
    contact: ShownContact
    consent: tuple[Holding, ...] = Field(description="what would hold, after all that was said under any of the ids")
    conflicts: tuple[str, ...] = Field(
        description="what the two differ in: contact (the survivor's is shown), attributes (the newest counts), consent"
    )


class Merged(Record):
    """People who are one now."""

    merge_id: UUID
    customer_id: str = Field(description="the survivor's")
    customer_ids: tuple[str, ...] = Field(description="all ids that lead to this person, the survivor's first")


class UnmergeAsked(Record):
    """A merge to be undone, or a customer to be taken out of all theirs."""

    merge_id: UUID | None = Field(default=None, description="of customers.merges: undo this one alone")
    customer_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=400,
        description="take this id out of its person; beside merge_id: whose the identity is not that merged the two, "
        "the merged one's if left out",
    )


class Unmerged(Record):
    """What an un-merge came to."""

    undone: tuple[UUID, ...]
    customer_id: str = Field(description="who was taken out")
    other_id: str = Field(description="the person they were one with")
    separate: bool = Field(description="whether they are two people now")
    still_by: tuple[UUID, ...] = Field(description="merges that still connect them; undo those too")


class MergesAsked(Record):
    """A page of merges, of one customer or of all."""

    customer_id: str | None = Field(default=None, min_length=1, max_length=400)
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: int | None = Field(default=None, ge=1, description="next_cursor of the page before")


class Merge(Record):
    """That two customers were found to be one person, and whether it was undone."""

    merge_id: UUID
    customer_id: str
    other_id: str
    why: Why = Field(description="the verified identity both have, or by hand")
    made_at: datetime
    made_by: UUID
    undone_at: datetime | None
    undone_by: UUID | None


class Merges(Record):
    """Merges, newest first."""

    merges: tuple[Merge, ...]
    next_cursor: int | None = None


class SuggestionsAsked(Record):
    """A page of suggestions."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$", description="next_cursor of the page before")


class Suggestion(Record):
    """Customers with the same identity, not verified of all: maybe one person."""

    why: Kind
    customer_ids: tuple[str, ...]
    verified_of: tuple[str, ...] = Field(description="of whom it is verified")


class Suggestions(Record):
    """Suggestions, in no order that means anything."""

    suggestions: tuple[Suggestion, ...]
    shared_by_most: int = Field(description="an identity of more customers identifies nobody and suggests nothing")
    next_cursor: str | None = None


class IdentitiesAsked(Record):
    """Whose identities."""

    customer_id: str = Field(min_length=1, max_length=400)


class Identity(Record):
    """An e-mail or phone that a customer is told to have."""

    kind: Kind
    value: str | None = Field(description="in E.164 for phones; masked without customers:contact")
    customer_id: str = Field(description="of which of the merged ids it was told")
    verified: bool
    theirs: bool = Field(description="false once an un-merge took it from them")
    shared_by: int = Field(description="customers who are told to have it, counted up to one more than may share one")
    identifies: bool = Field(description="whether whoever else has it verified is the same person")
    since: datetime


class Identities(Record):
    """What identifies a person."""

    customer_id: str
    external_ids: tuple[str, ...] = Field(description="their customer ids, the survivor's first")
    identities: tuple[Identity, ...]
    unplaced_phones: int = Field(description="numbers without a country: kept as contact, but no identities")
    shared_by_most: int


class VerifyAsked(Record):
    """An e-mail or phone that is known to be a customer's."""

    customer_id: str = Field(min_length=1, max_length=400)
    kind: Kind
    value: str = Field(min_length=3, max_length=400)


class Verified(Record):
    """What a verification came to."""

    customer_id: str = Field(description="the survivor's")
    customer_ids: tuple[str, ...] = Field(description="all ids that lead to this person")
    identifies: bool = Field(description="false when more customers are told to have it than may share one")
    shared_by: int


class LimitAsked(Record):
    """How many customers may share an identity."""

    people: int = Field(ge=2, le=1_000)
