"""What is asked and answered of what figures are."""

from typing import Literal

from pydantic import Field

from switchboard.foundation.records import Record


class DefineAsked(Record):
    """Which figures: one by its name, or those that words find; without either, all of them."""

    name: str | None = Field(
        default=None, max_length=100, description="a metric's whole name, such as rfm.group_share; nothing else is told"
    )
    search: str | None = Field(
        default=None, max_length=200, description="words, all of which are in its name, title, formula or fields"
    )
    detail: Literal["brief", "full"] | None = Field(
        default=None,
        description="brief: name, title, definition and unit; left out: full of one by its name, else brief",
    )
    limit: int = Field(default=20, ge=1, le=100, description="of a page")
    cursor: str | None = Field(default=None, max_length=20, description="next_cursor of the page before")


class ThresholdShown(Record):
    """A number that decides something, as the code that uses it has it."""

    name: str
    value: float
    decides: str


class Definition(Record):
    """What a figure is."""

    name: str
    title: str
    definition: str
    unit: str
    formula: str | None = Field(default=None, description="null in a brief one, as all that follows is left out of it")
    period: str | None = None
    thresholds: tuple[ThresholdShown, ...] = ()
    source: str | None = None
    example: tuple[str, ...] = Field(default=(), description="worked out by hand, on the orders that its page lists")
    fields: tuple[str, ...] = Field(default=(), description="where answers show it: record and field")
    link: str = Field(description="its page in the project's documentation")


class Definitions(Record):
    """A page of definitions, best found first."""

    definitions: tuple[Definition, ...]
    total: int
    next_cursor: str | None
