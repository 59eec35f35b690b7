"""What is asked and told about consent."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue

from switchboard.foundation.records import Record

Channel = Literal["email", "sms", "whatsapp", "phone", "post"]
State = Literal["pending", "given", "confirmed", "withdrawn"]
Known = Literal["pending", "given", "confirmed", "withdrawn", "unknown"]
SuppressedFor = Literal["bounced", "complained", "asked", "legal"]
Against = Literal["unknown_customer", "no_address", "suppressed", "withdrawn", "not_confirmed", "no_consent"]

A_PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,39}")
TRANSACTIONAL = "transactional"
ABOUT_PURPOSE = "marketing, research … in your own words; transactional (what an order needs) asks for no consent"
ABOUT_STATE = (
    "pending: asked to confirm (double opt-in), which permits nothing yet; given: said yes once; "
    "confirmed: said yes and confirmed it; withdrawn"
)


def _purpose(said: str) -> str:
    if not A_PURPOSE.fullmatch(said):
        raise ValueError("write one word of small letters, digits and _, such as marketing or spring_sale")
    return said


Purpose = Annotated[
    str,
    AfterValidator(_purpose),
    Field(description=ABOUT_PURPOSE, json_schema_extra={"pattern": f"^{A_PURPOSE.pattern}$"}),
]


class Statement(Record):
    """What a person said of one channel and purpose."""

    customer_id: str = Field(min_length=1, max_length=400)
    channel: Channel
    purpose: Purpose
    state: State = Field(description=ABOUT_STATE)
    at: AwareDatetime | None = Field(default=None, description="when they said so; now if left out, never later")
    source: str = Field(min_length=1, max_length=200, description="where they said so: checkout, preference page …")
    reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="the source's own id of it, a form's say: the same word told twice under it counts once",
    )
    jurisdiction: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="ISO 3166 code of whose law holds, as in DE"
    )
    proof: dict[str, JsonValue] = Field(
        default_factory=dict, description="what shows it: wording, form, address of the page; kept sealed"
    )


class StatementKept(Record):
    """What holds for the channel and purpose after a statement."""

    state: Known
    since: datetime | None
    repeated: bool = Field(description="it had been told before, and nothing changed")


class HistoryAsked(Record):
    """Whose history, a page of it."""

    customer_id: str = Field(min_length=1, max_length=400)
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: int | None = Field(default=None, ge=1, description="next_cursor of the page before")


class Said(Record):
    """One statement of the history."""

    channel: Channel
    purpose: str
    state: State
    at: datetime
    source: str
    reference: str | None
    jurisdiction: str | None
    proof: dict[str, JsonValue] | None = Field(description="only for callers with customers:contact")
    recorded_at: datetime
    recorded_by: UUID


class Holding(Record):
    """What holds now for one channel and purpose."""

    channel: Channel
    purpose: str
    state: Known
    since: datetime | None
    jurisdiction: str | None


class History(Record):
    """What holds now, and what was said, last recorded first."""

    holding: tuple[Holding, ...]
    statements: tuple[Said, ...]
    next_cursor: int | None = None


class MayContactAsked(Record):
    """Whom, over which channel, what for."""

    customer_ids: tuple[str, ...] = Field(
        min_length=1, max_length=1_000, description='a list of customer ids, as in ["c1", "c2"]'
    )
    channel: Channel
    purpose: Purpose


class Verdict(Record):
    """Whether one person may be contacted, and all that stands against it."""

    customer_id: str
    may: bool
    against: tuple[Against, ...]
    state: Known
    since: datetime | None
    jurisdiction: str | None


class Verdicts(Record):
    """A verdict for each customer asked about, in their order."""

    verdicts: tuple[Verdict, ...]
    may_count: int


class Suppress(Record):
    """An address that gets nothing any more, whoever's it is; or all addresses a customer has on the channel."""

    channel: Channel
    address: str | None = Field(
        default=None, min_length=3, max_length=400, description="an e-mail, a phone or a postal address; not kept"
    )
    customer_id: str | None = Field(default=None, min_length=1, max_length=400)
    reason: SuppressedFor
    source: str = Field(min_length=1, max_length=200)


class Suppressed(Record):
    """An address on the suppression list, by its keyed hash."""

    id: str
    channel: Channel
    reason: SuppressedFor
    source: str
    at: datetime


class Release(Record):
    """An address to be taken off the suppression list."""

    channel: Channel
    address: str | None = Field(default=None, min_length=3, max_length=400)
    id: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$", description="its id on the list")


class SuppressionsAsked(Record):
    """A page of the suppression list, or where one address stands on it."""

    channel: Channel
    address: str | None = Field(default=None, min_length=3, max_length=400, description="only this one")
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")


class Suppressions(Record):
    """Addresses that get nothing, in the order of their ids."""

    suppressed: tuple[Suppressed, ...]
    next_cursor: str | None = None
