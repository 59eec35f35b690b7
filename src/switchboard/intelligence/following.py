"""Figures that follow the orders: of people whose orders just changed, against the model of the run that is served.

One reaction at a time and workspace, which sees to everybody who changed since the last one; so the next finds little
or nothing to do, however many batches came. A run notes up to where it saw the orders, and from there on people are
followed anew: figures never go back to what was before.
"""

import asyncio
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.customers import figures, groups
from switchboard.customers.changes import Cursor, categories_of, changed_people, lines_of
from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, packing, predictors, runs, store
from switchboard.intelligence.archetypes import parts, place
from switchboard.intelligence.churn import signs, tenths
from switchboard.intelligence.features import AsOf, measured
from switchboard.intelligence.incoming import native
from switchboard.intelligence.mirror import LINE_COLUMNS
from switchboard.intelligence.packing import Result
from switchboard.intelligence.predicting import Predicted, figures_among, nothing_predicted
from switchboard.intelligence.predictors import Fit
from switchboard.intelligence.runs import Run
from switchboard.intelligence.segments import segment
from switchboard.intelligence.sums import UNKNOWN, Lines
from switchboard.intelligence.warehouse.elsewhere import warehouse_of

MANY = 5_000  # people; more are left to a run
AHEAD_S = 5  # so far a source's clock may be ahead of ours, and its orders count at once


async def follow(work: Work) -> int | None:
    """Serve new figures of everybody whose orders changed.

    Where they are too many nothing happens, and the number of the run that is served is given: it takes another one.
    Nor does anything happen before the first run, or when that had nobody.
    """
    if await warehouse_of(work) is not None:  # the orders that count are there, and not those that arrived here
        return None
    await store.lock_following(work)
    served = await figures.hold_served(work)
    run = None if served is None else await runs.served_or_none(work, at_least=served[0])
    if served is None or run is None:
        return None
    row = await store.followed(work)
    since = Cursor(cluster=row["cluster"], snapshot=row["snapshot"]) if row else None
    changed = await changed_people(work, since, MANY + 1)
    if len(changed.keys) > MANY:
        return run.number
    if changed.keys:
        await renew(work, run, served, changed.keys)
        await store.set_followed(work, changed.until.cluster, changed.until.snapshot)
    return None


async def renew(work: Work, run: Run, served: tuple[int, int], keys: tuple[int, ...]) -> None:
    """Serve figures of these people as their orders are now, among those of the run; of merged ones, the survivor's."""
    workspace = await tenants.fresh(work)
    circles = await groups.of_all(work, keys)
    survivor = {member: circle[0] for circle in circles.values() for member in circle}
    copied = native(await lines_of(work, sorted(survivor)), *LINE_COLUMNS)
    lines = {name: column.astype(np.int64) for name, column in copied.items()}
    lines["person"] = np.array([survivor[person] for person in lines["person"].tolist()], np.int64)
    moment = _moment(workspace, work.ground.clock(), lines["second"])
    products = np.unique(lines["product"])
    categories = await categories_of(work, products.tolist())
    fit = await predictors.of_run(work, run.number)
    as_of = moments.as_of(moment, workspace)
    result = await asyncio.to_thread(lambda: worked_out(run, fit, as_of, _prepared(lines, as_of, categories)))
    gone = np.setdiff1d(np.array(sorted(survivor)), result.features.persons)
    await figures.renew(work, served, moment, packing.rows(result), gone.tolist())


def worked_out(run: Run, fit: Fit | None, as_of: AsOf, lines: Lines) -> Result:
    """What the run's models say of the people these lines are of, which are before the moment."""
    features = measured(lines, as_of)
    standing = segment(features, run.health, run.fitted.scale, run.settings.segments)
    placement = place(parts(standing), run.fitted.tree, len(standing))
    return Result(
        features=features, segmentation=standing, placement=placement, tenths=tenths(signs(features, standing)),
        predicted=_expected(fit, as_of, lines, len(features)),
    )  # fmt: skip


def _expected(fit: Fit | None, as_of: AsOf, lines: Lines, count: int) -> Predicted:
    if fit is None or fit.predictor is None or fit.missing or not count:
        return nothing_predicted(count, fit.missing if fit else ())
    return Predicted(predictor=fit.predictor, missing=(), figures=figures_among(lines, as_of, fit.predictor))


def _moment(workspace: Workspace, now: datetime, seconds: NDArray[np.int64]) -> datetime:
    """The workspace's clock, or just after an order that was placed in this moment by the clock of its source."""
    clock = workspace.as_of(now)
    if workspace.clock is not None or not len(seconds):
        return clock
    newest = int(np.max(seconds[seconds <= now.timestamp() + AHEAD_S], initial=0))
    return max(clock, datetime.fromtimestamp(newest + 1, UTC))


def _prepared(lines: Lines, as_of: AsOf, categories: dict[int, str]) -> Lines:
    """The lines before the moment, sorted, and as sums want them: what is unknown has a number of its own."""
    names = {name: number for number, name in enumerate(sorted(set(categories.values())), start=1)}
    known, where = np.unique(lines["product"], return_inverse=True)
    numbers = np.array([names.get(categories.get(int(key), ""), UNKNOWN) for key in known], np.int64)
    columns = dict(lines) | {
        "product": np.where(lines["product"] == 0, UNKNOWN, lines["product"]),
        "category": numbers[where],
        "discount": np.maximum(lines["discount"], 0),
    }
    before = columns["second"] < as_of.second
    order = np.lexsort((columns["document"], columns["person"]))
    order = order[before[order]]
    return {name: column[order] for name, column in columns.items()}
