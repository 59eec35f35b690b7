"""Which answers may hold words of others."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, JsonValue, StringConstraints

from switchboard.foundation.quoting import OURS, has_free_text
from switchboard.foundation.records import Nothing, Record


class Inner(Record):
    said: str


class Numbers(Record):
    count: int
    at: datetime
    id: UUID
    kind: Literal["a", "b"]
    code: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    by_kind: dict[Literal["a", "b"], float]


class Text(Record):
    title: str


class Deep(Record):
    rows: tuple[Inner, ...]


class Perhaps(Record):
    note: str | None


class Anything(Record):
    value: JsonValue


class Named(Record):
    by_name: dict[str, str]


class Open(BaseModel):
    model_config = {"extra": "allow"}
    count: int


class Ours(Record):
    told: str = Field(json_schema_extra=OURS)


@pytest.mark.parametrize("shape", [Text, Deep, Perhaps, Anything, Named, Open])
def test_a_text_that_may_say_anything_is_of_others(shape: type[BaseModel]):
    assert has_free_text(shape)


@pytest.mark.parametrize("shape", [Nothing, Numbers, Ours])
def test_numbers_ids_times_lists_and_what_we_wrote_are_ours(shape: type[BaseModel]):
    assert not has_free_text(shape)
