"""Questions about what one customer bought and whom they are like, and their answers."""

from datetime import date

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Customer, CustomerAsked


class BoughtAsked(CustomerAsked):
    """Whose purchases, a page of their products."""

    limit: int = Field(default=10, ge=1, le=200, description="products at most")
    cursor: str | None = Field(default=None, max_length=60, description="next_cursor of the page before")


class ProductBought(Record):
    """A product they bought or gave back; null for lines that name none."""

    product_id: str | None
    name: str | None
    category: str | None
    orders: int = Field(description="of theirs that have it")
    quantity: float
    net: float = Field(description="of discounts and refunds")
    last_bought: date | None = Field(description="null where only returns of it are known")


class CategoryBought(Record):
    """A category of the top level; null for products without one."""

    category: str | None
    orders: int = Field(description="of theirs that have something of it")
    quantity: float
    net: float = Field(description="of discounts and refunds")
    share: float | None = Field(description="of the customer's lifetime value; null where that is not above 0")
    last_bought: date | None


class Bought(Record):
    """What a customer bought: products, most spent first, a page at a time; and the first fifty categories."""

    customer_id: str
    products: tuple[ProductBought, ...]
    total: int = Field(description="products they bought or gave back")
    next_cursor: str | None
    categories: tuple[CategoryBought, ...]
    currency: str
    as_of: AwareDatetime


class SimilarAsked(CustomerAsked):
    """Like whom, and how many."""

    limit: int = Field(default=10, ge=1, le=50)


class Similar(Record):
    """A customer who is like the one asked about."""

    customer: Customer
    similarity: float = Field(ge=0, le=1, description="mean over the axes of what their memberships have in common")
    same_segments: tuple[str, ...] = Field(description="axes on which both have the same dominant segment")


class SimilarCustomers(Record):
    """The customers most like one, the most alike first."""

    customer_id: str
    similar: tuple[Similar, ...]
    axes: int = Field(description="that were compared")
    as_of: AwareDatetime
