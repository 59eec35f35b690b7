"""Our kernels beside lifetimes, statsmodels and scikit-learn on the same data."""

import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from switchboard.intelligence.predictions import beta_geo, gamma_gamma, logistic, pareto, quality
from switchboard.intelligence.predictions.beta_geo import BetaGeo
from switchboard.intelligence.predictions.histories import Histories, histories
from switchboard.intelligence.predictions.pareto import Pareto
from switchboard.intelligence.predictions.special import sigmoid
from tests.intelligence.predictions.shops import cdnow, table
from tests.intelligence.predictions.test_models import CALIBRATION, SPENT, published

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it sets an option that pandas has no more
    LIFETIMES: Any = import_module("lifetimes")
STATSMODELS: Any = import_module("statsmodels.api")  # none of them has types
SKLEARN: Any = import_module("sklearn.metrics")


def fitted(kind: Any, *columns: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(penalizer_coef=0.0).fit(*columns)


def each(seen: Histories) -> tuple[Any, Any, Any]:
    """Every customer's own row, as lifetimes reads them."""
    return seen.repeats[seen.back], seen.last[seen.back], seen.age[seen.back]


def test_the_bg_nbd_is_lifetimes():
    seen = published()
    ours, theirs = beta_geo.fit(seen), fitted(LIFETIMES.BetaGeoFitter, *each(seen))
    found = theirs.params_
    assert (ours.r, ours.alpha, ours.a, ours.b) == pytest.approx(
        tuple(float(found[name]) for name in ("r", "alpha", "a", "b")), rel=2e-3
    )
    same = BetaGeo(**{name: float(found[name]) for name in ("r", "alpha", "a", "b")})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alive = theirs.conditional_probability_alive(*each(seen))
    np.testing.assert_allclose(beta_geo.alive(same, seen)[seen.back], alive, rtol=1e-9)


def test_the_pareto_nbd_is_lifetimes():
    seen = published()
    some = np.arange(0, len(seen.back), 8)
    x, last, age = (column[some] for column in each(seen))
    ours = pareto.fit(seen)
    theirs: Any = LIFETIMES.ParetoNBDFitter()
    theirs.params_ = {"r": ours.r, "alpha": ours.alpha, "s": ours.s, "beta": ours.beta}
    few = histories(x, last * 7, age * 7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alive = theirs.conditional_probability_alive(x, last, age)
        orders = theirs.conditional_expected_number_of_purchases_up_to_time(26, x, last, age)
    np.testing.assert_allclose(pareto.alive(ours, few)[few.back], alive, rtol=2e-4)
    np.testing.assert_allclose(pareto.expected(ours, few, 26 * 7)[few.back], orders, rtol=5e-4)


def test_the_gamma_gamma_is_lifetimes():
    sample = cdnow()
    early = sample.before(int(sample.day.min()) + CALIBRATION * 7)
    found = table(SPENT, days={"person": early.person, "day": early.day, "net": early.net})
    which = found["mean"] > 0
    x, mean = found["x"][which], found["mean"][which]
    ours, theirs = gamma_gamma.fit(x, mean), fitted(LIFETIMES.GammaGammaFitter, x, mean)
    assert ours is not None
    expected = theirs.conditional_expected_average_profit(x, mean)
    np.testing.assert_allclose(gamma_gamma.mean(ours, x, mean), expected, rtol=2e-3)


def test_the_logistic_regression_without_penalties_is_statsmodels():
    random = np.random.default_rng(3)
    terms = random.normal(size=(3_000, 4))
    weights = np.ones(len(terms))
    bought = (random.random(len(terms)) < sigmoid(terms @ np.array([1.0, -0.5, 0.2, 0.0]) - 1)).astype(np.float64)
    ours = logistic.fit(terms, bought, weights, np.zeros(len(terms), np.int64), np.full(4, 1e-9))
    family = STATSMODELS.families.Binomial()
    theirs = STATSMODELS.GLM(bought, STATSMODELS.add_constant(terms), family=family).fit()
    told = np.append(ours.intercept + ours.origins[0], ours.slopes)
    np.testing.assert_allclose(told, np.asarray(theirs.params), rtol=1e-2, atol=2e-3)


def test_ranks_are_scored_as_scikit_learn_does():
    random = np.random.default_rng(4)
    score = np.round(random.random(2_000), 2)  # with ties
    bought = random.random(2_000) < score
    assert quality.auc(bought, score) == pytest.approx(float(SKLEARN.roc_auc_score(bought, score)), rel=1e-12)
    assert quality.average_precision(bought, score) == pytest.approx(
        float(SKLEARN.average_precision_score(bought, score))
    )


def test_a_model_of_lifetimes_is_no_likelier_than_ours():
    seen = published()
    theirs = fitted(LIFETIMES.BetaGeoFitter, *each(seen)).params_
    other = BetaGeo(**{name: float(theirs[name]) for name in ("r", "alpha", "a", "b")})
    assert beta_geo.log_likelihood(beta_geo.fit(seen), seen) >= beta_geo.log_likelihood(other, seen) - 1e-6
    assert isinstance(pareto.fit(seen), Pareto)
