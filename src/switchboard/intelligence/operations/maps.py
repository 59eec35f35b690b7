"""What callers can ask of archetypes side by side, of one over time, and of the shapes of an axis's segments."""

from datetime import datetime, timedelta

from switchboard.accounts import tenants
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import answers, map_records, rosters, runs, store
from switchboard.intelligence.archetype_map import BEFORE_DAYS, at_risk, growth, shapes
from switchboard.intelligence.labels import labels
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.records import Asked
from switchboard.intelligence.runs import Run
from switchboard.intelligence.segments import axis_named
from switchboard.intelligence.snapshots import Roster, roster_of
from switchboard.intelligence.working_out import Outcome

MOST_MONTHS = 60


@operation(
    "intelligence.archetype_map", title="Archetype map", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
async def archetype_map(work: Work, asked: Asked) -> map_records.ArchetypeMap:
    """All archetypes by size, value, growth over 90 days and the share of members who may leave."""
    as_of = await runs.answered(work, asked.as_of)
    of = await runs.of_moment(work, as_of)
    risky = at_risk(await _roster(work, of))
    since, before = await _before(work, as_of)
    pinned = {known for known, label in (await labels(work)).items() if label.is_pinned}
    return map_records.ArchetypeMap(
        archetypes=tuple(
            map_records.Placed(
                archetype_id=each.archetype_id, name=each.name, dominant_segments=dict(each.dominant_segments),
                is_pinned=each.archetype_id in pinned,
                member_count=each.member_count, population_percent=each.population_percent,
                average_lifetime_value=each.average_lifetime_value, total_revenue=each.total_revenue,
                at_risk_count=risky.get(each.archetype_id, 0),
                at_risk_share=risky.get(each.archetype_id, 0) / each.member_count if each.member_count else 0.0,
                members_before=before.get(each.archetype_id, 0) if since else None,
                growth=growth(each.member_count, before.get(each.archetype_id, 0)) if since else None,
            )
            for each in sorted(of.archetypes, key=lambda each: (each.archetype_id not in pinned, -each.member_count))
        ),
        grown_since=since,
        customers=sum(each.member_count for each in of.archetypes),
        currency=(await tenants.current(work)).currency,
        as_of=as_of,
    )  # fmt: skip


@operation(
    "intelligence.archetype_trend", title="Trend of an archetype", permission="intelligence:read", reads=True,
    may_lag=True,
)  # fmt: skip
@may_take_long
async def archetype_trend(work: Work, asked: map_records.ArchetypeTrendAsked) -> map_records.ArchetypeTrend:
    """Members of one archetype at each month's last snapshot, and at the moment itself."""
    as_of = await runs.answered(work, asked.as_of)
    of = await runs.of_moment(work, as_of)
    now = next((each for each in of.archetypes if each.archetype_id == asked.archetype_id), None)
    sizes = await store.archetype_sizes(work, as_of, MOST_MONTHS)
    if now is None and not any(asked.archetype_id in members for _, members in sizes):
        raise NotFound(f"there is no archetype {asked.archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")
    points = [
        map_records.ArchetypePoint(as_of=at, members=members.get(asked.archetype_id, 0))
        for at, members in sizes[::-1]
        if at < as_of
    ]
    last = map_records.ArchetypePoint(as_of=as_of, members=now.member_count if now else 0)
    return map_records.ArchetypeTrend(
        archetype_id=asked.archetype_id, name=now.name if now else asked.archetype_id, points=(*points, last),
        as_of=as_of,
    )  # fmt: skip


@operation(
    "intelligence.axis_shapes", title="Shapes of segments", permission="intelligence:read", reads=True, may_lag=True
)
async def axis_shapes(work: Work, asked: map_records.ShapesAsked) -> map_records.Shapes:
    """How far a customer belongs to each segment of an axis, wherever on it they stand."""
    axis = axis_named(asked.axis_name)
    as_of = await (runs.answered(work, None) if asked.as_of is None else runs.until(work, asked.as_of))
    anchors = (await runs.settings_of(work)).segments.anchors_of(axis)
    places, shares = shapes(axis, anchors, asked.uncertainty)
    return map_records.Shapes(
        axis_name=axis.name, unit=axis.unit, uncertainty=asked.uncertainty,
        shapes=tuple(
            map_records.Shape(
                segment=name.name,
                points=tuple(
                    map_records.ShapePoint(at=float(place), share=float(share))
                    for place, share in zip(places, row, strict=True)
                ),
            )
            for name, row in zip(axis.names, shares, strict=True)
        ),
        as_of=as_of,
    )  # fmt: skip


async def _roster(work: Work, of: Run | Outcome) -> Roster:
    """Where everybody stands."""
    return (await rosters.of_run(work, of.number)).roster if isinstance(of, Run) else roster_of(of.result)


async def _before(work: Work, as_of: datetime) -> tuple[datetime | None, dict[str, int]]:
    """The last snapshot of a month that is 90 days old by then, and members by archetype id at it."""
    sizes = await store.archetype_sizes(work, as_of - timedelta(days=BEFORE_DAYS), 1)
    return sizes[0] if sizes else (None, {})
