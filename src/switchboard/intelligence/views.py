"""What is worked out of one customer: served for the present, worked out anew for a moment of the past."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.customers.profiles import Person
from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, packing, runs
from switchboard.intelligence.archetypes import archetype_id, is_fading, parts, place, segments_in
from switchboard.intelligence.churn import Signs, signs, tenths
from switchboard.intelligence.features import measure
from switchboard.intelligence.health import Health
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.packing import Result, Unpacked, unpack
from switchboard.intelligence.predicting import nothing_predicted
from switchboard.intelligence.records import ArchetypeRef
from switchboard.intelligence.runs import Run
from switchboard.intelligence.segments import segment
from switchboard.intelligence.warehouse.elsewhere import lines_stay_there, warehouse_of
from switchboard.intelligence.words import title
from switchboard.intelligence.working_out import Fitted, IntelligenceSettings, Outcome

NOTHING = Unpacked(features={}, memberships={}, dominant={}, strength={}, promised=b"")


@dataclass(frozen=True, kw_only=True)
class View:
    """One customer at a moment; `known` is empty, and the archetype None, for somebody without orders by then."""

    person: Person
    known: Unpacked
    archetype: ArchetypeRef | None
    lifetime_value: float
    absent: dict[str, str]
    as_of: datetime
    settings: IntelligenceSettings


async def view(work: Work, customer_id: str, asked: datetime | None, orders: int = people.NEWEST_ORDERS) -> View:
    """The customer with so many orders, as served, or as they were at the moment asked about."""
    run = await runs.served(work)
    if asked is None or asked == run.as_of:
        return await _present(work, run, customer_id, asked, orders)
    return await _past(work, run, customer_id, asked, orders)


async def view_in(work: Work, outcome: Outcome, moment: datetime, row: int, customer_id: str) -> View:
    """The customer as everything worked out for this moment tells them, in whose row they stand."""
    person = await people.find(work, customer_id, moment)
    return _seen(person, outcome.result, row, moment, outcome.settings)


def signs_of(seen: View) -> Signs:
    """What the rules of the churn score look at; raise Conflict for somebody without orders."""
    known = seen.known
    if not known.features:
        raise Conflict(
            f"customer {seen.person.customer_id!r} has no order by {seen.as_of:%Y-%m-%d} that was segmented, so there"
            " is no risk to tell; ask for a later moment, or import their orders and run the segmentation",
            code="no_orders",
        )
    return Signs(
        weak_frequency=np.array([known.strength.get("purchase_frequency") == "weak"]),
        days_since_last=np.array([known.features["recency_days"]]),
        rare_buyer=np.array([known.dominant.get("purchase_frequency") in {"one_time", "occasional"}]),
        is_new=np.array([known.dominant.get("customer_maturity") == "new"]),
    )


async def _present(work: Work, run: Run, customer_id: str, asked: datetime | None, orders: int) -> View:
    person = await people.find(work, customer_id, run.as_of, orders)
    if person.run is not None and person.run > run.number:  # it came in the last five seconds
        run = await runs.served(work, at_least=person.run)
        person = await people.find(work, customer_id, run.as_of, orders)
    if person.figures_at is not None:  # worked out after the run
        if asked is not None:
            return await _past(work, run, customer_id, asked, orders)
        person = await people.find(work, customer_id, person.figures_at, orders)
    return View(
        person=person,
        known=unpack(person.detail) if person.detail else NOTHING,
        archetype=archetype_ref(run, person.archetype_id),
        lifetime_value=person.lifetime_value or 0.0,
        absent=run.absent,
        as_of=person.figures_at or run.as_of,
        settings=run.settings,
    )


async def _past(work: Work, run: Run, customer_id: str, asked: datetime, orders: int) -> View:
    person = await people.find(work, customer_id, asked, orders)
    workspace = await tenants.current(work)
    if await warehouse_of(work) is not None:
        raise lines_stay_there()
    fitted, health = await _fitted(work, asked)

    mirrored_at = await runs.mirrored(work)

    def find() -> Result:
        with published(mirrored_at) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            features = measure(lines, moments.as_of(asked, workspace), [person.key])
        standing = segment(features, health, fitted.scale, run.settings.segments)
        placement = place(parts(standing), fitted.tree, len(standing))
        risk = tenths(signs(features, standing))
        return Result(
            features=features, segmentation=standing, placement=placement, tenths=risk,
            predicted=nothing_predicted(len(features)),
        )  # fmt: skip

    result = await asyncio.to_thread(find)
    return _seen(person, result, 0 if len(result.features) else None, asked, run.settings)


def _seen(person: Person, result: Result, row: int | None, as_of: datetime, settings: IntelligenceSettings) -> View:
    """The customer in this row; None for somebody who has none."""
    return View(
        person=person,
        known=NOTHING if row is None else unpack(packing.pack(result, slice(row, row + 1)).tobytes()),
        archetype=None if row is None else archetype_of(result, row),
        lifetime_value=0.0 if row is None else float(result.features["lifetime_value"][row]),
        absent=dict(result.segmentation.absent),
        as_of=as_of,
        settings=settings,
    )


def archetype_of(result: Result, row: int) -> ArchetypeRef:
    """The archetype of the customer in this row."""
    key = result.placement.keys[int(result.placement.codes[row])]
    return _ref(archetype_id(key), title(segments_in(key), is_fading=is_fading(key)))


def archetype_ref(run: Run, archetype_id: str | None) -> ArchetypeRef | None:
    """The archetype with the id, None where this run's tree has none."""
    name = run.archetype_names.get(archetype_id) if archetype_id else None
    return _ref(archetype_id, name) if archetype_id and name else None


@lru_cache(maxsize=1_000)
def _ref(archetype_id: str, name: str) -> ArchetypeRef:
    return ArchetypeRef(id=archetype_id, name=name)


async def _fitted(work: Work, asked: datetime) -> tuple[Fitted, Health]:
    """What was fitted, and how the shop's data was, at this moment or shortly before it: earlier facts only."""
    of: Run | Outcome = await runs.last_before(work, asked) or await runs.of_moment(work, asked)
    return of.fitted, of.health
