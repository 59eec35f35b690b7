"""Who is meant by the ids another system has: our keys of many customers at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.customers.ingest import keeping
from switchboard.customers.ingest.records import AT_ONCE, Batch
from switchboard.customers.stand_ins import stand_in
from switchboard.customers.store import imports as imports_store
from switchboard.customers.store import numbering as store
from switchboard.foundation.ground import Work

NOBODY = 0
SOURCE = "warehouse"


@dataclass(frozen=True, kw_only=True)
class Known:
    """In the order of the ids: each person's key, and the key of whom they are one with; NOBODY for whom we lack."""

    keys: NDArray[np.int64]
    survivors: NDArray[np.int64]


async def known_by_id(work: Work, ids: Sequence[str], *, taking_up: bool = False) -> Known:
    """Whom these ids mean, read as the ids of the workspace's first source.

    `taking_up`: who is not known becomes a customer first, as if sent by that source with the id alone, in units of
    work of their own; the forgotten stay forgotten.
    """
    key = await tenants.data_key(work)
    ours = await asyncio.to_thread(lambda: [stand_in(key, each.strip()) for each in ids])
    known = await _look(work, ours)
    unknown = np.flatnonzero(known.keys == NOBODY).tolist()
    if not taking_up or not unknown:
        return known
    for start in range(0, len(unknown), AT_ONCE):
        some = [ids[each] for each in unknown[start : start + AT_ONCE]]
        if work.rehearses:
            await _take_up(work, some)
            continue
        async with work.beside() as adding:
            await _take_up(adding, some)
    return await _look(work, ours)


async def _look(work: Work, ids: Sequence[str]) -> Known:
    keys, survivors = np.full(len(ids), NOBODY, np.int64), np.full(len(ids), NOBODY, np.int64)
    async for found in store.by_ids(work, ids):
        keys[found.places], survivors[found.places] = found.keys, found.survivors
    return Known(keys=keys, survivors=survivors)


async def _take_up(work: Work, ids: Sequence[str]) -> None:
    source = await imports_store.first_source(work) or SOURCE
    batch = {"source": source, "people": [{"customer_id": each} for each in ids]}
    await keeping.keep(work, Batch.model_validate(batch))  # an id that can be none is left out, not an error
