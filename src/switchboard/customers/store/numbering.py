"""The keys of many people by their ids."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from switchboard.foundation import sql
from switchboard.foundation.ground import Work

AT_ONCE = 20_000
# A look-up with a limit has but one way: without statistics a join may read the whole table for each id.
BY_IDS = """
select a.n, p.person_key, coalesce(p.merged_into, p.person_key) as survivor
from unnest($2::text[]) with ordinality a (id, n)
cross join lateral (select p.* from person p where p.workspace_id = $1 and p.customer_id = a.id limit 1) p
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Those who are there: the places of their ids, their keys and those of their survivors."""

    places: NDArray[np.int64]
    keys: NDArray[np.int64]
    survivors: NDArray[np.int64]


async def by_ids(work: Work, ids: Sequence[str]) -> AsyncGenerator[Found]:
    """Who these ids are, some thousand at a time."""
    for start in range(0, len(ids), AT_ONCE):
        rows = await sql.fetch(work, BY_IDS, work.caller.workspace, list(ids[start : start + AT_ONCE]))
        found = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)
        yield Found(places=found[:, 0] - 1 + start, keys=found[:, 1], survivors=found[:, 2])
