"""What is known of each customer at a cut-off: the inputs of the learned models."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from switchboard.intelligence.predictions.calendars import EVEN, Calendar
from switchboard.intelligence.predictions.days import Days, rows_of
from switchboard.intelligence.predictions.special import Flags, Narrow, Numbers, Whole
from switchboard.intelligence.sums import changes

COUNTED = (30, 60, 90, 180, 365)
FADING = (30, 90, 270)  # days in which a purchase's weight falls to 1/e
MONTH, YEAR, QUARTER = 30, 365, 90
NOTHING = -1.0  # a gap of somebody with too few purchases
SOFTER_GAP, SOFTER_TENURE = 7, 30

NAMES = (
    "purchases", "recency", "tenure", "gap", "gap_deviation", "last_gap", "largest_gap",
    *(f"purchases_{days}" for days in COUNTED), *(f"fading_{days}" for days in FADING),
    "average_value", "last_value", "largest_value", "typical_value", "value_90", "value_365", "refunds",
    "lines", "overdue", "pace", "same_window_last_year", "months",
)  # fmt: skip
VALUE = NAMES.index("average_value")
LAST_WINDOW = NAMES.index("value_90")


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Customers (ascending) at the day `cut`: `columns` (customers x NAMES) in usual days, counts and currency.

    `repeats`, `last` and `age` are what buy-till-you-die models read, in usual days.
    """

    cut: int
    persons: Whole
    columns: Numbers
    repeats: Numbers
    last: Numbers
    age: Numbers

    def __len__(self) -> int:
        return len(self.persons)

    @cached_property
    def logs(self) -> Narrow:
        """The columns as sign(x) log(1 + |x|)."""
        columns = self.columns.T.astype(np.float32)  # a column lies together
        signs = np.sign(columns)
        np.abs(columns, out=columns)
        columns += np.float32(1)
        np.log(columns, out=columns)
        columns *= signs
        return columns.T

    def __getitem__(self, name: str) -> Numbers:
        return self.columns[:, NAMES.index(name)]


@dataclass(frozen=True, kw_only=True)
class _Purchases:
    """Purchases by customer and day: whose (`row` of so many), how long ago, of what value."""

    row: Whole
    count: int
    day: Whole
    age: Numbers
    value: Numbers
    first: Whole
    last: Whole

    def counted(self, which: Flags) -> Numbers:
        return np.bincount(self.row[which], minlength=self.count).astype(np.float64)

    def summed(self, weights: Numbers) -> Numbers:
        return np.bincount(self.row, weights, self.count).astype(np.float64)


def traits(days: Days, cut: int, horizon: int, calendar: Calendar = EVEN) -> Traits:
    """The traits of everybody with a purchase before the day `cut`; later rows are never looked at.

    Days are counted as the calendar does, in usual ones.
    """
    known, now = days.before(cut), cut
    if not calendar.is_even:
        now = int(np.rint(calendar.place(np.array([cut])))[0])
        known = replace(known, day=np.rint(calendar.place(known.day)).astype(np.int64))
    persons = known.buyers
    row, there = rows_of(persons, known.person)
    of = _purchases(known.chosen(there), row, len(persons), now)
    number = of.counted(np.ones(len(of.row), np.bool_))
    recency, tenure = of.age[of.last], of.age[of.first]
    gaps = _gaps(of, number)
    back = there & ~known.bought
    refunds = np.bincount(row[~known.bought[there]], -known.net[back], len(persons))
    columns = np.array([
        number, recency, tenure, *gaps,
        *(of.counted(of.age <= days) for days in COUNTED),
        *(of.summed(np.exp(-of.age / days)) for days in FADING),
        *_values(of, number), np.maximum(refunds, 0),
        np.bincount(of.row, known.lines[known.bought], len(persons)) / number,
        recency / (np.where(number > 1, gaps[0], tenure) + SOFTER_GAP),
        number / (tenure + SOFTER_TENURE),
        of.counted((of.age <= YEAR) & (of.age > YEAR - horizon)),
        of.counted(changes(of.row, of.day // MONTH)),
    ]).T  # fmt: skip
    return Traits(cut=cut, persons=persons, columns=columns, repeats=number - 1, last=tenure - recency, age=tenure)


def _purchases(known: Days, row: Whole, count: int, cut: int) -> _Purchases:
    row, day = row[known.bought], known.day[known.bought]
    first = np.flatnonzero(changes(row))
    return _Purchases(
        row=row, count=count, day=day, age=(cut - day).astype(np.float64),
        value=np.maximum(known.net[known.bought], 0.0),
        first=first, last=np.append(first[1:], len(row)) - 1 if len(first) else first,
    )  # fmt: skip


def _gaps(of: _Purchases, number: Numbers) -> list[Numbers]:
    """The mean gap between purchases, its deviation, the last gap and the largest."""
    gap = np.diff(of.day, prepend=of.day[:1]).astype(np.float64)
    gap[of.first] = 0
    later = np.maximum(number - 1, 1)
    mean = of.summed(gap) / later
    deviation = np.sqrt(np.maximum(of.summed(gap * gap) / later - mean**2, 0))
    largest = np.maximum.reduceat(gap, of.first) if len(gap) else gap
    repeated = number > 1
    return [
        np.where(repeated, mean, NOTHING),
        np.where(number > 2, deviation, NOTHING),
        np.where(repeated, gap[of.last], NOTHING),
        np.where(repeated, largest, NOTHING),
    ]


def _values(of: _Purchases, number: Numbers) -> list[Numbers]:
    """Mean, last, largest and typical (geometric mean) value of a purchase, and the value of a quarter and a year."""
    return [
        of.summed(of.value) / number,
        of.value[of.last],
        np.maximum.reduceat(of.value, of.first) if len(of.value) else of.value,
        np.expm1(of.summed(np.log1p(of.value)) / number),
        of.summed(of.value * (of.age <= QUARTER)),
        of.summed(of.value * (of.age <= YEAR)),
    ]
