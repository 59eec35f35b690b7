"""Whom an archetype of a workspace's own would have had at a past moment."""

import asyncio
from datetime import datetime

import numpy as np
import numpy.typing as npt

from switchboard.accounts import tenants
from switchboard.customers.filters.vocabulary import At
from switchboard.foundation.ground import Work
from switchboard.intelligence import custom, runs
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.worked_copies import with_figures
from switchboard.intelligence.working_out import Outcome, with_own

Chosen = npt.NDArray[np.bool_]


async def previewed(work: Work, outcome: Outcome, moment: datetime, filter_: object) -> tuple[Outcome, Chosen]:
    """What was worked out for a past moment once own archetypes took their members then, and whom a filter finds then.

    Raise Invalid that points at what is wrong.
    """
    claiming, workspace = await custom.own(work), await tenants.current(work)
    place = await runs.mirrored(work)

    def work_out() -> tuple[Outcome, Chosen]:
        with published(place) as connection, with_figures(connection, outcome, is_past=True) as copy:
            at = At(now=moment, zone=workspace.zone)
            members = custom.members_of(copy, at, outcome, filter_, is_past=True)
            return with_own(outcome, custom.claims(copy, at, outcome, claiming, is_past=True)), members

    return await asyncio.to_thread(work_out)
