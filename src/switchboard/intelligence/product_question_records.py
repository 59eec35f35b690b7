"""Questions about what a shop sells, and their answers."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked

Trend = Literal["rising", "steady", "falling", "new", "gone"]


class ProductRef(Record):
    """A product by the shop's id and its name."""

    product_id: str
    name: str | None


class AffinityAsked(Asked):
    """Which pairs of products, of which orders."""

    product_id: str | None = Field(
        default=None, min_length=1, max_length=200, description="pairs with this product; left out: all pairs"
    )
    days: int = Field(default=365, ge=1, le=3_650, description="orders of the last so many days")
    least_orders: int = Field(default=5, ge=2, le=1_000_000, description="least support: orders with both products")
    sort_by: Literal["lift", "orders", "confidence"] = Field(
        default="lift", description="what the first has most of; confidence is the higher of the two"
    )
    limit: int = Field(default=20, ge=1, le=200)


class Pair(Record):
    """Two products bought in the same order more often than chance explains."""

    first: ProductRef
    second: ProductRef
    orders: int = Field(description="with both")
    support: float = Field(description="orders with both / all orders looked at")
    confidence: float = Field(description="share of the orders with the first that have the second too")
    confidence_back: float = Field(description="share of the orders with the second that have the first too")
    lift: float = Field(description="orders with both / those that were to be expected by chance")
    p_value: float = Field(description="Fisher's exact test, times the number of pairs that could have been found")


class Affinity(Record):
    """Pairs of products, of the newest orders.

    Shown are pairs with at least `least_orders` orders of more than one buyer whose p_value is at most 0.05.
    """

    pairs: tuple[Pair, ...]
    found: int = Field(description="pairs that could be shown; limit says how many are")
    tested: int = Field(description="pairs that could have been found: of products with at least least_orders orders")
    orders: int = Field(description="looked at: with a known product, and with no more than 100 of them")
    products: int = Field(description="compared with each other")
    since: date = Field(description="the first day looked at; later than asked for where there were very many orders")
    missing: str | None = Field(description="what the data lacks for it")
    as_of: AwareDatetime


class TrendsAsked(Asked):
    """Over how long, and of which category."""

    months: int = Field(default=3, ge=1, le=18, description="the last so many months against as many before them")
    category: str | None = Field(default=None, min_length=1, max_length=200, description="this one alone, by its name")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=60, description="next_cursor of the page before")


class Sold(Record):
    """What was sold in a time."""

    net: float = Field(description="guests included; refunds in the time they happened")
    lines: int = Field(description="order lines: quantities are not looked at")
    orders: int
    buyers: int = Field(description="customers, without guests")


class CategoryTrend(Record):
    """A category now and before."""

    category: str
    now: Sold
    before: Sold
    net_change: float | None = Field(description="now / before - 1; null where nothing was earned before")
    net_share: float | None = Field(description="of the net of all categories now")
    trend: Trend | None = Field(
        description="of its orders, rising and falling where chance does not explain it;"
        " null where none were placed, or the shop's history does not reach back far enough"
    )


class CategoryTrends(Record):
    """Categories, the one that earns most now first."""

    categories: tuple[CategoryTrend, ...]
    total: int
    next_cursor: str | None
    since: date = Field(description="the first day of now")
    before_since: date = Field(description="the first day of before")
    until: date = Field(description="the last day of now")
    is_before_whole: bool = Field(description="whether the shop's history reaches back to before_since")
    uncategorised_net: float = Field(description="net of now of lines that have no category")
    missing: str | None = Field(description="what the data lacks for it")
    currency: str
    as_of: AwareDatetime


SortedBy = Literal["net", "lines", "orders", "buyers", "repeat_rate", "return_rate", "net_90", "net_change"]


class ProductsAsked(Asked):
    """Which products, in which order."""

    product_id: str | None = Field(default=None, min_length=1, max_length=200, description="this one alone")
    category: str | None = Field(
        default=None, min_length=1, max_length=200, description="of this category, by its name"
    )
    sort_by: SortedBy = "net"
    descending: bool = Field(default=True, description="the highest first; what is not known comes last in any case")
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description="next_cursor of the page before")


class ProductPerformance(Record):
    """How a product sells: all its time up to `as_of`, and the last 90 days against the 90 before."""

    product_id: str
    name: str | None
    category: str | None
    lines: int = Field(description="order lines: quantities are not looked at")
    gross: float
    net: float = Field(description="after discounts and refunds, guests included")
    buyers: int = Field(description="customers, without guests")
    repeat_rate: float | None = Field(description="share of the buyers who bought it again in a later order")
    return_rate: float | None = Field(description="refund / gross")
    orders: int = Field(description="of the last 90 days")
    orders_before: int = Field(description="of the 90 days before them")
    net_90: float
    net_90_before: float
    net_change: float | None = Field(description="net_90 / net_90_before - 1; null where nothing was earned before")
    trend: Trend | None = Field(
        description="of its orders, rising and falling where chance does not explain it;"
        " null where none were placed, or the shop's history does not reach back 180 days"
    )


class Products(Record):
    """A page of products."""

    products: tuple[ProductPerformance, ...]
    total: int
    next_cursor: str | None
    missing: str | None = Field(description="what the data lacks for it")
    currency: str
    as_of: AwareDatetime
