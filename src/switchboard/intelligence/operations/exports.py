"""Files of everybody's figures."""

from datetime import datetime

import numpy as np

from switchboard.accounts import tenants
from switchboard.customers import forgotten
from switchboard.foundation.errors import Conflict, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import not_undone
from switchboard.foundation.vault import size_inside
from switchboard.intelligence import expecting, exports, filtering, moments, past_filters, runs, shop_records
from switchboard.intelligence.archetypes import Rows
from switchboard.intelligence.features import Persons
from switchboard.intelligence.working_out import Outcome

LONGEST_S = 600.0


@operation(
    "intelligence.export_profiles",
    title="Export profiles",
    permission="customers:export",
    timeout_s=LONGEST_S,
    undo=not_undone("what was given out can not be called back"),
)
async def export_profiles(work: Work, asked: shop_records.ExportAsked) -> shop_records.Export:
    """A file with one row a customer: features, segments with their strength, archetype and risk."""
    outcome, rows, moment = await _worked_out(work, asked)
    table = exports.profiles(outcome.result, rows)
    return await _written(work, asked, outcome.result.features.persons[rows], table, moment)


@operation(
    "intelligence.export_segments",
    title="Export segments",
    permission="customers:export",
    timeout_s=LONGEST_S,
    undo=not_undone("what was given out can not be called back"),
)
async def export_segments(work: Work, asked: shop_records.ExportAsked) -> shop_records.Export:
    """A file with how far each customer belongs to each segment: one row per customer, axis and segment."""
    outcome, rows, moment = await _worked_out(work, asked)
    table = exports.segments(outcome.result, rows)
    return await _written(work, asked, outcome.result.features.persons[rows], table, moment)


@operation(
    "intelligence.export_predictions",
    title="Export predictions",
    permission="customers:export",
    timeout_s=LONGEST_S,
    undo=not_undone("what was given out can not be called back"),
)
async def export_predictions(work: Work, asked: shop_records.PredictionsAsked) -> shop_records.Export:
    """A file with what is expected of each customer within horizon_days.

    The probability of no purchase, the value and the next purchase, each with the interval that holds four of five.
    """
    await forgotten.stays(work)
    run = await runs.served(work)
    moment = await moments.asked(work, asked.as_of) or run.as_of
    found = await expecting.of_all(work, moment, asked.horizon_days)
    if found.missing:
        raise Conflict(f"not enough data for predictions: they take {'; '.join(found.missing)}", code="not_enough_data")
    if not len(found.persons):
        raise runs.before_the_first_order()
    rows = await _chosen(work, asked, moment, found.persons)
    table = exports.predictions(found.figures[rows], moment, asked.horizon_days)
    return await _written(work, asked, found.persons[rows], table, moment)


@operation("intelligence.find_export", title="Find an export", permission="customers:export", reads=True)
async def find_export(work: Work, asked: shop_records.ExportRef) -> shop_records.ExportFound:
    """Whether an export is there, and what kind of file it is; GET /v1/exports/{export_id} gives it."""
    found = exports.find(work.ground.data_dir, work.caller.workspace, asked.export_id)
    if found is None:
        raise NotFound(f"there is no export {asked.export_id}; make one with intelligence.export_profiles")
    kind, path = found
    return shop_records.ExportFound(export_id=asked.export_id, format=kind, bytes=size_inside(path))


async def _worked_out(work: Work, asked: shop_records.ExportAsked) -> tuple[Outcome, Rows, datetime]:
    """Everything of the moment, and which rows of it were asked for."""
    await forgotten.stays(work)
    run = await runs.served(work)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of) or run.as_of
    before = run if moment == run.as_of else await runs.last_before(work, moment)
    outcome = await runs.at(work, workspace, moment, run.settings, before.fitted if before else None)
    if outcome is None:
        raise runs.before_the_first_order()
    return outcome, await _chosen(work, asked, moment, outcome.result.features.persons, outcome), moment


async def _chosen(
    work: Work, asked: shop_records.ExportAsked, moment: datetime, persons: Persons, of: Outcome | None = None
) -> Rows:
    """The rows of those whom the filter finds, now or at a past moment (`of`: what was worked out for it); else all."""
    if asked.filter is None and asked.audience is None:
        return np.arange(len(persons))
    run = await runs.served(work)
    if moment == run.as_of:
        by = await filtering.asking(work, run.archetype_names)
        found = await filtering.matches(work, by, await filtering.chosen(work, by, asked))
        return np.flatnonzero(found.has(persons))
    of = of or await runs.in_the_past(work, run, moment)
    then = await past_filters.found(work, of, moment, [await filtering.written(work, asked)])
    return np.flatnonzero(np.isin(persons, of.result.features.persons[then]))


async def _written(
    work: Work, asked: shop_records.ExportAsked, persons: Persons, table: exports.Table, as_of: datetime
) -> shop_records.Export:
    export_id = work.ground.ids()
    path = exports.place(work.ground.data_dir, work.caller.workspace, export_id, asked.format)
    rows = await exports.write(work, persons, table, (path, asked.format))
    made = shop_records.Export(
        export_id=export_id, format=asked.format, rows=rows, bytes=size_inside(path), as_of=as_of
    )  # fmt: skip
    if work.rehearses:
        path.unlink()
    return made
