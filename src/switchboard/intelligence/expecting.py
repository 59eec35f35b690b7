"""What is expected of one customer: as it is served, or of another moment or horizon, from the mirror."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, predictors, runs
from switchboard.intelligence.features import Persons
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.months import day_of
from switchboard.intelligence.predicting import buyers_of, figures_of, figures_of_all, nothing_predicted
from switchboard.intelligence.predictions import lifetime
from switchboard.intelligence.predictions.factors import GROUPS
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.lifetime import Worth
from switchboard.intelligence.predictions.predictor import FIGURES, HORIZON, Predictor
from switchboard.intelligence.predictions.special import Narrow
from switchboard.intelligence.predictors import Fit
from switchboard.intelligence.views import View
from switchboard.intelligence.warehouse import elsewhere

NOT_YET = "an order of this customer by then"
ANOTHER_RUN = "a segmentation by this version of Switchboard; run `switchboard segment`"
Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A customer's FIGURES within so many days; `missing` says what the shop lacks where there are none."""

    figures: Figures
    horizon_days: int
    missing: tuple[str, ...]

    @property
    def base(self) -> float:
        """That of the shop, from which the factors lead to the customer's."""
        return self.figures["churns"] - sum(self.factors.values())

    @property
    def factors(self) -> Figures:
        """What each group of traits adds to the probability."""
        return {group: self.figures[f"because_{group}"] for group in GROUPS}

    def day(self, name: str) -> date:
        """One of the days of the next purchase."""
        return day_of(round(self.figures[name]))


@dataclass(frozen=True, kw_only=True)
class WorthExpected:
    """A customer's value by month: of all up to its end, and (month by month) what is of it with its season index.

    `worth` is None where something is `missing`.
    """

    worth: Worth | None
    monthly: tuple[tuple[float, float | None], ...]
    missing: tuple[str, ...]


async def worth(work: Work, seen: View, asked: datetime | None, months: int) -> WorthExpected:
    """What a customer will spend in the months from the moment on."""
    known, fit = await expected(work, seen, asked), await _fit(work, seen, asked)
    if not known.figures or fit is None or fit.predictor is None:
        return WorthExpected(worth=None, monthly=(), missing=known.missing)
    of, predictor = seen.known.features, fit.predictor
    begin, end = int(of["first_order_day"]), int(of["last_order_day"])
    days = np.array([begin, end, max(predictor.model.cut, end)])
    first, last, now = np.rint(predictor.model.calendar.place(days)).tolist()
    history = histories(*(np.array([each]) for each in (known.figures["repeats"], last - first, max(now - first, 1.0))))
    each = known.figures["worth"]
    found = lifetime.worth(predictor.ladder, predictor.model.buying, history, each, months)
    return WorthExpected(worth=found, monthly=_by_month(found, predictor, months), missing=())


def _by_month(found: Worth, predictor: Predictor, months: int) -> tuple[tuple[float, float | None], ...]:
    """The months' parts of the value, as the season moves them unless days are counted by it; they add up to it."""
    parts, season = np.diff(found.expected, prepend=0.0), predictor.season[:months]
    moved = parts * np.where(np.isnan(season), 1.0, np.maximum(season, 0))
    if moved.sum() > 0 and not predictor.model.calendar.knows_season:
        parts = moved * (found.expected[-1] / moved.sum())
    return tuple(
        (float(part), None if np.isnan(index) else float(index)) for part, index in zip(parts, season, strict=True)
    )


async def _fit(work: Work, seen: View, asked: datetime | None) -> Fit | None:
    """What was fitted for the moment."""
    run = await runs.served(work)
    if asked is None or asked == run.as_of:
        return await predictors.of_run(work, run.number)
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    as_of = moments.as_of(seen.as_of, workspace)
    return await asyncio.to_thread(predictors.at, workspace.id, place, as_of, HORIZON)


@dataclass(frozen=True, kw_only=True)
class AllExpected:
    """The FIGURES of everybody who had ordered by a moment (ascending); none where something is `missing`."""

    persons: Persons
    figures: Narrow
    missing: tuple[str, ...]


async def of_all(work: Work, moment: datetime, horizon: int) -> AllExpected:
    """What is expected of everybody within so many days of a moment, from what was known by then."""
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    as_of = moments.as_of(moment, workspace)
    if lacks := await elsewhere.lacks(work):
        nobody = np.zeros(0, np.int64)
        return AllExpected(persons=nobody, figures=nothing_predicted(0).figures, missing=lacks)

    def find() -> AllExpected:
        fit = predictors.at(workspace.id, place, as_of, horizon)
        with published(place) as lines:
            assert lines is not None, "it was read a moment ago"
            persons = buyers_of(lines, as_of).persons
            if fit.predictor is None or fit.missing:
                nothing = nothing_predicted(len(persons), fit.missing)
                return AllExpected(persons=persons, figures=nothing.figures, missing=nothing.missing)
            figures = figures_of_all(lines, as_of, fit.predictor, len(persons))
        return AllExpected(persons=persons, figures=figures, missing=())

    return await asyncio.to_thread(find)


async def expected(work: Work, seen: View, asked: datetime | None, horizon: int = HORIZON) -> Expected:
    """What is expected of a customer; of the present and the usual horizon, what is served."""
    if not seen.known.features:
        return Expected(figures={}, horizon_days=horizon, missing=(NOT_YET,))
    run = await runs.served(work)
    if horizon == HORIZON and (asked is None or asked == run.as_of):
        fit = await predictors.of_run(work, run.number)
        missing = (ANOTHER_RUN,) if fit is None else fit.missing
        return Expected(figures=seen.known.expected, horizon_days=horizon, missing=missing)
    if lacks := await elsewhere.lacks(work):
        return Expected(figures={}, horizon_days=horizon, missing=lacks)
    served = await predictors.of_run(work, run.number) if asked is None or asked == run.as_of else None
    usual = served.predictor if served else None
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    as_of = moments.as_of(asked or seen.as_of, workspace)

    def find() -> Expected:
        fit = predictors.at(workspace.id, place, as_of, horizon, usual)
        if fit.predictor is None or fit.missing:
            return Expected(figures={}, horizon_days=horizon, missing=fit.missing)
        with published(place) as lines:
            assert lines is not None, "it was read a moment ago"
            rows = figures_of(lines, as_of, fit.predictor, [seen.person.key])
        figures = dict(zip(FIGURES, rows[0].tolist(), strict=True)) if len(rows) else {}
        return Expected(figures=figures, horizon_days=horizon, missing=())

    return await asyncio.to_thread(find)
