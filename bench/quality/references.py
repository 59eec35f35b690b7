"""Six ways to rank customers by whether they buy, on the same cut and the same features."""

import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from lifetimes import BetaGeoFitter  # pyright: ignore[reportMissingTypeStubs]
from lifetimes.utils import ConvergenceError  # pyright: ignore[reportMissingTypeStubs]
from sklearn.ensemble import HistGradientBoostingClassifier  # pyright: ignore[reportMissingTypeStubs]
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs]
from sklearn.pipeline import make_pipeline  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from sklearn.preprocessing import StandardScaler  # pyright: ignore[reportMissingTypeStubs]

from switchboard.intelligence.predictions.days import Days, outcome
from switchboard.intelligence.predictions.origins import origins
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import Traits, traits

PENALTIES = (0.001, 0.05)


def scores(known: Days, of: Traits, horizon: int) -> dict[str, Numbers]:
    """A score per reference and customer, higher for who is likelier to buy."""
    found = {
        "recency": -of["recency"],
        "RFM": _fifth(-of["recency"]) + _fifth(of["purchases"]) + _fifth(of["purchases"] * of["average_value"]),
        "the requirement's score": -(3.0 * (of["recency"] > 90) + 2 * (of["purchases"] == 1) + 2 * (of["tenure"] < 90)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found |= _lifetimes(of, horizon) | _learned(known, of, horizon)
    return found


def _fifth(column: Numbers) -> Numbers:
    return np.searchsorted(np.quantile(column, [0.2, 0.4, 0.6, 0.8]), column).astype(np.float64)


def _lifetimes(of: Traits, horizon: int) -> dict[str, Numbers]:
    age = np.maximum(of.age, 1)
    for penalty in PENALTIES:
        try:
            fitter: Any = BetaGeoFitter(penalizer_coef=penalty)
            with redirect_stdout(None):  # it prints why it did not converge
                fitter.fit(of.repeats, of.last, age)
        except ConvergenceError:
            continue
        expected = fitter.conditional_expected_number_of_purchases_up_to_time(horizon, of.repeats, of.last, age)
        return {"lifetimes' BG/NBD": np.nan_to_num(np.asarray(expected, np.float64))}
    return {}


def _learned(known: Days, of: Traits, horizon: int) -> dict[str, Numbers]:
    inputs, bought = list[Numbers](), list[Numbers]()
    for day in origins(known.start, of.cut, horizon):
        then = traits(known, day, horizon)
        inputs.append(_logs(then.columns))
        bought.append(outcome(known, then.persons, day, day + horizon).bought.astype(np.float64))
    if not inputs or len(np.unique(np.concatenate(bought))) == 1:
        return {}
    given, said = np.concatenate(inputs), np.concatenate(bought)
    learners: dict[str, Any] = {
        "scikit-learn's logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)),
        "scikit-learn's boosting": HistGradientBoostingClassifier(max_depth=3, max_iter=80, random_state=0),
    }
    return {name: each.fit(given, said).predict_proba(_logs(of.columns))[:, 1] for name, each in learners.items()}


def _logs(columns: Numbers) -> Numbers:
    return np.log1p(np.maximum(columns, -0.5))
