"""How right the predictions are: only what was before a cut is seen, and what came after it is held against them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from bench.figures import Figure, say
from bench.quality.references import scores
from bench.quality.shops import Shop, shops
from switchboard.intelligence.predictions import model, next_date, quality
from switchboard.intelligence.predictions.days import outcome, until_next
from switchboard.intelligence.predictions.traits import LAST_WINDOW, traits

HORIZON, WINDOW = 90, next_date.WINDOW
ROLLING, FIRST = 14, 150  # days between rolling origins, and before the first


@dataclass(kw_only=True)
class Seen:
    """What came out at every cut, by name."""

    figures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list[float]))

    def add(self, name: str, value: float) -> None:
        self.figures[name].append(value)

    def mean(self, name: str) -> float:
        return float(np.mean(self.figures[name]))


def measure() -> Iterator[Figure]:
    """Figures of each shop, then of all."""
    seen = {True: Seen(), False: Seen()}
    for shop in shops():
        say(shop.name)
        for cut in shop.cuts:
            yield from _at(shop, cut, seen[shop.real])
        _rolled(shop, seen[shop.real])
    for real, name in ((True, "real shops"), (False, "made-up shops")):
        yield from _whole(name, seen[real])


def _at(shop: Shop, cut: int, seen: Seen) -> Iterator[Figure]:
    """One cut: ranking beside the references, calibration, value, intervals, dates."""
    until = int(shop.days.day.max()) + 1
    if cut + HORIZON > until:
        return
    known = shop.days.before(cut)
    of = traits(known, cut, HORIZON)
    fitted = model.fit(known, cut, HORIZON)
    said, then = model.predict(fitted, of), outcome(shop.days, of.persons, cut, cut + HORIZON)
    for name, rank in (("AUC", quality.auc), ("AP", quality.average_precision)):
        ours = rank(then.bought, said.probability)
        theirs = {each: rank(then.bought, score) for each, score in scores(known, of, HORIZON).items()}
        best = max(theirs.values())
        for each, value in theirs.items():
            seen.add(f"{name} of {each}", value)
        seen.add(name, ours)
        seen.add(f"{name} behind", best - ours)
        yield Figure(figure=f"{shop.name}, day {cut}: {name} behind the best of six", value=best - ours, unit="points",
                     target="<= 0.01")  # fmt: skip
    error = quality.calibration_error(then.bought, said.probability)
    young = cut - known.start < 395
    seen.add("ECE", error)
    yield Figure(figure=f"{shop.name}, day {cut}: calibration error", value=error, unit="points",
                 target="<= 0.15" if young else "<= 0.1")  # fmt: skip
    actual = float(then.value.sum())
    seen.add("value", abs(said.total[0] / actual - 1))
    seen.add("value of the last window", abs(float(of.columns[:, LAST_WINDOW].sum()) / actual - 1))
    seen.add("held", float(((then.value >= said.low - 0.005) & (then.value <= said.high + 0.005)).mean()))
    seen.add("floor", float(np.maximum(0.8, 1 - said.probability).mean()))
    if cut + WINDOW <= until:
        _dated(shop, cut, fitted, seen)


def _dated(shop: Shop, cut: int, fitted: model.Model, seen: Seen) -> None:
    """The error of the next purchase's day, of who bought within half a year."""
    known = shop.days.before(cut)
    of = traits(known, cut, HORIZON)
    came = until_next(shop.days, of.persons, cut, cut + WINDOW)
    there = ~np.isnan(came)
    said = next_date.days_until(next_date.fit(known, cut, fitted.buying.pareto), of)
    gap = np.where(of["purchases"] > 1, of["gap"], of["tenure"])
    seen.add("next date", float(np.abs(said[:, 1] - came)[there].mean()))
    seen.add("next date, last + gap", float(np.abs(np.maximum(gap - of["recency"], 0) - came)[there].mean()))
    seen.add("next date held", float(((came >= said[:, 0] - 1) & (came <= said[:, 2] + 1))[there].mean()))


def _rolled(shop: Shop, seen: Seen) -> None:
    """Whether the shop's total lay in its interval, from many days on."""
    until = int(shop.days.day.max()) + 1
    for cut in range(shop.days.start + FIRST, until - HORIZON + 1, ROLLING):
        known = shop.days.before(cut)
        of = traits(known, cut, HORIZON)
        said = model.predict(model.fit(known, cut, HORIZON), of)
        came = float(outcome(shop.days, of.persons, cut, cut + HORIZON).value.sum())
        seen.add("total held", float(said.total[1] <= came <= said.total[2]))


def _whole(name: str, seen: Seen) -> Iterator[Figure]:
    for rank in ("AUC", "AP"):
        references = {each: seen.mean(each) for each in seen.figures if each.startswith(f"{rank} of")}
        best = max(references, key=lambda each: references[each])
        yield Figure(figure=f"{name}: {rank}, mean, against {best[len(rank) + 4:]}", value=seen.mean(rank),
                     unit="points", reference=references[best], ratio=seen.mean(rank) / references[best],
                     target=">= 1")  # fmt: skip
        near = float(np.mean(np.array(seen.figures[f"{rank} behind"]) <= 0.005))
        yield Figure(
            figure=f"{name}: cuts with {rank} within .005 of the best", value=near, unit="share", target=">= 0.9"
        )
    yield Figure(figure=f"{name}: calibration error, mean", value=seen.mean("ECE"), unit="points", target="<= 0.05")
    yield Figure(figure=f"{name}: total value, mean error", value=seen.mean("value"), unit="share", target="<= 0.15")
    last = seen.mean("value of the last window")
    yield Figure(figure=f"{name}: total value, mean error, of the last window", value=last, unit="share")
    apart = abs(seen.mean("held") - seen.mean("floor"))
    yield Figure(figure=f"{name}: customers in their interval, from what can be reached", value=apart, unit="share",
                 target="<= 0.05")  # fmt: skip
    held = seen.mean("total held")
    yield Figure(figure=f"{name}: totals in their interval of {len(seen.figures['total held'])}", value=held,
                 unit="share", target=">= 0.72")  # fmt: skip
    yield Figure(figure=f"{name}: next date, mean error", value=seen.mean("next date"), unit="days",
                 reference=seen.mean("next date, last + gap"),
                 ratio=seen.mean("next date") / seen.mean("next date, last + gap"), target="<= 1")  # fmt: skip
    yield Figure(figure=f"{name}: next dates in their window", value=seen.mean("next date held"), unit="share")
