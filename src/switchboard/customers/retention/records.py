"""What is asked and told about keeping data."""

from pydantic import Field

from switchboard.foundation.records import Record


class RetentionAsked(Record):
    """How what is kept shall be shown."""

    count: bool = Field(default=True, description="count what would go now, too; of large shops that takes a while")


class KindShown(Record):
    """One kind of data."""

    kind: str
    about: str
    keeps_days: int | None = Field(description="null: for ever")
    default_days: int | None = Field(description="unless the workspace says otherwise; null: for ever")
    is_set: bool = Field(description="whether the workspace said so itself")
    would_go: int | None = Field(description="how much is older now; null where it was not counted or lies elsewhere")


class Retention(Record):
    """All kinds of data, and how long each is kept."""

    kinds: tuple[KindShown, ...]


class RetentionChange(Record):
    """How long a kind shall be kept from now on: one of the three."""

    kind: str = Field(description="its name, as customers.retention shows it")
    days: int | None = Field(default=None, ge=1, le=36_500)
    for_ever: bool = False
    as_usual: bool = Field(default=False, description="forget what was set: the default counts again")


class ApplyAsked(Record):
    """What shall go."""

    dry_run: bool = Field(default=True, description="only count; false removes")
    kinds: tuple[str, ...] = Field(default=(), description="only these; none: all")


class Applied(Record):
    """How much of a kind went, or would go."""

    kind: str
    count: int


class RetentionApplied(Record):
    """What was removed, or would be."""

    dry_run: bool
    removed: tuple[Applied, ...]
