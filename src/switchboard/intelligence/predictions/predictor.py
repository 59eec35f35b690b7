"""What is served of a shop's customers: everything fitted together, and each customer's figures in a row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from switchboard.intelligence.predictions import buying, factors, horizons, lifetime, model, monthly, next_date
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.factors import GROUPS, Additive
from switchboard.intelligence.predictions.horizons import Chain
from switchboard.intelligence.predictions.lifetime import MONTH, Ladder
from switchboard.intelligence.predictions.model import Expected, Model
from switchboard.intelligence.predictions.next_date import NextDate
from switchboard.intelligence.predictions.special import Numbers, Whole
from switchboard.intelligence.predictions.traits import Traits

HORIZON, MONTHS = horizons.USUAL, lifetime.MONTHS  # days; how far values are told
FIGURES = (
    "churns", "value", "value_low", "value_high", "next_low", "next_middle", "next_high",
    *(f"because_{group}" for group in GROUPS), "repeats", "worth",
)  # fmt: skip
"""A customer's figures, of the window of the horizon from the cut-off on.

`churns` is the probability of no purchase; values are net, in currency, `low` and `high` hold four of five; `next_…` is
the day since 1970-01-01 of the next purchase, if there is one within half a year; `because_…` add up, with the shop's
base, to it; `repeats` are purchases on later days than the first, and `worth` is what one of theirs is expected to be.
"""


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """Everything fitted on a shop; `chain` leads to a horizon that is not the served one.

    `season` is how each of the next MONTHS months stands to a year, NaN where that is not known.
    """

    model: Model
    chain: Chain | None
    additive: Additive
    next_date: NextDate
    ladder: Ladder
    season: Numbers

    @property
    def reaching(self) -> Model:
        """The model that reaches the horizon."""
        return self.chain.models[-1] if self.chain else self.model

    def expected(self, of: Traits) -> Expected:
        """What is expected of customers within the horizon."""
        return horizons.predict(self.chain, of) if self.chain else model.predict(self.model, of)


def fit(days: Days, cut: int, moving: Sequence[Whole] = ()) -> Predictor:
    """What can be learned from the days before `cut`, on which some bought; a sample of the customers is enough.

    `moving` are the days of each holiday that moves, past and future.
    """
    known = model.fit(days, cut, HORIZON, moving=moving)
    now = model.traits_of(known, days.before(cut).sample(factors.MOST), cut)
    return Predictor(
        model=known, chain=None, additive=factors.fit(now, model.predict(known, now).log_odds, known.shift),
        next_date=next_date.fit(days, cut, known.buying.pareto, known.calendar),
        ladder=lifetime.fit(days, cut, known.buying, known.calendar), season=_season(days.before(cut), cut),
    )  # fmt: skip


def at_horizon(usual: Predictor, days: Days, horizon: int, moving: Sequence[Whole] = ()) -> Predictor:
    """The same of another horizon; `days` are those that it was fitted on."""
    chain = horizons.fit(days, usual.model, horizon, moving)
    if chain is None:
        return usual
    now = model.traits_of(usual.model, days.before(usual.model.cut).sample(factors.MOST), usual.model.cut)
    additive = factors.fit(now, horizons.predict(chain, now).log_odds, chain.models[-1].shift)
    return replace(usual, chain=chain, additive=additive)


def _season(known: Days, cut: int) -> Numbers:
    """By month ahead, how the same days of last year stood against that year."""
    open_days = known.between(known.start, cut)
    series = np.bincount(open_days.day - known.start, open_days.net, cut - known.start).astype(np.float64)
    found = [monthly.season(series, round(number * MONTH), round(MONTH)) for number in range(MONTHS)]
    return np.array([np.nan if each is None else each for each in found])


def figures(predictor: Predictor, of: Traits) -> Numbers:
    """The FIGURES of these customers (customers x FIGURES)."""
    known = predictor.expected(of)
    why = factors.explained(predictor.additive, of, known.log_odds, predictor.reaching.shift)
    usual = next_date.days_until(predictor.next_date, of)
    following = of.cut + predictor.model.calendar.ahead(of.cut, usual)
    worth = buying.purchase_value(predictor.model.buying, of)
    return np.column_stack([
        1 - known.probability, known.value, known.low, known.high, following, why.contributions, of.repeats, worth,
    ])  # fmt: skip
