"""The memberships of all customers on all axes, against scikit-fuzzy on the same points and centres."""

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from bench.figures import Figure, against, median, say
from switchboard.intelligence.axes.axis import Axis
from switchboard.intelligence.segments import AT_ONCE, AXES, memberships

LEAST = 20
ROUNDS = 3
fuzzy: Any = import_module("skfuzzy")  # says no types


def measure(customers: int) -> Iterator[Figure]:
    say(f"memberships of {customers:,} customers")
    points = {axis.name: _points(axis, customers) for axis in AXES.values()}
    ours, theirs = list[float](), list[float]()
    for _ in range(ROUNDS):
        ours.append(_took(lambda: [_ours(*points[axis.name]) for axis in AXES.values()]))
        theirs.append(_took(lambda: [_theirs(*points[axis.name]) for axis in AXES.values()]))
    yield against(
        f"memberships of {customers:,} customers on {len(AXES)} axes", customers / median(ours), "customers/s",
        customers / median(theirs), f">= {LEAST}",
    )  # fmt: skip


def _points(axis: Axis, customers: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    centres = axis.centres(axis.anchors)
    spread = max(float(np.ptp(centres)), 1.0)
    generator = np.random.default_rng(len(axis.name))
    return generator.normal(centres.mean(), spread / 2, customers), centres


def _ours(x: np.ndarray[Any, Any], centres: np.ndarray[Any, Any]) -> None:
    variance = np.full(len(x), 0.1)
    shares = np.empty((len(centres), len(x)), np.float32)
    for start in range(0, len(x), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        shares[:, rows] = memberships(x[rows], variance[rows], centres)


def _theirs(x: np.ndarray[Any, Any], centres: np.ndarray[Any, Any]) -> None:
    fuzzy.cluster.cmeans_predict(x[None, :], centres[:, None], m=2, error=0.005, maxiter=1_000, seed=0)


def _took(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
