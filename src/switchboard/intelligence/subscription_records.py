"""Questions about subscriptions: who takes one, who cancels, whose payment fails; and their answers."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked, CustomerAsked
from switchboard.intelligence.subscriptions.activity import CANCELLED, FAILED, STARTED

CURSOR = "next_cursor of the page before"
MISSING = f"what the shop lacks; its events are of the kinds {STARTED}, {CANCELLED} and {FAILED}"
HORIZON = "within so many days"


class SubscriptionsAsked(Asked):
    """Within how many days, and which page."""

    horizon_days: int = Field(default=90, ge=7, le=365, description=HORIZON)
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class OutlookAsked(CustomerAsked):
    """Whose outlook, and within how many days."""

    horizon_days: int = Field(default=90, ge=7, le=365, description=HORIZON)


class OutlookQuality(Record):
    """What the same recipe said of the last window that has passed, seeing only what was before it."""

    since: date = Field(description="the first day of that window")
    customers: int
    happened_share: float = Field(description="of them, within the window")
    auc: float = Field(description="how often one to whom it happened was ranked above one to whom not; 0.5 is chance")
    calibration_error: float = Field(description="mean distance of probabilities from shares, in ten bins")
    brier: float = Field(description="mean squared error of the probability")


class Likely(Record):
    """A customer and how likely it happens to them."""

    customer_id: str
    probability: float = Field(description=HORIZON)
    reasons: tuple[str, ...]


class Outlooks(Record):
    """Customers to whom it may happen, the likeliest first."""

    customers: tuple[Likely, ...]
    total: int
    next_cursor: str | None
    horizon_days: int
    population: str = Field(description="to whom it may happen")
    at_risk: int = Field(description="how many they are")
    expected: float | None = Field(description="to how many of them it is expected to happen")
    happened: int = Field(description="to how many customers it ever happened")
    quality: OutlookQuality | None = Field(description="null where no earlier window had ended before another")
    not_enough_data: tuple[str, ...] = Field(description=MISSING)
    as_of: AwareDatetime


class Routine(Record):
    """A customer who buys in a routine that a subscription would fit."""

    customer_id: str
    fit: float = Field(description="repeat_share / (1 + deviation of their gaps / mean gap), 0 to 1; no probability")
    repeat_share: float = Field(description="of the products of their later orders, those bought before")
    usual_gap_days: float
    orders: int
    reason: str


class Conversion(Outlooks):
    """Who takes a subscription; where nobody ever did, who buys as if they had one."""

    routine: tuple[Routine, ...] = Field(
        description="where there are no probabilities: who buys the same in regular gaps, the best fit first"
    )
    based_on: Literal["events", "routine"]


class Chance(Record):
    """How likely one thing happens to a customer."""

    probability: float | None = Field(description="null where it can not happen to them, or can not be told")
    reasons: tuple[str, ...]
    not_enough_data: tuple[str, ...] = Field(description=MISSING)


class SubscriptionOutlook(Record):
    """What may happen to a customer's subscription, or whether they take one."""

    customer_id: str
    subscribes: bool
    conversion: Chance
    cancellation: Chance
    payment_failure: Chance
    horizon_days: int
    as_of: AwareDatetime
