"""Questions about seasons and events: who buys in them, and what sells in the coming weeks; their answers."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.foundation.records import Record
from switchboard.intelligence.occasions import SHOPPING, Season
from switchboard.intelligence.records import Asked

CURSOR = "next_cursor of the page before"
WHO = "engaged: who ordered in these days at all; clustered: whose orders gather in them by more than chance"
NAMES = ", ".join(SHOPPING)


class EngagedAsked(Asked):
    """Whose engagement, and which page of them."""

    who: Literal["engaged", "clustered"] = Field(default="engaged", description=WHO)
    least_orders: int = Field(
        default=3, ge=2, le=1_000, description="customers with fewer orders are not judged to be clustered"
    )
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class SeasonAsked(EngagedAsked):
    """Which season: one by its name, or months by their numbers."""

    season: Season | None = Field(
        default=None,
        description="spring is March to May, and so on; September to November where the workspace's country lies south",
    )
    months: tuple[int, ...] | None = Field(default=None, min_length=1, max_length=11, description="1 to 12")


class EventAsked(EngagedAsked):
    """Which event: one by its name, every year there was, or the days of a campaign from one to another."""

    event: str | None = Field(
        default=None, min_length=1, max_length=100, description=f"{NAMES}, or a public holiday of the shop's countries"
    )
    days_before: int = Field(default=21, ge=0, le=90, description="with event: so many days before it count too")
    days_after: int = Field(default=0, ge=0, le=90, description="with event: so many days after it count too")
    since: date | None = Field(default=None, description="without event: the first day")
    until: date | None = Field(default=None, description="without event: the last day")


class WindowShown(Record):
    """Days that were looked at, the first and the last included."""

    name: str
    since: date
    until: date


class EngagedCustomer(Record):
    """A customer who ordered in these days."""

    customer_id: str
    orders_inside: int
    orders: int
    share: float = Field(description="orders_inside / orders")
    expected_share: float = Field(description="of the shop's orders since their first one, those inside")
    p_value: float = Field(description="how likely chance alone brings as many orders inside or more")
    net_inside: float = Field(description="spent in these days, refunds in the days they happened")
    last_inside: date | None
    reason: str


class Engagement(Record):
    """Who ordered in these days, and whose orders gather in them."""

    windows: tuple[WindowShown, ...]
    customers: tuple[EngagedCustomer, ...] = Field(description="who spent most in these days first")
    total: int
    next_cursor: str | None
    engaged: int = Field(description="customers with an order in these days")
    engaged_share: float = Field(description="of all customers, 0 to 1")
    clustered: int = Field(description="customers whose orders gather in these days by more than chance")
    judged: int = Field(description="customers with enough orders, who could have ordered inside and outside")
    chance_share: float | None = Field(description="of those judged whom chance alone would bring")
    orders_inside: int
    orders: int
    shop_share: float = Field(description="orders_inside / orders")
    days_share: float = Field(description="of the days of the history, those inside")
    index: float | None = Field(description="shop_share / days_share: 1 is a day like any other")
    net_inside: float
    net_share: float | None = Field(description="of the net of all customers; null where that is not positive")
    rule: str
    missing: str | None = Field(description="why nothing can be told")
    currency: str
    as_of: AwareDatetime


class PeaksAsked(Asked):
    """How many weeks ahead, of what, and which page."""

    weeks: int = Field(default=4, ge=1, le=12, description="ahead of the moment")
    of: Literal["products", "categories"] = "products"
    limit: int = Field(default=20, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class YearIndex(Record):
    """How one year was."""

    since: date = Field(description="the first of the same weeks in that year")
    orders: int = Field(description="with the product, in those weeks")
    index: float | None = Field(description="share of orders in the weeks / share in that year; null where it had none")


class Peak(Record):
    """A product or category that sells more in these weeks than in the rest of the year."""

    product_id: str | None = Field(description="null for a category")
    name: str
    category: str | None
    index: float = Field(description="its share of the orders in the weeks / its share of those of the years")
    orders_then: int = Field(description="in the same weeks of the years looked at")
    orders: int = Field(description="in all of the years looked at")
    p_value: float = Field(description="of the index by chance, times the number of products tested; at most 0.05")
    years: tuple[YearIndex, ...] = Field(description="the newest first")
    customers: int = Field(description="who bought it in these weeks of an earlier year: whom to tell")
    filter: dict[str, JsonValue] = Field(description="finds those customers in intelligence.search")
    reason: str


class SeasonalRecommendations(Record):
    """What peaks in the coming weeks, the highest index first, and for whom."""

    peaks: tuple[Peak, ...]
    total: int
    next_cursor: str | None
    since: date = Field(description="the first day of the coming weeks")
    until: date = Field(description="the last")
    years: int = Field(description="of history that the indices are from")
    one_year_only: bool = Field(description="an index of one year may be a campaign or chance that does not come again")
    shop_index: float | None = Field(description="orders a day in the weeks / orders a day of the years; 1 is as usual")
    tested: int = Field(description="products or categories with orders enough")
    rule: str
    missing: str | None = Field(description="what the shop lacks to tell")
    as_of: AwareDatetime
