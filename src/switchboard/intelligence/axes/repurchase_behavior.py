"""Whether they buy the same again: the share of later product lines bought in an earlier order."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, unchanged
from switchboard.intelligence.features import Features
from switchboard.intelligence.health import Health

FEWEST_PRODUCTS, LARGEST_SHARE = 20, 0.5
PRIOR_REPEATS, PRIOR_LINES = 0.8, 4.0  # before anything is known: a fifth of four lines is a repeat


def locate(features: Features, _: ShopScale, anchors: tuple[float, ...]) -> Position:
    """Position r = (repeat lines + 0.8) / (later lines + 4), with variance 0.5 r (1 - r) / (later lines + 4).

    The last name takes three orders: with two, r counts as at most the anchor of the name before it (0.35).
    """
    orders, later = features["orders"], features["later_lines"]
    most = np.where(orders <= 2, anchors[-2], 1.0)
    r = np.minimum((features["repeat_lines"] + PRIOR_REPEATS) / (later + PRIOR_LINES), most)
    return Position(x=r, e=0.5 * r * (1 - r) / (later + PRIOR_LINES), crisp=(orders == 1) | (later < 1))


def missing(health: Health) -> str | None:
    """Why the axis is absent: too few products, or one that is most of the sales."""
    if health.products < 1:
        return "The order lines name no products."
    if health.products < FEWEST_PRODUCTS:
        return f"The shop has fewer than {FEWEST_PRODUCTS} products ({health.products})."
    if health.top_product_share > LARGEST_SHARE:
        return f"One product is {health.top_product_share:.0%} of the order lines, so buying it again tells nothing."
    return None


AXIS = Axis(
    name="repurchase_behavior",
    unit="share bought before",
    meaning="Whether the customer buys the same products again.",
    crisp=Name(name="too_early", meaning="one order, or no product known since", phrase="too early to tell"),
    names=(
        Name(name="variety_buyer", meaning="rarely the same product twice", phrase="try new products"),
        Name(name="some_repeats", meaning="some products again", phrase="repeat a few products"),
        Name(
            name="consumable_buyer", meaning="a quarter to almost half are restocks", phrase="restock the same products"
        ),
        Name(
            name="routine_buyer",
            meaning="about half or more are usual products, over three orders at least",
            phrase="buy their usual products",
        ),
    ),
    anchors=(0.05, 0.2, 0.35, 0.5),
    into=unchanged,
    back=unchanged,
    locate=locate,
    missing=missing,
)
