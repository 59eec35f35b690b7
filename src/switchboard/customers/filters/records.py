"""What is asked and told about filters."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from switchboard.foundation.records import Record

ABOUT = (
    "nested all, any, not over terms, as in"
    ' {"all": [{"country": "GB"}, {"bought": {"category": "Toys", "times_at_least": 2, "within_days": 90}},'
    ' {"not": {"did": {"event": "email_opened", "within_days": 30}}}, {"feature": "orders_365", "at_least": 3},'
    ' {"segment": {"purchase_frequency": ["weekly", "frequent"]}}, {"attribute": "vip", "is": true}]};'
    " customers.filter_vocabulary lists all that may be asked"
)
FilterJson = Annotated[dict[str, JsonValue], Field(description=ABOUT)]
Sort = Literal["newest", "oldest", "risk", "value"]
A_NAME = Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", description="of the saved filter")


class Near(Record):
    """A circle on the earth."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    km: float = Field(ge=0.001, le=20_040, description="how far around it, along the great circle")


class FilterSave(Record):
    """A filter to be kept under a name; it takes the place of the one that has the name."""

    name: str = A_NAME
    filter: FilterJson
    about: str = Field(default="", max_length=1_000, description="what it is for")
    sort: Sort | None = Field(
        default=None, description="the order in which a list of them is shown; when not said, the one it has"
    )
    version: int | None = Field(
        default=None, ge=1, description="the version that may be replaced: refused when somebody changed it meanwhile"
    )


class FilterRef(Record):
    """Which saved filter."""

    name: str = A_NAME


class SavedFilter(Record):
    """A filter under a name: an audience."""

    name: str
    about: str
    filter: dict[str, JsonValue]
    sort: Sort | None = Field(description="the order in which a list of them is shown; null: newest order first")
    version: int
    made_at: datetime
    made_by: UUID
    changed_at: datetime
    changed_by: UUID


class FiltersAsked(Record):
    """A page of saved filters."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, max_length=100, description="next_cursor of the page before")


class SavedFilters(Record):
    """Saved filters, by name."""

    filters: tuple[SavedFilter, ...]
    next_cursor: str | None = None
