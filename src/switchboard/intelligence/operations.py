"""What callers can ask of intelligence: one customer, lists, archetypes, risk and targets."""

import random
import time
from collections.abc import Callable
from datetime import datetime

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.customers import search as finding
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, moments, packing, records, runs
from switchboard.intelligence.portraits import Archetype
from switchboard.intelligence.recommend import goal_named, recommend
from switchboard.intelligence.segments import axis_named
from switchboard.intelligence.views import view

LONGEST_S = 600.0
TOP_BY: dict[str, Callable[[Archetype], float]] = {
    "total_ltv": lambda each: each.total_revenue,
    "avg_ltv": lambda each: each.average_lifetime_value,
    "member_count": lambda each: each.member_count,
}


@operation(
    "intelligence.profile",
    title="Customer profile",
    permission="customers:read",
    reads=True,
    tool="get_customer_profile",
)
async def profile(work: Work, asked: records.CustomerAsked) -> records.Profile:
    """One customer: archetype, fuzzy segment memberships on every axis with their strength, figures, newest orders."""
    workspace = await tenants.current(work)
    moment = await _moment(work, asked)
    return answers.profile(await view(work, asked.customer_id, moment), workspace)


@operation(
    "intelligence.churn_risk", title="Churn risk", permission="customers:read", reads=True, tool="predict_churn_risk"
)
async def churn_risk(work: Work, asked: records.CustomerAsked) -> records.ChurnRisk:
    """The churn score of a customer (0 to 1), its level, the factors it sums up, and at most three things to do."""
    moment = await _moment(work, asked)
    return answers.churn_risk(await view(work, asked.customer_id, moment))


@operation("intelligence.random_customer", title="A random customer", permission="customers:read", reads=True)
async def random_customer(work: Work, asked: records.Asked) -> records.Profile:
    """The profile of some customer, for trying things out."""
    found = await people.any_customer_id(work, random.getrandbits(20))
    if found is None:
        raise Conflict(runs.NOT_SEGMENTED, code="not_segmented")
    return await profile.run(work, records.CustomerAsked(customer_id=found, as_of=asked.as_of))


@operation(
    "intelligence.search", title="Search customers", permission="customers:search", reads=True, tool="search_customers"
)
async def search(work: Work, asked: records.SearchAsked) -> records.Customers:
    """Customers of an archetype, with certain dominant segments or a risk level, or by text; newest order first."""
    run = await runs.served(work)
    workspace = await tenants.current(work)
    found = await finding.search(work, asked.text, _tags(work, run, asked), asked.cursor, asked.limit)
    if asked.detail == "full":
        whole = [await view(work, each.customer_id, None) for each in found.people]
        customers = tuple(answers.profile(each, workspace) for each in whole)
    else:
        customers = tuple(answers.customer(each, run, workspace) for each in found.people)
    return records.Customers(
        customers=customers, total=found.total, total_at_least=found.total_at_least,
        next_cursor=found.next_cursor, as_of=run.as_of,
    )  # fmt: skip


@operation(
    "intelligence.archetype", title="Archetype", permission="intelligence:read", reads=True, tool="get_archetype_stats"
)
async def archetype(work: Work, asked: records.ArchetypeAsked) -> records.Archetype:
    """One archetype: how many they are, what they are worth, their segments, and what sets them apart."""
    of = await runs.of_moment(work, await _moment(work, asked))
    workspace = await tenants.current(work)
    for each in of.archetypes:
        if each.archetype_id == asked.archetype_id:
            return answers.archetype(each, workspace.currency, await _answered(work, asked))
    raise NotFound(f"there is no archetype {asked.archetype_id!r}; intelligence.top_archetypes lists them")


@operation("intelligence.top_archetypes", title="Top archetypes", permission="intelligence:read", reads=True)
async def top_archetypes(work: Work, asked: records.TopAsked) -> records.Archetypes:
    """The archetypes, first by total lifetime value, average lifetime value or members."""
    if asked.metric not in TOP_BY:
        raise Invalid(f"there is no metric {asked.metric!r}; the metrics are {', '.join(TOP_BY)}", field="metric")
    of = await runs.of_moment(work, await _moment(work, asked))
    currency = (await tenants.current(work)).currency
    first = sorted(of.archetypes, key=TOP_BY[asked.metric], reverse=True)[: asked.limit]
    as_of = await _answered(work, asked)
    shown = tuple(answers.archetype(each, currency, as_of) for each in first)
    return records.Archetypes(metric=asked.metric, archetypes=shown, as_of=as_of)


@operation("intelligence.churn_aggregate", title="Churn overall", permission="intelligence:read", reads=True)
async def churn_aggregate(work: Work, asked: records.Asked) -> records.ChurnAggregate:
    """How many customers are at which level of risk, and the last year's net of those at risk."""
    of = await runs.of_moment(work, await _moment(work, asked))
    levels = of.summary.levels
    return records.ChurnAggregate(
        customers=sum(levels.values()),
        by_level=levels,
        at_risk_count=levels["HIGH"] + levels["CRITICAL"],
        critical_risk_count=levels["CRITICAL"],
        value_at_risk=round(of.summary.value_at_risk, 4),
        currency=(await tenants.current(work)).currency,
        as_of=await _answered(work, asked),
    )


@operation(
    "intelligence.recommend_segments",
    title="Segments for a campaign",
    permission="campaigns:read",
    reads=True,
    tool="recommend_segments_for_campaign",
)
async def recommend_segments(work: Work, asked: records.RecommendAsked) -> records.Targets:
    """Which archetypes and segments to address for a goal (subscription, retention, cross_sell, winback), and why."""
    goal = goal_named(asked.goal)
    of = await runs.of_moment(work, await _moment(work, asked))
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
        as_of=await _answered(work, asked),
    )  # fmt: skip


@operation("intelligence.segment", title="Segment", permission="intelligence:run", timeout_s=LONGEST_S)
async def segment(work: Work, asked: records.RunAsked) -> records.RunDone:
    """Work out features, segments, archetypes and risk of all customers now, serve them and keep a snapshot."""
    began = time.monotonic()
    workspace = await tenants.current(work)
    moment = moments.instant(asked.as_of, workspace, work.now) if asked.as_of else None
    run = await runs.segment(work, moment)
    return records.RunDone(
        run=run.number, customers=run.customers, archetypes=len(run.archetypes), coverage=run.summary.coverage,
        absent_axes=run.absent, strong=run.settings.segments.strong, moderate=run.settings.segments.moderate,
        took_s=round(time.monotonic() - began, 3), as_of=run.as_of,
    )  # fmt: skip


def _tags(work: Work, run: runs.Run, asked: records.SearchAsked) -> list[int]:
    """What those asked for are found by; raise where an archetype, axis or segment is unknown."""
    mine = work.caller.workspace
    tags: list[int] = []
    if asked.archetype_id is not None:
        if run.archetype(asked.archetype_id) is None:
            raise NotFound(f"there is no archetype {asked.archetype_id!r}; intelligence.top_archetypes lists them")
        tags.append(packing.tag_of_archetype(mine, asked.archetype_id))
    for axis, segment_name in asked.segment_filter.items():
        check_segment(axis, segment_name)
        tags.append(packing.tag_of_segment(mine, axis, segment_name))
    if asked.risk_level is not None:
        tags.append(packing.tag_of_level(mine, asked.risk_level))
    return tags


def check_segment(axis: str, segment_name: str) -> None:
    """Raise Invalid naming the axes or the axis's segments when there is no such one."""
    names = [name.name for name in axis_named(axis).vocabulary]
    if segment_name not in names:
        raise Invalid(
            f"the axis {axis} has no segment {segment_name!r}; it has {', '.join(names)}", field="segment_name"
        )


async def _moment(work: Work, asked: records.Asked) -> datetime | None:
    """The moment asked about; None for the present, which is served."""
    if asked.as_of is None:
        return None
    return moments.instant(asked.as_of, await tenants.current(work), work.now)


async def _answered(work: Work, asked: records.Asked) -> datetime:
    """The moment an answer is of."""
    return await _moment(work, asked) or (await runs.served(work)).as_of
