"""Files of everybody's figures."""

from switchboard.accounts import tenants
from switchboard.customers import forgotten
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.vault import size_inside
from switchboard.intelligence import exports, moments, runs, shop_records

LONGEST_S = 600.0


@operation("intelligence.export_profiles", title="Export profiles", permission="customers:export", timeout_s=LONGEST_S)
async def export_profiles(work: Work, asked: shop_records.ExportAsked) -> shop_records.Export:
    """A file with one row a customer: features, segments with their strength, archetype and risk."""
    await forgotten.stays(work)
    run = await runs.served(work)
    workspace = await tenants.current(work)
    moment = await moments.asked(work, asked.as_of) or run.as_of
    before = run if moment == run.as_of else await runs.last_before(work, moment)
    outcome = await runs.at(work, workspace, moment, run.settings, before.fitted if before else None)
    if outcome is None:
        raise runs.before_the_first_order()
    export_id = work.ground.ids()
    path = exports.place(work.ground.data_dir, workspace.id, export_id, asked.format)
    rows = await exports.write_profiles(work, outcome.result, path, asked.format)
    return shop_records.Export(
        export_id=export_id, format=asked.format, rows=rows, bytes=size_inside(path), as_of=moment
    )


@operation("intelligence.find_export", title="Find an export", permission="customers:export", reads=True)
async def find_export(work: Work, asked: shop_records.ExportRef) -> shop_records.ExportFound:
    """Whether an export is there, and what kind of file it is; GET /v1/exports/{export_id} gives it."""
    found = exports.find(work.ground.data_dir, work.caller.workspace, asked.export_id)
    if found is None:
        raise NotFound(f"there is no export {asked.export_id}; make one with intelligence.export_profiles")
    kind, path = found
    return shop_records.ExportFound(export_id=asked.export_id, format=kind, bytes=size_inside(path))
