"""What is asked and answered of archetypes side by side, of one over time, and of the shapes of segments."""

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import ArchetypeAsked, Asked
from switchboard.intelligence.segments import AXES


class Placed(Record):
    """An archetype on the map: its size, value, growth and risk."""

    archetype_id: str
    name: str
    dominant_segments: dict[str, str]
    is_pinned: bool
    member_count: int
    population_percent: float
    average_lifetime_value: float
    total_revenue: float
    at_risk_count: int = Field(description="members whose risk is HIGH or CRITICAL")
    at_risk_share: float = Field(description="0 to 1, of the members")
    members_before: int | None = Field(description="at grown_since; null where no snapshot reaches back so far")
    growth: float | None = Field(description="member_count / members_before - 1; null where there were none")


class ArchetypeMap(Record):
    """All archetypes, those that are pinned first, then the largest."""

    archetypes: tuple[Placed, ...]
    grown_since: AwareDatetime | None = Field(description="the snapshot growth is told from, 90 days ago or longer")
    customers: int
    currency: str
    as_of: AwareDatetime


class ArchetypeTrendAsked(ArchetypeAsked):
    """Whose history, up to which moment."""


class ArchetypePoint(Record):
    """How many belonged to it at the last snapshot of a month."""

    as_of: AwareDatetime
    members: int


class ArchetypeTrend(Record):
    """Members of an archetype at the snapshots of months, oldest first; the last is of the moment itself."""

    archetype_id: str
    name: str
    points: tuple[ArchetypePoint, ...]
    as_of: AwareDatetime


class ShapesAsked(Asked):
    """Which axis, and for a customer who is how well known."""

    axis_name: str = Field(max_length=40, description=", ".join(AXES))
    uncertainty: float = Field(
        default=0.05, ge=0, le=4, description="variance of the position, in the unit distances are taken in"
    )


class ShapePoint(Record):
    """How far somebody who stands there belongs to the segment."""

    at: float = Field(description="in the axis's unit")
    share: float = Field(description="0 to 1; the segments' shares of a place sum to 1")


class Shape(Record):
    """A segment along its axis."""

    segment: str
    points: tuple[ShapePoint, ...]


class Shapes(Record):
    """The fuzzy segments of an axis, without the crisp one, which has no shape."""

    axis_name: str
    unit: str
    uncertainty: float
    shapes: tuple[Shape, ...]
    as_of: AwareDatetime
