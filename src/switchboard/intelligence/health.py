"""Data health: what the shop's data holds, and which axes and figures it is too thin for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb
import numpy as np

from switchboard.intelligence.features import AsOf, Features

MANY_GUESTS = 0.2  # share of revenue from which figures per customer miss a good part of the shop


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the data of a shop holds. Shares (0 to 1) are of customers' lines unless said otherwise; 0 of nothing."""

    customers: int = 0
    orders: int = 0
    history_days: int = 0  # since the first order of a customer
    categories: int = 0
    category_share: float = 0.0  # of sales, by gross
    discount_known: float = 0.0  # of lines: a discount is stated, be it 0
    discounted_share: float = 0.0  # of lines: a discount above 0
    products: int = 0
    product_share: float = 0.0  # of lines
    top_product_share: float = 0.0  # of lines with a product
    refund_customers: float = 0.0  # of customers: at least one refund
    guest_share: float = 0.0  # of the whole net revenue: lines without a customer


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something the data does not hold: what is missing, which axes and figures that disables, and what mends it."""

    missing: str
    axes: tuple[str, ...]
    figures: tuple[str, ...]
    remedy: str


@cache
def health_sql() -> str:
    """The query about the whole shop, its places {lines} and {second} unfilled."""
    return files("switchboard.intelligence").joinpath("health.sql").read_text("utf-8")


def examine(con: duckdb.DuckDBPyConnection, as_of: AsOf, features: Features) -> Health:
    """The health of the shop's data before `as_of`; `features` are those of all its customers at that moment."""
    sql = health_sql().replace("{lines}", "line").replace("{second}", str(as_of.second))
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone() or ()
    return health_of(dict(zip(names, row, strict=True)), features)


def health_of(row: Mapping[str, float | None], features: Features) -> Health:
    """The health that the row of `health.sql` says; `features` are those of all customers at its moment."""
    found = {name: float(value or 0) for name, value in row.items()}
    lines = max(found["lines"], 1)
    return Health(
        customers=len(features),
        orders=int(features["orders"].sum()),
        history_days=int(features["tenure_days"].max()) if len(features) else 0,
        categories=int(found["categories"]),
        category_share=found["category_share"],
        discount_known=found["discount_lines"] / lines,
        discounted_share=found["discounted_lines"] / lines,
        products=int(found["products"]),
        product_share=found["product_lines"] / lines,
        top_product_share=found["top_product_lines"] / max(found["product_lines"], 1),
        refund_customers=float(np.mean(features["refund"] > 0)) if len(features) else 0.0,
        guest_share=min(max(found["guest_net"] / found["net"], 0.0), 1.0) if found["net"] > 0 else 0.0,
    )


def lacks(health: Health, absent: Mapping[str, str]) -> tuple[Lack, ...]:
    """What the shop's data lacks, each with what it disables; empty when nothing is missing.

    `absent` are the absent axes with their reasons, as the segmentation gives them.
    """
    causes = (
        _cause(
            health.categories < 1,
            "No product has a category.",
            ("category_exploration",),
            ("categories", "top_category_share", "category_entropy"),
            "Import a category with every product.",
        ),
        _cause(
            health.discount_known <= 0,
            "The orders state no discounts.",
            ("price_sensitivity",),
            ("discount", "discounted_net", "discount_share", "deal_share"),
            "Import the discount of each line, 0 where there was none.",
        ),
        _cause(
            health.products < 1,
            "The order lines name no products.",
            ("repurchase_behavior", "category_exploration"),
            ("products", "later_lines", "repeat_lines", "repeat_share", "lines_per_order"),
            "Import a product_id with every line.",
        ),
        _cause(
            health.refund_customers <= 0,
            "There are no refunds or returns.",
            ("return_behavior",),
            ("refund", "refunded_orders", "return_share"),
            "Import refunds, or lines of negative quantity, if the shop takes goods back.",
        ),
        _cause(
            health.guest_share > MANY_GUESTS,
            f"{health.guest_share:.0%} of the revenue is of guests, who belong to no customer.",
            (),
            ("lifetime_value", "orders"),
            "Import a customer_id, such as the e-mail's account, with guest orders.",
        ),
    )
    return tuple(lack for lack in causes if lack) + _left(
        absent, {axis for lack in causes if lack for axis in lack.axes}
    )


def _left(absent: Mapping[str, str], told: set[str]) -> tuple[Lack, ...]:
    """The absent axes that no missing column explains, by name: their own reasons."""
    return tuple(
        Lack(missing=reason, axes=(axis,), figures=(), remedy="It comes by itself once the data holds enough of it.")
        for axis, reason in sorted(absent.items())
        if axis not in told
    )


def _cause(is_so: bool, missing: str, axes: tuple[str, ...], figures: tuple[str, ...], remedy: str) -> Lack | None:
    return Lack(missing=missing, axes=axes, figures=figures, remedy=remedy) if is_so else None
