"""How archetypes grow: from their members at the month ends that are kept, damped, with intervals from own errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from switchboard.intelligence.predictions.monthly import MOST_ERROR, Z_80, Ahead, Backtest, Window, held

FEWEST = 4  # month ends
LOOKED_AT, DAMPING = 6, 0.7  # months of growth; what is left of it a month later
PRIOR, DOUBT = 0.10, 4.0  # error of a month in logarithms; months it counts for
HALF = 0.5  # of a member: nobody is not the end of an archetype


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Members by archetype id at a moment."""

    as_of: datetime
    members: Mapping[str, int]


def missing(history: Sequence[Sizes]) -> tuple[str, ...]:
    """What there is too little of for a projection."""
    return () if len(history) >= FEWEST else (f"{FEWEST} snapshots of months; there are {len(history)}",)


def projected(history: Sequence[Sizes], current: Mapping[str, int], months: int) -> dict[str, Ahead]:
    """Members of each archetype after so many months; `history` is oldest first."""
    errors = {lead: _errors(history, lead) for lead in (1, min(months, len(history) - 1))}
    found = dict[str, Ahead]()
    for archetype, members in current.items():
        growth = _growth([each.members.get(archetype, 0) for each in history])
        expected = members * float(np.exp(growth * _carried(months)))
        far = Z_80 * _error(errors, months)
        low, high = expected * float(np.exp(-far)), expected * float(np.exp(far))
        found[archetype] = Ahead(expected=expected, low=low, high=high, origins=sum(map(len, errors.values())))
    return found


def backtest(history: Sequence[Sizes], lead: int = 1) -> Backtest | None:
    """The rule at earlier month ends, a month ahead."""
    windows = list[Window]()
    for end in range(FEWEST, len(history) - lead + 1):
        past, came = history[:end], history[end + lead - 1].members
        for archetype, ahead in projected(past, past[-1].members, lead).items():
            error = abs(_log(came.get(archetype, 0)) - float(np.log(ahead.expected + HALF)))
            width = float(np.log((ahead.high + HALF) / (ahead.expected + HALF)))
            windows.append(Window(end=end, over=end + lead, error=error, width=width))
    return held(windows) if windows else None


def _growth(members: Sequence[int]) -> float:
    """The usual growth of a month in logarithms, lately."""
    steps = np.diff([_log(each) for each in members[-LOOKED_AT - 1 :]])
    return float(np.median(steps)) if len(steps) else 0.0


def _carried(months: int) -> float:
    """How many months of growth are expected of so many: it fades."""
    return DAMPING * (1 - DAMPING**months) / (1 - DAMPING)


def _errors(history: Sequence[Sizes], lead: int) -> list[float]:
    """The rule's own errors in logarithms so many months ahead, of all archetypes together."""
    found = list[float]()
    for end in range(2, len(history) - lead + 1):
        for archetype, members in history[end - 1].members.items():
            growth = _growth([each.members.get(archetype, 0) for each in history[:end]])
            came = history[end + lead - 1].members.get(archetype, 0)
            found.append(_log(came) - _log(members) - growth * _carried(lead))
    return found


def _error(errors: Mapping[int, Sequence[float]], months: int) -> float:
    """The standard error so many months ahead, drawn towards a prior; beyond what was seen it grows with time."""
    lead = max(each for each in errors if errors[each] or each == 1)
    seen = np.clip(np.array(errors[lead], np.float64), -MOST_ERROR, MOST_ERROR)
    prior = PRIOR**2 * lead
    variance = (DOUBT * prior + len(seen) * (float(np.square(seen).mean()) if len(seen) else 0.0)) / (DOUBT + len(seen))
    return float(np.sqrt(variance * months / lead))


def _log(members: int) -> float:
    return float(np.log(members + HALF))
