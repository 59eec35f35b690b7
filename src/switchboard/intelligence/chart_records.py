"""What is asked and answered of charts."""

from typing import Literal

from pydantic import Field, JsonValue

from switchboard.foundation.records import Picture, Record
from switchboard.intelligence.charts.catalogue import CHARTS, WIDE


class ChartAsked(Record):
    """Which chart, of what, and how it is drawn."""

    chart: str = Field(min_length=1, max_length=100, description=f"one of {', '.join(CHARTS)}")
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue],
        max_length=50,
        description="what its operation is asked, such as {as_of, months}; intelligence.charts says which operation",
    )
    format: Literal["svg", "png", "spec"] = Field(
        default="png", description="png for messages and reports, svg for pages, spec for the Vega-Lite definition"
    )
    width: int = Field(default=WIDE, ge=240, le=2_000, description="in points; a png has two pixels a point")
    theme: Literal["light", "dark"] = "light"
    title: bool = Field(default=True, description="false leaves out the title, for where one stands beside it")


class ChartDrawn(Picture):
    """A chart, and in one sentence what it shows; the picture is of the format that was asked for."""

    chart: str
    title: str
    operation: str = Field(description="whose answer it shows")
    spec: dict[str, JsonValue] | None = Field(default=None, description="the Vega-Lite definition, without its theme")


class ChartShown(Record):
    """A chart that can be drawn."""

    chart: str
    title: str
    operation: str = Field(description="whose answer it shows, and whose arguments it takes")


class ChartsShown(Record):
    """All charts."""

    charts: tuple[ChartShown, ...]
