"""Questions about a shop's customers as a whole, and their answers."""

from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked

RfmName = Literal[
    "champions", "loyal", "potential_loyal", "new", "promising", "need_attention", "about_to_sleep", "at_risk",
    "cannot_lose", "hibernating",
]  # fmt: skip


class RfmGroup(Record):
    """Customers whose scores have one name; means are null where there is nobody."""

    name: RfmName
    meaning: str
    customers: int
    share: float = Field(description="of all customers, 0 to 1")
    total_value: float = Field(description="their lifetime value")
    mean_value: float | None
    mean_orders: float | None
    mean_days_since_last_order: float | None


class RfmCell(Record):
    """Customers of the same three scores, 5 being the best."""

    recency: int = Field(ge=1, le=5)
    frequency: int = Field(ge=1, le=5)
    monetary: int = Field(ge=1, le=5)
    group: RfmName
    customers: int
    mean_value: float


class RfmScore(Record):
    """What has one score of a figure: from `low` to `high`, both of them included."""

    figure: Literal["days_since_last_order", "orders", "lifetime_value"]
    score: int = Field(ge=1, le=5)
    customers: int
    low: float
    high: float


class Rfm(Record):
    """All customers by recency, frequency and monetary value.

    A score is the fifth of all customers in which the middle of those of the same figure stands: who ties has the same
    score, so fifths need not be of one size.
    """

    customers: int
    groups: tuple[RfmGroup, ...] = Field(description="all ten; named by recency and the mean of the other two scores")
    cells: tuple[RfmCell, ...] = Field(description="those with customers, the best first")
    scores: tuple[RfmScore, ...] = Field(description="those with customers")
    currency: str
    as_of: AwareDatetime


class CohortsAsked(Asked):
    """Of how many months."""

    months: int = Field(default=12, ge=1, le=36, description="the last so many months of first orders")


class CohortMonth(Record):
    """What a cohort did in one month, `after` months from that of its first orders, which is 0."""

    after: int
    month: str = Field(description="as in 2026-11")
    is_over: bool = Field(description="whether the month is over; else its figures are of a part of it")
    active: int = Field(description="customers of the cohort who ordered in it")
    retained: float | None = Field(description="active / customers; null where the cohort has nobody")
    net: float = Field(description="of the cohort in this month, refunds in the month they happened")
    value_so_far: float | None = Field(description="net of all months up to this one, per customer of the cohort")


class Cohort(Record):
    """The customers whose first order was in one month."""

    month: str
    customers: int
    net: float = Field(description="of all its months")
    months: tuple[CohortMonth, ...]


class Retention(Record):
    """All cohorts together, so many months after their first orders; only months that are over."""

    after: int
    customers: int = Field(description="of the cohorts that have come so far")
    retained: float | None = Field(description="share of them who ordered in that month")


class Cohorts(Record):
    """Cohorts, oldest first, and what all of them come to."""

    cohorts: tuple[Cohort, ...]
    retention: tuple[Retention, ...]
    currency: str
    as_of: AwareDatetime


class OneTimeAsked(Asked):
    """When somebody has come back, and how much is shown."""

    within_days: int = Field(
        default=90, ge=1, le=730, description="who ordered again within so many days of the first order came back"
    )
    least_customers: int = Field(default=10, ge=2, le=1_000_000, description="who began with a product, at least")
    limit: int = Field(default=10, ge=1, le=100, description="of each list")


class Ago(Record):
    """One-time buyers whose order is so many days ago; `to_days` is null in the last."""

    from_days: int
    to_days: int | None
    customers: int
    net: float


class Return(Record):
    """Whether customers came back whose first order is at least `within_days` ago."""

    within_days: int
    customers: int
    came_back: int
    share: float | None = Field(description="came_back / customers; null where nobody's first order is that long ago")


class Beginning(Record):
    """A product or a category of first orders, and who came back after it more or less often than chance explains."""

    product_id: str | None = Field(default=None, description="null for a category")
    name: str | None
    customers: int = Field(description="whose first order had it, at least within_days ago")
    came_back: int
    share: float
    lift: float = Field(description="share / that of all such customers")
    p_value: float = Field(description="Fisher's exact test against the others, times the number of tests")


class Beginnings(Record):
    """What first orders had in them: after what customers come back, and after what they do not."""

    tested: int = Field(description="those with at least least_customers")
    brings_back: tuple[Beginning, ...] = Field(description="more came back than of the others, most customers first")
    loses: tuple[Beginning, ...] = Field(description="fewer came back than of the others, most customers first")
    missing: str | None = Field(description="what the data lacks for it")


class OneTimeBuyers(Record):
    """Customers with exactly one order."""

    customers: int
    share: float = Field(description="of all customers, 0 to 1")
    net: float = Field(description="their lifetime value")
    net_share: float | None = Field(description="of the lifetime value of all; null where that is nothing")
    median_days_ago: float | None = Field(description="since their order; null where there is no one-time buyer")
    ages: tuple[Ago, ...]
    returning: Return
    products: Beginnings
    categories: Beginnings
    currency: str
    as_of: AwareDatetime


class DiscountAsked(Asked):
    """Who is to be called dependent on discounts."""

    least_share: float = Field(
        default=0.5, gt=0, le=1, description="share of a customer's gross bought with a discount, at least"
    )
    least_orders: int = Field(default=2, ge=1, le=100, description="orders of such a customer, at least")


class DiscountBand(Record):
    """Customers by the share of their gross that they bought with a discount: above `above`, up to `up_to`."""

    name: Literal["none", "few", "some", "most", "nearly_all", "all"]
    above: float | None = Field(description="null for who never bought with a discount")
    up_to: float
    customers: int
    share: float = Field(description="of all customers")
    gross: float
    net: float = Field(description="after discounts, before refunds")


class Dependent(Record):
    """Customers at both thresholds or above."""

    least_share: float
    least_orders: int
    customers: int
    share: float = Field(description="of all customers")
    net: float = Field(description="after discounts, before refunds")
    net_share: float | None


class DiscountDependency(Record):
    """How much is bought with a discount, and by whom; a line counts whole once it has any discount."""

    customers: int
    gross: float
    discounted_gross: float = Field(description="of lines with a discount")
    discounted_net: float = Field(description="revenue of those lines, before refunds")
    discounted_share: float | None = Field(description="discounted_gross / gross")
    discount: float = Field(description="given in all")
    discount_rate: float | None = Field(description="discount / gross")
    bands: tuple[DiscountBand, ...]
    dependent: Dependent | None
    missing: str | None = Field(description="why there are no bands: the orders state no discounts")
    currency: str
    as_of: AwareDatetime
