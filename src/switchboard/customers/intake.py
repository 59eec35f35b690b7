"""A file from its bytes to the store: read in a scratch database, stored in one unit of work.

All of it becomes visible at once, when the unit of work commits; a process that dies before leaves nothing of it.
"""

import asyncio
import json
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_json, to_jsonable_python

from switchboard.accounts import tenants
from switchboard.customers import uploads
from switchboard.customers.activity import keep_events
from switchboard.customers.events import OrdersChanged
from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.records import Overrides, Progress, Rate, Settings, Staged
from switchboard.customers.imports.staging import preview, stage
from switchboard.customers.kept import Kept
from switchboard.customers.leftovers import sweep
from switchboard.customers.orders import keep_orders
from switchboard.customers.people import keep_people
from switchboard.customers.records import ImportPreview, ImportRequest
from switchboard.customers.store import imports as store
from switchboard.customers.store import orders as orders_store
from switchboard.customers.storing import storing
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work

KEEP = {"orders": keep_orders, "customers": keep_people, "events": keep_events}
PLAN, ROWS = TypeAdapter(dict[str, JsonValue]), TypeAdapter(tuple[tuple[JsonValue, ...], ...])
WATCHER: ContextVar[Callable[[Progress], None] | None] = ContextVar("WATCHER", default=None)
"""Who is told how far an import is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An import that was stored: what was staged, and what storing it did."""

    id: UUID
    file: str
    staged: Staged
    kept: Kept
    bare: bool


@contextmanager
def watching(tell: Callable[[Progress], None]) -> Generator[None]:
    """Be told how far the imports in here are; from another thread."""
    before = WATCHER.set(tell)
    try:
        yield
    finally:
        WATCHER.reset(before)


async def look(work: Work, asked: ImportRequest) -> ImportPreview:
    """How the file would be read, with its first rows."""
    source = await uploads.source(work, asked.upload_id)
    plan = await asyncio.to_thread(inspect, source, asked.kind, _overrides(asked))
    settings = await _settings(work, asked, work.ground.ids())
    shown = await asyncio.to_thread(preview, source, plan, settings)
    return ImportPreview(
        plan=PLAN.validate_python(to_jsonable_python(shown.plan)),
        columns=shown.columns,
        rows=ROWS.validate_python(to_jsonable_python(shown.rows)),
    )


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
        prefix = "" if first in {None, asked.source} else f"{asked.source}:"
        with storing(settings.progress, staged, source.size):
            kept = await KEEP[asked.kind](work, staged, prefix, import_id)
            await _note(work, asked, Taken(id=import_id, file=source.name, staged=staged, kept=kept, bare=not prefix))
            changed = kept.counts.get("new", 0) + kept.counts.get("replaced", 0)
            if asked.kind == "orders" and changed:
                await tell(work, import_id, changed)
    return import_id


async def tell(work: Work, import_id: UUID, documents: int) -> None:
    """Move the workspace's clock to its newest order, a guest's too, and publish that orders changed."""
    newest = await orders_store.newest_order(work)
    await tenants.move_clock(work, newest)
    await publish(work, OrdersChanged(import_id=import_id, documents=documents, last_order_at=newest))


async def _note(work: Work, asked: ImportRequest, taken: Taken) -> None:
    counts, staged = taken.staged.counts, taken.staged
    said = {
        "rows": counts.rows,
        "accepted": counts.accepted,
        "quarantined": counts.quarantined,
        "duplicates": counts.duplicates,
        "reasons": counts.reasons,
        "orders": counts.orders,
        **taken.kept.counts,
    }
    quarantine = staged.quarantine.name if staged.quarantine else None
    plan = to_json(staged.plan).decode()
    row = (taken.id, asked.kind, asked.source, taken.file, plan, json.dumps(said), quarantine, work.now)
    kept = taken.kept
    await store.add(work, row, bare=taken.bare, same=kept.same, same_people=kept.same_people)


async def _settings(work: Work, asked: ImportRequest, import_id: UUID) -> Settings:
    workspace = await tenants.current(work)
    folder = work.ground.data_dir
    quarantine = folder / "quarantine" / str(work.caller.workspace)
    scratch = folder / "scratch"
    for made in (quarantine, scratch):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(sweep, scratch, work.now)
    products = await uploads.source(work, asked.products_upload_id) if asked.products_upload_id else None
    return Settings(
        scratch=scratch, quarantine=quarantine / f"{import_id}.csv", zone=workspace.time_zone,
        currency=workspace.currency, now=work.now, rates=await _rates(work), products=products,
        progress=WATCHER.get(), memory_mb=_memory_mb(),
    )  # fmt: skip


def _memory_mb() -> int:
    """A quarter of the machine's memory, 1 to 4 GB: with one, twenty million lines do not fit."""
    machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return min(max(machine_mb // 4, 1_024), 4_096)


async def _rates(work: Work) -> tuple[Rate, ...]:
    rows = await store.rates(work)
    return tuple(Rate(currency=row["currency"], day=row["day"], rate=row["rate"]) for row in rows)


def _overrides(asked: ImportRequest) -> Overrides:
    return Overrides(mapping=asked.mapping, preset=asked.preset)
