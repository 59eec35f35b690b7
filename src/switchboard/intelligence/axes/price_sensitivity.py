"""How much they buy on discount: the share of their spend on discounted lines."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, unchanged
from switchboard.intelligence.features import Features
from switchboard.intelligence.health import Health

LEAST_LINES = 0.01  # share of lines with a discount


def locate(features: Features, _: ShopScale, __: tuple[float, ...]) -> Position:
    """Position s = share of net spend on discounted lines, with variance (s (1 - s) + 0.1) / (4 (orders + 1)).

    Who paid nothing at all stands at 0.
    """
    s = np.clip(np.nan_to_num(features["deal_share"], nan=0.0), 0, 1)
    e = (s * (1 - s) + 0.1) / (4 * (features["orders"] + 1))
    return Position(x=s, e=e, crisp=np.zeros(len(features), np.bool_))


def missing(health: Health) -> str | None:
    """Why the axis is absent: discounts are not stated, or hardly any line has one."""
    if health.discount_known <= 0:
        return "The orders state no discounts."
    if health.discounted_share < LEAST_LINES:
        return f"Fewer than {LEAST_LINES:.0%} of the order lines have a discount."
    return None


AXIS = Axis(
    name="price_sensitivity",
    unit="share of spend on discounted lines",
    meaning="How much of the customer's spend goes to discounted lines.",
    crisp=None,
    names=(
        Name(name="full_price", meaning="seldom on discount", phrase="pay full price"),
        Name(name="light_deals", meaning="some deals", phrase="take some deals"),
        Name(name="deal_buyer", meaning="about half on discount", phrase="buy half on deals"),
        Name(name="deal_hunter", meaning="mostly on discount", phrase="chase discounts"),
    ),
    anchors=(0.1, 0.3, 0.5, 0.7),
    into=unchanged,
    back=unchanged,
    locate=locate,
    missing=missing,
)
