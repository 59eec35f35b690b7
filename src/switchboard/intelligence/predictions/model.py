"""Everything that is learned of a shop for one horizon, from the days before a cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import breaks, buying, calendars, learning, seasons, sharpness, widths
from switchboard.intelligence.predictions.buying import Bought, Buying
from switchboard.intelligence.predictions.calendars import HALF_OPEN, Calendar
from switchboard.intelligence.predictions.days import Days, Outcome, outcome
from switchboard.intelligence.predictions.learning import Example, Learned
from switchboard.intelligence.predictions.origins import (
    CARRIED,
    Shifts,
    expected_shift,
    origins,
    rise,
    shift_error,
    shift_to,
    shifts_of,
)
from switchboard.intelligence.predictions.special import Narrow, Numbers, Whole, log_odds, sigmoid
from switchboard.intelligence.predictions.traits import Traits, traits
from switchboard.intelligence.predictions.widths import Seen, Widths

MOST = 100_000  # customers to fit on, and rows to learn from
SHORTEST = 7  # days of a window to learn on
FEWEST_AT_ORIGIN = 10_000  # customers looked at there, however many origins there are
LEAST_CUSTOMERS, LEAST_OF_A_KIND = 30, 3  # at an origin
HIDDEN = 1e-9
LEAST_SPAN = 1.0  # usual days of a window
FURTHEST = 1_200  # days after the cut-off that the calendar is known of
UNKNOWN_NOISE = 0.02
LAST_YEAR = 90  # days of it that are looked at, whatever the horizon
Z_80 = 1.2816
OWN_RISK, WIDEST = 1.5, 3.0
FEWEST_CUSTOMERS, FEWEST_REPEATING, FEWEST_DAYS, QUARTER = 100, 30, 60, 90


@dataclass(frozen=True, kw_only=True)
class Model:
    """What was learned up to the day `cut` for windows of `horizon` days.

    Log-odds are multiplied with `sharper`, and `shift` is added; `value_shift` is added to the logarithm of values.
    `value_error` is its standard error and `value_noise` the sampling variance of a window's value. `start` is the day
    of the first purchase. Where no window of the horizon has passed yet, it was learned on shorter ones, of
    `learned_days`.
    """

    cut: int
    horizon: int
    learned_days: int
    start: int
    customers: int
    repeating: int
    origins: int
    calendar: Calendar
    buying: Buying
    learned: Learned | None
    widths: Widths
    sharper: float
    shift: float
    value_shift: float
    value_error: float
    value_noise: float


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Per customer: log-odds and probability of a purchase within the horizon, and its value with 80 % intervals.

    `total` is of all customers together: expected, low, high.
    """

    log_odds: Numbers
    probability: Numbers
    value: Numbers
    low: Numbers
    high: Numbers
    total: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Origin:
    """Customers at an origin, what is bought in a window of usual days and in the one that came, and what was.

    `season` is how much more that window was worth by its season.
    """

    of: Traits
    near: Bought
    far: Bought
    inputs: Narrow
    then: Outcome
    season: float


def fit(days: Days, cut: int, horizon: int, *, moving: Sequence[Whole] = (), most: int = MOST) -> Model:
    """The model of the days before `cut`, on which somebody bought. Later rows are never looked at.

    `moving` are the days of each holiday that moves, past and future.
    """
    known = days.before(cut)
    calendar = calendar_of(known, cut, moving)
    now = traits(known.sample(most), cut, LAST_YEAR, calendar)
    models = buying.fit(now)
    span, seen = _longest_seen(known, cut, horizon, (models, calendar, most))
    examples = [_example(each, cut) for each in seen]
    learned = learning.fit(examples, most) if seen else None
    sharper = (
        sharpness.factor(examples, seen[0].near.pareto, _carried(seen[0].near, seen[0].far), span) if seen else 1.0
    )
    logits = [sharper * _plain(learned, each.near, each.far, each.inputs) for each in seen]
    rises = _rises(seen, logits)
    values, orders = _value_rises(seen, models)
    error, lost = shift_error(values, cut, span), breaks.lost(known, cut, models, calendar)
    error = error if span == horizon else max(error, shift_error(shifts_of([], []), cut, horizon))
    return Model(
        cut=cut, horizon=horizon, learned_days=span, start=known.start, customers=len(known.buyers),
        repeating=_repeating(known, now, len(known.buyers)), origins=len(seen), calendar=calendar, buying=models,
        learned=learned, widths=widths.fit(_shown(seen, models, logits, rises, values)),
        sharper=sharper, shift=expected_shift(rises, cut, span) + lost,
        value_shift=(expected_shift(values, cut, span) + expected_shift(orders, cut, span)) / 2 + lost,
        value_error=float(np.hypot(error, CARRIED * lost)),
        value_noise=float(values.variance.mean()) if seen else UNKNOWN_NOISE,
    )  # fmt: skip


def calendar_of(known: Days, cut: int, moving: Sequence[Whole]) -> Calendar:
    """What days are worth in a shop, as those before `cut` have shown."""
    calendar, _ = calendars.learned(_orders(known, cut), known.start, moving, cut + FURTHEST)
    return seasons.with_season(calendar, known, cut)


def predict(model: Model, of: Traits) -> Expected:
    """What the model expects of customers, who may be the whole shop or one of them, as its calendar counts days."""
    near = buying.bought(model.buying, of, model.learned_days)
    far = _far(model.buying, model.calendar, of, (near, model.learned_days, model.horizon))
    z = model.sharper * _plain(model.learned, near, far, buying.inputs(of, near)) + model.shift
    p = sigmoid(z)
    value = far.orders * buying.purchase_value(model.buying, of) * np.exp(model.value_shift)
    low, high = widths.interval(model.widths, p, value, model.value_error)
    return Expected(log_odds=z, probability=p, value=value, low=low, high=high, total=_total(model, p, value))


def traits_of(model: Model, days: Days, cut: int) -> Traits:
    """The traits of everybody with a purchase before the day `cut`, as any model of the shop reads them."""
    return traits(days, cut, LAST_YEAR, model.calendar)


def missing(model: Model) -> tuple[str, ...]:
    """What this shop lacks for predictions that can be believed; empty: they can."""
    lacks = too_few(model.customers, model.repeating, model.cut - model.start, model.horizon)
    return lacks if model.origins else (*lacks, f"an earlier day whose next {SHORTEST} days are known")


def too_few(customers: int, repeating: int, history_days: int, horizon: int) -> tuple[str, ...]:
    """What there is too little of to fit a model; beyond a quarter, half a horizon of history will do."""
    least = max(FEWEST_DAYS, min(horizon, QUARTER), horizon // 2)
    needed = (
        (customers, FEWEST_CUSTOMERS, "customers"),
        (repeating, FEWEST_REPEATING, "customers with a second order"),
        (history_days, least, "days of history"),
    )
    return tuple(f"{enough} {of}; there are {there}" for there, enough, of in needed if there < enough)


def _orders(known: Days, cut: int) -> Numbers:
    """Purchases a day, from the first up to the cut-off."""
    return np.bincount(known.day[known.bought] - known.start, minlength=cut - known.start).astype(np.float64)


def _longest_seen(known: Days, cut: int, horizon: int, of: tuple[Buying, Calendar, int]) -> tuple[int, list[_Origin]]:
    """The horizon, or the longest part of it that has origins, with them; none, and the horizon, where none has."""
    span = horizon
    while span >= SHORTEST:
        seen = _seen(known, cut, span, of)
        if seen:
            return span, seen
        span //= 2
    return horizon, []


def _seen(known: Days, cut: int, horizon: int, by: tuple[Buying, Calendar, int]) -> list[_Origin]:
    """The customers at each origin that tells something, newest first; not of windows for most of which it was shut."""
    models, calendar, most = by
    days_of = origins(known.start, cut, horizon)
    some, found = known.sample(max(FEWEST_AT_ORIGIN, most // max(len(days_of), 1))), list[_Origin]()
    for day in days_of:
        if calendar.in_any_season.of(day, horizon) < HALF_OPEN:
            continue
        of = traits(some, day, LAST_YEAR, calendar)
        then = outcome(some, of.persons, day, day + horizon)
        buyers = int(then.bought.sum())
        if len(of) >= LEAST_CUSTOMERS and LEAST_OF_A_KIND <= buyers <= len(of) - LEAST_OF_A_KIND:
            near = buying.bought(models, of, horizon)
            far = _far(models, calendar, of, (near, horizon, horizon))
            season = calendar.swing(day, horizon)
            inputs = buying.inputs(of, near)
            found.append(_Origin(of=of, near=near, far=far, inputs=inputs, then=then, season=season))
    return found


def _far(models: Buying, calendar: Calendar, of: Traits, window: tuple[Bought, int, int]) -> Bought:
    """What is bought in the days of the horizon, as many usual ones as they are; `near` is of the days learned on."""
    near, learned_days, horizon = window
    span = calendar.span(of.cut, horizon)
    return near if span == learned_days else buying.bought(models, of, max(span, LEAST_SPAN))


def _plain(learned: Learned | None, near: Bought, far: Bought, inputs: Narrow) -> Numbers:
    """The log-odds of a purchase in the days of the horizon, before the shop's own factor and shift."""
    return learning.blended(learned, near.pareto, inputs) + _carried(near, far)


def _carried(near: Bought, far: Bought) -> Numbers | float:
    """What is added to log-odds that are of the days learned on."""
    return 0.0 if far is near else log_odds(far.pareto) - log_odds(near.pareto)


def _example(seen: _Origin, cut: int) -> Example:
    return Example(inputs=seen.inputs, bought=seen.then.bought.astype(np.float64), back=float(cut - seen.of.cut))


def _repeating(known: Days, now: Traits, customers: int) -> int:
    """Customers with a second purchase; counted on the sample where that is of all."""
    if len(now) == customers:
        return int((now.repeats > 0).sum())
    return int((np.unique(known.person[known.bought], return_counts=True)[1] > 1).sum())


def _rises(seen: Sequence[_Origin], logits: Sequence[Numbers]) -> Shifts:
    """By how much more log-odds people bought than was expected, at each origin."""
    found = list[tuple[float, float]]()
    for each, z in zip(seen, logits, strict=True):
        share = float(each.then.bought.mean())
        found.append((shift_to(z, share), 1 / max(len(each.of) * share * (1 - share), 1)))
    return shifts_of(_days(seen), found, _seasons(seen))


def _value_rises(seen: Sequence[_Origin], models: Buying) -> tuple[Shifts, Shifts]:
    """By how much values and orders lay above what was expected, in logarithms, at each origin."""
    values, orders = list[tuple[float, float]](), list[tuple[float, float]]()
    for each in seen:
        expected = each.far.orders * buying.purchase_value(models, each.of)
        values.append(rise(each.then.value, expected))
        orders.append(rise(each.then.orders, each.far.orders))
    season = _seasons(seen)
    return shifts_of(_days(seen), values, season), shifts_of(_days(seen), orders, season)


def _days(seen: Sequence[_Origin]) -> list[int]:
    return [each.of.cut for each in seen]


def _seasons(seen: Sequence[_Origin]) -> list[float]:
    return [each.season for each in seen]


def _shown(
    seen: Sequence[_Origin], models: Buying, logits: Sequence[Numbers], rises: Shifts, values: Shifts
) -> list[Seen]:
    """What was expected of each customer at the origins, at the level that came, and what they spent."""
    return [
        Seen(
            probability=sigmoid(z + shift), value=each.then.value,
            expected=each.far.orders * buying.purchase_value(models, each.of) * np.exp(raised),
        )
        for each, z, shift, raised in zip(seen, logits, rises.shift, values.shift, strict=True)
    ]  # fmt: skip


def _total(model: Model, probability: Numbers, value: Numbers) -> tuple[float, float, float]:
    """The value of all together: what is not known of the level, and where it is more what single customers add."""
    whole = float(value.sum())
    buyer = value / np.maximum(probability, widths.LEAST_SHARE)
    own = OWN_RISK * float((probability * buyer**2).sum()) / max(whole, HIDDEN) ** 2
    error = np.sqrt(model.value_error**2 + max(own - model.value_noise, 0))
    far = min(Z_80 * float(error), WIDEST)
    return whole, whole * float(np.exp(-far)), whole * float(np.exp(far))
