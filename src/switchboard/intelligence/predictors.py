"""What was fitted to predict with: kept for the run that is served, fitted for other moments when asked for."""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from switchboard.foundation.ground import Work
from switchboard.foundation.reached import reach
from switchboard.intelligence import store
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.mirror_files import MirrorPlace, name_of_newest, published
from switchboard.intelligence.predicting import Predicted, buyers_of, fitted
from switchboard.intelligence.predictions.keeping import packed, unpacked
from switchboard.intelligence.predictions.predictor import HORIZON, Predictor

MOST_REMEMBERED = 32  # of all workspaces
Key = TypeVar("Key")
Known = TypeVar("Known")


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What was fitted, and what the shop lacks for predictions; `predictor` is None where it lacks too much for one."""

    predictor: Predictor | None
    missing: tuple[str, ...]


_of_runs: OrderedDict[UUID, tuple[int, Fit | None]] = OrderedDict()
_of_moments: OrderedDict[tuple[UUID, str | None, AsOf, int], Fit] = OrderedDict()


async def keep(work: Work, run: int, of: Predicted) -> None:
    """Keep what was fitted for a run."""
    model = None if of.predictor is None else await asyncio.to_thread(packed, of.predictor)
    await store.keep_predictor(work, run, HORIZON, json.dumps(of.missing), model)


async def of_run(work: Work, run: int) -> Fit | None:
    """What was fitted for the run that is served; None where an older program worked that out."""
    known = _of_runs.get(work.caller.workspace)
    if known is None or known[0] < run:
        kept = await store.predictor(work, HORIZON)
        if kept is None or kept.run < run:
            return None
        known = (kept.run, await _read(kept))
        _remember(_of_runs, work.caller.workspace, known)
    return known[1]


async def _read(kept: store.PredictorKept) -> Fit | None:
    """What was kept; None for an older program's model, which has another form."""
    try:
        found = None if kept.model is None else await asyncio.to_thread(unpacked, Predictor, kept.model)
    except (KeyError, ValueError):
        return None
    return Fit(predictor=found, missing=tuple(json.loads(kept.missing)))


def at(workspace: UUID, place: MirrorPlace, as_of: AsOf, horizon: int, usual: Predictor | None = None) -> Fit:
    """What was known at a moment, fitted for a horizon on the mirror, unless it was asked for shortly before.

    `usual` is what is served at that moment, from which other horizons lead away.
    """
    which = (workspace, name_of_newest(place), as_of, horizon)
    if which not in _of_moments:
        with published(place) as lines:
            assert lines is not None, "a run was served, so the mirror was published"
            reach("fitting what predicts at that moment")
            of = fitted(lines, as_of, buyers_of(lines, as_of), horizon, usual)
        _remember(_of_moments, which, Fit(predictor=of.predictor, missing=of.missing))
    return _of_moments[which]


def _remember(among: OrderedDict[Key, Known], which: Key, found: Known) -> None:
    among[which] = found
    while len(among) > MOST_REMEMBERED:
        among.popitem(last=False)
