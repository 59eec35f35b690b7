"""Predictions for every customer of a shop, from the columnar mirror up to a moment."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from switchboard.intelligence import holidays
from switchboard.intelligence.features import AT_ONCE, LINES_AT_ONCE, MONEY, AsOf, Fetched, among, passes
from switchboard.intelligence.months import day_number, last_day
from switchboard.intelligence.predictions import predictor
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.model import MOST, missing, too_few, traits_of
from switchboard.intelligence.predictions.predictor import FIGURES, HORIZON, Predictor
from switchboard.intelligence.predictions.special import Narrow, Whole
from switchboard.intelligence.sums import Lines, changes, total

SEED = 0
DAYS = """
select person, day, sum(gross - coalesce(discount, 0) - refund)::double / {money} as net,
    count_if(gross > 0)::double as lines, max(gross) > 0 as bought
from line where second < {second} and {persons} group by person, day order by person, day
"""
BUYERS = """
select person, min(document) <> max(document) as repeats, min(day) as day
from line where second < ? and person is not null and gross > 0 group by person order by person
"""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What is expected of the customers of a shop: `figures` (customers x FIGURES) in the order of the features.

    `missing` says what the shop lacks for that, with figures of NaN; `predictor` is None where nothing was fitted.
    """

    predictor: Predictor | None
    missing: tuple[str, ...]
    figures: Narrow


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Who has ordered (ascending), how many of them again, and how long the first order is ago."""

    persons: Whole
    repeating: int
    history_days: int


def predicted(con: duckdb.DuckDBPyConnection, as_of: AsOf, buyers: Buyers) -> Predicted:
    """Predictions for every buyer, fitted on what was known then."""
    known = fitted(con, as_of, buyers)
    if known.predictor is None or known.missing:
        return known
    figures = figures_of_all(con, as_of, known.predictor, len(buyers.persons))
    return Predicted(predictor=known.predictor, missing=(), figures=figures)


def fitted(
    con: duckdb.DuckDBPyConnection, as_of: AsOf, buyers: Buyers, horizon: int = HORIZON, usual: Predictor | None = None
) -> Predicted:
    """The same without anybody's figures, which are NaN; `usual` is what was fitted for the HORIZON, if it was."""
    lacks = too_few(len(buyers.persons), buyers.repeating, buyers.history_days, horizon)
    nobody = nothing_predicted(len(buyers.persons), lacks)
    if lacks:
        return nobody
    days = days_of(con, as_of, some(buyers.persons))
    moving = moving_of(con, as_of, days)
    known = usual or predictor.fit(days, cut_of(con, as_of), moving)
    found = predictor.at_horizon(known, days, horizon, moving)
    return Predicted(predictor=found, missing=missing(found.reaching), figures=nobody.figures)


def nothing_predicted(count: int, missing: tuple[str, ...] = ()) -> Predicted:
    """What is expected of so many customers where nobody asked, or the shop lacks what it takes."""
    return Predicted(predictor=None, missing=missing, figures=np.full((count, len(FIGURES)), np.nan, np.float32))


def buyers_of(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Buyers:
    """Everybody with an order before the moment."""
    columns = _columns(con.execute(BUYERS, [as_of.second]))
    found = {name: np.asarray(column, np.int64) for name, column in columns.items()}
    history = as_of.day - int(found["day"].min()) if len(found["day"]) else 0
    return Buyers(persons=found["person"], repeating=int(found["repeats"].sum()), history_days=history)


def figures_of(con: duckdb.DuckDBPyConnection, as_of: AsOf, known: Predictor, persons: Sequence[int]) -> Narrow:
    """The FIGURES of these persons who had ordered by then, ascending."""
    of = traits_of(known.model, days_of(con, as_of, persons), cut_of(con, as_of))
    return predictor.figures(known, of).astype(np.float32)


def figures_of_all(con: duckdb.DuckDBPyConnection, as_of: AsOf, known: Predictor, count: int) -> Narrow:
    """The FIGURES of everybody who had ordered by then, ascending; they are `count`."""
    cut = cut_of(con, as_of)

    def work_out(condition: str) -> Narrow:
        of = traits_of(known.model, _days(con, as_of, condition), cut)
        return predictor.figures(known, of).astype(np.float32)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = np.concatenate(list(threads.map(work_out, passes(con, LINES_AT_ONCE))))
    assert len(found) == count, "customers are those with an order, here as there"
    return found


def days_of(con: duckdb.DuckDBPyConnection, as_of: AsOf, persons: Sequence[int]) -> Days:
    """The days of these persons up to the moment."""
    (condition,) = among(persons)
    return _days(con, as_of, condition)


def days_among(lines: Lines) -> Days:
    """The days of all persons these lines are of."""
    order = np.lexsort((lines["day"], lines["person"]))
    person, day, gross = (lines[name][order] for name in ("person", "day", "gross"))
    starts = np.flatnonzero(changes(person, day))
    net = gross - lines["discount"][order] - lines["refund"][order]
    return Days(
        person=person[starts].astype(np.int64),
        day=day[starts].astype(np.int64),
        net=total(net, starts) / MONEY,
        lines=total(gross > 0, starts).astype(np.float64),
        bought=total(gross > 0, starts) > 0,
    )


def figures_among(lines: Lines, as_of: AsOf, known: Predictor) -> Narrow:
    """The FIGURES of everybody with an order among these lines, which are before the moment."""
    days = days_among(lines)
    cut = max(as_of.day, int(days.day.max(initial=as_of.day - 1)) + 1)
    return predictor.figures(known, traits_of(known.model, days, cut)).astype(np.float32)


def moving_of(con: duckdb.DuckDBPyConnection, as_of: AsOf, days: Days) -> tuple[Whole, ...]:
    """The days of each holiday that moves in the countries of the shop, over these days and after them."""
    return holidays.moving_around(holidays.countries_of(con, as_of, as_of.country), days.start, as_of.day)


def cut_of(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> int:
    """The first day of which nothing is known yet: today, once something happened tomorrow."""
    return day_number(last_day(con, as_of)) + 1


def some(persons: Whole) -> list[int]:
    """As many of them as a model is fitted on, the same ones every time."""
    if len(persons) <= MOST:
        return persons.tolist()
    return np.sort(np.random.default_rng(SEED).choice(persons, MOST, replace=False)).tolist()


def _days(con: duckdb.DuckDBPyConnection, as_of: AsOf, persons: str) -> Days:
    sql = DAYS.format(money=MONEY, second=as_of.second, persons=persons)
    with con.cursor() as cursor:  # of its own, as passes run beside each other
        found = _columns(cursor.execute(sql))
    return Days(
        person=np.asarray(found["person"], np.int64),
        day=np.asarray(found["day"], np.int64),
        net=np.asarray(found["net"], np.float64),
        lines=np.asarray(found["lines"], np.float64),
        bought=np.asarray(found["bought"], np.bool_),
    )


def _columns(fetched: Fetched) -> Mapping[str, npt.ArrayLike]:
    return fetched.fetchnumpy()
