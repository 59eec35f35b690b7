"""Why a product is recommended, in words: due again, bought with what they have, in season, or selling now."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.months import day_of
from switchboard.intelligence.products.candidates import SEEDS, Candidates, Owned, weights
from switchboard.intelligence.products.shelf import FORTNIGHT, WINDOW, YEAR, Shelf

DUE_FROM = 0.75  # of their own mean gap
MOST_TOGETHER = 2  # products named
IN_SEASON, FEWEST_THEN = 1.5, 10  # times its usual orders; orders in the window last year
TOGETHER = "Bought with {name}: {share:.0%} of the orders with that have it, {lift:,.1f} times what chance brings."
SELLS = 5  # orders in the last fortnight that are worth a word


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How somebody bought a product: how often, on which day last, and their own mean days between; None after one."""

    times: int
    last: int
    gap_days: float | None

    def is_due(self, cut: int) -> bool:
        """Whether most of their usual gap has passed."""
        return self.gap_days is not None and cut - self.last >= DUE_FROM * self.gap_days

    def told(self, cut: int, repeats: float) -> str:
        """The same in words; `repeats` is the share of all buyers who buy it again."""
        ago = f"{cut - self.last:,} days ago"
        if self.gap_days is None:
            return f"Bought once, {ago}; {repeats:.0%} of its buyers buy it again."
        usual = f"bought {self.times} times, every {self.gap_days:,.0f} days in the mean, last {ago}"
        return f"Due again: {usual}." if self.is_due(cut) else f"A usual purchase: {usual}."


def rhythm(of: Owned, pair: int) -> Rhythm:
    """How one of the pairs was bought."""
    times, first, last = int(of.times[pair]), int(of.first[pair]), int(of.last[pair])
    return Rhythm(times=times, last=last, gap_days=(last - first) / (times - 1) if times > 1 and last > first else None)


def together(of: Candidates, shelf: Shelf, row: int, cut: int) -> list[tuple[int, float, float]]:
    """What they have that a candidate is bought with: place, part of its orders, times what chance brings."""
    mine = np.flatnonzero(of.of.strongest(SEEDS) & (of.of.customer == of.customer[row]))
    place = of.of.place[mine]
    near = shelf.near.place[place]
    mine, near = mine[near >= 0], near[near >= 0]
    which, at = np.nonzero((shelf.near.product[near] == of.place[row]) & (shelf.near.weight[near] > 0))
    weight = shelf.near.weight[near[which], at] * weights(of.of.last[mine[which]], cut)
    best = np.argsort(-weight, kind="stable")[:MOST_TOGETHER]
    return [
        (
            int(of.of.place[mine[which[each]]]),
            float(shelf.near.share[near[which[each]], at[each]]),
            float(shelf.near.lift[near[which[each]], at[each]]),
        )
        for each in best
    ]


def season(shelf: Shelf, place: int) -> float | None:
    """How many times its usual orders a product had last year in the days ahead; None where that is not telling."""
    then, year = float(shelf.then[place]), float(shelf.year[place])
    if not shelf.knows_year or then < FEWEST_THEN:
        return None
    times = then / WINDOW / (year / YEAR)
    return times if times >= IN_SEASON else None


def reasons(of: Candidates, shelf: Shelf, row: int, names: Mapping[int, str], cut: int) -> tuple[str, ...]:
    """Why this candidate, the strongest reason first; `names` are those of places."""
    place, pair, told = int(of.place[row]), int(of.owned[row]), list[str]()
    if pair >= 0:
        told.append(rhythm(of.of, pair).told(cut, float(shelf.repeats[place])))
    told += [
        TOGETHER.format(name=names[other], share=share, lift=lift)
        for other, share, lift in together(of, shelf, row, cut)
    ]
    return (*told, *of_shop(shelf, place, is_only=not told))


def of_shop(shelf: Shelf, place: int, *, is_only: bool) -> tuple[str, ...]:
    """Why a product is recommended to anybody: its season, and how it sells."""
    told, times, now = list[str](), season(shelf, place), int(shelf.fortnight[place])
    if times is not None:
        told.append(f"In season: {times:,.1f} times its usual orders in the same {WINDOW} days of last year.")
    if now >= SELLS or (is_only and not told):
        last = day_of(int(shelf.last_sold[place]))
        sells = f"in {now:,} orders of the last {FORTNIGHT} days" if now else f"last sold on {last}"
        told.append(f"Sells now: {sells}.")
    return tuple(told)
