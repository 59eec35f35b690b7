"""The two buy-till-you-die models and the value model of a shop, and what they say of customers."""

from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.predictions import beta_geo, gamma_gamma, pareto
from switchboard.intelligence.predictions.beta_geo import BetaGeo
from switchboard.intelligence.predictions.gamma_gamma import GammaGamma
from switchboard.intelligence.predictions.histories import histories
from switchboard.intelligence.predictions.pareto import Pareto
from switchboard.intelligence.predictions.special import Narrow, Numbers, log_odds
from switchboard.intelligence.predictions.traits import VALUE, Traits

SHOP_WEIGHT = 2.0  # purchases: of the shop's mean in a customer's, where there are too few to fit values
LEAST_VALUE = 0.01
LEAST_SHARE = 1e-6
SPREAD, FINER = 4.0, 20.0  # where odds and orders begin to count as such, not by their logarithm
MOST, SEED = 20_000, 0  # customers that the models are fitted on


@dataclass(frozen=True, kw_only=True)
class Buying:
    """The models of a shop; `typical` is its mean purchase in currency."""

    beta_geo: BetaGeo
    pareto: Pareto
    spending: GammaGamma | None
    typical: float


@dataclass(frozen=True, kw_only=True)
class Bought:
    """Per customer, of one horizon: a purchase's probability by each model, and the Pareto/NBD's expected number."""

    beta_geo: Numbers
    pareto: Numbers
    orders: Numbers


def fit(of: Traits) -> Buying:
    """The models of greatest likelihood, on a sample where there are many: four parameters need no more."""
    some = slice(None)
    if len(of) > MOST:
        some = np.sort(np.random.default_rng(SEED).choice(len(of), MOST, replace=False))
    seen = histories(of.repeats[some], of.last[some], of.age[some])
    return Buying(
        beta_geo=beta_geo.fit(seen),
        pareto=pareto.fit(seen),
        spending=gamma_gamma.fit(of.repeats[some] + 1, of.columns[some, VALUE]),
        typical=max(float(of.columns[:, VALUE].mean()), LEAST_VALUE),
    )


def bought(models: Buying, of: Traits, horizon: float) -> Bought:
    """What the models expect of these customers within so many days."""
    seen = histories(of.repeats, of.last, of.age)
    staying = pareto.alive(models.pareto, seen)
    first = np.clip(beta_geo.probability(models.beta_geo, seen, horizon), LEAST_SHARE, 1 - LEAST_SHARE)
    second = pareto.probability(models.pareto, seen, horizon, staying)
    orders = pareto.expected(models.pareto, seen, horizon, staying)
    return Bought(beta_geo=first[seen.back], pareto=second[seen.back], orders=orders[seen.back])


def purchase_value(models: Buying, of: Traits) -> Numbers:
    """The expected value of each customer's next purchases, in currency."""
    mean, number = of.columns[:, VALUE], of.repeats + 1
    if models.spending is None:
        return (models.typical * SHOP_WEIGHT + mean * number) / (SHOP_WEIGHT + number)
    return gamma_gamma.mean(models.spending, number, mean)


def inputs(of: Traits, expected: Bought) -> Narrow:
    """The traits and what the models say, in logarithms, as the learned models take them."""
    odds = (np.exp(SPREAD + log_odds(each)) for each in (expected.pareto, expected.beta_geo))
    beyond = np.array([np.log1p(each) for each in (*odds, expected.orders * FINER)], np.float32)
    return np.concatenate([of.logs.T, beyond]).T  # a column lies together
