"""Archetypes of a workspace's own: named filters that claim their members before any discovered one has them.

A run claims on its own figures: a copy of the mirror is read with the customers' figures in it that were just worked
out, not those that are served.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from switchboard.accounts import tenants
from switchboard.customers.filters.checking import checked
from switchboard.customers.filters.compiling import compiled
from switchboard.customers.filters.terms import All, Any, Not, People, Term, Worded
from switchboard.customers.filters.vocabulary import At
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.intelligence import filtering, mirror, store
from switchboard.intelligence.copies import Copy
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.sets import evaluated
from switchboard.intelligence.worked_copies import with_figures
from switchboard.intelligence.working_out import Claim, Outcome, with_own

MOST = 50


@dataclass(frozen=True, kw_only=True)
class Own:
    """An archetype of the workspace's own."""

    archetype_id: str
    name: str
    filter: Mapping[str, object]


async def own(work: Work) -> tuple[Own, ...]:
    """The workspace's own archetypes, the one that claims first first."""
    return tuple(
        Own(archetype_id=row.archetype_id, name=row.name, filter=json.loads(row.filter))
        for row in await store.own_archetypes(work)
    )


async def claimed(work: Work, outcome: Outcome) -> Outcome:
    """The outcome once the workspace's own archetypes took their members."""
    claiming = await own(work)
    if not claiming:
        return outcome
    workspace, place = await tenants.current(work), await mirror.place_of(work)

    def work_out() -> Outcome:
        with published(place) as connection, with_figures(connection, outcome) as copy:
            at = At(now=workspace.as_of(copy.moment), zone=workspace.zone)
            return with_own(outcome, claims(copy, at, outcome, claiming))

    return await asyncio.to_thread(work_out)


def allowed(term: Term, field: str = "filter") -> None:
    """Raise Invalid for a filter that no archetype can be: of other archetypes, or of people by their ids."""
    match term:
        case All() | Any():
            for each in term.terms:
                allowed(each, field)
        case Not():
            allowed(term.term, field)
        case Worded(column="archetype") | People():
            raise Invalid(f"{field}: an archetype can not be made of archetypes or ids; say what holds", field=field)
        case _:
            pass


def claims(copy: Copy, at: At, outcome: Outcome, claiming: Sequence[Own], *, is_past: bool = False) -> list[Claim]:
    """Whom each takes; one whose filter asks for what is there no more, or was not yet, takes nobody."""
    found = list[Claim]()
    for each in claiming:
        try:
            members = members_of(copy, at, outcome, each.filter, is_past=is_past)
        except Invalid:
            continue
        found.append(Claim(archetype_id=each.archetype_id, name=each.name, members=members))
    return found


def members_of(copy: Copy, at: At, outcome: Outcome, filter_: object, *, is_past: bool) -> npt.NDArray[np.bool_]:
    """Which of the outcome's customers a filter finds; raise Invalid for one that no archetype can be."""
    words = replace(filtering.words_of(copy, {}), hides_contact=True)
    term, everybody = checked(filter_, words, at), copy.everybody()
    allowed(term)
    if is_past:
        filtering.told_then(term, "filter")
    chosen = everybody.persons[evaluated(copy, everybody, compiled(term, {}))]
    return np.isin(outcome.result.features.persons, chosen, assume_unique=True)
