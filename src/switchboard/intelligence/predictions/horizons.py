"""What is expected within any horizon, so that more days never make a purchase less likely.

Models are fitted at a few horizons, from the served one outwards; each is kept from crossing the one before it, and
between two of them everything grows as the Pareto/NBD's probability does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions import model, pareto
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.model import Expected, Model
from switchboard.intelligence.predictions.special import Numbers, Whole, log_odds
from switchboard.intelligence.predictions.traits import Traits

USUAL = 90  # days
SHORTER, LONGER = (60, 30), (180, 365)
LEAST = 1e-9


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Models from the one of USUAL days outwards, up to the first one that reaches the horizon."""

    horizon: int
    models: tuple[Model, ...]


def fit(days: Days, usual: Model, horizon: int, moving: Sequence[Whole]) -> Chain | None:
    """The chain to a horizon, on the same days as `usual`; None where that is the horizon."""
    if horizon == usual.horizon:
        return None
    outwards, models = LONGER if horizon > USUAL else SHORTER, [usual]
    for knot in outwards:
        models.append(model.fit(days, usual.cut, knot, moving=moving))
        if (horizon > USUAL) == (knot >= horizon):
            break
    return Chain(horizon=horizon, models=tuple(models))


def predict(chain: Chain, of: Traits) -> Expected:
    """What is expected of customers within the horizon."""
    usual = chain.models[0]
    longer = chain.horizon > usual.horizon
    inner = outer = model.predict(usual, of)
    for each in chain.models[1:]:
        inner, outer = outer, _kept(model.predict(each, of), outer, longer=longer)
    begin, end = chain.models[-2].horizon, chain.models[-1].horizon
    if not longer and chain.horizon < end:  # nearer than all: it begins with nothing
        inner, begin = _nothing(outer), 0
    if chain.horizon == end:
        return outer
    share = _share(usual, of, (begin, chain.horizon, end))
    return _between(inner, outer, share)


def _kept(found: Expected, before: Expected, *, longer: bool) -> Expected:
    """What was found, where it does not cross what the horizon before it says."""
    bound = np.maximum if longer else np.minimum

    def whole(place: int) -> float:
        return float(bound(found.total[place], before.total[place]))

    p = bound(found.probability, before.probability)
    low, value, high = (bound(getattr(found, each), getattr(before, each)) for each in ("low", "value", "high"))
    return replace(
        found, log_odds=log_odds(p), probability=p, value=value, low=np.minimum(low, high), high=high,
        total=(whole(0), whole(1), whole(2)),
    )  # fmt: skip


def _between(inner: Expected, outer: Expected, share: Numbers) -> Expected:
    def along(one: Numbers, other: Numbers) -> Numbers:
        return one + (other - one) * share

    def whole(place: int) -> float:
        return inner.total[place] + (outer.total[place] - inner.total[place]) * float(share.mean())

    p = along(inner.probability, outer.probability)
    return Expected(
        log_odds=log_odds(p), probability=p, value=along(inner.value, outer.value), low=along(inner.low, outer.low),
        high=along(inner.high, outer.high),
        total=(whole(0), whole(1), whole(2)),
    )  # fmt: skip


def _nothing(like: Expected) -> Expected:
    none = np.zeros(len(like.probability))
    return Expected(log_odds=none, probability=none, value=none, low=none, high=none, total=(0.0, 0.0, 0.0))


def _share(usual: Model, of: Traits, days: tuple[int, int, int]) -> Numbers:
    """How far the Pareto/NBD's probability has come from the first of these horizons to the last at the middle one."""
    seen = histories(of.repeats, of.last, of.age)
    staying = pareto.alive(usual.buying.pareto, seen)
    first, middle, last = (
        pareto.probability(usual.buying.pareto, seen, max(usual.calendar.span(of.cut, each), LEAST), staying)
        for each in days
    )
    return np.clip((middle - first) / np.maximum(last - first, LEAST), 0, 1)[seen.back]
