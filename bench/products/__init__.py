"""How right recommended products are: only what was before a cut is seen, and what came after it is held against them.

Hit rate at ten: of customers who order in the 30 days after a cut, the share who buy at least one of ten products told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench.figures import Figure, say
from bench.products.shops import Shop, shops
from switchboard.intelligence.features import AsOf
from switchboard.intelligence.predictions.special import Flags, Numbers, Whole
from switchboard.intelligence.products import ranking
from switchboard.intelligence.products.candidates import Candidates, candidates, owned_by, rank_within
from switchboard.intelligence.products.purchases import Purchases, of_people
from switchboard.intelligence.products.ranking import INPUTS, TOP, Ranking
from switchboard.intelligence.products.shelf import WINDOW

DAY_S = 86_400
POPULAR, LATELY, BEFORE, OURS = "what sold most ever", "what sells most lately", "what they bought most", "ours"


@dataclass(frozen=True, kw_only=True)
class Told:
    """By way of choosing: the share of customers with a hit, and how many of ten were hits."""

    hit_rate: float
    precision: float


def measure() -> Iterator[Figure]:
    """Figures of each shop at each cut, then of all cuts of a shop."""
    for shop in shops():
        say(shop.name)
        told = list[Mapping[str, Told]]()
        for cut in shop.cuts:
            figures, found = _at(shop, cut)
            yield from figures
            told.append(found)
        yield from _whole(shop.name, told)


def _at(shop: Shop, cut: int) -> tuple[list[Figure], Mapping[str, Told]]:
    as_of = AsOf(day=cut, second=cut * DAY_S)
    learned = ranking.learned(shop.lines, as_of, cut)
    assert learned.ranking is not None, learned.missing
    known = learned.ranking
    persons = np.array(shop.buyers(cut, cut + WINDOW), np.int64)
    of = candidates(owned_by(of_people(shop.lines, as_of, cut, persons.tolist()), persons, known.shelf, cut),
                    known.shelf, cut)  # fmt: skip
    pairs = shop.bought(cut, cut + WINDOW)
    bought = _bought(of, persons, pairs, known)
    probability = ranking.probabilities(known, of.inputs)
    scores = {
        OURS: probability, LATELY: of.inputs[:, INPUTS.index("recent")].astype(np.float64),
        BEFORE: ranking.bought_before(of),
    }  # fmt: skip
    told = {name: _hits(of, bought, score, len(persons)) for name, score in scores.items()}
    new = of.owned < 0
    told |= {
        f"{name}, new to them": _hits(of, bought & new, np.where(new, score, -1e9), len(persons))
        for name, score in scores.items()
        if name != BEFORE
    }
    told[POPULAR] = _popular(pairs, shop.best_sellers(cut), len(persons))
    top = rank_within(of.customer, probability) < TOP
    off = float(probability[top].mean() / bought[top].mean())
    name = f"{shop.name}, {np.datetime64(cut, 'D')}"
    return [
        *_held(name, told),
        Figure(figure=f"{name}: probabilities told of the ten, against what came", value=off, unit="times"),
    ], told


def _bought(of: Candidates, persons: Whole, pairs: Purchases, known: Ranking) -> Flags:
    size = len(known.shelf.products)
    place = np.minimum(known.shelf.places(pairs.product), size - 1)
    there = known.shelf.products[place] == pairs.product
    keys = np.searchsorted(persons, pairs.person[there]) * size + place[there]
    return np.isin(of.customer * size + of.place, keys)


def _hits(of: Candidates, bought: Flags, score: Numbers, customers: int) -> Told:
    top = rank_within(of.customer, score) < TOP
    hits = np.bincount(of.customer[top & bought], minlength=customers)
    return Told(hit_rate=float((hits > 0).mean()), precision=float(hits.mean() / TOP))


def _popular(pairs: Purchases, best: list[int], customers: int) -> Told:
    """The same ten for everybody."""
    hit = np.isin(pairs.product, best)
    return Told(hit_rate=len(np.unique(pairs.person[hit])) / customers, precision=int(hit.sum()) / customers / TOP)


def _held(name: str, told: Mapping[str, Told]) -> list[Figure]:
    """Ours against what sells most, of anything and of what is new to the customer."""
    found = list[Figure]()
    for of, others in (("", (POPULAR, LATELY)), (", new to them", (LATELY,))):
        ours = told[OURS + of].hit_rate
        found += [
            Figure(figure=f"{name}: hit rate at ten{of}, against {other}", value=ours, unit="share",
                   reference=told[other + of].hit_rate, ratio=ours / told[other + of].hit_rate, target=">= 1")
            for other in others
        ]  # fmt: skip
    before = told[BEFORE]
    return [
        *found,
        Figure(figure=f"{name}: hit rate at ten, against {BEFORE}", value=told[OURS].hit_rate, unit="share",
               reference=before.hit_rate, ratio=told[OURS].hit_rate / before.hit_rate),
        Figure(figure=f"{name}: hits of ten, against {BEFORE}", value=told[OURS].precision, unit="share",
               reference=before.precision, ratio=told[OURS].precision / before.precision),
    ]  # fmt: skip


def _whole(name: str, told: list[Mapping[str, Told]]) -> Iterator[Figure]:
    """The means of all cuts, which one cut's few hundred customers are too few for."""
    for of, least in (("hit_rate", ">= 0.99"), ("precision", ">= 1")):
        ours, before = (float(np.mean([getattr(each[which], of) for each in told])) for which in (OURS, BEFORE))
        words = {"hit_rate": "hit rate at ten", "precision": "hits of ten"}[of]
        yield Figure(figure=f"{name}: {words}, mean of {len(told)} cuts, against {BEFORE}", value=ours, unit="share",
                     reference=before, ratio=ours / before, target=least)  # fmt: skip
