"""What is expected of one customer: as it is served, or of another moment or horizon, from the mirror."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from switchboard.accounts import tenants
from switchboard.foundation.ground import Work
from switchboard.intelligence import moments, predictors, runs
from switchboard.intelligence.mirror_files import published
from switchboard.intelligence.predicting import figures_of
from switchboard.intelligence.predictions.factors import GROUPS
from switchboard.intelligence.predictions.predictor import FIGURES, HORIZON
from switchboard.intelligence.views import View

EPOCH = date(1970, 1, 1)
ANOTHER_RUN = "a segmentation by this version of Switchboard; run `switchboard segment`"
Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A customer's FIGURES within so many days; `missing` says what the shop lacks where there are none."""

    figures: Figures
    horizon_days: int
    missing: tuple[str, ...]

    @property
    def churns(self) -> float:
        """The probability of no purchase within the horizon."""
        return 1 - self.figures["buys"]

    @property
    def base(self) -> float:
        """That of the shop, from which the factors lead to the customer's."""
        return self.churns - sum(self.factors.values())

    @property
    def factors(self) -> Figures:
        """What each group of traits adds to the probability."""
        return {group: self.figures[f"because_{group}"] for group in GROUPS}

    def day(self, name: str) -> date:
        """One of the days of the next purchase."""
        return EPOCH + timedelta(days=round(self.figures[name]))


async def expected(work: Work, seen: View, asked: datetime | None, horizon: int = HORIZON) -> Expected:
    """What is expected of a customer with orders; of the present and the usual horizon, what is served."""
    run = await runs.served(work)
    if horizon == HORIZON and (asked is None or asked == run.as_of):
        fit = await predictors.of_run(work, run.number)
        missing = (ANOTHER_RUN,) if fit is None else fit.missing
        return Expected(figures=seen.known.expected, horizon_days=horizon, missing=missing)
    place, workspace = await runs.mirrored(work), await tenants.current(work)
    as_of = moments.as_of(asked or seen.as_of, workspace)

    def find() -> Expected:
        fit = predictors.at(workspace.id, place, as_of, horizon)
        if fit.predictor is None or fit.missing:
            return Expected(figures={}, horizon_days=horizon, missing=fit.missing)
        with published(place) as lines:
            assert lines is not None, "it was read a moment ago"
            rows = figures_of(lines, as_of, fit.predictor, [seen.person.key])
        figures = dict(zip(FIGURES, rows[0].tolist(), strict=True)) if len(rows) else {}
        return Expected(figures=figures, horizon_days=horizon, missing=())

    return await asyncio.to_thread(find)
