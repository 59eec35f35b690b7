"""What callers can ask of the past: trends, movement between snapshots, the snapshots themselves, revenue by month."""

import asyncio
from datetime import UTC, datetime, timedelta

from switchboard.accounts import tenants
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.reached import reach
from switchboard.foundation.vault import DataKey
from switchboard.intelligence import moments, past_records, revenue, runs, store, trends
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.looking import READING
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.segments import axis_named, segment_named
from switchboard.intelligence.snapshots import unseal
from switchboard.intelligence.working_out import Summary

MOST_POINTS = 1_000
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@operation(
    "intelligence.segment_trends",
    title="Segment trends",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
    tool="calculate_segment_trends",
)
async def segment_trends(work: Work, asked: past_records.TrendAsked) -> past_records.Trend:
    """How many customers belonged to a segment at each snapshot, and how that changed from the first to the last."""
    segment_named(asked.axis_name, asked.segment_name)
    await runs.served(work)
    as_of = await runs.until(work, asked.as_of)
    rows = (await store.page(work, as_of, MOST_POINTS))[::-1]
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
        as_of=as_of,
    )  # fmt: skip


@operation("intelligence.snapshots", title="Snapshots", permission="intelligence:read", reads=True, may_lag=True)
async def snapshots(work: Work, asked: past_records.SnapshotsAsked) -> past_records.Snapshots:
    """The snapshots there are, one a moment, newest first."""
    as_of, before = await runs.until(work, asked.as_of), _read_cursor(asked.cursor)
    rows = await store.page(work, min(as_of, before) if before else as_of, asked.limit + 1)
    shown = rows[: asked.limit]
    return past_records.Snapshots(
        snapshots=tuple(
            past_records.SnapshotShown(
                run=row.run, kind=row.kind, as_of=row.as_of, made_at=row.made_at, customers=row.customers
            )
            for row in shown
        ),
        next_cursor=_cursor(shown[-1].as_of) if len(rows) > len(shown) else None,
        as_of=as_of,
    )


@operation(
    "intelligence.movement",
    title="Movement between snapshots",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
)
async def movement(work: Work, asked: past_records.MovementAsked) -> past_records.Movement:
    """Who moved where between two snapshots, the newest two unless named: on an axis, or between archetypes."""
    if asked.axis_name is not None:
        axis_named(asked.axis_name)
    as_of = await runs.until(work, asked.as_of)
    after = await _taken(work, asked.to_run, as_of, as_of)
    before = await _taken(work, asked.from_run, after.as_of - MICROSECOND, as_of)
    key = await tenants.data_key(work)
    then, later = await asyncio.gather(
        *(asyncio.to_thread(_roll, key, each, asked.axis_name) for each in (before, after))
    )
    moved = await asyncio.to_thread(trends.movement, then, later)
    names = {} if asked.axis_name else await _archetype_names(work, before, after)
    moves = [
        past_records.Move(
            was=names.get(was, was), became=names.get(became, became), customers=int(moved.moves[row, column])
        )
        for row, was in enumerate(moved.before)
        for column, became in enumerate(moved.after)
        if moved.moves[row, column]
    ]
    return past_records.Movement(
        from_run=before.run, from_as_of=before.as_of, to_run=after.run, to_as_of=after.as_of,
        moves=tuple(sorted(moves, key=lambda move: -move.customers)),
        joined=int(moved.joined.sum()), left=int(moved.left.sum()), as_of=as_of,
    )  # fmt: skip


@operation(
    "intelligence.revenue_by_month", title="Revenue by month", permission="intelligence:read", reads=True, may_lag=True
)
@may_take_long
@answered_ahead
async def revenue_by_month(work: Work, asked: past_records.MonthsAsked) -> past_records.Revenue:
    """Net revenue, orders and buying customers of each month up to now, guests included."""
    run = await runs.served(work)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of) or run.as_of

    place = await runs.mirrored(work)

    def read() -> tuple[past_records.Month, ...] | None:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            at = moments.as_of(moment, workspace)
            reach(READING)
            return revenue.by_month(lines, at, asked.months) if revenue.has_begun(lines, at) else None

    months = await asyncio.to_thread(read)
    if months is None:
        raise await runs.nothing_sold(work)
    return past_records.Revenue(months=months, currency=workspace.currency, as_of=moment)


def _roll(key: DataKey, packed: store.Packed, axis: str | None) -> trends.Roll:
    of = unseal(key, packed.run, packed.people)
    if axis is None:
        return trends.Roll(persons=of.persons, codes=of.archetypes, names=of.archetype_ids)
    if axis not in of.axes:
        raise NotFound(f"the axis {axis!r} is not in that snapshot: {of.absent.get(axis, 'it was not told then')}")
    names, codes = of.axes[axis]
    return trends.Roll(persons=of.persons, codes=codes, names=names)


async def _taken(work: Work, run: int | None, newest: datetime, until: datetime) -> store.Packed:
    """The snapshot of this run, of a moment up to `until`; left out, the newest one up to `newest`."""
    if run is None:
        found = await store.page(work, newest, 1)
        if not found:
            raise NotFound("there are no two snapshots up to this moment; intelligence.snapshots lists those there are")
        run = found[0].run
    packed = await store.people_until(work, run, until)
    if packed is None:
        raise NotFound(f"there is no snapshot {run} up to this moment; intelligence.snapshots lists them")
    return packed


def _cursor(last: datetime) -> str:
    return str((last - EPOCH) // MICROSECOND)


def _read_cursor(cursor: str | None) -> datetime | None:
    """The newest moment that the page may show."""
    try:
        return None if cursor is None else EPOCH + (int(cursor) - 1) * MICROSECOND
    except (ValueError, OverflowError):
        raise Invalid("the cursor is not one of ours; take next_cursor of the page before", field="cursor") from None


async def _archetype_names(work: Work, *of: store.Packed) -> dict[str, str]:
    """The names of archetypes by their ids: as they are called now, else as these snapshots called them."""
    names = dict[str, str]()
    for each in of:
        then = await runs.last_before(work, each.as_of)
        names |= then.archetype_names if then else {}
    return names | {each.archetype_id: each.name for each in (await runs.served(work)).archetypes}
