"""Questions about which customers are worth keeping, winning back or addressing, and their answers."""

from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.customers.filters.records import FilterJson
from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked, Level

Tier = Literal["VIP", "High Value", "Mid Value", "Standard"]
Risk = Literal["CRITICAL", "ELEVATED", "MODERATE", "LOW"]
CURSOR = "next_cursor of the page before"
OF_TIERS = "of the workspace's tiers of lifetime value"
LACKING = "what the shop lacks for predictions; without them probabilities and expected figures are null"


class Valued(Record):
    """A customer, what they are worth, and how likely they are to stay away."""

    customer_id: str
    lifetime_value: float
    value_tier: Tier
    days_since_last_purchase: int | None
    risk_level: Level
    churn_probability: float | None = Field(description="of no purchase within 90 days")
    expected_value: float | None = Field(description="expected within 90 days")


class Paged(Record):
    """How a page of customers is told."""

    total: int
    next_cursor: str | None
    not_enough_data: tuple[str, ...] = Field(description=LACKING)
    currency: str
    as_of: AwareDatetime
    facts_as_of: AwareDatetime = Field(description="facts up to this moment were looked at")


class HighValueAsked(Asked):
    """From which tier on, in which order."""

    least_tier: Tier = Field(default="High Value", description=f"this tier and those above it, {OF_TIERS}")
    sort_by: Literal["lifetime_value", "expected_value"] = Field(
        default="lifetime_value", description="the highest first; expected within 90 days"
    )
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class TierShown(Record):
    """The customers of a tier of lifetime value."""

    tier: Tier
    from_value: float = Field(
        description="the least lifetime value; of the lowest tier 0, which has those below it too"
    )
    customers: int
    share: float = Field(description="of all customers, 0 to 1")
    lifetime_value: float
    value_share: float | None = Field(description="of the lifetime value of all; null where that is not positive")
    expected_value: float | None = Field(description="expected of them within 90 days")


class HighValueCustomers(Paged):
    """All tiers, the highest first, and a page of the customers of those that were asked for."""

    tiers: tuple[TierShown, ...]
    customers: tuple[Valued, ...]


class WinBackAsked(Asked):
    """From which tier on, and which page."""

    least_tier: Tier = Field(default="Mid Value", description=f"this tier and those above it, {OF_TIERS}")
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class Lapsed(Valued):
    """A customer who has gone quiet and was worth having."""

    usual_gap_days: float = Field(description="mean of their own gaps of at least a day")
    gaps_passed: float = Field(description="days since the last purchase / usual gap")
    yearly_net: float = Field(
        description="lifetime value a year, of the time from the first order to one usual gap after the last,"
        " taken as a year at least"
    )
    expected_loss: float | None = Field(description="yearly_net x churn_probability")
    reason: str


class WinBack(Paged):
    """Customers worth winning back, the highest expected loss first."""

    customers: tuple[Lapsed, ...]
    rule: str
    yearly_net: float = Field(description="of all of them")
    expected_loss: float | None = Field(description="of all of them")
    missing: str | None = Field(description="why there is nobody")


class PlanGroup(Record):
    """Customers of one tier and one band of the churn score, and what to do about them."""

    tier: Tier
    risk: Risk = Field(description="of the churn score: from 0.7, from 0.5, from 0.3, below")
    customers: int
    share: float = Field(description="of all customers, 0 to 1")
    lifetime_value: float
    net_365: float = Field(description="their net of the last 365 days: what is at stake in a year")
    churn_probability: float | None = Field(description="mean; of no purchase within 90 days")
    action: str | None = Field(description="of the published table; null where that names none")
    filter: FilterJson = Field(description="finds these customers: for intelligence.search, or kept as an audience")


class RetentionPlan(Record):
    """The groups that have customers; those with an action first, most at stake first."""

    groups: tuple[PlanGroup, ...]
    customers: int
    not_enough_data: tuple[str, ...] = Field(description=LACKING)
    currency: str
    as_of: AwareDatetime
    facts_as_of: AwareDatetime = Field(description="facts up to this moment were looked at")


class CampaignAsked(Asked):
    """What a campaign is for, for how many, and worth how much at least."""

    campaign_type: str = Field(max_length=40, description="subscription, retention, cross_sell or winback")
    target_size: int = Field(default=100, ge=1, le=1_000, description="how many customers at most")
    min_ltv: float = Field(default=0, ge=0, le=1e12, description="least lifetime value; 0: whatever it is")


class Addressed(Valued):
    """A customer to address, and why."""

    reasons: tuple[str, ...]


class CampaignCustomers(Record):
    """Customers to address for a campaign, best first; when there are none, `missing` says why."""

    campaign_type: Literal["subscription", "retention", "cross_sell", "winback"]
    customers: tuple[Addressed, ...]
    reasons: tuple[str, ...] = Field(description="who qualifies, how many of them, and in which order they stand")
    qualifying_count: int
    worth_count: int = Field(description="of them with the least lifetime value")
    missing: str | None
    not_enough_data: tuple[str, ...] = Field(description=LACKING)
    currency: str
    as_of: AwareDatetime
    facts_as_of: AwareDatetime = Field(description="facts up to this moment were looked at")
