"""What was measured, against what it has to be."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from bench.figures import Figure

SEASONS = ("strong", "weak", "growth", "holiday", "stockout")
FEWEST, POOLED = 5, 40  # cuts, and rolling origins, that a figure is held against its bound with
COST = 0.01  # of total error, where there is no season


class Measures(Protocol):
    """What came out at every cut, by name."""

    @property
    def figures(self) -> Mapping[str, Sequence[float]]: ...

    def mean(self, name: str) -> float: ...


def ranks(name: str, seen: Measures, *, all_of_them: bool) -> Iterator[Figure]:
    """Ranking and calibration, at the served horizon and at others."""
    for rank in ("AUC", "AP"):
        references = {each: seen.mean(each) for each in seen.figures if each.startswith(f"{rank} of")}
        best = max(references, key=lambda each: references[each])
        yield Figure(figure=f"{name}: {rank}, mean, against {best[len(rank) + 4:]}", value=seen.mean(rank),
                     unit="points", reference=references[best], ratio=seen.mean(rank) / references[best],
                     target=">= 1")  # fmt: skip
        near = float(np.mean(np.array(seen.figures[f"{rank} behind"]) <= 0.005))
        yield Figure(figure=f"{name}: cuts with {rank} within .005 of the best", value=near, unit="share",
                     target=">= 0.9" if all_of_them else None)  # fmt: skip
    yield _figure(f"{name}: calibration error, mean", seen.mean("ECE"), "points", "<= 0.05")
    for each in seen.figures:
        if each.startswith("ECE within"):
            count = len(seen.figures[each])
            yield _figure(f"{name}: calibration error {each[4:]}, mean of {count} cuts", seen.mean(each), "points",
                          "<= 0.05" if count >= FEWEST else None)  # fmt: skip
        elif each.startswith("AUC within"):
            yield _figure(f"{name}: AUC {each[4:]}, mean", seen.mean(each), "points", None)
    fallen = max(seen.figures["fallen"])
    yield _figure(f"{name}: by how much a purchase got less likely within more days", fallen, "points", "<= 1e-12")


def values(name: str, seen: Measures) -> Iterator[Figure]:
    """Values, and what their intervals held."""
    kinds = (("a year known", "<= 0.15"), ("a year known, rolling", "<= 0.15"), ("less known", "<= 0.25"))
    for kind, target in kinds:
        if f"value, {kind}" in seen.figures:
            of, count = f"value, {kind}", len(seen.figures[f"value, {kind}"])
            yield _figure(f"{name}: total value, mean error, {kind}, of {count} cuts", seen.mean(of), "share",
                          target if count >= FEWEST else None)  # fmt: skip
    rivals = {each: seen.mean(f"value of {each}") for each in ("the last window", "plain models")}
    best = min(rivals, key=lambda each: rivals[each])
    yield Figure(figure=f"{name}: total value, mean error, against {best}", value=seen.mean("value"), unit="share",
                 reference=rivals[best], ratio=seen.mean("value") / rivals[best], target="<= 1")  # fmt: skip
    apart = abs(seen.mean("held") - seen.mean("floor"))
    yield _figure(f"{name}: customers in their interval, from what can be reached", apart, "share", "<= 0.05")
    held, count = seen.mean("total held"), len(seen.figures["total held"])
    for kind, target in (("", ">= 0.72"), (", at most", "<= 0.88")):
        yield _figure(f"{name}: totals in their interval of {count}{kind}", held, "share",
                      target if count >= POOLED else None)  # fmt: skip


def dates(name: str, seen: Measures) -> Iterator[Figure]:
    """The next purchase's day, beside three simpler ways to say it."""
    ours = seen.mean("next date")
    for rival in ("last + gap", "past median", "plain BG/NBD"):
        theirs = seen.mean(f"next date, {rival}")
        yield Figure(figure=f"{name}: next date, mean error, against {rival}", value=ours, unit="days",
                     reference=theirs, ratio=ours / theirs, target="<= 1")  # fmt: skip
    yield _figure(f"{name}: next dates in their window", seen.mean("next date held"), "share", None)


def months(name: str, seen: Measures) -> Iterator[Figure]:
    """Months ahead: error in logarithms, and how many lay in the interval that was served."""
    for each in sorted(seen.figures):
        if each.startswith("months of") and each.endswith("held"):
            of, count = each.removesuffix(", held"), len(seen.figures[each])
            yield _figure(f"{name}: {of}, mean error", seen.mean(f"{of}, error"), "logarithms", None)
            yield _figure(f"{name}: {of}, in their interval of {count}", seen.mean(each), "share",
                          ">= 0.72" if count >= FEWEST * FEWEST else None)  # fmt: skip


def season(name: str, own: Measures) -> Iterator[Figure]:
    """Whether knowing the season won where there is one, and what it cost where there is none."""
    if "rolled" not in own.figures:
        return
    ours, plain = own.mean("rolled"), own.mean("rolled, plain")
    if any(name.endswith(each) for each in SEASONS):
        yield Figure(figure=f"{name}: total error, rolling, against plain models", value=ours, unit="share",
                     reference=plain, ratio=ours / plain, target="<= 1")  # fmt: skip
    elif name.endswith("none"):
        yield _figure(f"{name}: total error that knowing a season costs", ours - plain, "share", f"<= {COST}")


def _figure(figure: str, value: float, unit: str, target: str | None) -> Figure:
    return Figure(figure=figure, value=value, unit=unit, target=target)
