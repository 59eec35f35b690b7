"""Runs: a segmentation worked out, served and kept as a snapshot; and the one that is served, read again."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from pydantic import TypeAdapter

from switchboard.accounts import tenants
from switchboard.accounts.records import Workspace
from switchboard.customers import figures
from switchboard.customers.changes import forget_changed
from switchboard.foundation.errors import Conflict, Invalid, SwitchboardError
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work
from switchboard.intelligence import custom, mirror, moments, packing, past_held, predictors, refreshing, store
from switchboard.intelligence.archetypes import Tree, archetype_id, is_fading, keys_of, segments_in
from switchboard.intelligence.axes.axis import ShopScale
from switchboard.intelligence.events import FiguresServed
from switchboard.intelligence.features import AsOf, has_begun
from switchboard.intelligence.health import Health
from switchboard.intelligence.labels import Labels, called, labels
from switchboard.intelligence.mirror_files import MirrorPlace, is_published, name_of_newest, published
from switchboard.intelligence.portraits import Archetype
from switchboard.intelligence.snapshots import MAGIC, encode, roster_of, seal
from switchboard.intelligence.warehouse import elsewhere
from switchboard.intelligence.warehouse.elsewhere import Reading, lines_stay_there, warehouse_of
from switchboard.intelligence.words import title
from switchboard.intelligence.working_out import (
    ARCHETYPES,
    Fitted,
    IntelligenceSettings,
    Outcome,
    Summary,
    work_out,
)

REMEMBERED_S = 5.0
OLDER_AT_ONCE = 10
SCALE, HEALTH = TypeAdapter(ShopScale), TypeAdapter(Health)
NOT_SEGMENTED = "nothing is segmented yet; import orders, then run `switchboard segment` or intelligence.segment"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A kept segmentation, without its people."""

    number: int
    as_of: datetime
    day: int
    customers: int
    settings: IntelligenceSettings
    fitted: Fitted
    absent: dict[str, str]
    health: Health
    summary: Summary
    archetypes: tuple[Archetype, ...]  # as the workspace calls them
    discovered: tuple[Archetype, ...]  # under the names they were found with
    labels: Labels
    warehouse: Reading | None = None  # where one was asked for the run, while that is still at hand

    @cached_property
    def archetypes_by_id(self) -> Mapping[str, Archetype]:
        """The archetypes of this run."""
        return {each.archetype_id: each for each in self.archetypes}

    @cached_property
    def archetype_names(self) -> Mapping[str, str]:
        """The name of each archetype that the tree may place somebody in who comes later, by id."""
        named = {
            archetype_id(key): title(segments_in(key), is_fading=is_fading(key)) for key in keys_of(self.fitted.tree)
        }
        own = {known: label.name for known, label in self.labels.items() if label.name and known in named}
        return named | own | {each.archetype_id: each.name for each in self.archetypes}

    def archetype(self, archetype_id: str) -> Archetype | None:
        """The archetype of this id, None when this run has none."""
        return self.archetypes_by_id.get(archetype_id)


_served: dict[UUID, tuple[float, Run]] = {}


async def served(work: Work, *, at_least: int = 0) -> Run:
    """The run that is served, as it was at most five seconds ago; raise Conflict `not_segmented` before the first.

    Whoever has seen figures of a newer run asks for `at_least` that one.
    """
    run = await served_or_none(work, at_least=at_least)
    if run is None:
        raise Conflict(NOT_SEGMENTED, code="not_segmented")
    return run


async def served_or_none(work: Work, *, at_least: int = 0) -> Run | None:
    """The same; None before the first run, and after one that had nobody."""
    known = _served.get(work.caller.workspace)
    if known is not None and known[0] > time.monotonic() and known[1].number >= at_least:
        return known[1]
    newest = await store.newest_run(work)
    lags = work.session.lags_s is not None
    if lags and newest is not None and known is not None and known[1].number > newest:
        newest = known[1].number  # a replica has not heard of it yet, but this process has
    if newest is not None and (known is None or known[1].number != newest):
        row = await store.newest(work)
        assert row is not None, "it was there a moment ago, and runs are never taken away"
        known = (0.0, read(row))
    if newest is None or known is None or not known[1].customers:
        return None
    run = relabelled(known[1], await labels(work))
    if not lags and not work.rehearses:  # what is taken back was served to nobody, and its number will be another's
        _served[work.caller.workspace] = (time.monotonic() + REMEMBERED_S, run)
    return run


def relabelled(run: Run, by: Labels) -> Run:
    """The run with its archetypes called as the workspace calls them."""
    return run if run.labels == by else replace(run, labels=by, archetypes=called(run.discovered, by))


def look_again(work: Work) -> None:
    """Have this process read the run that is served, and what its archetypes are called, before it answers again."""
    _served.pop(work.caller.workspace, None)


async def segment(work: Work, asked_for: datetime | None) -> Run:
    """Work everything out for this moment, serve it, and keep it as a snapshot.

    To be called first in its unit of work. Raise Conflict `no_orders` while there has been nothing to segment; when
    all orders are gone again, nobody is served.
    """
    reading = await _read(work, asked_for)  # first: it may take long, and brings people the mirror shall have
    refreshed = await refreshing.refresh(work, superseding=True)
    async with work.beside() as sweeping:
        await figures.sweep(sweeping)
    await store.lock(work)
    workspace = await tenants.fresh(work)  # an import that was just brought moved its clock
    moment = reading.moment if reading else asked_for or workspace.as_of(work.now)
    before = await last_before(work, moment)
    settings, old = await settings_of(work), before.fitted if before else None
    if reading:
        outcome = await _of_reading(reading, settings, old)
    else:
        outcome = await _worked_out(work, moments.as_of(moment, workspace), settings, old, predicts=True)
    if outcome is not None and len(outcome.result.features):
        outcome = await custom.claimed(work, outcome)
    if outcome is not None and asked_for and not len(outcome.result.features):
        raise before_the_first_order()
    if outcome is None or not (len(outcome.result.features) or await store.newest_run(work)):
        raise Conflict("there are no orders of customers before this moment; import orders first", code="no_orders")
    number = await store.next_run(work)
    people = asyncio.create_task(packed(outcome))
    try:
        await figures.serve(work, number, len(outcome.result.features), packing.rows(outcome.result))
    finally:
        await asyncio.wait([people])
    await keep(work, (number, "run", moment), settings, outcome, people.result())
    await predictors.keep(work, number, outcome.result.predicted)
    await store.set_followed(work, refreshed.until.cluster, refreshed.until.snapshot)
    await forget_changed(work, refreshed.until)
    await publish(work, FiguresServed(run=number))
    _served.pop(workspace.id, None)
    row = await store.newest(work)
    assert row is not None, "it was just written"
    return replace(read(row), warehouse=reading)


async def mirrored(work: Work) -> MirrorPlace:
    """Where the workspace's mirror lies; made anew when there is none that opens, as after a restored backup."""
    place = await mirror.place_of(work)
    if not await asyncio.to_thread(is_published, place):
        await refreshing.refresh(work)
    return place


async def at(
    work: Work, workspace: Workspace, moment: datetime, settings: IntelligenceSettings, old: Fitted | None
) -> Outcome | None:
    """Everything worked out for a moment where the orders live, in a thread; None without customers."""
    if reading := await _read(work, moment):
        outcome = await _of_reading(reading, settings, old)
    else:
        outcome = await _worked_out(work, moments.as_of(moment, workspace), settings, old, predicts=False)
    return outcome if outcome is not None and len(outcome.result.features) else None


async def _read(work: Work, asked_for: datetime | None) -> Reading | None:
    """What a warehouse says of the shop at the moment; None for a workspace whose orders are in the store."""
    warehouse = await warehouse_of(work)
    if warehouse is None:
        return None
    workspace = await tenants.current(work)
    moment = asked_for or workspace.as_of(work.now)
    return await elsewhere.read(work, warehouse, moment, moments.as_of(moment, workspace))


async def _of_reading(reading: Reading, settings: IntelligenceSettings, old: Fitted | None) -> Outcome:
    as_of = reading.shop.features.as_of
    return await asyncio.to_thread(work_out, reading.shop, as_of, settings, old)


async def _worked_out(
    work: Work, as_of: AsOf, settings: IntelligenceSettings, old: Fitted | None, *, predicts: bool
) -> Outcome | None:
    mirrored_at = await mirrored(work)

    def run() -> Outcome | None:
        with published(mirrored_at) as lines:
            return work_out(lines, as_of, settings, old, predicts=predicts) if lines is not None else None

    return await asyncio.to_thread(run)


async def packed(outcome: Outcome) -> bytes:
    """Where everybody stands, as a snapshot keeps it."""
    return await asyncio.to_thread(lambda: encode(roster_of(outcome.result)))


async def keep(
    work: Work, which: tuple[int, str, datetime], settings: IntelligenceSettings, outcome: Outcome, people: bytes
) -> None:
    """Keep a snapshot of the outcome, which is packed already: its number, kind ("run" or "past") and moment."""
    result, run = outcome.result, which[0]
    sealed = await asyncio.to_thread(seal, await tenants.data_key(work), run, people)
    row = (
        *which, outcome.as_of.day, len(result.features), settings.model_dump_json(),
        SCALE.dump_json(outcome.fitted.scale).decode(), outcome.fitted.tree.to_json(),
        json.dumps(dict(result.segmentation.absent)), json.dumps(asdict(outcome.health)),
        outcome.summary.model_dump_json(), ARCHETYPES.dump_json(outcome.archetypes).decode(), sealed,
    )  # fmt: skip
    await store.add_snapshot(work, row)
    await _seal_older(work)


async def _seal_older(work: Work) -> None:
    """Seal snapshots that a version before this one kept as they were, some at a time."""
    key = await tenants.data_key(work)
    for run, people in await store.unsealed(work, MAGIC, OLDER_AT_ONCE):
        await store.set_people(work, run, await asyncio.to_thread(seal, key, run, people))


def read(kept: store.Kept) -> Run:
    """A kept run from its row."""
    return Run(
        number=kept.run,
        as_of=kept.as_of,
        day=kept.as_of_day,
        customers=kept.customers,
        settings=IntelligenceSettings.model_validate_json(kept.settings),
        fitted=Fitted(scale=SCALE.validate_json(kept.scale), tree=Tree.from_json(kept.tree)),
        absent=json.loads(kept.absent),
        health=HEALTH.validate_json(kept.health),
        summary=Summary.model_validate_json(kept.counts),
        archetypes=(found := ARCHETYPES.validate_json(kept.archetypes)),
        discovered=found,
        labels={},
    )


async def settings_of(work: Work) -> IntelligenceSettings:
    """What the workspace set, else what is written."""
    said = await store.settings(work)
    return IntelligenceSettings() if said is None else IntelligenceSettings.model_validate_json(said)


async def last_before(work: Work, moment: datetime) -> Run | None:
    """The last snapshot of this moment or an earlier one."""
    row = await store.before(work, moment)
    return read(row) if row else None


async def answered(work: Work, said: datetime | date | None) -> datetime:
    """The instant an answer is of."""
    return await moments.asked(work, said) or (await served(work)).as_of


async def of_moment(work: Work, asked: datetime | None) -> Run | Outcome:
    """The run that is served when nobody asks for another moment, else everything worked out for that moment.

    What was fitted saw earlier facts only. Raise Invalid before the first order.
    """
    run = await served(work)
    return run if asked is None or asked == run.as_of else await in_the_past(work, run, asked)


async def in_the_past(work: Work, run: Run, moment: datetime) -> Outcome:
    """Everything worked out for a moment with the settings of the run that is served.

    What was fitted saw earlier facts only. Raise Invalid before the first order.
    """
    before, workspace = await last_before(work, moment), await tenants.current(work)
    old = before.fitted if before else None
    if await warehouse_of(work) is None:
        newest = await asyncio.to_thread(name_of_newest, await mirror.place_of(work))
        of = (workspace, newest, moment, run.settings.model_dump_json(), before.number if before else None)
        outcome = await past_held.outcome(of, lambda: _at_least_one(work, moment, run.settings, old))
    else:
        outcome = await _at_least_one(work, moment, run.settings, old)
    return replace(outcome, archetypes=called(outcome.archetypes, run.labels)) if run.labels else outcome


async def _at_least_one(work: Work, moment: datetime, settings: IntelligenceSettings, old: Fitted | None) -> Outcome:
    outcome = await at(work, await tenants.current(work), moment, settings, old)
    if outcome is None:
        raise before_the_first_order()
    return outcome


async def until(work: Work, said: datetime | date | None) -> datetime:
    """The instant up to which facts are listed: the one asked about, else the workspace's clock.

    Raise Invalid before the first order; to tell it, the shop must be segmented.
    """
    workspace = await tenants.current(work)
    moment = moments.instant(said, workspace, work.now)
    if said is not None and moment < (await served(work)).as_of:
        place = await mirrored(work)

        def look() -> bool:
            with published(place) as lines:
                assert lines is not None, "a run was served, so the mirror was published"
                return has_begun(lines, moments.as_of(moment, workspace))

        if not await asyncio.to_thread(look):
            raise await nothing_sold(work)
    return moment


async def nothing_sold(work: Work) -> SwitchboardError:
    """The error of a question about order lines of which there is none before its moment."""
    return lines_stay_there() if await warehouse_of(work) is not None else before_the_first_order()


def before_the_first_order() -> Invalid:
    """The error of a question about a moment when there was nothing yet."""
    return Invalid("as_of is before the first order; ask for a later moment", field="as_of")
