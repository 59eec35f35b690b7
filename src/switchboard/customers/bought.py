"""What one person bought, summed up by product and by category."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from switchboard.customers import groups
from switchboard.customers.profiles import SCALE
from switchboard.customers.store import bought as store
from switchboard.foundation.ground import Work

MOST_CATEGORIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What they bought of a product, or of a category; money net, `last_at` None for what only came back."""

    product_id: str | None
    name: str | None
    category: str | None
    orders: int
    quantity: float
    net: float
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """A page of their products, out of how many, and all their categories."""

    products: tuple[Sum, ...]
    total: int
    categories: tuple[Sum, ...]
    net: float  # of all they bought


async def by(work: Work, person_key: int, until: datetime, first: int, limit: int) -> Basket:
    """What the person of this key bought before a moment, and those who were merged into them."""
    people = await groups.of(work, person_key)
    products = await store.products(work, people, until, first, limit)
    categories = await store.categories(work, people, until, MOST_CATEGORIES)
    return Basket(
        products=_sums(products),
        total=products[0]["total"] if products else 0,
        categories=_sums(categories),
        net=categories[0]["whole"] / SCALE if categories else 0.0,
    )


def _sums(rows: Sequence[store.Row]) -> tuple[Sum, ...]:
    return tuple(
        Sum(
            product_id=row.get("product_id"), name=row.get("name"), category=row["category"], orders=row["orders"],
            quantity=row["quantity"] / SCALE, net=row["net"] / SCALE, last_at=row["last_at"],
        )
        for row in rows
    )  # fmt: skip
