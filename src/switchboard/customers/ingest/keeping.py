"""A batch becomes the workspace's: by the same functions as a file's rows, in one unit of work."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from switchboard.accounts import tenants
from switchboard.customers.activity import keep_events
from switchboard.customers.events import OrdersArrived
from switchboard.customers.imports.records import Rate, Staged
from switchboard.customers.ingest.records import Batch, Counted, Ingested, Kind
from switchboard.customers.ingest.sorting import Setting, Sorted, sort
from switchboard.customers.ingest.staging import alike, staged_events, staged_orders, staged_people
from switchboard.customers.kept import Kept
from switchboard.customers.orders import keep_orders
from switchboard.customers.people import keep_people
from switchboard.customers.store import imports as imports_store
from switchboard.customers.store import streams as store
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work

NUMBERS, REASONS = TypeAdapter(dict[str, int]), TypeAdapter(dict[str, str])
NOTHING: Mapping[str, JsonValue] = {}
KEEP = {"person": keep_people, "order": keep_orders, "event": keep_events}


def nothing() -> dict[Kind, Counter[str]]:
    """No counts yet."""
    return {"person": Counter(), "order": Counter(), "event": Counter()}


@dataclass(slots=True, kw_only=True)
class Brought:
    """What a batch brought so far."""

    import_id: UUID
    prefix: str
    counts: dict[Kind, Counter[str]] = field(default_factory=nothing)
    newest_order: datetime | None = None
    forgotten: int = 0
    warned: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


async def keep(work: Work, batch: Batch) -> Ingested:
    """Store what is right of a batch; the rest is told."""
    setting = await _setting(work)
    found = await asyncio.to_thread(sort, batch, setting)
    if not (found.people.items or found.orders.items or found.events.items):
        return _told(found, None)
    with ExitStack() as leaving:
        staged = await asyncio.to_thread(_staged, found, setting, leaving)
        await imports_store.lock(work)
        first = await imports_store.first_source(work)
        bare = first in {None, batch.source}
        import_id = await store.open_import(work, batch.source, work.now.astimezone(UTC).date(), bare=bare)
        brought = Brought(import_id=import_id, prefix="" if bare else f"{batch.source}:")
        for kind, one in staged:
            await _keep(work, brought, kind, replace(one, told_by=batch.source))
    await _tell(work, brought)
    return _told(found, brought)


def _staged(found: Sorted, setting: Setting, leaving: ExitStack) -> list[tuple[Kind, Staged]]:
    """What is right, in the order it is stored: who they are, what they bought, what else they did."""
    opened: list[tuple[Kind, AbstractContextManager[Staged]]] = []
    if found.people.items:
        opened.append(("person", staged_people(found.people, setting)))
    opened.extend(("order", staged_orders(orders, setting)) for orders in alike(found.orders))
    if found.events.items:
        opened.append(("event", staged_events(found.events, setting)))
    return [(kind, leaving.enter_context(one)) for kind, one in opened]


async def _keep(work: Work, brought: Brought, kind: Kind, staged: Staged) -> None:
    kept: Kept = await KEEP[kind](work, staged, brought.prefix, brought.import_id)
    brought.counts[kind].update(kept.counts)
    brought.forgotten += kept.erased
    if kept.warned:  # of people, who are stored once
        brought.warned = kept.warned
    changed = kept.counts.get("new", 0) + kept.counts.get("replaced", 0)
    if kind == "order" and changed:
        await store.note_changed(work)
        newest = await store.newest_staged(work)
        brought.newest_order = max(filter(None, (brought.newest_order, newest)), default=None)
    counts = {f"{kind}_{name}": number for name, number in kept.counts.items()}
    if doubtful := _doubtful(kept.warned):
        counts["consents_in_doubt"] = doubtful
    await store.add(work, brought.import_id, counts, same=kept.same)
    await store.forget_stages(work)


async def _tell(work: Work, brought: Brought) -> None:
    """Move the workspace's clock to its newest order, and publish that orders arrived."""
    changed = brought.counts["order"]["new"] + brought.counts["order"]["replaced"]
    if changed:
        await tenants.advance_clock(work, brought.newest_order)
        await publish(work, OrdersArrived(documents=changed))


def _told(found: Sorted, brought: Brought | None) -> Ingested:
    counts = brought.counts if brought else nothing()
    people, warned = counts["person"], brought.warned if brought else NOTHING
    return Ingested(
        import_id=brought.import_id if brought else None,
        events=_counted(counts["event"], found.events.repeated),
        orders=_counted(counts["order"], found.orders.repeated),
        people=Counted(new=people["new_people"], same=people["known_people"], repeated=found.people.repeated),
        new_people=sum(each["new_people"] for each in counts.values()),
        rejected=found.rejected,
        forgotten=brought.forgotten if brought else 0,
        attributes_not_understood=NUMBERS.validate_python(warned.get("attributes_not_understood", {})),
        attributes_kept_out=REASONS.validate_python(warned.get("columns_kept_out", {})),
        attribute_values_left_out=people["attribute_values_left_out"],
        consents_in_doubt=_doubtful(warned),
        phones_without_country=people["phones_without_country"],
    )


def _doubtful(warned: Mapping[str, JsonValue]) -> int:
    found = warned.get("consents_in_doubt")
    return found if isinstance(found, int) else 0


def _counted(counts: Counter[str], repeated: int) -> Counted:
    return Counted(new=counts["new"], replaced=counts["replaced"], same=counts["same"], repeated=repeated)


async def _setting(work: Work) -> Setting:
    workspace = await tenants.current(work)
    rows = await imports_store.rates(work)
    rates = tuple(Rate(currency=row["currency"], day=row["day"], rate=row["rate"]) for row in rows)
    return Setting(zone=workspace.zone, currency=workspace.currency, rates=rates, now=work.now)
