"""How long they have been customers: days since the first order seen."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, exponential, logarithm
from switchboard.intelligence.features import Features
from switchboard.intelligence.health import Health

LEAST_HISTORY = 180  # days


def locate(features: Features, _: ShopScale, __: tuple[float, ...]) -> Position:
    """Position ln(days since the first order), known without uncertainty; today counts as one day."""
    x = np.log(np.maximum(features["tenure_days"], 1))
    return Position(x=x, e=np.zeros(len(features)), crisp=np.zeros(len(features), np.bool_))


def missing(health: Health) -> str | None:
    """Why the axis is absent: the history is too short to tell old customers from those it began with."""
    if health.history_days < LEAST_HISTORY:
        return f"The history is {health.history_days} days long; it takes {LEAST_HISTORY}."
    return None


AXIS = Axis(
    name="customer_maturity",
    unit="days since the first order",
    meaning="How long the customer has been one, since the first order seen.",
    crisp=None,
    names=(
        Name(name="new", meaning="less than three months", phrase="new"),
        Name(name="growing", meaning="three to nine months", phrase="recent"),
        Name(name="established", meaning="nine months to a good two years", phrase="established"),
        Name(name="long_standing", meaning="more than two years", phrase="long-standing"),
    ),
    anchors=(51.96, 155.88, 467.64, 1_402.92),  # borders just under 90, 270 and 810: the 90th day is growing
    into=logarithm,
    back=exponential,
    locate=locate,
    missing=missing,
)
