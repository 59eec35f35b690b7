"""Segmenting, now."""

import time

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import not_undone
from switchboard.intelligence import moments, past, records, runs
from switchboard.intelligence.runs import Run

LONGEST_S = 600.0


@operation(
    "intelligence.segment",
    title="Segment",
    permission="intelligence:run",
    timeout_s=LONGEST_S,
    undo=not_undone("the next segmentation takes its place; its snapshot stays"),
)
async def segment(work: Work, asked: records.RunAsked) -> records.RunDone:
    """Work out features, segments, archetypes and risk of all customers now, serve them and keep a snapshot."""
    began = time.monotonic()
    workspace = await tenants.current(work)
    moment = moments.instant(asked.as_of, workspace, work.now) if asked.as_of else None
    run = await runs.segment(work, moment)
    if run.customers:
        await past.ask(work, run.number)
    return records.RunDone(
        run=run.number, customers=run.customers, archetypes=len(run.archetypes), coverage=run.summary.coverage,
        absent_axes=run.absent, strong=run.settings.segments.strong, moderate=run.settings.segments.moderate,
        took_s=round(time.monotonic() - began, 3), as_of=run.as_of, from_warehouse=_from_warehouse(run),
    )  # fmt: skip


def _from_warehouse(run: Run) -> records.FromWarehouse | None:
    read = run.warehouse
    return read and records.FromWarehouse(left_out=read.left_out, merged=read.merged, lacks=read.shop.lacks)
