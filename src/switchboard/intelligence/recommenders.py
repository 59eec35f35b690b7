"""What was learned of a shop's products: kept with each run, held in memory by each process, learned for moments."""

import asyncio
from base64 import b64decode, b64encode
from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from pydantic import Field

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.foundation.records import Record
from switchboard.intelligence import moments, runs
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.features import has_begun
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.predicting import cut_of
from switchboard.intelligence.predictions.keeping import packed, unpacked
from switchboard.intelligence.products.ranking import Learned, Ranking, learned
from switchboard.intelligence.records import Asked

MOST_HELD = 4  # of all workspaces; a product takes about 200 bytes
_held: OrderedDict[tuple[UUID, int, datetime], Learned] = OrderedDict()  # the one used last is last
_learning = asyncio.Lock()


class RankingKept(Record):
    """What was learned, as it is kept with a run."""

    ranking: str | None = Field(description="packed, in base64; form 1")
    missing: tuple[str, ...]


@answered_ahead
async def product_ranking(work: Work, asked: Asked) -> RankingKept:
    """What the shop's products tell at the moment."""
    found = await _learned(work, await runs.answered(work, asked.as_of))
    if found.ranking is None:
        return RankingKept(ranking=None, missing=found.missing)
    return RankingKept(ranking=b64encode(await asyncio.to_thread(packed, found.ranking)).decode(), missing=())


async def at(work: Work, moment: datetime) -> Learned:
    """What the shop's products tell at a moment; the same until the next run. Raise Invalid before the first order."""
    run, workspace = await runs.served(work), await tenants.current(work)
    which = (workspace.id, run.number, moment)
    async with _learning:  # else many who ask at once learn it many times
        found = _held.get(which)
        if found is None:
            found = await (_of_run(work) if moment == run.as_of else _learned(work, moment))
            _held[which] = found
        _held.move_to_end(which)
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
    return found


async def _of_run(work: Work) -> Learned:
    kept = await product_ranking(work, Asked())
    if kept.ranking is None:
        return Learned(ranking=None, missing=kept.missing)
    return Learned(ranking=await asyncio.to_thread(unpacked, Ranking, b64decode(kept.ranking)), missing=())


async def _learned(work: Work, moment: datetime) -> Learned:
    place, as_of = await runs.mirrored(work), moments.as_of(moment, await tenants.current(work))

    def learn() -> Learned:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            if not has_begun(lines, as_of):
                raise runs.before_the_first_order()
            return learned(lines, as_of, cut_of(lines, as_of))

    return await asyncio.to_thread(learn)
