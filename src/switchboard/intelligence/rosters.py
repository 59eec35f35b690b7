"""Whom lists choose from: the roster of the run that is served, held in memory by each process that lists."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.intelligence import store
from switchboard.intelligence.lists import Listing, listing
from switchboard.intelligence.snapshots import unseal

MOST_HELD = 5_000_000  # customers, of all workspaces; about 30 bytes each


@dataclass(frozen=True, kw_only=True)
class _Held:
    run: int
    listing: Listing


_held: OrderedDict[UUID, _Held] = OrderedDict()  # the one used last is last
_reading = asyncio.Lock()


async def of_run(work: Work, run: int) -> Listing:
    """Everybody of this run, which has a snapshot."""
    mine = work.caller.workspace
    async with _reading:  # else many who ask at once read it many times
        held = _held.get(mine)
        if held is None or held.run != run:
            kept, key = await store.people(work, run), await tenants.data_key(work)
            held = _Held(run=run, listing=await asyncio.to_thread(lambda: listing(unseal(key, run, kept))))
            _held[mine] = held
        _held.move_to_end(mine)
        while len(_held) > 1 and sum(len(each.listing) for each in _held.values()) > MOST_HELD:
            _held.popitem(last=False)
    return held.listing
