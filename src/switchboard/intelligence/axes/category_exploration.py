"""How widely they shop: the share of their spend in their top category."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale
from switchboard.intelligence.features import Features, Numbers
from switchboard.intelligence.health import Health

FEWEST, KNOWN = 3, 0.8  # categories, and share of sales that must have one


def into(share: Numbers) -> Numbers:
    """Minus the logarithm: the wider they shop, the further along."""
    return -np.log(share)


def back(x: Numbers) -> Numbers:
    """The share that `into` was taken of."""
    return np.exp(-x)


def locate(features: Features, _: ShopScale, __: tuple[float, ...]) -> Position:
    """Position -ln(share of the top category), with variance 0.5 (1 - share) / orders."""
    orders, known = features["orders"], ~np.isnan(features["top_category_share"])
    top = np.where(known, features["top_category_share"], 1.0)
    return Position(x=into(top), e=0.5 * (1 - top) / orders, crisp=(orders == 1) | ~known)


def missing(health: Health) -> str | None:
    """Why the axis is absent: too few categories, or too many sales without one."""
    if health.categories < 1:
        return "No product has a category."
    if health.categories < FEWEST:
        return f"The products fall into fewer than three categories ({health.categories})."
    if health.category_share < KNOWN:
        return f"Only {health.category_share:.0%} of the sales have a category; it takes {KNOWN:.0%}."
    return None


AXIS = Axis(
    name="category_exploration",
    unit="share of the top category",
    meaning="How widely the customer shops: the share of spend in the top category.",
    crisp=Name(name="not_yet_known", meaning="one order, or no category known", phrase="have no known taste"),
    names=(
        Name(
            name="category_loyal", meaning="about two thirds or more in one category", phrase="stay with one category"
        ),
        Name(name="category_focused", meaning="about half to 70 % in one category", phrase="centre on one category"),
        Name(name="category_mixed", meaning="a favourite, not a majority", phrase="favour one category"),
        Name(name="category_explorer", meaning="no category above 40 %", phrase="shop across categories"),
    ),
    anchors=(0.8, 0.8 / 1.35, 0.8 / 1.35**2, 0.8 / 1.35**3),
    into=into,
    back=back,
    locate=locate,
    missing=missing,
)
