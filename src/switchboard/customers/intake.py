"""A file from its bytes to the store: read in a scratch database, stored in one unit of work.

All of it becomes visible at once, when the unit of work commits; a process that dies before leaves nothing of it.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import ExitStack
from contextvars import ContextVar
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import uploads
from switchboard.customers.activity import keep_events
from switchboard.customers.events import OrdersChanged
from switchboard.customers.imports.planning import inspect, preview
from switchboard.customers.imports.records import Overrides, Progress, Rate, Settings, Staged
from switchboard.customers.imports.staging import stage
from switchboard.customers.orders import keep_orders
from switchboard.customers.people import keep_people
from switchboard.customers.records import ImportPreview, ImportRequest
from switchboard.customers.store import imports as store
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work

KEEP = {"orders": keep_orders, "customers": keep_people, "events": keep_events}
WATCHER: ContextVar[Callable[[Progress], None] | None] = ContextVar("WATCHER", default=None)
"""Who is told how far an import is: set by a door or job around its call."""


async def look(work: Work, asked: ImportRequest) -> ImportPreview:
    """How the file would be read, with its first rows."""
    source = await uploads.source(work, asked.upload_id)
    plan = await asyncio.to_thread(inspect, source, asked.kind, _overrides(asked))
    settings = await _settings(work, asked, work.ground.ids())
    shown = await asyncio.to_thread(preview, source, plan, settings)
    rows = json.loads(json.dumps(shown.rows, default=str))
    return ImportPreview(
        plan=json.loads(json.dumps(shown.plan.as_dict(), default=str)),
        columns=shown.columns, rows=tuple(tuple(row) for row in rows),
    )  # fmt: skip


async def take_in(work: Work, asked: ImportRequest) -> UUID:
    """Import the file; the import's id. What is there already and equal is left alone."""
    import_id = work.ground.ids()
    source = await uploads.source(work, asked.upload_id)
    plan = await asyncio.to_thread(inspect, source, asked.kind, _overrides(asked))
    settings = await _settings(work, asked, import_id)
    with ExitStack() as leaving:
        staged = await asyncio.to_thread(lambda: leaving.enter_context(stage(source, plan, settings)))
        await store.lock(work)
        first = await store.first_source(work)
        prefix = "" if first in (None, asked.source) else f"{asked.source}:"
        kept = await KEEP[asked.kind](work, staged, prefix, import_id)
        await _note(work, asked, import_id, source.name, staged, kept)
        await _tell(work, asked, import_id, staged, kept)
    return import_id


async def _note(
    work: Work, asked: ImportRequest, import_id: UUID, file: str, staged: Staged, kept: dict[str, int]
) -> None:
    counts = staged.counts
    said = {
        "rows": counts.rows, "accepted": counts.accepted, "quarantined": counts.quarantined,
        "duplicates": counts.duplicates, "reasons": counts.reasons, "orders": counts.orders, **kept,
    }  # fmt: skip
    quarantine = staged.quarantine.name if staged.quarantine else None
    plan = json.dumps(staged.plan.as_dict(), default=str)
    row = (import_id, asked.kind, asked.source, file, plan, json.dumps(said), quarantine, work.now)
    await store.add(work, row)


async def _tell(work: Work, asked: ImportRequest, import_id: UUID, staged: Staged, kept: dict[str, int]) -> None:
    changed = kept.get("new", 0) + kept.get("replaced", 0)
    if asked.kind == "orders" and changed:
        if staged.last_at is not None:
            await tenants.move_clock(work, staged.last_at)
        await publish(work, OrdersChanged(import_id=import_id, documents=changed, last_order_at=staged.last_at))


async def _settings(work: Work, asked: ImportRequest, import_id: UUID) -> Settings:
    workspace = await tenants.current(work)
    folder = work.ground.data_dir
    quarantine = folder / "quarantine" / str(work.caller.workspace)
    scratch = folder / "scratch"
    for made in (quarantine, scratch):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
    products = await uploads.source(work, asked.products_upload_id) if asked.products_upload_id else None
    return Settings(
        scratch=scratch, quarantine=quarantine / f"{import_id}.csv", zone=workspace.time_zone,
        currency=workspace.currency, now=work.now, rates=await _rates(work), products=products,
        progress=WATCHER.get(),
    )  # fmt: skip


async def _rates(work: Work) -> tuple[Rate, ...]:
    rows = await store.rates(work)
    return tuple(Rate(currency=row["currency"], day=row["day"], rate=row["rate"]) for row in rows)


def _overrides(asked: ImportRequest) -> Overrides:
    return Overrides(mapping=asked.mapping, preset=asked.preset)
