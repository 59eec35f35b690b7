"""What a batch holds: events, orders and people, each typed; and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import core_schema

from switchboard.customers.cards import A_CARD, is_written_as_card
from switchboard.customers.imports.orders import MOST
from switchboard.customers.imports.typed import LONGEST_ID
from switchboard.customers.imports.values import NOTHING
from switchboard.foundation.reading import fault_in
from switchboard.foundation.records import Record

AT_ONCE = 5_000  # items of a batch
LINES_AT_ONCE = 1_000  # of an order
LONGEST_TEXT = 32_768
MOST_ATTRIBUTES = 1_000
PLACES = Decimal("0.0001")

Kind = Literal["event", "order", "person"]


def _clean(said: str) -> str | None:
    if "\0" in said:
        raise ValueError("holds a NUL character, which no text may")
    return said or None


def _id(said: str | None) -> str | None:
    if said is not None and is_written_as_card(said):
        raise ValueError(A_CARD)
    return None if said in NOTHING else said


def _word(said: str) -> str:
    if not said or "\0" in said:
        raise ValueError("missing")
    return said


def _bounded(most: int, least: int | None = None) -> AfterValidator:
    """Amounts of four decimal places, rounded half away from zero, as the tables keep them."""

    def check(said: Decimal) -> Decimal:
        if not said.is_finite() or abs(said) > most:
            raise ValueError("out of range")
        if least is not None and said < least:
            raise ValueError(NEGATIVE)
        return said.quantize(PLACES, ROUND_HALF_UP)

    return AfterValidator(check)


NEGATIVE = "negative; a refund has a negative quantity or an amount in refund"
TEXT = StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)
ID = StringConstraints(strip_whitespace=True, max_length=LONGEST_ID)
Text = Annotated[str, TEXT, AfterValidator(_clean)]
Id = Annotated[str, ID, AfterValidator(_clean), AfterValidator(_id)]
Word = Annotated[str, ID, AfterValidator(_word)]
Email = Annotated[str, ID, AfterValidator(_clean)]
Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Quantity = Annotated[Decimal, _bounded(MOST)]
Price = Annotated[Decimal, _bounded(MOST, 0)]
Amount = Annotated[Decimal, _bounded(10 * MOST)]
Discount = Annotated[Decimal, _bounded(10 * MOST, 0)]


class Item(BaseModel):
    """One thing that is sent; numbers may stand for ids, and nothing unknown gets in."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Event(Item):
    """Something a person did that is no order."""

    event_id: Id | None = Field(default=None, description="the source's own; without one the event is what it says")
    customer_id: Id | None = None
    email: Email | None = Field(default=None, description="names the person where customer_id does not")
    kind: Word = Field(description="what happened, such as viewed")
    at: datetime = Field(description="when; without a zone, in the workspace's")
    properties: dict[str, JsonValue] = Field(default_factory=dict)


class Line(Item):
    """One line of an order; below zero in quantity or total it is a return."""

    line_id: Id | None = None
    product_id: Id | None = None
    product: Text | None = Field(default=None, description="what it is called")
    category: Text | None = Field(default=None, description="levels stand between > signs: Drinks > Tea")
    quantity: Quantity | None = Field(default=None, description="one where it is left out")
    unit_price: Price | None = Field(default=None, description="before discount; this or total must be there")
    total: Amount | None = Field(default=None, description="of the line, before discount")
    discount: Discount | None = Field(default=None, description="of the whole line; left out everywhere: not stated")
    refund: Amount | None = Field(default=None, description="of the whole line")


class Order(Item):
    """One whole order: what is sent of it later replaces its lines."""

    order_id: Id | None = Field(default=None, description="without one: the customer's order of that moment")
    customer_id: Id | None = Field(default=None, description="nobody and no e-mail: a guest's order")
    placed_at: datetime = Field(description="when; without a zone, in the workspace's")
    currency: Currency | None = Field(default=None, description="the workspace's where it is left out")
    country: Text | None = None
    email: Email | None = None
    name: Text | None = None
    phone: Text | None = None
    status: Text | None = Field(default=None, description="cancelled, failed and the like: kept, worth nothing")
    cancelled_at: Text | None = None
    order_discount: Amount | None = Field(default=None, description="of the whole order, spread over its lines")
    order_refund: Amount | None = Field(default=None, description="of the whole order, spread over its lines")
    lines: tuple[Line, ...] = Field(min_length=1, max_length=LINES_AT_ONCE)


class Person(Item):
    """What is known of a person; what is left out stays as it was."""

    customer_id: Id | None = None
    email: Email | None = Field(default=None, description="identifies the person where customer_id does not")
    name: Text | None = None
    phone: Text | None = None
    country: Text | None = None
    region: Text | None = None
    city: Text | None = None
    street: Text | None = None
    postal_code: Text | None = None
    created_at: datetime | None = None
    consent_email: bool | None = None
    consent_sms: bool | None = None
    email_verified: bool | None = Field(default=None, description="the source has seen that it is theirs")
    phone_verified: bool | None = Field(default=None, description="the source has seen that it is theirs")
    attributes: dict[str, str | bool | int | float | None] = Field(
        default_factory=dict, max_length=MOST_ATTRIBUTES, description="anything else that is known, by name"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """An item that is not what it should be: the field at fault, and why."""

    field: str
    reason: str


One = TypeVar("One", bound=Item)


class OneByOne(Generic[One]):
    """Marks items of which each is read for itself: a wrong one becomes `Wrong`, the others stay."""

    def __init__(self, item: type[One]) -> None:
        self.item = item

    def __get_pydantic_core_schema__(self, _: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The item's own schema, from which documents are made; what it refuses is kept."""
        serialise = core_schema.to_string_ser_schema()
        return core_schema.no_info_wrap_validator_function(_read, handler(self.item), serialization=serialise)


def _read(given: Any, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(given)
    except ValidationError as error:
        fault = fault_in(error.errors(include_url=False, include_input=False, include_context=False)[0])
        return Wrong(field=fault.field or "item", reason=fault.message)


class Batch(Record):
    """Events, orders and people of one source: at most 5,000 items in all."""

    source: str = Field(
        default="shop", pattern=r"^[a-z0-9_-]{1,40}$", description="where the ids come from; the first one's stay bare"
    )
    events: tuple[Annotated[Event | Wrong, OneByOne(Event)], ...] = Field(default=(), max_length=AT_ONCE)
    orders: tuple[Annotated[Order | Wrong, OneByOne(Order)], ...] = Field(default=(), max_length=AT_ONCE)
    people: tuple[Annotated[Person | Wrong, OneByOne(Person)], ...] = Field(default=(), max_length=AT_ONCE)

    @property
    def items(self) -> Sequence[Sequence[object]]:
        """All items, by kind."""
        return self.events, self.orders, self.people


class Rejected(Record):
    """An item that was not stored: its place among those of its kind, from 0, and why."""

    kind: Kind
    index: int
    field: str
    reason: str


class Counted(Record):
    """What became of the items of one kind; `repeated` are those that a later one of the batch stands for."""

    new: int = 0
    replaced: int = Field(default=0, description="known with other content: this is what counts now")
    same: int = Field(default=0, description="known, and left as they were")
    repeated: int = 0


class Ingested(Record):
    """What was stored of a batch, and what was not."""

    import_id: UUID | None = Field(description="the day's import of the source, which can be undone as a whole")
    events: Counted
    orders: Counted
    people: Counted
    new_people: int = Field(description="of whom nothing was known before")
    rejected: tuple[Rejected, ...]
    forgotten: int = Field(
        default=0, description="people, events and lines of orders that are somebody's who was forgotten; left out"
    )
    attributes_not_understood: dict[str, int] = Field(
        default_factory=dict, description="values that are none of the attribute's type, by attribute; left out"
    )
    attributes_kept_out: dict[str, str] = Field(
        default_factory=dict, description="attributes of which nothing of this batch was kept, and why"
    )
    attribute_values_left_out: int = Field(default=0, description="values of both kinds")
    consents_in_doubt: int = Field(
        default=0, description="a yes without a time that would have ended a withdrawal; left out"
    )
    phones_without_country: int = Field(default=0, description="kept, and identify nobody")


class RefusedAsked(Record):
    """A page of the messages that streams brought and that were no item."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: int | None = Field(default=None, ge=0, le=10**15, description="next_cursor of the page before")


class RefusedMessage(Record):
    """A message that was set aside; one that a spreadsheet would take for a formula has a mark before it."""

    stream: str
    place: str = Field(description="the partition it lay in; empty where a stream has but one")
    offset: str
    reasons: str
    message: str


class RefusedMessages(Record):
    """Refused messages, the oldest batches first."""

    messages: tuple[RefusedMessage, ...]
    next_cursor: int | None = None
