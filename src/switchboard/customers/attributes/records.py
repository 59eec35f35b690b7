"""What is asked and told about attributes."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, JsonValue

from switchboard.customers.imports.extras import LONGEST_NAME, NAME
from switchboard.customers.imports.records import AttributeType
from switchboard.foundation.records import Record

A_NAME = f"^{NAME.pattern}$"
ABOUT_NAME = f"at most {LONGEST_NAME} letters, the first a letter or a digit; large and small letters are one"
ABOUT_TYPE = (
    "text, number, date (2026-11-21), flag (true or false), list (of texts), money (in the workspace's currency)"
)


class AttributesAsked(Record):
    """A page of attributes."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, max_length=LONGEST_NAME, description="next_cursor of the page before")


class Attribute(Record):
    """What an attribute is."""

    name: str
    type: AttributeType
    label: str
    unit: str | None
    currency: str | None = Field(description="of money")
    by_hand: bool = Field(description="somebody said of which type it is; else it follows from the first values")
    made_by: UUID
    made_at: datetime
    people: int = Field(description="how many have it")


class Attributes(Record):
    """Attributes by name."""

    attributes: tuple[Attribute, ...]
    next_cursor: str | None = None


class DefineAttribute(Record):
    """What an attribute is; what is left out stays as it is."""

    name: str = Field(pattern=A_NAME, description=ABOUT_NAME)
    type: AttributeType | None = Field(default=None, description=ABOUT_TYPE)
    label: str | None = Field(default=None, min_length=1, max_length=200, description="what people read")
    unit: str | None = Field(default=None, min_length=1, max_length=20, description="of a number: kg, cm, points …")
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", description="of money: the workspace's, in which money is kept"
    )
    preview: bool = Field(default=False, description="only tell what a new type would do to the values that are there")
    leave_out: bool = Field(default=False, description="forget values that do not fit the new type")


class AttributeDefined(Record):
    """The attribute, and what became of its values."""

    attribute: Attribute
    converted: int = Field(description="distinct values that fit the new type")
    not_fitting: int = Field(description="distinct values that do not")
    people_not_fitting: int = Field(description="people who have one of these now")


class SetAttributes(Record):
    """Values of one customer, said by hand."""

    customer_id: str = Field(min_length=1, max_length=400)
    attributes: dict[str, JsonValue] = Field(
        min_length=1, max_length=100, description='name → value, null takes it away, as in {"Size": 38, "VIP": true}'
    )
    source: str = Field(default="by hand", min_length=1, max_length=100, description="where this is known from")


class AttributesSet(Record):
    """All that is known of the customer now."""

    attributes: dict[str, JsonValue]


class ForgetAttribute(Record):
    """Which attribute."""

    name: str = Field(min_length=1, max_length=400)


class AttributeForgotten(Record):
    """Who had it."""

    people: int
