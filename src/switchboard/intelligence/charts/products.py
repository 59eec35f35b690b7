"""Charts of what is sold: what goes together, what rises and falls, what brings most."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import Bar, amount, bars, joined, nothing, percent, short, signed
from switchboard.intelligence.product_question_records import Affinity, CategoryTrends, ProductRef, Products


def affinity(of: Affinity, *, width: int) -> Definition:
    """A bar for each pair of products: how many times as often as by chance they are bought together."""
    if not of.pairs:
        return nothing(of.missing or "No two products are bought together more often than chance explains.", width)
    rows = [
        Bar(
            name=f"{_name(each.first, 38)} + {_name(each.second, 38)}", value=each.lift,
            told=f"{amount(each.lift)} times · {each.orders:,} orders",
        )
        for each in of.pairs
    ]  # fmt: skip
    best = joined(
        (f"{_name(each.first, 40)} with {_name(each.second, 40)}, {amount(each.lift)} times" for each in of.pairs), 3
    )
    told = f"{of.found:,} of {of.tested:,} pairs of products are bought together by more than chance"
    return bars(rows, f"{told}: {best}.", width=width)


def category_trends(of: CategoryTrends, *, width: int) -> Definition:
    """A bar for each category: the thick one is now, the thin one as many months before."""
    if not of.categories:
        return nothing(of.missing or "No category was sold in these months.", width)
    rows = [
        Bar(
            name=f"{short(each.category)}{f', {each.trend}' if each.trend else ''}", value=each.now.net,
            before=each.before.net, is_strong=each.trend in {"falling", "gone"},
            told=f"{amount(each.now.net)} · {signed(each.net_change)}",
        )
        for each in of.categories
    ]  # fmt: skip
    told = joined(
        f"{short(each.category, 40)} {amount(each.now.net)} after {amount(each.before.net)}" for each in of.categories
    )
    return bars(
        rows,
        f"Net of categories in {of.currency} from {of.since} to {of.until}, against as long before: {told}.",
        width=width,
    )


def product_performance(of: Products, *, width: int) -> Definition:
    """A bar for each product with its net, and how much of it is bought again and comes back."""
    if not of.products:
        return nothing(of.missing or "No product was sold yet.", width)
    rows = [
        Bar(
            name=short(each.name or each.product_id), value=each.net,
            told=f"{amount(each.net)} · {percent(each.repeat_rate)} again · {percent(each.return_rate)} back",
        )
        for each in of.products
    ]  # fmt: skip
    told = joined(f"{short(each.name or each.product_id, 40)} {amount(each.net)}" for each in of.products)
    return bars(rows, f"Net of products in {of.currency}, of {of.total:,} in all: {told}.", width=width)


def _name(of: ProductRef, most: int) -> str:
    return short(of.name or of.product_id, most)
