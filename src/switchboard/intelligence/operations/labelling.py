"""What callers can do about what archetypes are called, and which of them stand in front."""

from switchboard.customers.cards import without_cards
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import undone_by
from switchboard.intelligence import ahead, answers, runs, store
from switchboard.intelligence.custom_records import ArchetypeCalled, ArchetypeLabel
from switchboard.intelligence.labels import labels
from switchboard.intelligence.runs import Run

MOST = 200


@operation(
    "intelligence.label_archetype",
    title="Rename or pin an archetype",
    permission="customers:audiences",
    undo=undone_by("intelligence.label_archetype", "with the name before, or none"),
)
async def label_archetype(work: Work, asked: ArchetypeLabel) -> ArchetypeCalled:
    """Call an archetype so from now on, in every answer, and pin it or not; without a name it is as discovered again.

    Its id stays. A saved filter that names it by its old name does not find it any more; one that names its id does.
    """
    await store.lock_own(work)
    run = runs.relabelled(await runs.served(work), await labels(work))
    if asked.archetype_id not in run.archetype_names:
        raise NotFound(f"there is no archetype {asked.archetype_id!r}; {answers.WHERE_ARCHETYPES_ARE}")
    name = without_cards(asked.name) if asked.name else None
    await _check(work, run, asked.archetype_id, name)
    is_new = (label := run.labels.get(asked.archetype_id)) is None or label.name != name
    await store.set_label(work, asked.archetype_id, name, is_pinned=asked.is_pinned)
    runs.look_again(work)
    if is_new:
        await ahead.ask_again(work, run.number)
    called = runs.relabelled(run, await labels(work))
    return ArchetypeCalled(
        archetype_id=asked.archetype_id, name=called.archetype_names[asked.archetype_id],
        discovered_name=runs.relabelled(run, {}).archetype_names[asked.archetype_id], is_pinned=asked.is_pinned,
    )  # fmt: skip


async def _check(work: Work, run: Run, archetype_id: str, name: str | None) -> None:
    if len(run.labels) >= MOST and archetype_id not in run.labels:
        raise Conflict(f"{MOST} archetypes have a label already; take one back", code="too_many")
    own = {row.archetype_id: row.name for row in await store.own_archetypes(work)}
    if name is not None and archetype_id in own:
        raise Invalid("name: an own archetype is renamed with intelligence.save_archetype", field="name")
    others = {known: called for known, called in {**run.archetype_names, **own}.items() if known != archetype_id}
    if name is not None and name in others.values():
        raise Conflict(f"there is an archetype named {name!r} already; choose another name", code="name_taken")
