"""How right the predictions are: only what was before a cut is seen, and what came after it is held against them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from bench.figures import Figure, say
from bench.quality import ahead, bounds
from bench.quality.references import scores
from bench.quality.shops import Shop, shops
from switchboard.intelligence.predictions import beta_geo, buying, horizons, model, next_date, quality
from switchboard.intelligence.predictions.days import outcome, until_next
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.model import Model
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import LAST_WINDOW, Traits, traits

HORIZON, WINDOW = 90, next_date.WINDOW
YOUNG, YEAR, BUYERS = 395, 420, 300  # days of history; buyers a window
REAL_EVERY, MADE_UP_EVERY, FIRST = 14, 28, 150  # days between rolling origins, and before the first
OTHERS = (7, 30, 60, 120, 180, 365)  # horizons


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
    seen, every = {True: Seen(), False: Seen()}, Seen()
    for shop in shops():
        say(shop.name)
        both, own = (seen[shop.real], every), Seen()
        for cut in shop.cuts:
            yield from _at(shop, cut, both)
        _rolled(shop, (*both, own))
        ahead.measure(shop, (*both,))
        yield from bounds.season(shop.name, own)
    for name, of in (("real shops", seen[True]), ("made-up shops", seen[False]), ("all shops", every)):
        if not of.figures:
            say(f"there are no {name}")
            continue
        yield from bounds.ranks(name, of, all_of_them=of is every)
        yield from bounds.values(name, of)
        yield from bounds.dates(name, of)
        yield from bounds.months(name, of)


def _at(shop: Shop, cut: int, seen: tuple[Seen, ...]) -> Iterator[Figure]:
    """One cut: ranking beside the references, calibration, value, intervals, dates."""
    until = int(shop.days.day.max()) + 1
    if cut + HORIZON > until:
        return
    known, found = shop.days.before(cut), Seen()
    plain, fitted = traits(known, cut, HORIZON), model.fit(known, cut, HORIZON, moving=shop.moving)
    of = model.traits_of(fitted, known, cut)
    said, then = model.predict(fitted, of), outcome(shop.days, of.persons, cut, cut + HORIZON)
    references = scores(known, plain, HORIZON)
    for name, rank in (("AUC", quality.auc), ("AP", quality.average_precision)):
        ours = rank(then.bought, said.probability)
        theirs = {each: rank(then.bought, score) for each, score in references.items()}
        for each, value in theirs.items():
            found.add(f"{name} of {each}", value)
        found.add(name, ours)
        found.add(f"{name} behind", max(theirs.values()) - ours)
        yield Figure(figure=f"{shop.name}, day {cut}: {name} behind the best of six", value=max(theirs.values()) - ours,
                     unit="points", target="<= 0.01")  # fmt: skip
    error = quality.calibration_error(then.bought, said.probability)
    found.add("ECE", error)
    yield Figure(figure=f"{shop.name}, day {cut}: calibration error", value=error, unit="points",
                 target="<= 0.15" if cut - known.start < YOUNG else "<= 0.1")  # fmt: skip
    actual = float(then.value.sum())
    rich = cut - known.start >= YEAR and int(then.bought.sum()) >= BUYERS
    found.add(f"value, {'a year known' if rich else 'less known'}", abs(said.total[0] / actual - 1))
    found.add("value", abs(said.total[0] / actual - 1))
    found.add("value of the last window", abs(float(plain.columns[:, LAST_WINDOW].sum()) / actual - 1))
    found.add("value of plain models", abs(_plain(plain) / actual - 1))
    found.add("held", float(((then.value >= said.low - 0.005) & (then.value <= said.high + 0.005)).mean()))
    found.add("floor", float(np.maximum(0.8, 1 - said.probability).mean()))
    if cut + WINDOW <= until:
        _dated(shop, cut, fitted, found)
    _other_horizons(shop, cut, fitted, found)
    for each in seen:
        for name, values in found.figures.items():
            each.figures[name] += values


def _plain(of: Traits) -> float:
    """The total of buy-till-you-die models alone, which know no season."""
    models = buying.fit(of)
    return float((buying.bought(models, of, HORIZON).orders * buying.purchase_value(models, of)).sum())


def _dated(shop: Shop, cut: int, fitted: Model, seen: Seen) -> None:
    """The error of the next purchase's day, of who bought within half a year."""
    known = shop.days.before(cut)
    of, plain = model.traits_of(fitted, known, cut), traits(known, cut, HORIZON)
    came = until_next(shop.days, of.persons, cut, cut + WINDOW)
    there = ~np.isnan(came)
    usual = next_date.days_until(next_date.fit(known, cut, fitted.buying.pareto, fitted.calendar), of)
    said = fitted.calendar.ahead(cut, usual)
    gap = np.where(plain["purchases"] > 1, plain["gap"], plain["tenure"])
    rivals = {
        "last + gap": np.maximum(gap - plain["recency"], 0),
        "past median": np.full(len(of), _past_median(shop, cut)),
        "plain BG/NBD": _waiting(plain),
    }
    for name, rival in rivals.items():
        seen.add(f"next date, {name}", float(np.abs(rival - came)[there].mean()))
    seen.add("next date", float(np.abs(said[:, 1] - came)[there].mean()))
    seen.add("next date held", float(((came >= said[:, 0] - 1) & (came <= said[:, 2] + 1))[there].mean()))


def _past_median(shop: Shop, cut: int) -> float:
    """The usual wait half a year ago, or the usual gap where nobody was there yet."""
    known = shop.days.before(cut)
    then = max(cut - WINDOW, known.start + 1)
    waited = until_next(known, known.before(then).buyers, then, cut)
    return float(np.nanmedian(waited)) if (~np.isnan(waited)).any() else WINDOW / 2


def _waiting(of: Traits) -> Numbers:
    """The middle of the wait of who is still a customer, by the BG/NBD alone."""
    seen = histories(of.repeats, of.last, of.age)
    known = beta_geo.fit(seen)
    weeks = (known.alpha + seen.age) * np.expm1(np.log(2) / (known.r + seen.repeats))
    return 7 * weeks[seen.back]


def _other_horizons(shop: Shop, cut: int, fitted: Model, seen: Seen) -> None:
    """Calibration at other horizons, and whether a purchase gets less likely within more days."""
    known, before = shop.days.before(cut), np.zeros(0)
    of, until = model.traits_of(fitted, known, cut), int(shop.days.day.max()) + 1
    fallen, ends = 0.0, [horizons.fit(known, fitted, each, shop.moving) for each in (OTHERS[0], OTHERS[-1])]
    for horizon in OTHERS:
        chain = ends[horizon > HORIZON]
        assert chain is not None, "the served horizon is not among them"
        count = sum(each.horizon > horizon if horizon < HORIZON else each.horizon < horizon for each in chain.models)
        p = horizons.predict(replace(chain, horizon=horizon, models=chain.models[: count + 1]), of).probability
        fallen = max(fallen, float((before - p).max())) if len(before) else 0.0
        before = p
        then = outcome(shop.days, of.persons, cut, cut + horizon)
        if cut + horizon <= until and 0 < then.bought.sum() < len(p):
            seen.add(f"ECE within {horizon} days", quality.calibration_error(then.bought, p))
            seen.add(f"AUC within {horizon} days", quality.auc(then.bought, p))
    seen.add("fallen", fallen)


def _rolled(shop: Shop, seen: tuple[Seen, ...]) -> None:
    """The shop's total from many days on: its error beside plain models', and whether it lay in its interval."""
    until, every = int(shop.days.day.max()) + 1, REAL_EVERY if shop.real else MADE_UP_EVERY
    for cut in range(shop.days.start + FIRST, until - HORIZON + 1, every):
        known = shop.days.before(cut)
        fitted = model.fit(known, cut, HORIZON, moving=shop.moving)
        of = model.traits_of(fitted, known, cut)
        said = model.predict(fitted, of)
        then = outcome(shop.days, of.persons, cut, cut + HORIZON)
        came, known_year = float(then.value.sum()), cut - known.start >= YEAR
        for each in seen:
            each.add("total held", float(said.total[1] <= came <= said.total[2]))
            if known_year:
                each.add("rolled", abs(said.total[0] / came - 1))
                if int(then.bought.sum()) >= BUYERS:
                    each.add("value, a year known, rolling", abs(said.total[0] / came - 1))
                each.add("rolled, plain", abs(_plain(traits(known, cut, HORIZON)) / came - 1))
