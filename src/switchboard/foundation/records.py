"""What data at the border looks like: frozen, and nothing unknown gets in."""

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler
from pydantic import WrapValidator as Wrapped

Read = TypeVar("Read")


def told_as(what: str) -> Wrapped:
    """What a value has to be, said in one sentence in place of one for each thing it might have been."""

    def read(given: Read, reader: ValidatorFunctionWrapHandler) -> Read:
        try:
            found: Read = reader(given)
        except ValidationError:
            raise ValueError(f"should be {what}") from None
        return found

    return Wrapped(read)


Moment = Annotated[
    AwareDatetime | date, told_as("a day such as 2025-01-31, or an instant with its offset: 2025-01-31T12:00:00+01:00")
]


class Record(BaseModel):
    """A value that enters or leaves an operation; an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Picture(Record):
    """An answer that is a picture, which doors show as one where they can."""

    told: str = Field(description="what it shows in one sentence, for who can not see it")
    svg: str | None = Field(default=None, description="the picture as a drawing, where that was asked for")
    png: str | None = Field(default=None, description="the picture in base64, where that was asked for")


class Nothing(Record):
    """A request without arguments."""
