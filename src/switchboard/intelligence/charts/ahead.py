"""Charts of what comes next: products to tell somebody of, what sells in the coming weeks, seasons, subscriptions."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import Bar, amount, bars, joined, lacking, nothing, percent, short
from switchboard.intelligence.recommendation_records import ProductsForCustomer, ProductsForGroup
from switchboard.intelligence.season_records import Engagement, SeasonalRecommendations
from switchboard.intelligence.subscription_records import Conversion, Outlooks


def products_for_customer(of: ProductsForCustomer, *, width: int) -> Definition:
    """A bar for each product with the probability of buying it."""
    who = short(of.customer_id, 40)
    if not of.recommendations:
        return nothing(lacking(f"No product can be recommended to {who}", of.not_enough_data), width)
    rows = [
        Bar(name=short(each.name), value=each.probability or 0, told=_likely(each.probability, each.times_bought))
        for each in of.recommendations
    ]
    told = joined(
        (f"{short(each.name, 40)} {percent(each.probability)}" for each in of.recommendations), 3
    )  # fmt: skip
    whence = "" if of.based_on == "purchases" else ", which sell most now, as nothing they bought is known"
    return bars(rows, f"What {who} buys next within {of.window_days} days{whence}: {told}.", width=width)


def products_for_group(of: ProductsForGroup, *, width: int) -> Definition:
    """A bar for each product with its probability in the group; the thin one is that of all customers."""
    name = short(of.group.replace("_", " "), 60)
    if not of.recommendations:
        return nothing(lacking(f"No product can be recommended to {name}", of.not_enough_data), width)
    rows = [
        Bar(
            name=short(each.name), value=each.probability, before=each.shop_probability,
            told=f"{percent(each.probability)} · shop {percent(each.shop_probability)}",
        )
        for each in of.recommendations
    ]  # fmt: skip
    told = joined(
        (f"{short(each.name, 40)} {percent(each.probability)}, shop {percent(each.shop_probability)}"
         for each in of.recommendations), 3
    )  # fmt: skip
    return bars(
        rows, f"What {of.customers:,} customers of {name} buy within {of.window_days} days: {told}.", width=width
    )  # fmt: skip


def coming_weeks(of: SeasonalRecommendations, *, width: int) -> Definition:
    """A bar for each product or category that sells more in the coming weeks than in the rest of the year."""
    if not of.peaks:
        return nothing(of.missing or "Nothing sells more in the coming weeks than chance explains.", width)
    rows = [
        Bar(
            name=short(each.name), value=each.index, told=f"{amount(each.index)} times · {each.customers:,} customers",
        )
        for each in of.peaks
    ]  # fmt: skip
    told = joined((f"{short(each.name, 40)} {amount(each.index)} times its usual share" for each in of.peaks), 3)
    years = "1 year" if of.years == 1 else f"{of.years} years"
    return bars(rows, f"What sells from {of.since} to {of.until}, by {years} of history: {told}.", width=width)


def engagement(of: Engagement, *, width: int) -> Definition:
    """How many ordered in these days, and how many of them more than chance brings."""
    if not of.orders_inside:
        return nothing(of.missing or "Nobody ordered in these days.", width)
    rows = [
        Bar(name="Ordered in these days", value=of.engaged, told=f"{of.engaged:,} · {percent(of.engaged_share)}"),
        Bar(
            name="Whose orders gather in them by more than chance", value=of.clustered, told=f"{of.clustered:,}",
            is_strong=True,
        ),
    ]  # fmt: skip
    names = joined(sorted({short(each.name, 30) for each in of.windows}), 2)
    told = (
        f"{names}: {of.engaged:,} customers ({percent(of.engaged_share)}) ordered in these days and spent"
        f" {amount(of.net_inside)} {of.currency}, {percent(of.net_share)} of all; the orders of {of.clustered:,} gather"
        " in them by more than chance"
    )
    return bars(rows, f"{told}.", width=width)


def outlooks(of: Outlooks, *, width: int) -> Definition:
    """Customers to whom it is likeliest to happen; where nobody knows, who buys as if they subscribed."""
    rows = [
        Bar(name=short(each.customer_id, 40), value=each.probability, told=percent(each.probability), is_strong=True)
        for each in of.customers
    ]
    if isinstance(of, Conversion) and not rows:
        rows = [
            Bar(name=short(each.customer_id, 40), value=each.fit, told=f"fit {each.fit:.2f} · {each.orders} orders")
            for each in of.routine
        ]
        if rows:
            said = "Nobody ever took a subscription; these customers buy the same in regular gaps, the best fit first"
            return bars(rows, f"{said}: {joined((row.name for row in rows), 3)}.", width=width)
    if not rows:
        return nothing(lacking("Nothing can be told", of.not_enough_data), width)
    told = (
        f"{amount(of.expected)} of {of.at_risk:,} customers are expected within {of.horizon_days} days; the likeliest:"
        f" {joined((f'{row.name} {row.told}' for row in rows), 3)}"
    )
    return bars(rows, f"{told}.", width=width)


def _likely(probability: float | None, times: int) -> str:
    had = "new to them" if not times else f"had {times} times" if times > 1 else "had once"
    return f"{percent(probability)} · {had}" if probability is not None else had
