"""What needs attention: each rule by itself, with its threshold, from figures that are worked out already.

The thresholds are conventions of ours, not measurements: where a manager would want to know. Every answer shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from switchboard.intelligence.attention_records import RuleName
from switchboard.intelligence.forecasting import FEWEST_DAYS
from switchboard.intelligence.predictions import monthly
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.counts import at_least
from switchboard.intelligence.questions.last_year import (
    DEPENDENT_ORDERS,
    DEPENDENT_SHARE,
    TIME_TO_RETURN,
    TOP,
    Returns,
    Year,
)
from switchboard.intelligence.questions.selling import Trends

MOST = 5  # insights
MOST_AT_RISK = 0.25  # of the last year's net
MOST_ONE_TIME = 0.7  # of the customers who had the time to come back
HIGH_RETURNS = 0.2  # of a product's gross of 90 days
MOST_FALLEN = -0.1  # of a category's net, against the months before
MOST_IN_TOP = 0.25  # of the last year's net
FEWEST_BUYERS = 10 * TOP  # else so many are a large part of the customers anyway
MOST_OF_GUESTS = 0.3  # of the last year's net
MOST_DEPENDENT = 0.3  # of the last year's net of customers
DAYS, MONTHS = 30, 3  # of the forecast that is looked back at, of the trend of categories
NO_NET = "The net of the last 365 days is not positive."
NO_DISCOUNTS = "The orders of the last 365 days state no discounts."
TOO_SHORT = "The shop's history does not reach back over both times that are compared."
MEANINGS: Mapping[RuleName, str] = {
    "value_at_risk": "share of the last 365 days' net that is of customers at HIGH or CRITICAL risk of churn",
    "behind_forecast": "net of the last 30 days / forecast made before them - 1; the threshold is the forecast's low"
    " (80 % interval), likewise",
    "one_time_buyers": f"share who ordered once only, of customers who first came over {TIME_TO_RETURN} days ago",
    "rising_returns": "refunds of a product in the last 90 days / its gross of them, where refunds per order rose"
    " against the 90 before by more than chance (probability, times the products tested, at most 0.05)",
    "falling_category": "a category's net of the last 3 months / that of the 3 before - 1, where its orders fell by"
    " more than chance",
    "concentration": f"share of the last 365 days' net that is of the {TOP} customers who brought most",
    "guests": "share of the last 365 days' net that is of orders without a customer",
    "discount_dependency": f"share of the customers' net of the last 365 days that is of those who bought at least"
    f" {DEPENDENT_SHARE:.0%} with a discount, in {DEPENDENT_ORDERS} orders or more",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a rule found: with a sentence it needs attention; without a figure, `unknown` says why it is not known."""

    rule: RuleName
    threshold: float | None
    figure: float | None = None
    money: float = 0.0
    sentence: str | None = None
    operation: str = ""
    arguments: Mapping[str, JsonValue] | None = None
    unknown: str | None = None


def value_at_risk(customers: int, held: float, year: Year) -> Checked:
    """Customers at HIGH or CRITICAL risk hold too much of the last year's net."""
    if year.net <= 0:
        return Checked(rule="value_at_risk", threshold=MOST_AT_RISK, unknown=NO_NET)
    part = held / year.net
    told = f"{customers:,} customers at HIGH or CRITICAL risk of churn brought {part:.1%} of the last year's net."
    return Checked(
        rule="value_at_risk", threshold=MOST_AT_RISK, figure=part, money=held,
        sentence=told if part > MOST_AT_RISK else None, operation="intelligence.retention_plan",
    )  # fmt: skip


def behind_forecast(series: Numbers, currency: str) -> Checked:
    """The last 30 days brought less than the forecast made before them, by more than its interval."""
    if len(series) < FEWEST_DAYS + DAYS:
        lack = f"It takes {FEWEST_DAYS + DAYS} days of history; there are {len(series)}."
        return Checked(rule="behind_forecast", threshold=None, unknown=lack)
    said, came = monthly.ahead(monthly.known(series[:-DAYS]), 0, DAYS), float(series[-DAYS:].sum())
    if said.expected < 0.01:
        return Checked(rule="behind_forecast", threshold=None, unknown="Nothing was expected of the last 30 days.")
    figure = came / said.expected - 1
    told = (
        f"The last {DAYS} days brought {came:,.0f} {currency}, {-figure:.0%} less than the"
        f" {said.expected:,.0f} {currency} that were expected before them, and below the low end of that,"
        f" {said.low:,.0f} {currency}."
    )
    return Checked(
        rule="behind_forecast", threshold=said.low / said.expected - 1, figure=figure, money=said.expected - came,
        sentence=told if came < said.low else None, operation="intelligence.revenue_forecast",
    )  # fmt: skip


def one_time_buyers(year: Year, currency: str) -> Checked:
    """Too many who had the time to come back did not."""
    if not year.had_time:
        lack = f"Nobody came first over {TIME_TO_RETURN} days ago."
        return Checked(rule="one_time_buyers", threshold=MOST_ONE_TIME, unknown=lack)
    part = year.once / year.had_time
    told = (
        f"{year.once:,} of {year.had_time:,} customers who first came over {TIME_TO_RETURN} days ago ({part:.1%})"
        f" ordered once only; they brought {year.once_net:,.0f} {currency} in the last year."
    )
    return Checked(
        rule="one_time_buyers", threshold=MOST_ONE_TIME, figure=part, money=max(year.once_net, 0.0),
        sentence=told if part > MOST_ONE_TIME else None, operation="intelligence.one_time_buyers",
    )  # fmt: skip


def rising_returns(products: Sequence[Returns], *, is_whole: bool, currency: str) -> Checked:
    """Of the products whose return rate is high and rising by more than chance, the one with most refunds."""
    if not is_whole:
        return Checked(rule="rising_returns", threshold=HIGH_RETURNS, unknown=TOO_SHORT)
    tested = [each for each in products if each.gross > 0 and each.orders and each.orders_before]
    high = [each for each in tested if each.refund / each.gross > HIGH_RETURNS]
    rising = [each for each, is_so in zip(high, _rose(high), strict=True) if is_so]
    worst = max(rising or tested, key=lambda each: each.refund, default=None)
    if worst is None or not rising:
        rate = worst.refund / worst.gross if worst else 0.0
        return Checked(rule="rising_returns", threshold=HIGH_RETURNS, figure=rate)
    before = worst.refund_before / worst.gross_before if worst.gross_before else 0.0
    others = f"; it is one of {len(rising)} such products" if len(rising) > 1 else ""
    return Checked(
        rule="rising_returns", threshold=HIGH_RETURNS, figure=worst.refund / worst.gross, money=worst.refund,
        sentence=f"{worst.refund / worst.gross:.0%} of what {worst.name} sold for in the last 90 days was refunded,"
        f" {worst.refund:,.0f} {currency}, after {before:.0%} in the 90 days before{others}.",
        operation="intelligence.product_performance", arguments={"product_id": worst.product_id},
    )  # fmt: skip


def _rose(products: Sequence[Returns]) -> list[bool]:
    """Whether refunds per order rose by more than chance; all of them are tested at once."""
    now = np.array([each.refunded for each in products], np.int64)
    both = now + np.array([each.refunded_before for each in products], np.int64)
    part = np.array([each.orders / (each.orders + each.orders_before) for each in products], np.float64)
    return (at_least(now, both, part) * len(products) <= LEVEL).tolist()


def falling_category(trends: Trends, currency: str) -> Checked:
    """Of the categories whose orders fall by more than chance and whose net fell, the one that lost most."""
    if not trends.times.is_whole:
        return Checked(rule="falling_category", threshold=MOST_FALLEN, unknown=TOO_SHORT)
    if not trends.categories:
        return Checked(rule="falling_category", threshold=MOST_FALLEN, unknown="No product has a category.")
    changes = [each.net_change for each in trends.categories if each.net_change is not None]
    falling = [
        each for each in trends.categories
        if each.trend in {"falling", "gone"} and each.net_change is not None and each.net_change < MOST_FALLEN
    ]  # fmt: skip
    if not falling:
        return Checked(rule="falling_category", threshold=MOST_FALLEN, figure=min(changes, default=0.0))
    worst = max(falling, key=lambda each: each.before.net - each.now.net)
    others = f"; it is one of {len(falling)} such categories" if len(falling) > 1 else ""
    change, lost = worst.now.net / worst.before.net - 1, worst.before.net - worst.now.net
    return Checked(
        rule="falling_category", threshold=MOST_FALLEN, figure=change, money=lost,
        sentence=f"{worst.category} brought {lost:,.0f} {currency} less in the last {MONTHS} months than in the"
        f" {MONTHS} before ({change:.0%}), with {worst.now.orders:,} orders after {worst.before.orders:,}{others}.",
        operation="intelligence.category_trends", arguments={"category": worst.category, "months": MONTHS},
    )  # fmt: skip


def concentration(year: Year, currency: str) -> Checked:
    """Ten customers bring too much of the revenue."""
    if year.net <= 0 or year.buyers < FEWEST_BUYERS:
        few = f"It takes {FEWEST_BUYERS} customers who ordered in the last 365 days; there are {year.buyers}."
        lack = NO_NET if year.net <= 0 else few
        return Checked(rule="concentration", threshold=MOST_IN_TOP, unknown=lack)
    part = year.top_net / year.net
    told = (
        f"{TOP} of {year.buyers:,} customers brought {part:.1%} of the last year's net, {year.top_net:,.0f} {currency}."
    )
    return Checked(
        rule="concentration", threshold=MOST_IN_TOP, figure=part, money=year.top_net,
        sentence=told if part > MOST_IN_TOP else None, operation="intelligence.high_value_customers",
        arguments={"limit": TOP},
    )  # fmt: skip


def guests(year: Year, currency: str) -> Checked:
    """Too much of the revenue is of people of whom nothing is known."""
    if year.net <= 0:
        return Checked(rule="guests", threshold=MOST_OF_GUESTS, unknown=NO_NET)
    part = year.guests_net / year.net
    told = (
        f"{part:.1%} of the last year's net, {year.guests_net:,.0f} {currency}, is of orders without a customer, whom"
        " nobody can address."
    )
    return Checked(
        rule="guests", threshold=MOST_OF_GUESTS, figure=part, money=year.guests_net,
        sentence=told if part > MOST_OF_GUESTS else None, operation="intelligence.data_health",
    )  # fmt: skip


def discount_dependency(year: Year, currency: str) -> Checked:
    """Customers who hardly buy without a discount bring too much of the revenue."""
    if not year.states_discounts or year.customers_net <= 0:
        lack = NO_NET if year.states_discounts else NO_DISCOUNTS
        return Checked(rule="discount_dependency", threshold=MOST_DEPENDENT, unknown=lack)
    part = year.dependent_net / year.customers_net
    told = (
        f"{year.dependent:,} customers who bought at least {DEPENDENT_SHARE:.0%} with a discount brought {part:.1%} of"
        f" the customers' net of the last year, {year.dependent_net:,.0f} {currency}."
    )
    return Checked(
        rule="discount_dependency", threshold=MOST_DEPENDENT, figure=part, money=year.dependent_net,
        sentence=told if part > MOST_DEPENDENT else None, operation="intelligence.discount_dependency",
        arguments={"least_share": DEPENDENT_SHARE, "least_orders": DEPENDENT_ORDERS},
    )  # fmt: skip


def ranked(checked: Sequence[Checked]) -> list[Checked]:
    """What needs attention, most money at stake first."""
    return sorted((each for each in checked if each.sentence), key=lambda each: (-each.money, each.rule))


def summary(checked: Sequence[Checked]) -> str:
    """How much needs attention, in a sentence."""
    found, unknown = sum(each.sentence is not None for each in checked), sum(each.figure is None for each in checked)
    lack = f"; {unknown} of {len(checked)} rules lack the data to tell" if unknown else ""
    if not found:
        return f"Nothing needs attention{lack}."
    more = f", the {MOST} with most money at stake are told" if found > MOST else ""
    things = "thing needs" if found == 1 else "things need"
    return f"{found} {things} attention{more}{lack}."
