"""A file from its bytes to the store: read in a scratch database, stored in one unit of work.

All of it becomes visible at once, when the unit of work commits; a process that dies before leaves nothing of it.
"""

import asyncio
import json
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_json, to_jsonable_python

from switchboard.accounts import tenants
from switchboard.customers import uploads, wrong_rows
from switchboard.customers.activity import keep_events
from switchboard.customers.events import OrdersChanged
from switchboard.customers.imports.orders import SCALED
from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.records import (
    MONEY_SCALE,
    Overrides,
    Preview,
    Progress,
    Rate,
    Settings,
    Source,
    Staged,
)
from switchboard.customers.imports.sources import unpacked
from switchboard.customers.imports.staging import preview, stage
from switchboard.customers.kept import Kept
from switchboard.customers.leftovers import sweep
from switchboard.customers.orders import keep_orders
from switchboard.customers.people import keep_people
from switchboard.customers.read_as import told
from switchboard.customers.records import ImportPreview, ImportRequest
from switchboard.customers.store import imports as store
from switchboard.customers.store import orders as orders_store
from switchboard.customers.storing import storing
from switchboard.foundation.errors import Invalid
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work

KEEP = {"orders": keep_orders, "customers": keep_people, "events": keep_events}
PLAN, ROWS = TypeAdapter(dict[str, JsonValue]), TypeAdapter(tuple[tuple[JsonValue, ...], ...])
SAMPLED_FROM = 1_000  # rows of a file
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
    settings = await _settings(work, work.ground.ids())
    with ExitStack() as leaving:
        source = await _source(work, asked.upload_id, leaving)
        plan = await asyncio.to_thread(inspect, source, asked.kind, _overrides(asked))
        shown = await asyncio.to_thread(preview, source, plan, settings)
    return ImportPreview(
        read_as=told(shown.plan),
        plan=PLAN.validate_python(to_jsonable_python(shown.plan)),
        columns=shown.columns,
        rows=ROWS.validate_python(to_jsonable_python(_in_units(shown))),
    )


def _in_units(shown: Preview) -> tuple[tuple[object, ...], ...]:
    """The rows with amounts as people write them: 4.5, which in tables is 45,000."""
    scaled = [shown.plan.kind == "orders" and name in SCALED for name in shown.columns]
    return tuple(
        tuple(value / MONEY_SCALE if is_scaled and isinstance(value, int) else value
              for value, is_scaled in zip(row, scaled, strict=True))
        for row in shown.rows
    )  # fmt: skip


async def take_in(work: Work, asked: ImportRequest) -> UUID:
    """Import the file; the import's id. What is there already and equal is left alone."""
    import_id = work.ground.ids()
    settings = replace(await _settings(work, import_id), told_by=asked.source)
    with ExitStack() as leaving:
        if work.rehearses:
            leaving.callback(settings.quarantine.unlink, missing_ok=True)
        source = await _source(work, asked.upload_id, leaving)
        plan = await asyncio.to_thread(inspect, source, asked.kind, _overrides(asked))
        if asked.products_upload_id:
            settings = replace(settings, products=await _source(work, asked.products_upload_id, leaving))
        staged = await asyncio.to_thread(lambda: leaving.enter_context(stage(source, plan, settings)))
        await store.lock(work)
        first = await store.first_source(work)
        prefix = "" if first in {None, asked.source} else f"{asked.source}:"
        with storing(settings.progress, staged, source.size):
            kept = await KEEP[asked.kind](work, staged, prefix, import_id)
            await _note(work, asked, Taken(id=import_id, file=source.name, staged=staged, kept=kept, bare=not prefix))
            changed = kept.counts.get("new", 0) + kept.counts.get("replaced", 0)
            if asked.kind == "orders" and changed:
                await tell(work, import_id, changed, kept.newest_order)
            if staged.counts.accepted >= SAMPLED_FROM:
                await store.sample(work)
    return import_id


async def tell(work: Work, import_id: UUID, documents: int, newest: datetime | None = None) -> None:
    """Move the workspace's clock to its newest order, a guest's too, and publish that orders changed."""
    newest = newest or await orders_store.newest_order(work)
    await tenants.move_clock(work, newest)
    await publish(work, OrdersChanged(import_id=import_id, documents=documents, last_order_at=newest))


async def _note(work: Work, asked: ImportRequest, taken: Taken) -> None:
    counts, staged, kept = taken.staged.counts, taken.staged, taken.kept
    erased = kept.erased + kept.hidden
    said = {
        "rows": counts.rows,
        "accepted": counts.accepted - kept.erased,
        "quarantined": counts.quarantined - kept.hidden,
        "duplicates": counts.duplicates,
        "reasons": counts.reasons | ({"erased": erased} if erased else {}),
        "orders": counts.orders,
        "undecodable": counts.undecodable,
        "card_numbers_masked": counts.card_numbers_masked,
        **kept.counts,
        **kept.warned,
    }
    quarantine = staged.quarantine.name if staged.quarantine else None
    plan = to_json(staged.plan).decode()
    row = (taken.id, asked.kind, asked.source, taken.file, plan, json.dumps(said), quarantine, work.now)
    await store.add(work, row, bare=taken.bare, same=kept.same)


async def _source(work: Work, upload_id: UUID, leaving: ExitStack) -> Source:
    """An uploaded file, as it can be read until we leave."""
    scratch = work.ground.data_dir / "scratch"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    sent, key = await uploads.source(work, upload_id), await uploads.key_of(work)
    leaving.enter_context(uploads.held(sent.path))
    source = await asyncio.to_thread(lambda: leaving.enter_context(uploads.opened(sent, key, scratch)))
    return await asyncio.to_thread(lambda: leaving.enter_context(unpacked(source, scratch)))


async def _settings(work: Work, import_id: UUID) -> Settings:
    workspace = await tenants.current(work)
    quarantine, scratch = wrong_rows.folder_of(work), work.ground.data_dir / "scratch"
    for made in (quarantine, scratch):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(sweep, scratch, work.now)
    return Settings(
        scratch=scratch, quarantine=quarantine / f"{import_id}.csv", key=await wrong_rows.key_of(work),
        zone=workspace.time_zone, currency=workspace.currency, now=work.now, rates=await _rates(work),
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
    return Overrides(
        mapping=asked.mapping, preset=asked.preset, delimiter=_delimiter(asked.delimiter), encoding=asked.encoding,
        date_order=asked.date_order, decimal_mark=asked.decimal_mark,
    )  # fmt: skip


def _delimiter(said: str | None) -> str | None:
    """One character that can stand between columns; `tab` is one."""
    mark = "\t" if said in {"tab", "\\t"} else said
    if mark is None or (len(mark) == 1 and mark.isascii() and not mark.isalnum() and mark not in '"\r\n\0'):
        return mark
    raise Invalid(f"The delimiter {said} can not be one: give a single mark, as in ; or #, or tab.", field="delimiter")
