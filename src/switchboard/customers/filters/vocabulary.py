"""What a filter may ask about in one workspace; whoever keeps the mirror says it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["text", "number", "date", "flag", "list", "money"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A number known of people: the mirror's column, whether it holds four bytes, its unit and meaning."""

    column: str
    unit: str
    meaning: str
    single: bool = True


@dataclass(frozen=True, kw_only=True)
class AttributeKnown:
    """An attribute: its number in the mirror, its type, and of how many people it is known."""

    number: int
    kind: Kind
    people: int


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A behavioural axis: its segments in order, and the mirror's columns of the dominant one and of its strength."""

    segments: tuple[str, ...]
    column: str
    strengths: tuple[str, ...]
    strength_column: str


@dataclass(frozen=True, kw_only=True)
class At:
    """The moment a filter is about, in the workspace's zone: facts before it count, days are days of that zone."""

    now: datetime
    zone: ZoneInfo

    @property
    def second(self) -> int:
        """Unix time of the moment."""
        return int(self.now.timestamp())

    def day(self, ago: int) -> int:
        """The day so many days before, since 1970-01-01."""
        return self.now.astimezone(self.zone).toordinal() - date(1970, 1, 1).toordinal() - ago

    def start(self, ago: int) -> int:
        """Unix time of the start of that day."""
        return self.of_day((self.now.astimezone(self.zone) - timedelta(days=ago)).date())

    def of_day(self, day: date) -> int:
        """Unix time of the start of a day."""
        return int(datetime.combine(day, time(), self.zone).astimezone(UTC).timestamp())


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Everything that may be asked: names with what the mirror calls them.

    `categories` and `events` are numbers by name; `products` finds the numbers of the products that have an id or a
    name, folded, and `like` names some that are written nearly so. `hides_contact`: no e-mail address and no phone
    number in an attribute is found.
    """

    figures: Mapping[str, Measured]
    axes: Mapping[str, Axis]
    archetypes: Mapping[str, str]
    levels: Mapping[str, tuple[int, ...]]
    attributes: Mapping[str, AttributeKnown]
    categories: Mapping[str, int]
    events: Mapping[str, int]
    products: Callable[[str], Sequence[int]]
    like: Callable[[str], Sequence[str]]
    hides_contact: bool = False
