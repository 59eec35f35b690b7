"""The buy-till-you-die models against their published fits, and our numerics against SciPy's."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from switchboard.intelligence.predictions import beta_geo, gamma_gamma, pareto
from switchboard.intelligence.predictions.beta_geo import BetaGeo
from switchboard.intelligence.predictions.histories import Histories, histories
from switchboard.intelligence.predictions.pareto import Pareto
from switchboard.intelligence.predictions.special import digamma, log_gamma, log_odds, sigmoid
from tests.intelligence.predictions.shops import cdnow, data, table

CALIBRATION = 39  # weeks
PUBLISHED = "select frequency as x, recency * 7 as last, t * 7 as age from read_csv('{path}', normalize_names = true)"
SPENT = """
select count(*) - 1 as x, (sum(net) - arg_min(net, day)) / (count(*) - 1) as mean from days
group by person having count(*) > 1
"""


def published() -> Histories:
    """The summary behind the papers, whose dates are told in days."""
    path = data("cdnow_summary_published.csv")
    found = table(PUBLISHED.format(path=path))
    return histories(found["x"], found["last"], found["age"])


def test_the_bg_nbd_fits_the_published_sample_as_the_paper_says():
    seen = published()
    model = beta_geo.fit(seen)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert beta_geo.log_likelihood(model, seen) == pytest.approx(-9582.4, abs=0.05)


def test_the_pareto_nbd_fits_the_published_sample_as_the_paper_says():
    seen = published()
    model = pareto.fit(seen)
    assert (model.r, model.alpha, model.s, model.beta) == pytest.approx((0.553, 10.578, 0.606, 11.669), rel=2e-3)
    assert pareto.log_likelihood(model, seen) == pytest.approx(-9595.0, abs=0.05)


def test_the_gamma_gamma_fits_the_published_sample_as_the_paper_says():
    sample = cdnow()
    early = sample.before(int(sample.day.min()) + CALIBRATION * 7)
    found = table(SPENT, days={"person": early.person, "day": early.day, "net": early.net})
    model = gamma_gamma.fit(found["x"], found["mean"])
    assert model is not None
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)


def test_special_functions_are_scipys():
    x = np.concatenate([np.geomspace(1e-6, 1, 50), np.linspace(1, 500, 200)])
    np.testing.assert_allclose(log_gamma(x), special.gammaln(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(digamma(x), special.digamma(x), rtol=1e-11, atol=1e-11)
    p = np.array([1e-5, 0.2, 0.5, 0.999])
    np.testing.assert_allclose(sigmoid(log_odds(p)), p, rtol=1e-12)


@pytest.mark.parametrize("gradient_of", ["beta_geo", "pareto"])
def test_a_fit_is_where_nothing_near_is_more_likely(gradient_of: str):
    seen = published()
    rooms = {"beta_geo": (beta_geo, BetaGeo), "pareto": (pareto, Pareto)}
    room, kind = rooms[gradient_of]
    best = room.fit(seen)
    at = room.log_likelihood(best, seen)  # type: ignore[arg-type]
    for name in best.__dataclass_fields__:
        for factor in (0.98, 1.02):
            near = kind(**{**vars_of(best), name: vars_of(best)[name] * factor})
            assert room.log_likelihood(near, seen) < at  # type: ignore[arg-type]


def vars_of(model: BetaGeo | Pareto) -> dict[str, float]:
    return {name: getattr(model, name) for name in model.__dataclass_fields__}


@pytest.mark.heavy
def test_the_probability_of_a_purchase_is_the_integral_over_paces_and_hazards():
    """By brute force: for a pace and a hazard, who is alive buys by t with the race of two exponentials."""
    model, of = (
        Pareto(r=1.4, alpha=8.0, s=1.6, beta=20.0),
        histories(np.array([3.0]), np.array([70.0]), np.array([140.0])),
    )
    x, last, age, horizon = 3.0, 10.0, 20.0, 90 / 7

    def likelihood(pace: float, hazard: float) -> tuple[float, float]:
        stays = pace**x * np.exp(-(pace + hazard) * age)
        left = hazard / (pace + hazard) * pace**x * (np.exp(-(pace + hazard) * last) - np.exp(-(pace + hazard) * age))
        return stays, left

    def weighed(pace: float, hazard: float, *, buys: bool) -> float:
        stays, left = likelihood(pace, hazard)
        prior = stats.gamma.pdf(pace, model.r, scale=1 / model.alpha) * stats.gamma.pdf(
            hazard, model.s, scale=1 / model.beta
        )
        race = pace / (pace + hazard) * -np.expm1(-(pace + hazard) * horizon)
        return float(prior * (stays * race if buys else stays + left))

    def buying(hazard: float, pace: float) -> float:
        return weighed(pace, hazard, buys=True)

    def living(hazard: float, pace: float) -> float:
        return weighed(pace, hazard, buys=False)

    parts = [integrate.dblquad(of_both, 0, 6, 0, 6, epsabs=1e-12)[0] for of_both in (buying, living)]
    assert pareto.probability(model, of, 90)[0] == pytest.approx(parts[0] / parts[1], rel=2e-3)


def test_expected_purchases_grow_with_the_horizon_and_never_fall_below_the_probability_of_one():
    seen = published()
    model = pareto.fit(seen)
    before = np.zeros(len(seen.repeats))
    for horizon in (7, 30, 90, 180, 365, 1095):
        orders, buys = pareto.expected(model, seen, horizon), pareto.probability(model, seen, horizon)
        assert (orders > before).all()
        assert (orders >= buys - 1e-6).all()
        before = orders


def test_customers_of_the_same_history_are_worked_out_once():
    seen = histories(np.array([0.0, 2, 0, 2]), np.array([0.0, 30, 0, 30]), np.array([60.0, 90, 60, 90]))
    assert seen.weight.tolist() == [2, 2]
    assert seen.back.tolist() == [0, 1, 0, 1]


def test_too_few_values_give_no_model():
    assert gamma_gamma.fit(np.full(9, 3.0), np.full(9, 20.0)) is None
