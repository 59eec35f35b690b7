"""How often they buy: the pace of the last year, uncertain when orders are few or the last quarter went quiet."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, exponential, logarithm, never
from switchboard.intelligence.features import Features

SLOWEST = 0.3  # orders a year: below it nobody is told apart
FADING, FEW_ORDERS = 0.6, 0.25  # weights of a fading last quarter and of few orders in the variance


def locate(features: Features, _: ShopScale, __: tuple[float, ...]) -> Position:
    """Position ln(orders a year). The variance is 0.6 fade² + 0.25 / orders.

    fade = ln((orders due in 90 days + 1) / (orders of the last 90 days + 1)), never below 0.
    """
    orders, pace = features["orders"], features["pace"]
    due = pace * np.clip(features["tenure_days"], 1, 90) / 365
    fade = np.maximum(np.log((due + 1) / (features["orders_90"] + 1)), 0)
    return Position(x=np.log(np.maximum(pace, SLOWEST)), e=FADING * fade**2 + FEW_ORDERS / orders, crisp=orders == 1)


AXIS = Axis(
    name="purchase_frequency",
    unit="orders a year",
    meaning="How often the customer buys, from the orders of the last 365 days.",
    crisp=Name(name="one_time", meaning="exactly one order", phrase="one-time buyers"),
    names=(
        Name(name="occasional", meaning="every few months or less", phrase="occasional buyers"),
        Name(name="regular", meaning="every one to three months", phrase="regular buyers"),
        Name(name="frequent", meaning="about once to three times a month", phrase="frequent buyers"),
        Name(name="weekly", meaning="about weekly", phrase="weekly shoppers"),
        Name(name="several_weekly", meaning="several times a week", phrase="several-times-a-week shoppers"),
    ),
    anchors=(2.0, 6.0, 18.0, 54.0, 162.0),
    into=logarithm,
    back=exponential,
    locate=locate,
    missing=never,
)
