"""What is answered of the shop as a whole."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.churn import ValueTiers
from switchboard.intelligence.filter_records import Chosen
from switchboard.intelligence.records import Asked
from switchboard.intelligence.segments import SegmentSettings


class Lack(Record):
    """Something the shop's data does not hold."""

    missing: str
    axes: tuple[str, ...] = Field(description="which can not be told without it")
    figures: tuple[str, ...]
    remedy: str


class DataHealth(Record):
    """What the shop's data holds and lacks."""

    customers: int
    orders: int
    history_days: int
    guest_share: float = Field(description="of net revenue, 0 to 1: lines without a customer")
    lacks: tuple[Lack, ...]
    as_of: AwareDatetime


class FeatureShown(Record):
    """A figure of a customer; money is in the workspace's currency."""

    name: str
    unit: str
    period: str = Field(description="the time it is taken over, up to as_of")
    meaning: str
    definition: str
    axes: tuple[str, ...] = Field(description="the axes that show it; every figure is in exports")


class FeaturesShown(Record):
    """All figures, in the order they are shown."""

    features: tuple[FeatureShown, ...]
    source: str = Field(description="what they are worked out from")
    as_of: AwareDatetime


class SegmentShown(Record):
    """A segment: all whose dominant segment it is keep its rule; `low` and `high` are in the axis's unit."""

    name: str
    meaning: str
    rule: str
    low: float | None
    high: float | None
    members: int


class AxisShown(Record):
    """An axis with its segments in order."""

    name: str
    unit: str
    meaning: str
    anchors: tuple[float, ...]
    absent: str | None = Field(description="why the shop's data does not carry it")
    segments: tuple[SegmentShown, ...]


class Axes(Record):
    """The eight axes, and the cuts of strength."""

    axes: tuple[AxisShown, ...]
    strong: float
    moderate: float
    as_of: AwareDatetime


class Size(Record):
    """How many customers, as it is and as it would be."""

    now: int
    then: int


class PreviewAsked(Asked):
    """Which settings to try, on which moment."""

    segments: SegmentSettings = SegmentSettings()
    value_tiers: ValueTiers = ValueTiers()


class Preview(Record):
    """What other settings would change."""

    segments: dict[str, dict[str, Size]]
    levels: dict[str, Size]
    as_of: AwareDatetime


class ExportAsked(Asked, Chosen):
    """Which file, of which moment; of the present, of those alone whom a filter finds."""

    format: Literal["csv", "jsonl", "parquet"] = "csv"


class PredictionsAsked(ExportAsked):
    """Which file of predictions."""

    horizon_days: int = Field(default=90, ge=7, le=365, description="predictions are of so many days from the moment")


class Export(Record):
    """A file that was written; GET /v1/exports/{export_id} gives it."""

    export_id: UUID
    format: Literal["csv", "jsonl", "parquet"]
    rows: int
    bytes: int
    as_of: AwareDatetime


class ExportRef(Record):
    """Which export."""

    export_id: UUID


class ExportFound(Record):
    """An export that is there."""

    export_id: UUID
    format: Literal["csv", "jsonl", "parquet"]
    bytes: int
