"""Bars drawn in the page itself, in a picture 100 wide: by attributes, as the content policy allows no styles."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from switchboard.intelligence.records import Contribution, Trait

LEAST = 0.004  # a share below this is not drawn
SHADES = 6
LEAST_POINTS = 0.005  # of a probability: less is zero points of a hundred
LEAST_SCALE = 0.05  # of a probability, to a side of the middle: small pushes alone do not look large
BASE = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of a stacked bar: where it begins and how wide it is, of 100, and the class of its shade."""

    name: str
    share: float
    at: float
    width: float
    shade: str
    is_largest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A feature of some against that of all, as two bars on one scale of 0 to 100."""

    trait: Trait
    here: float
    shop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What leads a probability up or down: its bar begins at the middle (50) and goes to the right or the left."""

    name: str
    share: float
    at: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """Where a probability begins, and what leads from there to where it is, on one scale."""

    start: tuple[Push, ...]
    factors: tuple[Push, ...]


def stacked(shares: Mapping[str, float], largest: str) -> tuple[Piece, ...]:
    """The shares of one axis, in the order of its names, filling the bar."""
    pieces: list[Piece] = []
    at = 0.0
    for place, (name, share) in enumerate(shares.items()):
        width = 100 * share
        pieces.append(
            Piece(
                name=name, share=share, at=round(at, 2), width=round(width, 2) if share >= LEAST else 0.0,
                shade=f"s{min(place, SHADES - 1) + 1}", is_largest=name == largest,
            )
        )  # fmt: skip
        at += width
    return tuple(pieces)


def compared(trait: Trait) -> Compared:
    """The mean of the members beside the shop's, the larger of both filling the bar."""
    most = max(trait.mean, trait.shop_mean, 1e-9)
    return Compared(
        trait=trait, here=round(100 * max(trait.mean, 0) / most, 2), shop=round(100 * max(trait.shop_mean, 0) / most, 2)
    )


def pushes(of: Iterable[Contribution]) -> Pushes:
    """The contributions to a probability around a middle line, the largest reaching an end; none of zero points."""
    told = [each for each in of if each.name == BASE or abs(each.contribution) >= LEAST_POINTS]
    most = max((abs(each.contribution) for each in told if each.name != BASE), default=0)
    drawn = [_push(each, max(most, LEAST_SCALE)) for each in told]
    return Pushes(
        start=tuple(each for each in drawn if each.name == BASE),
        factors=tuple(each for each in drawn if each.name != BASE),
    )


def _push(of: Contribution, most: float) -> Push:
    width = min(50 * abs(of.contribution) / most, 50)
    at = 50 if of.contribution > 0 else 50 - width
    return Push(name=of.name, share=of.contribution, at=round(at, 2), width=round(width, 2))


PUSHES: Mapping[str, Callable[..., object]] = {"pushes": pushes}
"""For templates."""
