"""What is served of a shop's customers: everything fitted together, and each customer's figures in a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import buying, factors, lifetime, model, monthly, next_date
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.factors import GROUPS, Additive
from switchboard.intelligence.predictions.lifetime import MONTH, Ladder
from switchboard.intelligence.predictions.model import Model
from switchboard.intelligence.predictions.next_date import NextDate
from switchboard.intelligence.predictions.special import Numbers, Whole
from switchboard.intelligence.predictions.traits import Traits, traits

HORIZON, MONTHS = 90, 36  # days; how far values are told
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
    """Everything fitted on a shop for one horizon; `season` is how each of the next MONTHS months stands to a year.

    NaN where that is not known.
    """

    model: Model
    additive: Additive
    next_date: NextDate
    ladder: Ladder
    season: Numbers


def fit(days: Days, cut: int, horizon: int = HORIZON, moving: Sequence[Whole] = ()) -> Predictor:
    """What can be learned from the days before `cut`, on which some bought; a sample of the customers is enough.

    `moving` are the days of each holiday that moves, past and future.
    """
    known = model.fit(days, cut, horizon, moving=moving)
    now = traits(days.before(cut).sample(factors.MOST), cut, horizon, known.calendar)
    return Predictor(
        model=known,
        additive=factors.fit(now, model.predict(known, now).log_odds, known.shift),
        next_date=next_date.fit(days, cut, known.buying.pareto, known.calendar),
        ladder=lifetime.fit(days, cut, known.buying),
        season=_season(days.before(cut), cut),
    )


def _season(known: Days, cut: int) -> Numbers:
    """By month ahead, how the same days of last year stood against that year."""
    open_days = known.between(known.start, cut)
    series = np.bincount(open_days.day - known.start, open_days.net, cut - known.start).astype(np.float64)
    found = [monthly.season(series, round(number * MONTH), round(MONTH)) for number in range(MONTHS)]
    return np.array([np.nan if each is None else each for each in found])


def traits_of(predictor: Predictor, days: Days, cut: int) -> Traits:
    """The traits of everybody with a purchase before the day `cut`, as the predictor reads them."""
    return traits(days, cut, predictor.model.horizon, predictor.model.calendar)


def figures(predictor: Predictor, of: Traits) -> Numbers:
    """The FIGURES of these customers (customers x FIGURES)."""
    known = model.predict(predictor.model, of)
    why = factors.explained(predictor.additive, of, known.log_odds, predictor.model.shift)
    usual = next_date.days_until(predictor.next_date, of)
    following = of.cut + predictor.model.calendar.ahead(of.cut, usual)
    worth = buying.purchase_value(predictor.model.buying, of)
    return np.column_stack([
        1 - known.probability, known.value, known.low, known.high, following, why.contributions, of.repeats, worth,
    ])  # fmt: skip
