"""What is asked and answered of the shop at a glance."""

from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked


class OverviewAsked(Asked):
    """Over how long a period."""

    days: int = Field(default=30, ge=1, le=365, description="of a period; the last ends at the moment")


class FigurePoint(Record):
    """A figure at the end of one period."""

    until: AwareDatetime = Field(description="the end of the period, or the moment it is of")
    value: float | None = Field(description="null where the shop was not there for all of the period")


class Figure(Record):
    """A figure of the last period, against the one before, and of the twelve before that."""

    unit: Literal["currency", "customers", "share"]
    value: float | None = Field(description="of the last period; null where it is not known")
    before: float | None = Field(description="of the period before")
    difference: float | None = Field(description="value - before; of shares, in shares")
    change: float | None = Field(description="difference / before; null where that is not above 0")
    points: tuple[FigurePoint, ...] = Field(description="of the last thirteen periods, oldest first")


class Overview(Record):
    """The shop at a glance: five figures of the last period against the one before."""

    days: int
    revenue: Figure = Field(description="net of all lines of the period, guests included")
    active_customers: Figure = Field(description="who ordered within 90 days before its end")
    repeat_rate: Figure = Field(description="of the customers who ordered in it, those for whom it was not the first")
    at_risk_share: Figure = Field(description="of all customers, those at high or critical risk, by snapshots")
    average_lifetime_value: Figure = Field(description="net of all orders up to its end, a customer")
    currency: str
    as_of: AwareDatetime
