"""What callers can ask of what a shop sells: pairs of products, trends of categories, how products perform."""

import duckdb

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import product_question_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.questions import affinity, catalogue, selling
from switchboard.intelligence.questions.parts import first_row, next_cursor


@operation(
    "intelligence.product_affinity", title="Product affinity", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def product_affinity(work: Work, asked: records.AffinityAsked) -> records.Affinity:
    """Products bought in the same order more often than chance explains: support, confidence both ways, lift."""

    def read(lines: duckdb.DuckDBPyConnection, at: AsOf) -> tuple[affinity.Found, str | None]:
        product = catalogue.product_of(lines, asked.product_id)
        return affinity.affinity(lines, at, product, asked), catalogue.lacks(lines, at, "product")

    seen = await look(work, asked.as_of, read)
    found, missing = seen.found
    return records.Affinity(
        pairs=found.pairs, found=found.found, tested=found.tested, orders=found.orders, products=found.products,
        since=found.since, missing=missing, as_of=seen.as_of,
    )  # fmt: skip


@operation(
    "intelligence.category_trends", title="Category trends", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def category_trends(work: Work, asked: records.TrendsAsked) -> records.CategoryTrends:
    """Net revenue, lines, orders and buyers of each category: the last months against as many before, and the trend."""
    first = first_row(asked.cursor)

    def read(lines: duckdb.DuckDBPyConnection, at: AsOf) -> tuple[selling.Trends, str | None]:
        catalogue.check_category(lines, asked.category)
        return selling.category_trends(lines, at, asked), catalogue.lacks(lines, at, "category")

    seen = await look(work, asked.as_of, read)
    (found, missing), times = seen.found, seen.found[0].times
    shown, total = found.categories[first : first + asked.limit], len(found.categories)
    return records.CategoryTrends(
        categories=shown, total=total, next_cursor=next_cursor(first, len(shown), total),
        since=times.since, before_since=times.before_since, until=times.until, is_before_whole=times.is_whole,
        uncategorised_net=found.uncategorised_net, missing=missing, currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip


@operation(
    "intelligence.product_performance",
    title="Product performance",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
)
@may_take_long
@answered_ahead
async def product_performance(work: Work, asked: records.ProductsAsked) -> records.Products:
    """Products: revenue, lines, buyers, repeat and return rates, and the last 90 days against the 90 before."""
    first = first_row(asked.cursor)

    def read(lines: duckdb.DuckDBPyConnection, at: AsOf) -> tuple[selling.Page, str | None]:
        catalogue.product_of(lines, asked.product_id)
        catalogue.check_category(lines, asked.category)
        return selling.products(lines, at, asked), catalogue.lacks(lines, at, "product")

    seen = await look(work, asked.as_of, read)
    page, missing = seen.found
    return records.Products(
        products=page.products, total=page.total, next_cursor=next_cursor(first, len(page.products), page.total),
        missing=missing, currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip
