"""Bars drawn in the page itself, in a picture 100 wide: by attributes, as the content policy allows no styles."""

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.intelligence.records import Trait

LEAST = 0.004  # a share below this is not drawn
SHADES = 6


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
