"""How well a shop is predicted, measured every week in the background, and shown beside every prediction."""

import asyncio
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.jobs import enqueue
from switchboard.intelligence import moments, runs, store
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.months import day_of
from switchboard.intelligence.predicting import buyers_of, cut_of, days_of, moving_of, some
from switchboard.intelligence.predictions.predictor import HORIZON
from switchboard.intelligence.predictions.quality import Bin, Measured, measure
from switchboard.intelligence.records import Quality

JOB = "intelligence.backtest"
WEEK = timedelta(days=7)
MEASURED = TypeAdapter(Measured)
REMEMBERED_S = 60.0


@dataclass(frozen=True, kw_only=True)
class _Taken:
    at: datetime
    measured: Measured


_known: dict[UUID, tuple[float, tuple[_Taken, ...]]] = {}


async def newest(work: Work, horizon: int, until: datetime) -> Quality | None:
    """The newest measure of windows that had ended by then; None where there is none of this horizon yet."""
    if horizon != HORIZON:  # the one that is served is measured
        return None
    found = await _newest(work, until)
    if found is None:
        return None
    figures = asdict(found.measured)
    del figures["bins"]
    return Quality(since=day_of(figures.pop("cut")), measured_at=found.at, **figures)


async def calibration(work: Work, until: datetime) -> tuple[Bin, ...]:
    """The bins of that measure, for the horizon that is served; none where there is none yet."""
    found = await _newest(work, until)
    return () if found is None else found.measured.bins


async def _newest(work: Work, until: datetime) -> _Taken | None:
    ended = moments.day(until, await tenants.current(work)) - HORIZON + 1
    return next((each for each in await _all(work) if each.measured.cut <= ended), None)


async def ask(work: Work, run: int) -> None:
    """Have it measured in the background, unless it was in the last week."""
    rows = await store.qualities(work, HORIZON)
    if not rows or max(row["measured_at"] for row in rows) < work.now - WEEK:
        await enqueue(work, JOB, UUID(int=run), once=str(run))


async def _all(work: Work) -> tuple[_Taken, ...]:
    """All measures that are kept, newest first, as they were at most a minute ago."""
    known = _known.get(work.caller.workspace)
    if known is None or known[0] < time.monotonic():
        rows = await store.qualities(work, HORIZON)
        taken = tuple(_Taken(at=row["measured_at"], measured=MEASURED.validate_json(row["quality"])) for row in rows)
        known = _known[work.caller.workspace] = (time.monotonic() + REMEMBERED_S, taken)
    return known[1]


async def keep(work: Work) -> None:
    """Measure it now, on the same customers that the models are fitted on; nothing where nobody has ordered."""
    run = await runs.served_or_none(work)
    if run is None:
        return
    workspace, place = await tenants.current(work), await runs.mirrored(work)
    as_of = moments.as_of(run.as_of, workspace)

    def find() -> Measured | None:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            persons = buyers_of(lines, as_of).persons
            if not len(persons):
                return None
            days = days_of(lines, as_of, some(persons))
            return measure(days, cut_of(lines, as_of), HORIZON, moving_of(lines, as_of, days))

    found = await asyncio.to_thread(find)
    if found is not None:
        await store.keep_quality(work, HORIZON, found.cut, MEASURED.dump_json(found).decode())
        _known.pop(workspace.id, None)
