"""Questions about which products customers buy next, and their answers."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.group_records import GroupRef
from switchboard.intelligence.products.shelf import WINDOW
from switchboard.intelligence.records import Asked, CustomerAsked

CURSOR = "next_cursor of the page before"
KIND = "new: never bought by the customer; again: bought before; any: both"
SOLD = "products that nobody has bought in so many days are left out"
Kind = Literal["any", "new", "again"]


class ProductsForCustomerAsked(CustomerAsked):
    """For whom, and which products."""

    kind: Kind = Field(default="any", description=KIND)
    sold_within_days: int = Field(default=90, ge=1, le=365, description=SOLD)
    limit: int = Field(default=10, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class ProductsForGroupAsked(Asked, GroupRef):
    """For which group, and which products; without a group, for all customers."""

    kind: Kind = Field(default="any", description=KIND)
    sold_within_days: int = Field(default=90, ge=1, le=365, description=SOLD)
    limit: int = Field(default=10, ge=1, le=50)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class ProductRecommended(Record):
    """A product, and why."""

    product_id: str
    name: str
    category: str | None
    probability: float | None = Field(
        description=f"of buying it within {WINDOW} days, if they order at all; null where the customer has no purchases"
    )
    reasons: tuple[str, ...]
    times_bought: int = Field(description="orders of theirs in the last two years that have it")
    last_bought: date | None


class RecommendationQuality(Record):
    """How the same recipe did in the last 30 days that are known, seeing only what was before them."""

    since: date = Field(description="the first of the 30 days")
    customers: int = Field(description="who had bought before and ordered in them, a thousand of them at most")
    hit_rate: float = Field(description="share of them who bought at least one of the ten products told")
    hit_rate_of_popular: float = Field(description="the same of what sold most")
    hit_rate_of_bought: float = Field(description="the same of what each had bought most")


class ProductsForCustomer(Record):
    """What a customer is likely to buy next, the likeliest first."""

    customer_id: str
    recommendations: tuple[ProductRecommended, ...]
    total: int
    next_cursor: str | None
    based_on: Literal["purchases", "popularity"] = Field(
        description="popularity: nothing they bought is known, so what sells most now is told"
    )
    returned_left_out: int = Field(description="products they gave back and did not buy again")
    unsold_left_out: int = Field(description="products that nobody has bought in sold_within_days")
    window_days: int
    quality: RecommendationQuality | None
    not_enough_data: tuple[str, ...] = Field(description="what the shop lacks; without it nothing is recommended")
    as_of: AwareDatetime
    facts_as_of: AwareDatetime = Field(description="purchases up to this moment were looked at")


class ProductFavoured(Record):
    """A product for a group, beside all customers."""

    product_id: str
    name: str
    category: str | None
    probability: float = Field(description=f"mean of the group's, of buying it within {WINDOW} days if they order")
    shop_probability: float = Field(description="the same of all customers")
    lift: float | None = Field(description="probability / shop_probability; null where that is 0")
    bought_share: float = Field(description="of the group's customers who bought it in the last two years")
    shop_bought_share: float
    reasons: tuple[str, ...]


class ProductsForGroup(Record):
    """What the customers of a group are likely to buy next, the likeliest first."""

    group: str
    recommendations: tuple[ProductFavoured, ...]
    total: int
    next_cursor: str | None
    customers: int = Field(description="of the group, with purchases in two years, 500 drawn at most")
    window_days: int
    quality: RecommendationQuality | None
    not_enough_data: tuple[str, ...] = Field(description="what the shop or the group lacks")
    as_of: AwareDatetime
