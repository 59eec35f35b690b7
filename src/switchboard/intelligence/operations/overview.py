"""What callers can ask of the shop at a glance."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import moments, runs, store
from switchboard.intelligence import overview_records as records
from switchboard.intelligence.ahead import answered_ahead_by_snapshots
from switchboard.intelligence.long_questions.asking import may_take_long
from switchboard.intelligence.questions.overview import PERIODS, Periods, periods
from switchboard.intelligence.remembering import Memory
from switchboard.intelligence.working_out import Summary

PERIOD = Memory[Periods]()
MOST_SNAPSHOTS = 1_000
NEAR_DAYS = 31  # a snapshot tells of the end of a period for so long: there is one each month
AT_RISK = ("HIGH", "CRITICAL")
Unit = Literal["currency", "customers", "share"]


@operation("intelligence.overview", title="The shop at a glance", permission="intelligence:read", reads=True,
           may_lag=True)  # fmt: skip
@may_take_long
@answered_ahead_by_snapshots
async def overview(work: Work, asked: records.OverviewAsked) -> records.Overview:
    """Revenue, active customers, repeat rate, share at risk and value of a customer: the last days, and as many before.

    Each with its value of the last thirteen such periods.
    """
    seen = await PERIOD.look(
        work, asked.as_of, lambda lines, at: periods(lines, at, asked.days), depends_on=asked.days
    )  # fmt: skip
    found = seen.found
    ends = [datetime.fromtimestamp(each, UTC) for each in found.ends]
    now = await runs.of_moment(work, await moments.asked(work, asked.as_of))
    at_risk = await _at_risk(work, ends, _share_at_risk(now.summary.levels))
    return records.Overview(
        days=asked.days,
        revenue=_figure("currency", ends, found.revenue),
        active_customers=_figure("customers", ends, found.active),
        repeat_rate=_figure("share", ends, found.repeat_rate),
        at_risk_share=_figure("share", ends, at_risk),
        average_lifetime_value=_figure("currency", ends, found.lifetime_value),
        currency=seen.currency,
        as_of=seen.as_of,
    )


async def _at_risk(work: Work, ends: Sequence[datetime], now: float | None) -> list[float | None]:
    """The share at the moment, and by the newest snapshot up to each of the earlier ends."""
    rows = await store.page(work, ends[0], MOST_SNAPSHOTS)
    found: list[float | None] = [now]
    for end in ends[1:]:
        row = next((each for each in rows if end - timedelta(days=NEAR_DAYS) < each.as_of <= end), None)
        found.append(_share_at_risk(Summary.model_validate_json(row.counts).levels) if row else None)
    return found


def _share_at_risk(levels: Mapping[str, int]) -> float | None:
    customers = sum(levels.values())
    return sum(levels.get(level, 0) for level in AT_RISK) / customers if customers else None


def _figure(unit: Unit, ends: Sequence[datetime], values: Sequence[float | None]) -> records.Figure:
    value, before = values[0], values[1]
    difference = None if value is None or before is None else value - before
    return records.Figure(
        unit=unit,
        value=value,
        before=before,
        difference=difference,
        change=difference / before if difference is not None and before and before > 0 else None,
        points=tuple(
            records.FigurePoint(until=ends[number], value=values[number]) for number in reversed(range(PERIODS))
        ),
    )
