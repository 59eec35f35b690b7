"""What predicting costs: fitting against lifetimes at equal likelihood, everybody's figures, the back-test."""

import resource
import time
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import Pipe, get_context
from typing import Any, TypeVar

import numpy as np
from lifetimes import BetaGeoFitter, ParetoNBDFitter  # pyright: ignore[reportMissingTypeStubs]

from bench.figures import Figure, against, say
from switchboard.intelligence.predictions import beta_geo, pareto, predictor, quality
from switchboard.intelligence.predictions.beta_geo import BetaGeo
from switchboard.intelligence.predictions.days import Days
from switchboard.intelligence.predictions.histories import WEEK, histories
from switchboard.intelligence.predictions.pareto import Pareto
from switchboard.intelligence.predictions.special import Numbers
from switchboard.intelligence.predictions.traits import Traits, traits

CUT, HORIZON = 900, 90
FITTED = 100_000  # customers
LOST = 0.001  # of likelihood, at most
BOUND, LEAST_BOUND = 60, 30.0  # times as long as ours, and CPU seconds, that lifetimes is waited for
Found = TypeVar("Found")


def measure(customers: int) -> Iterator[Figure]:
    """Of a made-up shop of so many customers over three years."""
    say(f"a made-up shop of {customers:,} customers")
    days = made_up(customers)
    of = traits(days, CUT, HORIZON)
    yield from _fits(of)
    say("everything fitted")
    took, known = _cpu(lambda: predictor.fit(days.sample(FITTED), CUT))
    yield Figure(figure=f"everything fitted on {FITTED:,} customers at most", value=took, unit="CPU s")
    say("everybody's figures")
    parts = [part(of, since) for since in range(0, len(of), FITTED)]  # a run takes so many at once, or fewer
    took, _ = _cpu(lambda: [predictor.figures(known, each) for each in parts])
    yield Figure(figure=f"figures of {customers:,} customers", value=took, unit="CPU s")
    say("the back-test")
    took, _ = _cpu(lambda: quality.measure(days.sample(FITTED), CUT, HORIZON))
    yield Figure(figure="the shop's own back-test", value=took, unit="CPU s", target="<= 60")


def part(of: Traits, since: int) -> Traits:
    """So many of the customers, from the row `since` on."""
    rows = slice(since, since + FITTED)
    return Traits(
        cut=of.cut, persons=of.persons[rows], columns=of.columns[rows], repeats=of.repeats[rows], last=of.last[rows],
        age=of.age[rows],
    )  # fmt: skip


def made_up(customers: int) -> Days:
    """Gamma-Poisson purchases with a life of its own for each customer, all at once."""
    random = np.random.default_rng(0)
    pace, born = random.gamma(0.5, 1 / 60, customers), random.integers(0, CUT - 60, customers)
    lives = np.minimum(random.exponential(300, customers), CUT + 91 - born)
    count = 1 + random.poisson(pace * lives)
    person = np.repeat(np.arange(customers), count)
    day = born[person] + (random.random(len(person)) * lives[person]).astype(np.int64)
    day[np.cumsum(count) - count] = born
    keys = np.unique(person * 4_096 + day)
    ones = np.ones(len(keys))
    return Days(person=keys // 4_096, day=keys % 4_096, net=random.gamma(2, 20, len(keys)), lines=ones, bought=ones > 0)


def _fits(of: Traits) -> Iterator[Figure]:
    some = np.arange(len(of))[:FITTED]
    columns = (of.repeats[some], of.last[some], of.age[some])
    seen = histories(*columns)
    say("BG/NBD")
    ours, known = _cpu(lambda: beta_geo.fit(seen))
    took, theirs = _lifetimes(BetaGeoFitter, columns)
    other = BetaGeo(r=theirs["r"], alpha=theirs["alpha"], a=theirs["a"], b=theirs["b"])
    lost = 1 - beta_geo.log_likelihood(other, seen) / beta_geo.log_likelihood(known, seen)
    yield from _told("BG/NBD", (ours, took), lost, 20)
    say("Pareto/NBD, which takes lifetimes long")
    ours, fitted = _cpu(lambda: pareto.fit(seen))
    bound = max(LEAST_BOUND, BOUND * ours)
    found = within(bound, lambda: _lifetimes(ParetoNBDFitter, columns))
    if found is None:
        say(f"lifetimes was not done after {bound:.0f} CPU s: it takes at least that")
        yield against(_fit_of("Pareto/NBD"), 1 / ours, "fits/s", 1 / bound, ">= 50")
        return
    took, theirs = found
    rival = Pareto(r=theirs["r"], alpha=theirs["alpha"], s=theirs["s"], beta=theirs["beta"])
    lost = 1 - pareto.log_likelihood(rival, seen) / pareto.log_likelihood(fitted, seen)
    yield from _told("Pareto/NBD", (ours, took), lost, 50)


def _told(name: str, took: tuple[float, float], lost: float, least: int) -> Iterator[Figure]:
    """`lost` is the share of likelihood by which ours is the lower one; below 0, theirs is."""
    ours, theirs = took
    yield against(_fit_of(name), 1 / ours, "fits/s", 1 / theirs, f">= {least}")
    yield Figure(figure=f"{name}: likelihood lost to lifetimes", value=float(lost), unit="share", target=f"<= {LOST}")


def _fit_of(name: str) -> str:
    return f"{name} fitted on {FITTED:,} customers at most"


def within(bound: float, act: Callable[[], Found]) -> Found | None:
    """What a process of its own finds within so many CPU seconds; None when it takes longer."""
    there, here = Pipe(duplex=False)

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(bound), int(bound)))
        here.send(act())

    child = get_context("fork").Process(target=run)
    child.start()
    here.close()
    try:
        return there.recv()
    except EOFError:
        return None
    finally:
        child.join()


def _lifetimes(kind: Any, columns: tuple[Numbers, ...]) -> tuple[float, dict[str, float]]:
    """How long lifetimes takes, and the parameters it comes to, in weeks."""
    x, last, age = columns[0], columns[1] / WEEK, np.maximum(columns[2], 1) / WEEK
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        took, fitter = _cpu(lambda: kind(penalizer_coef=0.0).fit(x, last, age))
    return took, {str(name): float(value) for name, value in fitter.params_.items()}


def _cpu(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = act()
    return time.process_time() - began, found
