"""What callers can ask of the past: trends, movement between snapshots, the snapshots themselves, revenue by month."""

import asyncio

from switchboard.accounts import tenants
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import mirror, moments, past_records, revenue, runs, store, trends
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.segments import axis_named, segment_named
from switchboard.intelligence.snapshots import Snapshot, decode
from switchboard.intelligence.working_out import Summary

MOST_POINTS = 1_000


@operation(
    "intelligence.segment_trends",
    title="Segment trends",
    permission="intelligence:read",
    reads=True,
    tool="calculate_segment_trends",
)
async def segment_trends(work: Work, asked: past_records.TrendAsked) -> past_records.Trend:
    """How many customers belonged to a segment at each snapshot, and how that changed from the first to the last."""
    segment_named(asked.axis_name, asked.segment_name)
    await runs.served(work)
    rows = (await store.page(work, MOST_POINTS))[::-1]
    at = {int(row.as_of.timestamp()): row.as_of for row in rows}
    counts = [
        trends.Count(
            as_of=AsOf(day=row.as_of_day, second=int(row.as_of.timestamp())),
            members=Summary.model_validate_json(row.counts).segments[asked.axis_name][asked.segment_name],
            customers=row.customers,
        )
        for row in rows
        if asked.axis_name in Summary.model_validate_json(row.counts).segments
    ]
    found = trends.trend(counts)
    change = found.change
    return past_records.Trend(
        axis_name=asked.axis_name,
        segment_name=asked.segment_name,
        points=tuple(
            past_records.TrendPoint(as_of=at[point.as_of.second], members=point.members, share=point.share)
            for point in found.points
        ),
        change=past_records.TrendChange(
            members=change.members, share_points=change.share_points, percent=change.percent,
            since=at[change.start.second], to=at[change.end.second],
        ) if change else None,
    )  # fmt: skip


@operation("intelligence.snapshots", title="Snapshots", permission="intelligence:read", reads=True)
async def snapshots(work: Work, asked: past_records.SnapshotsAsked) -> past_records.Snapshots:
    """The snapshots there are, one a moment, newest first."""
    rows = await store.page(work, asked.limit)
    return past_records.Snapshots(
        snapshots=tuple(
            past_records.SnapshotShown(
                run=row.run, kind=row.kind, as_of=row.as_of, made_at=row.made_at, customers=row.customers
            )
            for row in rows
        )
    )


@operation("intelligence.movement", title="Movement between snapshots", permission="intelligence:read", reads=True)
async def movement(work: Work, asked: past_records.MovementAsked) -> past_records.Movement:
    """Who moved where between two snapshots: on an axis, or between archetypes."""
    if asked.axis_name is not None:
        axis_named(asked.axis_name)
    before, after = await _decoded(work, asked.from_run), await _decoded(work, asked.to_run)
    moved = trends.movement(_held(before, asked.axis_name), _held(after, asked.axis_name))
    names = await _archetype_names(work, asked)
    moves = [
        past_records.Move(
            was=names.get(was, was), became=names.get(became, became), customers=int(moved.moves[row, column])
        )
        for row, was in enumerate(moved.before)
        for column, became in enumerate(moved.after)
        if moved.moves[row, column]
    ]
    return past_records.Movement(
        moves=tuple(sorted(moves, key=lambda move: -move.customers)),
        joined=int(moved.joined.sum()), left=int(moved.left.sum()),
    )  # fmt: skip


@operation("intelligence.revenue_by_month", title="Revenue by month", permission="intelligence:read", reads=True)
async def revenue_by_month(work: Work, asked: past_records.MonthsAsked) -> past_records.Revenue:
    """Net revenue, orders and buying customers of each month up to now, guests included."""
    run = await runs.served(work)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of) or run.as_of

    def read() -> tuple[past_records.Month, ...] | None:
        with mirror.published(work.ground.data_dir, workspace.id) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            at = moments.as_of(moment, workspace)
            return revenue.by_month(lines, at, asked.months) if revenue.has_begun(lines, at) else None

    months = await asyncio.to_thread(read)
    if months is None:
        raise runs.before_the_first_order()
    return past_records.Revenue(months=months, currency=workspace.currency, as_of=moment)


def _held(of: Snapshot, axis: str | None) -> trends.Roll:
    if axis is None:
        return trends.Roll(persons=of.persons, codes=of.archetypes, names=of.archetype_ids)
    if axis not in of.axes:
        raise NotFound(f"the axis {axis!r} is not in that snapshot: {of.absent.get(axis, 'it was not told then')}")
    kept = of.axes[axis]
    return trends.Roll(persons=of.persons, codes=kept.codes, names=kept.names)


async def _decoded(work: Work, run: int) -> Snapshot:
    packed = await store.people(work, run)
    if packed is None:
        raise NotFound(f"there is no snapshot {run}; intelligence.snapshots lists them")
    return await asyncio.to_thread(decode, packed)


async def _archetype_names(work: Work, asked: past_records.MovementAsked) -> dict[str, str]:
    """The names of archetypes by their ids, as the runs that are kept call them."""
    if asked.axis_name is not None:
        return {}
    return {each.archetype_id: each.name for each in (await runs.served(work)).archetypes}
