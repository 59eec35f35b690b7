"""Whom filters found at a past moment: of those who had ordered by then, with the figures worked out for it.

Lines and events are those up to the moment. Attributes, places and who is one person are today's: no others are kept.
"""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from switchboard.accounts import tenants
from switchboard.customers.filters.terms import All
from switchboard.customers.filters.vocabulary import At
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.foundation.ground import Work
from switchboard.intelligence import filtering, runs
from switchboard.intelligence.filtering import Asking
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.worked_copies import with_figures
from switchboard.intelligence.working_out import Outcome

AS_OF_TODAY = ("attributes", "places", "who is one person")
Written = tuple[object, str]
"""A filter's JSON, and what it is called where it is wrong."""


async def found(work: Work, of: Outcome, moment: datetime, filters: Sequence[Written]) -> npt.NDArray[np.bool_]:
    """Which of the customers of what was worked out for the moment all these filters find, in their order.

    Raise Invalid that points at what is wrong, or asks for what is expected of customers from today on.
    """
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    with ExitStack() as stack:
        copy = await asyncio.to_thread(
            lambda: stack.enter_context(with_figures(stack.enter_context(published(place)), of, is_past=True))
        )
        hides = not work.caller.may(SEE_CONTACT)
        names = {each.archetype_id: each.name for each in of.archetypes}
        words = replace(filtering.words_of(copy, names), hides_contact=hides)
        by = Asking(copy=copy, words=words, at=At(now=moment, zone=workspace.zone))
        terms = [await filtering.read(by, *each) for each in filters]
        for term, (_, path) in zip(terms, filters, strict=True):
            filtering.told_then(term, path)
        matches = await filtering.matches(work, by, All(terms=terms))
    return matches.has(of.result.features.persons)
