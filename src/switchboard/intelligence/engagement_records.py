"""Questions about customers who order more or less than before, and about who may buy for a business; their answers."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked

Way = Literal["growing", "steady", "declining"]
CURSOR = "next_cursor of the page before"


class MovedAsked(Asked):
    """Which page."""

    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class Moved(Record):
    """A customer whose orders changed by more than chance."""

    customer_id: str
    orders: int = Field(description="of the last 90 days")
    orders_before: int = Field(description="of the 90 days before")
    net: float = Field(description="of the last 90 days, refunds in the days they happened")
    net_before: float
    p_value: float = Field(description="how likely chance alone brings such a change or a greater one")
    reason: str


class Moving(Record):
    """Customers whose orders changed, the one whose net changed most first."""

    customers: tuple[Moved, ...]
    total: int
    next_cursor: str | None
    share: float | None = Field(description="of the customers compared; null where nobody is")
    chance_share: float | None = Field(description="of them that chance alone would bring")
    net_change: float = Field(description="of all of them together")
    compared: int = Field(description="customers who first ordered before both times, and ordered in one of them")
    orders: int = Field(description="of those compared, in the last 90 days")
    orders_before: int
    since: date = Field(description="the first day of the last 90")
    before_since: date = Field(description="the first day of the 90 before")
    until: date
    rule: str
    missing: str | None = Field(description="why nobody can be compared")
    currency: str
    as_of: AwareDatetime


class Balance(Record):
    """One side of the balance of a shop."""

    way: Way
    customers: int
    share: float | None = Field(description="of the customers compared")
    net: float = Field(description="of the last 90 days")
    net_before: float


class Momentum(Moving):
    """Customers who grow, and the balance of all who are compared."""

    balance: tuple[Balance, ...]


class BusinessAsked(Asked):
    """From how many orders on, and which page."""

    least_orders: int = Field(default=3, ge=1, le=1_000, description="customers with fewer orders are not judged")
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=60, description=CURSOR)


class BusinessBuyer(Record):
    """A customer who may buy for a business."""

    customer_id: str
    score: float = Field(description="share of the signs that can be told here which they show; not a probability")
    signs: tuple[Literal["large_orders", "many_lines", "office_hours"], ...]
    reasons: tuple[str, ...] = Field(description="one for each sign")
    orders: int
    mean_order: float = Field(description="after discounts, before refunds")
    lines_per_order: float
    office_share: float | None = Field(description="of their orders placed in office hours; null where not known")
    net: float = Field(description="lifetime value")


class BusinessBuyers(Record):
    """Customers with at least two of the signs, most signs and then most net first."""

    customers: tuple[BusinessBuyer, ...]
    total: int
    next_cursor: str | None
    judged: int = Field(description="customers with enough orders")
    net: float = Field(description="of all who are found")
    net_share: float | None = Field(description="of the net of all customers; null where that is not positive")
    typical_order: float | None = Field(description="median of all customers' orders")
    typical_lines: float | None = Field(description="median lines of all customers' orders")
    office_share: float | None = Field(description="of all customers' orders; null where times of day are not known")
    rule: str
    missing: str | None = Field(description="which sign can not be told here, and why")
    currency: str
    as_of: AwareDatetime
