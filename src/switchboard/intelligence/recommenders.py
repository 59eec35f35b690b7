"""What was learned of a shop's products: held in memory by each process for the run that is served, and for moments."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, runs
from switchboard.intelligence.features import has_begun
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.predicting import cut_of
from switchboard.intelligence.products.ranking import Learned, learned

MOST_HELD = 4  # of all workspaces; a product takes about 200 bytes
_held: OrderedDict[tuple[UUID, int, datetime], Learned] = OrderedDict()  # the one used last is last
_learning = asyncio.Lock()


async def at(work: Work, moment: datetime) -> Learned:
    """What the shop's products tell at a moment; the same until the next run. Raise Invalid before the first order."""
    run, workspace = await runs.served(work), await tenants.current(work)
    which, as_of = (workspace.id, run.number, moment), moments.as_of(moment, workspace)
    place, nothing_sold = await runs.mirrored(work), await runs.nothing_sold(work)

    def learn() -> Learned:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            if not has_begun(lines, as_of):
                raise nothing_sold
            return learned(lines, as_of, cut_of(lines, as_of))

    async with _learning:  # else many who ask at once learn it many times
        found = _held.get(which)
        if found is None:
            found = _held[which] = await asyncio.to_thread(learn)
        _held.move_to_end(which)
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
    return found
