"""How well a shop is predicted: what the same recipe would have said a window ago, against what came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import buying, model, next_date
from switchboard.intelligence.predictions.days import Days, outcome, until_next
from switchboard.intelligence.predictions.special import Flags, Numbers, Whole
from switchboard.intelligence.predictions.traits import traits

BINS = 10
ROUNDING = 0.005  # currency


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Customers whose probabilities lie in one tenth: the mean of these, and the share of them who bought."""

    customers: int
    probability: float
    bought_share: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of the window of `horizon` days from the day `cut`: see records.Quality for what each figure says.

    `bins` are those with customers, the least likely first; none in what was kept before they were.
    """

    cut: int
    customers: int
    bought_share: float
    auc: float
    average_precision: float
    calibration_error: float
    brier: float
    value_error: float | None
    covered: float
    next_date_error_days: float | None
    bins: tuple[Bin, ...] = ()


def measure(days: Days, until: int, horizon: int, moving: Sequence[Whole] = ()) -> Measured | None:
    """The quality of the last window that ended by the day `until`; None where nothing could be learned before it.

    What is learned from are the days before the window alone.
    """
    cut = until - horizon
    known = days.before(cut)
    if not len(known.buyers) or model.missing(fitted := model.fit(known, cut, horizon, moving=moving)):
        return None
    of = model.traits_of(fitted, known, cut)
    said, then = model.predict(fitted, of), outcome(days, of.persons, cut, until)
    if then.bought.all() or not then.bought.any():
        return None
    actual = float(then.value.sum())
    within = (then.value >= said.low - ROUNDING) & (then.value <= said.high + ROUNDING)
    return Measured(
        cut=cut, customers=len(of), bought_share=float(then.bought.mean()), auc=auc(then.bought, said.probability),
        average_precision=average_precision(then.bought, said.probability),
        calibration_error=calibration_error(then.bought, said.probability),
        brier=float(np.square(said.probability - then.bought).mean()),
        value_error=said.total[0] / actual - 1 if actual > 0 else None, covered=float(within.mean()),
        next_date_error_days=_date_error(days, until, moving), bins=calibration(then.bought, said.probability),
    )  # fmt: skip


def _date_error(days: Days, until: int, moving: Sequence[Whole]) -> float | None:
    """The mean error of the next purchase's day over the last half year; None without a half year before it, too."""
    cut = until - next_date.WINDOW
    known = days.before(cut)
    if not len(known.buyers) or cut - known.start < next_date.WARM_UP:
        return None
    calendar = model.calendar_of(known, cut, moving)
    of = traits(known, cut, next_date.WINDOW, calendar)
    came = until_next(days, of.persons, cut, until)
    usual = next_date.days_until(next_date.fit(known, cut, buying.fit(of).pareto, calendar), of)[:, 1]
    error = np.abs(calendar.ahead(cut, usual) - came)[~np.isnan(came)]
    return float(error.mean()) if len(error) else None


def auc(bought: Flags, score: Numbers) -> float:
    """How often a buyer has the higher score of a pair, ties counting half; some bought and some did not."""
    _, which, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[which]
    buyers = int(bought.sum())
    return float((rank[bought].sum() - buyers * (buyers + 1) / 2) / (buyers * (len(bought) - buyers)))


def average_precision(bought: Flags, score: Numbers) -> float:
    """The mean precision over the ranks at which buyers stand, equal scores taken together."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, [True]))
    found = np.cumsum(bought[order])[ends]
    precision = found / (ends + 1)
    return float((np.diff(found, prepend=0) * precision).sum() / bought.sum())


def calibration_error(bought: Flags, probability: Numbers) -> float:
    """The mean distance between probabilities and shares in ten equal bins, weighed by customers."""
    off = sum(each.customers * abs(each.probability - each.bought_share) for each in calibration(bought, probability))
    return float(off / len(bought))


def calibration(bought: Flags, probability: Numbers) -> tuple[Bin, ...]:
    """The customers in ten equal bins of the probability; bins without any are left out."""
    which = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    counts, sums, buyers = (np.bincount(which, weights, BINS) for weights in (None, probability, bought))
    return tuple(
        Bin(customers=int(count), probability=float(said / count), bought_share=float(came / count))
        for count, said, came in zip(counts, sums, buyers, strict=True)
        if count
    )
