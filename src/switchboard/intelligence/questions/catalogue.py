"""What the shop sells by the names that callers use; what is not there is said with the next step."""

import duckdb

from switchboard.foundation.errors import NotFound
from switchboard.intelligence.features import AsOf

PRODUCT = "select product from product where product_id = ?"
CATEGORY = "select 1 from category where name = ?"
KNOWS = "select 1 from line where second < ? and {what} is not null limit 1"
NO_PRODUCTS = "The order lines name no products. Import a product_id with every line."
NO_CATEGORIES = "No product has a category. Import a category with every product."


def product_of(lines: duckdb.DuckDBPyConnection, product_id: str | None) -> int | None:
    """The product's number in the mirror; raise NotFound for an id that no product has."""
    if product_id is None:
        return None
    found = lines.execute(PRODUCT, [product_id]).fetchone()
    if found is None:
        raise NotFound(f"there is no product {product_id!r}; intelligence.product_performance lists them")
    return int(found[0])


def check_category(lines: duckdb.DuckDBPyConnection, category: str | None) -> None:
    """Raise NotFound for a name that no category has."""
    if category is not None and lines.execute(CATEGORY, [category]).fetchone() is None:
        raise NotFound(f"there is no category {category!r}; intelligence.category_trends lists them")


def lacks(lines: duckdb.DuckDBPyConnection, as_of: AsOf, what: str) -> str | None:
    """What is missing for a question about products or categories ("product", "category"); None where it is there."""
    if lines.execute(KNOWS.format(what=what), [as_of.second]).fetchone() is not None:
        return None
    return NO_PRODUCTS if what == "product" else NO_CATEGORIES
