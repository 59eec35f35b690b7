"""Charts of all customers at once: risk, RFM, discounts, one-time buyers, momentum, worth."""

from collections.abc import Mapping

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import Bar, Cell, amount, bars, grid, joined, nothing, percent, short
from switchboard.intelligence.engagement_records import BusinessBuyers, Momentum, Moving
from switchboard.intelligence.question_records import DiscountDependency, OneTimeBuyers, Rfm
from switchboard.intelligence.questions.rfm import BEST, group_of
from switchboard.intelligence.records import ChurnAggregate
from switchboard.intelligence.value_records import HighValueCustomers, RetentionPlan, WinBack

AT_RISK = ("HIGH", "CRITICAL")
LEVELS = ("LOW", "MEDIUM", *AT_RISK)
RISKS = ("LOW", "MODERATE", "ELEVATED", "CRITICAL")
TIERS = ("VIP", "High Value", "Mid Value", "Standard")
BAND_NAMES: Mapping[str, str] = {
    "none": "Nothing", "few": "Up to 25 %", "some": "25 to 50 %", "most": "50 to 75 %", "nearly_all": "Over 75 %",
    "all": "Everything",
}  # fmt: skip
WAYS: Mapping[str, str] = {"growing": "Order more", "steady": "As before", "declining": "Order less"}


def churn_levels(churn: ChurnAggregate, *, width: int) -> Definition:
    """A bar for each level of risk with its customers and their share; those at risk stand out."""
    whole = max(churn.customers, 1)
    counts = {level: churn.by_level.get(level, 0) for level in LEVELS}
    rows = [
        Bar(
            name=level.capitalize(), value=count, told=f"{count:,} · {count / whole:.1%}", is_strong=level in AT_RISK
        )
        for level, count in counts.items()
    ]  # fmt: skip
    told = ", ".join(f"{level.capitalize()} {count:,} or {count / whole:.1%}" for level, count in counts.items())
    return bars(rows, f"Customers by risk of leaving: {told}.", width=width)


def rfm(of: Rfm, *, width: int) -> Definition:
    """A grid: recency upwards, the mean of frequency and value to the right, each field with its customers."""
    if not of.customers:
        return nothing("Nobody has ordered yet, so there is nobody to score.", width)
    counts = dict.fromkeys(((recency, rest) for recency in range(1, BEST + 1) for rest in range(1, BEST + 1)), 0)
    for cell in of.cells:
        counts[cell.recency, (cell.frequency + cell.monetary + 1) // 2] += cell.customers
    most = max(counts.values())
    cells = [
        Cell(
            column=str(rest), row=str(recency), shade=(count / most) ** 0.5 if count else 0.0,
            words=f"{group_of(recency, rest, rest).replace('_', ' ')}\n{count:,}", brief=amount(count),
        )
        for recency in range(BEST, 0, -1)
        for rest in range(1, BEST + 1)
        for count in [counts[recency, rest]]
    ]  # fmt: skip
    largest = sorted(of.groups, key=lambda each: -each.customers)
    told = joined(f"{each.name.replace('_', ' ')} {each.customers:,} ({percent(each.share)})" for each in largest)
    titles = ("Orders and value, 5 is most", "Last order, 5 is latest")
    return grid(cells, f"{of.customers:,} customers by RFM: {told}.", width=width, titles=titles, per_row=52)


def discount_dependency(of: DiscountDependency, *, width: int) -> Definition:
    """A bar for each share of what customers buy with a discount."""
    if not of.bands:
        return nothing(of.missing or "Nobody has ordered yet.", width)
    rows = [
        Bar(
            name=f"{BAND_NAMES[each.name]} with a discount", value=each.customers,
            told=f"{each.customers:,} · {percent(each.share)}",
            is_strong=each.name in {"most", "nearly_all", "all"},
        )
        for each in of.bands
    ]  # fmt: skip
    depends = of.dependent
    who = f"; {depends.customers:,} customers ({percent(depends.share)}) depend on discounts" if depends else ""
    told = f"{percent(of.discounted_share)} of what customers bought had a discount{who}"
    bands = joined((f"{BAND_NAMES[each.name].lower()} {percent(each.share)}" for each in of.bands), most=6)
    return bars(rows, f"{told}. Customers by share bought with a discount: {bands}.", width=width)


def one_time_buyers(of: OneTimeBuyers, *, width: int) -> Definition:
    """A bar for each age of the one order."""
    if not of.customers:
        return nothing("No customer has exactly one order.", width)
    rows = [
        Bar(name=f"{_ages(each.from_days, each.to_days)} days ago", value=each.customers,
        told=f"{each.customers:,} · {amount(each.net)}")
        for each in of.ages
    ]  # fmt: skip
    back = of.returning
    told = (
        f"{of.customers:,} customers, {percent(of.share)} of all, ordered once and brought {amount(of.net)}"
        f" {of.currency}."
    )
    if back.customers:
        told += f" Of customers who had the time, {percent(back.share)} came back within {back.within_days} days."
    return bars(rows, told, width=width)


def momentum(of: Momentum, *, width: int) -> Definition:
    """A bar for those who order more, as before, and less; the thin one is what they brought before."""
    if not of.compared:
        return nothing(of.missing or "Nobody can be compared yet.", width)
    rows = [
        Bar(
            name=WAYS[each.way], value=each.net, before=each.net_before, is_strong=each.way == "declining",
            told=f"{each.customers:,} · {amount(each.net)} after {amount(each.net_before)}",
        )
        for each in of.balance
    ]  # fmt: skip
    told = joined(
        f"{each.customers:,} {WAYS[each.way].lower()} ({percent(each.share)}), {amount(each.net)} after"
        f" {amount(each.net_before)}"
        for each in of.balance
    )
    return bars(
        rows,
        f"Of {of.compared:,} customers compared, over 90 days against the 90 before: {told} {of.currency}.",
        width=width,
    )


def declining(of: Moving, *, width: int) -> Definition:
    """The customers whose net fell most: the thick bar is now, the thin one before."""
    if not of.customers:
        return nothing(of.missing or "Nobody's orders fell by more than chance.", width)
    rows = [
        Bar(
            name=short(each.customer_id, 40), value=each.net, before=each.net_before, is_strong=True,
            told=f"{each.orders} after {each.orders_before} orders",
        )
        for each in of.customers
    ]  # fmt: skip
    told = (
        f"{of.total:,} of {of.compared:,} customers ({percent(of.share)}) order less than in the 90 days before, by"
        f" {amount(abs(of.net_change))} {of.currency} together"
    )
    return bars(rows, f"{told}; the largest falls are shown, now against before.", width=width)


def business_buyers(of: BusinessBuyers, *, width: int) -> Definition:
    """Who may buy for a business, by what they brought."""
    if not of.customers:
        return nothing("Nobody shows two signs of buying for a business.", width)
    rows = [
        Bar(name=short(each.customer_id, 40), value=each.net, told=f"{amount(each.net)} · {each.orders} orders")
        for each in sorted(of.customers, key=lambda each: -each.net)
    ]
    told = f"{of.total:,} of {of.judged:,} customers may buy for a business and brought {amount(of.net)} {of.currency}"
    return bars(rows, f"{told}, {percent(of.net_share)} of all; the largest are shown.", width=width)


def high_value(of: HighValueCustomers, *, width: int) -> Definition:
    """A bar for each tier of lifetime value with what it holds."""
    if not any(each.customers for each in of.tiers):
        return nothing("Nobody has ordered yet.", width)
    rows = [
        Bar(
            name=f"{each.tier}, from {amount(each.from_value)}: {each.customers:,} customers",
            value=each.lifetime_value,
            told=f"{amount(each.lifetime_value)} · {percent(each.value_share)}",
        )
        for each in of.tiers
    ]  # fmt: skip
    told = joined(
        f"{each.tier} {each.customers:,} customers with {amount(each.lifetime_value)} ({percent(each.value_share)})"
        for each in of.tiers
    )
    return bars(rows, f"Lifetime value by tier in {of.currency}: {told}.", width=width)


def win_back(of: WinBack, *, width: int) -> Definition:
    """Customers worth winning back, by what is expected to be lost."""
    if not of.customers:
        return nothing(of.missing or "Nobody is to be won back.", width)
    rows = [
        Bar(
            name=f"{short(each.customer_id, 40)}, {each.value_tier}", is_strong=True,
            value=each.yearly_net if each.expected_loss is None else each.expected_loss,
            told=f"{amount(each.yearly_net if each.expected_loss is None else each.expected_loss)} ·"
            f" {each.days_since_last_purchase} days",
        )
        for each in of.customers
    ]  # fmt: skip
    lost = f"; {amount(of.expected_loss)} are expected to be lost" if of.expected_loss is not None else ""
    told = f"{of.total:,} customers have gone quiet who brought {amount(of.yearly_net)} {of.currency} a year{lost}"
    return bars(rows, f"{told}; those with most at stake are shown.", width=width)


def retention_plan(of: RetentionPlan, *, width: int) -> Definition:
    """A grid of tiers and risks: the darker, the more is at stake in a year."""
    if not of.groups:
        return nothing("Nobody has ordered yet.", width)
    most = max(1.0, *(each.net_365 for each in of.groups))
    by_place = {(each.tier, each.risk): each for each in of.groups}
    cells = [
        Cell(
            column=risk.capitalize(), row=tier, shade=(max(found.net_365, 0) / most) ** 0.5 if found else None,
            words=f"{found.customers:,}\n{amount(found.net_365)}" if found else "-",
            brief=amount(found.net_365) if found else "-",
        )
        for tier in TIERS
        for risk in RISKS
        for found in [by_place.get((tier, risk))]
    ]  # fmt: skip
    urgent = [each for each in of.groups if each.action is not None and each.risk != "LOW"]
    told = joined(
        f"{each.customers:,} {each.tier} at {each.risk.lower()} risk with {amount(each.net_365)}" for each in urgent[:3]
    )
    said = f"{of.customers:,} customers by tier and risk, with their net of a year in {of.currency}"
    return grid(
        cells,
        f"{said}: {told or 'nobody of them is at risk'}.",
        width=width,
        titles=("Risk of leaving", None),
        per_row=48,
    )


def _ages(low: int, high: int | None) -> str:
    return f"More than {low - 1}" if high is None else f"{low} to {high}"
