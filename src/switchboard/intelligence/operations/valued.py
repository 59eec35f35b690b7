"""What callers can ask of customers by their worth: the best, those to win back, to keep, to address in a campaign."""

import duckdb

from switchboard.customers import profiles as people
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import value_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.present import Present, present
from switchboard.intelligence.questions import addressing, valued
from switchboard.intelligence.questions.parts import first_row, next_cursor
from switchboard.intelligence.recommend import Goal, goal_named
from switchboard.intelligence.runs import Run

NOBODY_LAPSED = (
    "Nobody of {tier} or above has gone quiet against their own usual gap;"
    " intelligence.high_value_customers shows the tiers."
)
NOBODY_WORTH = "{count:,} qualify, and none of them has a lifetime value of at least {least:,.2f}; lower min_ltv."


@operation("intelligence.high_value_customers", title="High-value customers", permission="customers:search", reads=True)
@may_take_long
@answered_ahead
async def high_value_customers(work: Work, asked: records.HighValueAsked) -> records.HighValueCustomers:
    """Customers of the highest tiers, by lifetime value or by what is expected of them, and what each tier holds."""
    first = first_row(asked.cursor)
    by = {"lifetime_value": "value", "expected_value": "e_value"}[asked.sort_by]

    def read(served: duckdb.DuckDBPyConnection, run: Run) -> tuple[valued.Page, tuple[valued.Band, ...]]:
        tiers = run.settings.value_tiers
        wanted = valued.Wanted(fits=valued.reaches(asked.least_tier, tiers), by=by, limit=asked.limit, first=first)
        return valued.page(served, wanted), valued.bands(served, tiers)

    seen = await present(work, asked.as_of, read)
    (page, bands), tiers = seen.found, seen.run.settings.value_tiers
    shown = valued.tiers_shown(bands, tiers)
    ids = await people.ids_of(work, page.persons)
    total = sum(each.customers for each in shown[: valued.TIERS.index(asked.least_tier) + 1])
    return records.HighValueCustomers(
        tiers=shown,
        customers=tuple(each.shown(ids[each.person], tiers) for each in page.customers if each.person in ids),
        total=total, next_cursor=next_cursor(first, len(page.customers), total), not_enough_data=seen.lacking,
        currency=seen.currency, as_of=seen.run.as_of, facts_as_of=seen.facts_as_of,
    )  # fmt: skip


@operation("intelligence.win_back", title="Customers to win back", permission="customers:search", reads=True)
@may_take_long
@answered_ahead
async def win_back(work: Work, asked: records.WinBackAsked) -> records.WinBack:
    """Customers worth winning back: gone quiet against their own usual gap, by what is expected to be lost, and why."""
    first = first_row(asked.cursor)
    seen = await present(
        work, asked.as_of, lambda served, run: addressing.lapsed(served, run.settings.value_tiers, asked, first)
    )
    found, ids = seen.found, await people.ids_of(work, seen.found.page.persons)
    return records.WinBack(
        customers=tuple(
            _lapsed(each, ids[each.person], seen) for each in found.page.customers if each.person in ids
        ),
        rule=addressing.LAPSED_RULE, yearly_net=found.yearly_net, expected_loss=found.expected_loss,
        missing=None if found.customers else NOBODY_LAPSED.format(tier=asked.least_tier),
        total=found.customers, next_cursor=next_cursor(first, len(found.page.customers), found.customers),
        not_enough_data=seen.lacking, currency=seen.currency, as_of=seen.run.as_of, facts_as_of=seen.facts_as_of,
    )  # fmt: skip


@operation(
    "intelligence.retention_plan", title="Retention plan", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def retention_plan(work: Work, asked: records.Asked) -> records.RetentionPlan:
    """All customers by tier of lifetime value and churn risk: how many, what is at stake, and what to do about them."""
    seen = await present(work, asked.as_of, lambda served, run: valued.bands(served, run.settings.value_tiers))
    return records.RetentionPlan(
        groups=valued.plan(seen.found, seen.run.settings.value_tiers),
        customers=sum(each.customers for each in seen.found), not_enough_data=seen.lacking,
        currency=seen.currency, as_of=seen.run.as_of, facts_as_of=seen.facts_as_of,
    )  # fmt: skip


@operation(
    "intelligence.recommend_customers", title="Customers for a campaign", permission="customers:search", reads=True
)
@may_take_long
async def recommend_customers(work: Work, asked: records.CampaignAsked) -> records.CampaignCustomers:
    """Whom to address in a campaign of a type, so many at most and worth so much at least, each with the reasons."""
    goal = campaign_named(asked.campaign_type)
    seen = await present(work, asked.as_of, lambda served, _: addressing.for_campaign(served, goal, asked))
    found, tiers = seen.found, seen.run.settings.value_tiers
    ids = await people.ids_of(work, found.page.persons)
    return records.CampaignCustomers(
        campaign_type=goal,
        customers=tuple(
            records.Addressed(
                **dict(each.shown(ids[each.person], tiers)),
                reasons=addressing.why_addressed(each, goal, seen.currency),
            )
            for each in found.page.customers
            if each.person in ids
        ),
        reasons=addressing.why_these(goal, asked, found, is_predicted=not seen.lacking),
        qualifying_count=found.qualifying, worth_count=found.worth,
        missing=_missing(seen, goal, asked), not_enough_data=seen.lacking,
        currency=seen.currency, as_of=seen.run.as_of, facts_as_of=seen.facts_as_of,
    )  # fmt: skip


def campaign_named(said: str) -> Goal:
    """The campaign of this type, also written "Cross-sell" or "win back"; raise Invalid naming them all."""
    name = said.strip().casefold().replace("-", "_").replace(" ", "_")
    try:
        return goal_named("winback" if name == "win_back" else name)
    except Invalid as wrong:
        raise Invalid(str(wrong), field="campaign_type") from None


def _lapsed(of: valued.Listed, customer_id: str, seen: Present[addressing.Lost]) -> records.Lapsed:
    known = of.shown(customer_id, seen.run.settings.value_tiers)
    yearly, gap = of.more["yearly"], of.more["f_gap_mean"]
    return records.Lapsed(
        **dict(known), usual_gap_days=gap, gaps_passed=of.recency_days / gap, yearly_net=yearly,
        expected_loss=None if of.churns is None else round(yearly * of.churns, 4),
        reason=addressing.why_lapsed(of, known.value_tier, seen.currency),
    )  # fmt: skip


def _missing(seen: Present[addressing.Found], goal: Goal, asked: records.CampaignAsked) -> str | None:
    if seen.found.worth:
        return None
    if seen.found.qualifying:
        return NOBODY_WORTH.format(count=seen.found.qualifying, least=asked.min_ltv)
    return seen.run.summary.census[goal].missing or "Nobody qualifies since the last orders came."
