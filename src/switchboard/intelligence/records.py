"""What intelligence is asked and answers; names and meanings are the published ones."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from switchboard.customers.filters.records import FilterJson, Near, Sort
from switchboard.customers.profiles import Order
from switchboard.foundation.records import Moment, Record
from switchboard.intelligence.segments import SEGMENTS_IN_WORDS

Level = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
CustomerId = Annotated[str, BeforeValidator(lambda given: str(given) if isinstance(given, int) else given)]


class Asked(Record):
    """A question about a moment."""

    as_of: Moment | None = Field(
        default=None,
        description="the instant asked about; a bare date is the start of that day in the workspace's zone",
    )


class CustomerAsked(Asked):
    """Which customer, and when."""

    customer_id: CustomerId = Field(min_length=1, max_length=200, description="the shop's id of the customer")


class ArchetypeRef(Record):
    """An archetype by its id and its name in plain words."""

    id: str
    name: str


class Metrics(Record):
    """The business figures of a customer up to `as_of`, money in `currency`."""

    lifetime_value: float
    average_order_value: float | None
    total_orders: int
    days_since_last_purchase: int | None
    tenure_days: int | None
    currency: str


class ContactShown(Record):
    """How they are reached; masked without the permission customers:contact."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None


class Profile(Record):
    """All that is worked out of a customer."""

    customer_id: str
    contact: ContactShown | None = None
    archetype: ArchetypeRef | None
    memberships: dict[str, dict[str, float]] = Field(description="axis → segment → share, each axis sums to 1")
    dominant_segments: dict[str, str]
    membership_strength: dict[str, Literal["strong", "moderate", "weak"]]
    absent_axes: dict[str, str] = Field(description="axis → why the shop's data does not carry it")
    features: dict[str, dict[str, float]] = Field(description="axis → figure → number; intelligence.features explains")
    metrics: Metrics
    orders: tuple[Order, ...] = Field(description="the newest twenty")
    orders_cursor: str | None = None
    as_of: AwareDatetime


class OrdersAsked(CustomerAsked):
    """A page of a customer's orders before the moment."""

    limit: int = Field(default=20, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=60, description="orders_cursor of the profile, or next_cursor")


class Orders(Record):
    """Orders, newest first."""

    orders: tuple[Order, ...]
    next_cursor: str | None = None
    as_of: AwareDatetime


class Factor(Record):
    """One reason for a risk, with its points; the points sum to the score."""

    name: str
    points: float


class Recommendation(Record):
    """Something to do about it, and why."""

    action: str
    reason: str


class ChurnAsked(CustomerAsked):
    """Whose risk, and within how many days."""

    horizon_days: int = Field(default=90, ge=7, le=365, description="of the model's probability of no purchase")


class Contribution(Record):
    """What adds to a probability, -1 to 1: `base` is the shop's, the others lead from it to the customer's."""

    name: str
    contribution: float


class Quality(Record):
    """How well this shop was predicted for the last window that has passed, by what was known before it."""

    since: date = Field(description="the first day of that window")
    measured_at: AwareDatetime
    customers: int
    bought_share: float = Field(description="of them, within the window")
    auc: float = Field(description="how often who bought was ranked above who did not; 0.5 is chance")
    average_precision: float
    calibration_error: float = Field(description="mean distance of probabilities from shares, in ten bins")
    brier: float = Field(description="mean squared error of the probability")
    value_error: float | None = Field(description="of the whole value of the window: expected / actual - 1")
    covered: float = Field(description="customers whose value lay within its interval; four of five are meant to")
    next_date_error_days: float | None = Field(description="mean error of the next purchase's day, of who bought")


class DateWindow(Record):
    """From one day to another, both of them included."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    since: date = Field(serialization_alias="from")
    to: date


class ChurnModel(Record):
    """The calibrated probability of no purchase within the horizon, and what it is made of."""

    probability: float = Field(ge=0, le=1)
    horizon_days: int
    factors: tuple[Contribution, ...] = Field(description="they add up to the probability")
    quality: Quality | None = Field(description="null until it was measured: every week, in the background")


class ChurnRisk(Record):
    """The published churn score of a customer, and beside it the model that is fitted on the shop."""

    customer_id: str
    risk_score: float = Field(ge=0, le=1)
    risk_level: Level
    factors: tuple[Factor, ...]
    recommendations: tuple[Recommendation, ...]
    model: ChurnModel | None
    not_enough_data: tuple[str, ...] = Field(description="what the shop lacks for the model")
    as_of: AwareDatetime


class NextPurchase(Record):
    """When a customer buys next; the dates are of the case that they do within half a year."""

    customer_id: str
    expected_date: date | None
    window: DateWindow | None = Field(description="holds four of five next purchases")
    probability: float | None = Field(description="of a purchase within horizon_days")
    horizon_days: int
    quality: Quality | None
    not_enough_data: tuple[str, ...] = Field(description="what the shop lacks for it; then nothing is said")
    as_of: AwareDatetime


class SearchAsked(Asked):
    """Which customers: all conditions hold; newest order first. Of a past moment: who had ordered by then."""

    archetype_id: str | None = Field(default=None, max_length=40, description="as profiles and lists name it")
    segment_filter: dict[str, str] = Field(
        default_factory=dict, max_length=8, description=f"axis → dominant segment; {SEGMENTS_IN_WORDS}"
    )
    risk_level: Level | None = Field(default=None, description="of the churn score")
    text: str | None = Field(
        default=None,
        max_length=200,
        description="an id; with customers:contact also beginnings of name and e-mail, and where there is none,"
        " products, categories and values of attributes, slips forgiven; as they are today",
    )
    filter: FilterJson | None = Field(default=None, description="terms that hold, nested by all, any and not")
    audience: str | None = Field(default=None, max_length=100, description="a saved filter, by its name")
    near: Near | None = Field(default=None, description="within so many kilometres of a place")
    detail: Literal["brief", "full"] = Field(default="brief", description="full gives whole profiles")
    sort: Sort = Field(
        default="newest", description="newest or oldest: by their last order; risk or value: the highest first; of"
        " lists without a text, of the present",
    )  # fmt: skip
    search_id: UUID | None = Field(
        default=None, description="the same for all keystrokes of one search: the trail shows them as one"
    )
    limit: int = Field(default=100, ge=1, le=1_000, description="of a page")
    cursor: str | None = Field(default=None, max_length=200, description="next_cursor of the page before")


class Customer(Record):
    """A customer as lists show them."""

    customer_id: str
    archetype: ArchetypeRef | None
    dominant_segments: dict[str, str]
    lifetime_value: float
    days_since_last_purchase: int | None
    risk_level: Level | None


class MatchedBy(Record):
    """What a text was found in; the name of what is no contact."""

    by: Literal["id", "contact", "product", "category", "attribute"]
    name: str | None = None


AS_OF_TODAY = "at a past moment: what was looked at as it is today, as no earlier state of it is kept"


class Customers(Record):
    """A page of customers, whole profiles instead when `detail` was full."""

    customers: tuple[Customer | Profile, ...]
    total: int | None = Field(default=None, description="how many there are, when they were all counted")
    total_at_least: int | None = Field(default=None, description="instead of total: counted up to a bound")
    next_cursor: str | None = None
    as_of: AwareDatetime
    facts_as_of: AwareDatetime | None = Field(
        default=None, description="with filter, audience or near, and by names: facts up to this moment were looked at"
    )
    matched_by: tuple[MatchedBy, ...] = Field(default=(), description="what the text was found in, the first ten")
    as_of_today: tuple[str, ...] = Field(default=(), description=AS_OF_TODAY)


class ArchetypeAsked(Asked):
    """Which archetype."""

    archetype_id: str = Field(
        min_length=1, max_length=40, description="as profiles, search and recommendations name it"
    )


class SignaturePart(Record):
    """What an archetype's members are on one axis; share 1 where its key fixes it."""

    axis: str
    segment: str
    strength: Literal["strong", "moderate", "weak"]
    share: float


class Trait(Record):
    """A feature of the members against the shop's."""

    feature: str
    unit: str
    mean: float
    shop_mean: float
    lift: float | None = Field(description="mean / shop mean; null where that is 0")


class Archetype(Record):
    """An archetype and its members."""

    archetype_id: str
    name: str
    dominant_segments: dict[str, str]
    signature: tuple[SignaturePart, ...]
    member_count: int
    population_percent: float
    average_lifetime_value: float
    total_revenue: float
    currency: str
    traits: tuple[Trait, ...]
    as_of: AwareDatetime


class RecommendAsked(Asked):
    """What a campaign is for."""

    goal: str = Field(max_length=40, description="subscription, retention, cross_sell or winback")
    max_segments: int = Field(default=5, ge=1, le=60, description="how many groups at most")
    rank_by: Literal["members", "value"] = Field(default="members", description="what the first has most of")


class Target(Record):
    """A group of customers a campaign may go to."""

    kind: Literal["archetype", "segment"]
    archetype_id: str | None = None
    name: str
    member_count: int
    qualifying_count: int
    score: float
    reasons: tuple[str, ...]


class Targets(Record):
    """The groups that fit the goal, largest first; when there are none, `missing` says why."""

    goal: str
    recommendations: tuple[Target, ...]
    missing: str | None = None
    as_of: AwareDatetime


class ChurnAggregate(Record):
    """The published churn score over all customers."""

    customers: int
    by_level: dict[str, int]
    at_risk_count: int = Field(description="HIGH and CRITICAL")
    critical_risk_count: int
    value_at_risk: float = Field(description="net of the last 365 days of those at risk")
    currency: str
    as_of: AwareDatetime


class TopAsked(Asked):
    """Which archetypes come first."""

    metric: str = Field(default="total_ltv", max_length=40, description="total_ltv, avg_ltv or member_count")
    limit: int = Field(default=10, ge=1, le=60)


class Archetypes(Record):
    """Archetypes, the first by the metric first."""

    metric: str
    archetypes: tuple[Archetype, ...]
    as_of: AwareDatetime


class RunAsked(Record):
    """When to work everything out for; left out: the workspace's clock."""

    as_of: Moment | None = None


class FromWarehouse(Record):
    """What became of the customers a warehouse knows."""

    left_out: int = Field(description="customers with no figures here: forgotten, or their id can be none")
    merged: int = Field(description="ids of people who are one here with somebody else, whose figures are served")
    lacks: tuple[str, ...] = Field(description="what predictions lack")


class RunDone(Record):
    """What a segmentation came to."""

    run: int
    customers: int
    archetypes: int
    coverage: float = Field(description="share of customers in a named archetype")
    absent_axes: dict[str, str]
    strong: float = Field(description="the cut of strength from which a membership is strong")
    moderate: float
    took_s: float
    as_of: AwareDatetime
    from_warehouse: FromWarehouse | None = Field(default=None, description="null where the orders are kept here")
