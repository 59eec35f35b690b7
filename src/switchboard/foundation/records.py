"""What data at the border looks like: frozen, and nothing unknown gets in."""

from pydantic import BaseModel, ConfigDict, Field


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
