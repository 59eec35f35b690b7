"""Months ahead, as they are served, from many days on."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from bench.quality.shops import Shop
from switchboard.intelligence.predictions import monthly
from switchboard.intelligence.predictions.special import Numbers

FIRST, EVERY, MONTH, LEADS = 100, 30, 30, (0, 30, 60, 150, 330)  # days
MEASURED = ((0, MONTH), (30, MONTH), (60, MONTH))
YOUNG, LEAST = 420, 1e-9


class Takes(Protocol):
    def add(self, name: str, value: float) -> None: ...


def measure(shop: Shop, seen: Sequence[Takes]) -> None:
    """Revenue and new customers by month, and whether each lay in the interval that would have been served."""
    days = shop.days
    start, length = days.start, int(days.day.max()) + 1 - days.start
    bought = days.chosen(days.bought)
    firsts = bought.day[np.append([True], bought.person[1:] != bought.person[:-1])]
    of = {
        "revenue": np.bincount(days.day - start, days.net, length).astype(np.float64),
        "new customers": np.bincount(firsts - start, minlength=length).astype(np.float64),
    }
    moving = tuple(each - start for each in shop.moving)
    for name, series in of.items():
        for end in range(FIRST, length - MONTH + 1, EVERY):
            past = series[:end]
            known, measured = monthly.known(past, moving), monthly.backtest(past, MEASURED, moving)
            age = "a year known" if end >= YOUNG else "less known"
            for lead in LEADS:
                if end + lead + MONTH <= length:
                    said = monthly.ahead(known, lead, MONTH).as_wide_as(measured)
                    said = said if name == "revenue" else said.counted()
                    _hold(f"months of {name}, {age}", said, series[end + lead :][:MONTH], seen)


def _hold(name: str, said: monthly.Ahead, days: Numbers, seen: Sequence[Takes]) -> None:
    came = float(days.sum())
    error = min(abs(float(np.log(max(came, LEAST) / max(said.expected, LEAST)))), monthly.MOST_ERROR)
    for each in seen:
        each.add(f"{name}, error", error)
        each.add(f"{name}, held", float(said.low <= came <= said.high))
