"""What callers can ask of groups: archetypes, risk overall, targets of campaigns."""

from collections.abc import Callable

from switchboard.accounts import tenants
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, moments, records, runs
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.portraits import Archetype
from switchboard.intelligence.recommend import goal_named, recommend

TOP_BY: dict[str, Callable[[Archetype], float]] = {
    "total_ltv": lambda each: each.total_revenue,
    "avg_ltv": lambda each: each.average_lifetime_value,
    "member_count": lambda each: each.member_count,
}


@operation(
    "intelligence.archetype",
    title="Archetype",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
    tool="get_archetype_stats",
)
@may_take_long
async def archetype(work: Work, asked: records.ArchetypeAsked) -> records.Archetype:
    """One archetype: how many they are, what they are worth, their segments, and what sets them apart."""
    of = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    workspace = await tenants.current(work)
    for each in of.archetypes:
        if each.archetype_id == asked.archetype_id:
            return answers.archetype(each, workspace.currency, await runs.answered(work, asked.as_of))
    raise NotFound(f"there is no archetype {asked.archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")


@operation(
    "intelligence.top_archetypes", title="Top archetypes", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
async def top_archetypes(work: Work, asked: records.TopAsked) -> records.Archetypes:
    """The archetypes, first by total lifetime value, average lifetime value or members."""
    if asked.metric not in TOP_BY:
        raise Invalid(f"there is no metric {asked.metric!r}; the metrics are {', '.join(TOP_BY)}", field="metric")
    of = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    currency = (await tenants.current(work)).currency
    first = sorted(of.archetypes, key=TOP_BY[asked.metric], reverse=True)[: asked.limit]
    as_of = await runs.answered(work, asked.as_of)
    shown = tuple(answers.archetype(each, currency, as_of) for each in first)
    return records.Archetypes(metric=asked.metric, archetypes=shown, as_of=as_of)


@operation(
    "intelligence.churn_aggregate", title="Churn overall", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
async def churn_aggregate(work: Work, asked: records.Asked) -> records.ChurnAggregate:
    """How many customers are at which level of risk, and the last year's net of those at risk."""
    of = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    levels = of.summary.levels
    return records.ChurnAggregate(
        customers=sum(levels.values()),
        by_level=levels,
        at_risk_count=levels["HIGH"] + levels["CRITICAL"],
        critical_risk_count=levels["CRITICAL"],
        value_at_risk=round(of.summary.value_at_risk, 4),
        currency=(await tenants.current(work)).currency,
        as_of=await runs.answered(work, asked.as_of),
    )


@operation(
    "intelligence.recommend_segments",
    title="Segments for a campaign",
    permission="campaigns:read",
    reads=True,
    tool="recommend_segments_for_campaign",
)
@may_take_long
async def recommend_segments(work: Work, asked: records.RecommendAsked) -> records.Targets:
    """Which archetypes and segments to address for a goal (subscription, retention, cross_sell, winback), and why."""
    goal = goal_named(asked.goal)
    of = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    found = recommend(of.summary.census[goal], of.archetypes, asked.max_segments, asked.rank_by)
    return records.Targets(
        goal=goal,
        recommendations=tuple(
            records.Target(
                kind=each.kind, archetype_id=each.archetype_id, name=each.name, member_count=each.member_count,
                qualifying_count=each.qualifying_count, score=each.score, reasons=each.reasons,
            )
            for each in found.recommendations
        ),
        missing=found.missing,
        as_of=await runs.answered(work, asked.as_of),
    )  # fmt: skip
