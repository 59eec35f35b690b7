"""What a workspace calls archetypes itself, and which of them it keeps in front."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from switchboard.foundation.ground import Work
from switchboard.intelligence import store
from switchboard.intelligence.portraits import Archetype


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name of the workspace's own, None where it is called as it was discovered."""

    name: str | None
    is_pinned: bool


Labels = Mapping[str, Label]


async def labels(work: Work) -> Labels:
    """The labels of the workspace by the archetype's id; they are few."""
    rows = await store.labels(work)
    return {row["archetype_id"]: Label(name=row["name"], is_pinned=row["is_pinned"]) for row in rows}


def called(archetypes: Iterable[Archetype], by: Labels) -> tuple[Archetype, ...]:
    """The archetypes under the names the workspace gave them."""
    return tuple(
        replace(each, name=label.name) if (label := by.get(each.archetype_id)) and label.name else each
        for each in archetypes
    )
