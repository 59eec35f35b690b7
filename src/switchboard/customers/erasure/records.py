"""What is asked and told about forgetting people."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.foundation.records import Record

Reason = Literal["asked", "legal", "other"]
Comeback = Literal["signed_up", "asked", "mistake"]


class PreviewAsked(Record):
    """Whom it would be about."""

    customer_id: str = Field(min_length=1, max_length=400)


class Held(Record):
    """A place that holds something of the person."""

    place: str
    about: str
    count: int


class Preview(Record):
    """What an erasure would remove, by place."""

    customer_ids: tuple[str, ...] = Field(description="all ids the person has here, those merged into it too")
    places: tuple[Held, ...]
    files: tuple[str, ...] = Field(description="what is searched and cleaned after that")


class EraseAsked(Record):
    """Whom to forget; there is no way back."""

    customer_id: str = Field(min_length=1, max_length=400)
    confirm: str = Field(description="the customer_id once more, typed")
    reason: Reason = Field(default="asked", description="asked: by the person; legal: by an authority; other")


class Remains(Record):
    """What can still hold traces, and until when."""

    what: str
    until: AwareDatetime | None = Field(description="null: no day can be told; why says what ends it, if anything")
    why: str


class Certificate(Record):
    """What was removed of a person, where and when; it says nothing of who they were."""

    certificate_id: UUID
    reason: str
    people: int
    at: AwareDatetime = Field(description="when they left the database")
    asked_by: UUID
    removed: dict[str, int] = Field(description="by place of the database")
    cleaned: dict[str, int] = Field(description="by kind of file, with others who were forgotten at the same time")
    complete: bool = Field(description="whether all files are clean, too")
    completed_at: AwareDatetime | None
    remaining: tuple[Remains, ...] = Field(description="told once it is complete")


class CertificateRef(Record):
    """Which certificate."""

    certificate_id: UUID


class CertificatesAsked(Record):
    """A page of certificates."""

    customer_id: str | None = Field(default=None, max_length=400, description="only those of this id")
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: UUID | None = None


class Certificates(Record):
    """Certificates, newest first."""

    certificates: tuple[Certificate, ...]
    next_cursor: UUID | None = None


class LiftAsked(Record):
    """Who came back by their own wish: one of the three, as they gave it now."""

    email: str | None = Field(default=None, max_length=400)
    phone: str | None = Field(default=None, max_length=100)
    customer_id: str | None = Field(default=None, max_length=400)
    reason: Comeback = Field(description="signed_up: they did so anew; asked: they asked for it; mistake: ours")


class Lifted(Record):
    """How many hashes no longer keep them out."""

    hashes: int


class AccessAsked(Record):
    """Whose data; of one place the entries after the first so many, where there were more than an answer carries."""

    customer_id: str = Field(min_length=1, max_length=400)
    place: str | None = Field(default=None, max_length=100, description="only this place of the answer")
    after: int = Field(default=0, ge=0, le=10**9, description="with place: next_after of the answer before")


class Told(Record):
    """What one place holds of the person."""

    place: str
    about: str
    entries: tuple[dict[str, JsonValue], ...]
    more: bool = Field(description="whether there is more than an answer carries")
    next_after: int | None = Field(default=None, description="ask for the place with this as after, for what follows")


class Access(Record):
    """Everything that is held of a person: as data, and as a page to read."""

    customer_ids: tuple[str, ...]
    at: datetime
    places: tuple[Told, ...]
    page: str = Field(description="the same as HTML, in one file without scripts")
