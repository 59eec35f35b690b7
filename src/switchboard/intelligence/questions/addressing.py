"""Whom to win back, and whom a campaign is for: customers chosen by their segments, each with the reason."""

from dataclasses import dataclass

import duckdb

from switchboard.intelligence.churn import ValueTiers
from switchboard.intelligence.packing import VOCABULARY
from switchboard.intelligence.questions.valued import SERVED, YEARLY, Listed, Page, Wanted, page, reaches
from switchboard.intelligence.recommend import GOALS, Goal
from switchboard.intelligence.segments import WEAK
from switchboard.intelligence.value_records import CampaignAsked, WinBackAsked

LAPSED_RULE = (
    "Gone quiet against their own usual gap (the segment out_of_rhythm of the axis purchase_cadence), with at least one"
    " gap of a day or more, and of the tier of lifetime value that is asked for or a higher one."
)
LOSS = "yearly * e_churns"
EXPECTED = "e_value"
BY: dict[Goal, str] = {"subscription": EXPECTED, "cross_sell": EXPECTED, "retention": LOSS, "winback": LOSS}
"""What the first of a campaign's customers has most of."""
ORDER = {
    EXPECTED: "the highest value expected within 90 days first",
    LOSS: "the highest expected loss first: their net a year times the probability of no purchase within 90 days",
}
SUMS = """
select count(*), round(coalesce(sum(yearly), 0), 4), round(sum(yearly * e_churns), 4)
from (select *, {yearly} as yearly from customer where {served}) where {fits}
"""
COUNTS = """
select count(*), count(case when value >= $least then 1 end) from customer where {served} and {fits}
"""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A page of customers who lapsed, and what all of them come to."""

    page: Page
    customers: int
    yearly_net: float
    expected_loss: float | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """Customers for a campaign, and how many there are: who qualify, and of them with the least lifetime value."""

    page: Page
    qualifying: int
    worth: int


def fits(goal: Goal) -> str:
    """The condition that a goal is for somebody."""
    target = GOALS[goal]
    if not target.segments:
        return f"g_{target.axis} = {WEAK}"
    codes = ", ".join(str(VOCABULARY[target.axis].index(name)) for name in target.segments)
    return f"s_{target.axis} in ({codes})"


def lapsed(served: duckdb.DuckDBPyConnection, tiers: ValueTiers, asked: WinBackAsked, first: int) -> Lost:
    """Customers who have gone quiet and were worth having, the highest expected loss first."""
    who = f"{fits('winback')} and f_gaps > 0 and {reaches(asked.least_tier, tiers)}"
    ((customers, yearly, loss),) = served.execute(SUMS.format(yearly=YEARLY, served=SERVED, fits=who)).fetchall()
    wanted = Wanted(fits=who, by=LOSS, then="yearly", more=("yearly", "f_gap_mean"), limit=asked.limit, first=first)
    return Lost(page=page(served, wanted), customers=customers, yearly_net=yearly, expected_loss=loss)


def why_lapsed(of: Listed, tier: str, currency: str) -> str:
    """Why somebody is worth winning back."""
    gap, yearly = of.more["f_gap_mean"], of.more["yearly"]
    passed = of.recency_days / gap
    quiet = f"Last ordered {of.recency_days:,.0f} days ago, {passed:.1f} of their usual gaps of {gap:,.0f} days"
    worth = f"{tier}, worth {yearly:,.2f} {currency} a year"
    if of.churns is None:
        return f"{quiet}; {worth}."
    return (
        f"{quiet}; {worth}, of which {yearly * of.churns:,.2f} are at stake: {of.churns:.0%} not to buy within 90 days."
    )


def for_campaign(served: duckdb.DuckDBPyConnection, goal: Goal, asked: CampaignAsked) -> Found:
    """Customers whom the goal is for and who are worth as much, the best first."""
    who = fits(goal)
    sql = COUNTS.format(served=SERVED, fits=who)
    ((qualifying, worth),) = served.execute(sql, {"least": asked.min_ltv or float("-inf")}).fetchall()
    wanted = Wanted(
        fits=f"{who} and value >= {asked.min_ltv}" if asked.min_ltv else who, by=BY[goal],
        more=("yearly", f"s_{GOALS[goal].axis}"), limit=asked.target_size,
    )  # fmt: skip
    return Found(page=page(served, wanted), qualifying=qualifying, worth=worth)


def why_addressed(of: Listed, goal: Goal, currency: str) -> tuple[str, ...]:
    """Why somebody is addressed, and why they stand where they do."""
    target, yearly = GOALS[goal], of.more["yearly"]
    name = VOCABULARY[target.axis][int(of.more[f"s_{target.axis}"])]
    found = [f"Is {name} ({target.axis}){'' if target.segments else ', weakly'}: {target.why}."]
    if BY[goal] == LOSS and of.churns is not None:
        found.append(
            f"Worth {yearly:,.2f} {currency} a year, and {of.churns:.0%} not to buy within 90 days:"
            f" an expected loss of {yearly * of.churns:,.2f} {currency}."
        )
    if BY[goal] == EXPECTED and of.expected is not None:
        found.append(f"Expected to bring {of.expected:,.2f} {currency} within 90 days.")
    return tuple(found)


def why_these(goal: Goal, asked: CampaignAsked, found: Found, *, is_predicted: bool) -> tuple[str, ...]:
    """Who qualifies for a campaign, how many of them, and in which order they stand."""
    target = GOALS[goal]
    who = " or ".join(target.segments) if target.segments else f"weak in {target.axis}"
    order = ORDER[BY[goal]] if is_predicted else "the highest lifetime value first, as there are no predictions"
    told = [f"{found.qualifying:,} customers are {who}: {target.why}."]
    if asked.min_ltv:
        told.append(f"{found.worth:,} of them have a lifetime value of at least {asked.min_ltv:,.2f}.")
    told.append(f"{len(found.page.customers):,} are shown, {order}.")
    return tuple(told)
