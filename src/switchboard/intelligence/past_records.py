"""What is asked and answered of the past."""

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked
from switchboard.intelligence.segments import AXES, SEGMENTS_IN_WORDS


class TrendAsked(Asked):
    """Which segment's history, up to which moment."""

    axis_name: str = Field(max_length=40, description=", ".join(AXES))
    segment_name: str = Field(max_length=40, description=f"one of its axis; {SEGMENTS_IN_WORDS}")


class TrendPoint(Record):
    """How many belonged to the segment at one snapshot."""

    as_of: AwareDatetime
    members: int
    share: float = Field(description="of all customers, 0 to 1")


class TrendChange(Record):
    """From the first point to the last."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    members: int
    share_points: float = Field(description="points of share, -100 to 100")
    percent: float | None = Field(description="of the members at the start; null when there were none")
    since: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime


class Trend(Record):
    """A segment over all snapshots up to the moment, oldest first."""

    axis_name: str
    segment_name: str
    points: tuple[TrendPoint, ...]
    change: TrendChange | None = Field(description="null with fewer than two points")
    as_of: AwareDatetime


class SnapshotsAsked(Asked):
    """Which page of those up to the moment."""

    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: str | None = Field(default=None, max_length=60, description="next_cursor of the page before")


class SnapshotShown(Record):
    """A snapshot: of a run, or of a moment before the first run."""

    run: int
    kind: Literal["run", "past"]
    as_of: AwareDatetime
    made_at: AwareDatetime
    customers: int


class Snapshots(Record):
    """Snapshots, newest moment first."""

    snapshots: tuple[SnapshotShown, ...]
    next_cursor: str | None = None
    as_of: AwareDatetime


class MovementAsked(Asked):
    """Between which snapshots up to the moment, and on which axis."""

    from_run: int | None = Field(default=None, description="a snapshot's run; left out: the snapshot before to_run")
    to_run: int | None = Field(default=None, description="left out: the newest snapshot")
    axis_name: str | None = Field(default=None, max_length=40, description="left out: between archetypes")


class Move(Record):
    """Customers who were one thing and became another, or stayed."""

    was: str
    became: str
    customers: int


class Movement(Record):
    """All moves, the largest first; who joined was not there before, who left is not there after."""

    from_run: int
    from_as_of: AwareDatetime
    to_run: int
    to_as_of: AwareDatetime
    moves: tuple[Move, ...]
    joined: int
    left: int
    as_of: AwareDatetime


class MonthsAsked(Asked):
    """How many months back."""

    months: int = Field(default=24, ge=1, le=36)


class Month(Record):
    """One month of the workspace's calendar; the last may not be over."""

    month: str = Field(description="as in 2026-11")
    net: float
    orders: int
    customers: int = Field(description="who ordered in it")


class Revenue(Record):
    """Months, oldest first."""

    months: tuple[Month, ...]
    currency: str
    as_of: AwareDatetime
