"""What customers are worth over the next months: the Pareto/NBD's purchases at their value, at levels that were right.

The level of each span is learned at earlier days of the shop, as far as its history reaches; beyond, the last one
holds and the error grows.
"""

import math
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import buying, pareto
from switchboard.intelligence.predictions.buying import Buying
from switchboard.intelligence.predictions.calendars import Calendar
from switchboard.intelligence.predictions.days import Days, outcome
from switchboard.intelligence.predictions.histories import Histories
from switchboard.intelligence.predictions.origins import expected_shift, origins, rise, shift_error, shifts_of
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import traits
from switchboard.intelligence.predictions.widths import Seen, Widths, interval
from switchboard.intelligence.predictions.widths import fit as widths_of

MONTH = 30.4375  # days
MONTHS = 36
SPANS = (30, 61, 91, 182, 365, 730, 1096)  # days
MOST = 4_000  # customers looked at
LEAST_CUSTOMERS = 30
LEAST_SPAN = 1.0  # usual days of one


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """By span: the shift of the logarithm of values, its standard error, and the quantiles of buyers' ratios.

    `usual` is how many usual days there are up to the end of each of the next MONTHS months.
    """

    usual: Numbers
    spans: Numbers
    shifts: Numbers
    errors: Numbers
    quantiles: Numbers


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Of one customer, by month from now on (months): the value up to its end, expected and within 80 %."""

    expected: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, kw_only=True)
class _Rung:
    shift: float
    error: float
    widths: Widths


def fit(days: Days, cut: int, models: Buying, calendar: Calendar) -> Ladder:
    """The ladder of a shop, from the days before `cut`, as its calendar counts days."""
    known = days.before(cut)
    some, start = known.sample(MOST), known.start
    rungs = list[_Rung]()
    for span in SPANS:
        rung = _rung((some, start, cut), span, models, calendar)
        if rung is None:
            last = rungs[-1] if rungs else _Rung(shift=0.0, error=0.0, widths=widths_of([]))
            error = max(last.error, shift_error(shifts_of([], []), cut, span))
            rung = _Rung(shift=last.shift, error=error, widths=last.widths)
        rungs.append(rung)
    ends = cut + np.rint(np.arange(1, MONTHS + 1) * MONTH).astype(np.int64)
    return Ladder(
        usual=np.maximum(calendar.place(ends) - calendar.place(np.array([cut])), LEAST_SPAN),
        spans=np.array(SPANS, np.float64),
        shifts=np.array([each.shift for each in rungs]),
        errors=np.array([each.error for each in rungs]),
        quantiles=np.concatenate([each.widths.quantiles[:1] for each in rungs]),
    )


def worth(ladder: Ladder, models: Buying, of: Histories, each: float, months: int) -> Worth:
    """What one customer of this history will spend, a purchase of theirs being worth `each`."""
    staying = pareto.alive(models.pareto, of)
    found = np.zeros((months, 3))
    for number in range(months):
        span = (number + 1) * MONTH
        shift, error, quantiles = _at(ladder, span)
        usual = float(ladder.usual[number])
        value = pareto.expected(models.pareto, of, usual, staying) * each * np.exp(shift)
        buys = pareto.probability(models.pareto, of, usual, staying)
        low, high = interval(Widths(cuts=np.zeros(0), quantiles=quantiles[None, :]), buys, value, error)
        found[number] = value[0], low[0], high[0]
    rising = np.maximum.accumulate(found, axis=0)
    return Worth(expected=rising[:, 0], low=rising[:, 1], high=rising[:, 2])


def _rung(of: tuple[Days, int, int], span: int, models: Buying, calendar: Calendar) -> _Rung | None:
    """What a span's origins have shown; None where the shop has none yet. `of`: of whom, since when, until when."""
    some, start, cut = of
    days, values, orders, seen = list[int](), list[tuple[float, float]](), list[tuple[float, float]](), list[Seen]()
    for day in origins(start, cut, span):
        then = traits(some, day, span, calendar)
        if len(then) < LEAST_CUSTOMERS:
            continue
        usual = max(calendar.span(day, span), LEAST_SPAN)
        came, said = outcome(some, then.persons, day, day + span), buying.bought(models, then, usual)
        expected = said.orders * buying.purchase_value(models, then)
        days.append(day)
        values.append(rise(came.value, expected))
        orders.append(rise(came.orders, said.orders))
        seen.append(Seen(probability=said.pareto, expected=expected * np.exp(values[-1][0]), value=came.value))
    if not days:
        return None
    season = [calendar.swing(day, span) for day in days]
    found = [shifts_of(days, each, season) for each in (values, orders)]
    shift = sum(expected_shift(each, cut, span) for each in found) / 2
    return _Rung(shift=shift, error=shift_error(found[0], cut, span), widths=widths_of(seen, most_bins=1))


def _at(ladder: Ladder, span: float) -> tuple[float, float, Numbers]:
    """Shift, error and quantiles between two rungs, by the logarithm of the span."""
    place = float(np.interp(math.log(span), np.log(ladder.spans), np.arange(len(ladder.spans))))
    below = min(int(place), len(ladder.spans) - 2)
    along = place - below

    def between(column: Numbers) -> Numbers:
        return np.asarray(column[below] * (1 - along) + column[below + 1] * along, np.float64)

    return float(between(ladder.shifts)), float(between(ladder.errors)), between(ladder.quantiles)
