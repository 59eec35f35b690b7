"""Charts of single customers: where one stands, what they ordered and bought, who is like them, who is found."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import MOST_BARS, Bar, amount, bars, joined, nothing, percent, short
from switchboard.intelligence.purchase_records import Bought, SimilarCustomers
from switchboard.intelligence.records import Customer, Customers, Orders, Profile
from switchboard.intelligence.value_records import CampaignCustomers
from switchboard.intelligence.words import plain


def memberships(of: Profile, *, width: int) -> Definition:
    """A bar for each axis with the share of the segment the customer belongs to most; strong ones stand out."""
    who = short(of.customer_id, 40)
    if not of.memberships:
        return nothing(f"{who} has not been segmented, as there are no orders of theirs.", width)
    rows, told = list[Bar](), list[str]()
    for axis, segment in of.dominant_segments.items():
        share, strength = of.memberships[axis][segment], of.membership_strength[axis]
        told.append(f"{plain(axis)}: {plain(segment)} {percent(share)}, {strength}")
        rows.append(
            Bar(
                name=f"{plain(axis)}: {plain(segment)}", value=share, is_strong=strength == "strong",
                told=f"{percent(share)} · {strength}",
            )
        )  # fmt: skip
    kind = f" ({short(of.archetype.name, 60)})" if of.archetype else ""
    return bars(rows, f"{who}{kind} stands, by axis: {joined(told, 8)}.", width=width)


def orders(of: Orders, *, width: int) -> Definition:
    """The newest orders with their day and total."""
    if not of.orders:
        return nothing("There are no orders of this customer up to then.", width)
    shown = of.orders[:MOST_BARS]
    rows = [
        Bar(
            name=f"{each.placed_at:%d %b %Y}, {short(each.order_id, 30)}", value=each.total,
            told=f"{amount(each.total)} · {each.item_count} lines",
        )
        for each in shown
    ]  # fmt: skip
    told = joined(f"{amount(each.total)} {each.currency} on {each.placed_at:%d %b %Y}" for each in shown)
    return bars(rows, f"The newest {len(shown)} orders: {told}.", width=width)


def bought(of: Bought, *, width: int) -> Definition:
    """The products a customer spent most on."""
    who = short(of.customer_id, 40)
    if not of.products:
        return nothing(f"{who} has bought nothing up to then.", width)
    rows = [
        Bar(
            name=short(each.name or each.product_id), value=each.net,
            told=f"{amount(each.net)} · {each.orders} orders",
        )
        for each in of.products
    ]  # fmt: skip
    told = joined(f"{short(each.name or each.product_id)} {amount(each.net)}" for each in of.products)
    return bars(rows, f"{who} bought {of.total:,} products, most of it in {of.currency}: {told}.", width=width)


def similar(of: SimilarCustomers, *, width: int) -> Definition:
    """The customers most like one, by what they have in common."""
    who = short(of.customer_id, 40)
    if not of.similar:
        return nothing(f"Nobody is known who is like {who}.", width)
    rows = [
        Bar(
            name=_named(each.customer), value=each.similarity,
            told=f"{percent(each.similarity)} · {len(each.same_segments)} of {of.axes} axes",
        )
        for each in of.similar
    ]  # fmt: skip
    told = joined(f"{short(each.customer.customer_id, 40)} {percent(each.similarity)}" for each in of.similar)
    return bars(rows, f"Most like {who} on {of.axes} axes: {told}.", width=width)


def found(of: Customers, *, width: int) -> Definition:
    """The customers a search finds first, by lifetime value."""
    if not of.customers:
        return nothing("No customer was found.", width)
    rows, told = list[Bar](), list[str]()
    for each in of.customers[:MOST_BARS]:
        value, days = _worth(each)
        rows.append(Bar(name=_named(each), value=value, told=f"{amount(value)} · {_ago(days)}"))
        told.append(f"{short(each.customer_id, 40)} {amount(value)}")
    whole = f"{of.total:,}" if of.total is not None else f"At least {of.total_at_least or len(of.customers):,}"
    return bars(rows, f"{whole} customers were found; lifetime value of the first: {joined(told)}.", width=width)


def addressed(of: CampaignCustomers, *, width: int) -> Definition:
    """Customers to address for a campaign, the best first, by lifetime value."""
    if not of.customers:
        return nothing(of.missing or "Nobody qualifies.", width)
    rows = [
        Bar(name=short(each.customer_id, 40), value=each.lifetime_value, told=amount(each.lifetime_value))
        for each in of.customers
    ]
    told = joined(f"{short(each.customer_id, 40)} {amount(each.lifetime_value)}" for each in of.customers)
    said = f"{of.qualifying_count:,} customers qualify for {of.campaign_type.replace('_', ' ')}"
    return bars(rows, f"{said}; lifetime value in {of.currency} of the first: {told}.", width=width)


def _worth(of: Customer | Profile) -> tuple[float, int | None]:
    known = of.metrics if isinstance(of, Profile) else of
    return known.lifetime_value, known.days_since_last_purchase


def _named(of: Customer | Profile) -> str:
    who = short(of.customer_id, 40)
    return f"{who}, {short(of.archetype.name, 60)}" if of.archetype else who


def _ago(days: int | None) -> str:
    return "no order" if days is None else f"{days} days"
