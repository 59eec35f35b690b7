"""What data at the border looks like: frozen, and nothing unknown gets in."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that enters or leaves an operation; an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Record):
    """A request without arguments."""
