"""How much they send back: refunds as a share of sales."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, exponential, logarithm
from switchboard.intelligence.features import Features
from switchboard.intelligence.health import Health

LEAST_CUSTOMERS = 0.005  # share of customers with a refund
LEAST = 0.01  # currency units


def locate(features: Features, _: ShopScale, __: tuple[float, ...]) -> Position:
    """Position ln(refunds / gross sales), with variance 0.5 / orders with a refund."""
    refund = features["refund"]
    x = np.log(np.maximum(refund, LEAST) / features["gross"])
    return Position(x=x, e=0.5 / np.maximum(features["refunded_orders"], 1), crisp=refund <= 0)


def missing(health: Health) -> str | None:
    """Why the axis is absent: hardly anybody has a refund."""
    if health.refund_customers <= 0:
        return "There are no refunds or returns."
    if health.refund_customers < LEAST_CUSTOMERS:
        return f"Fewer than {LEAST_CUSTOMERS:.1%} of the customers have a refund."
    return None


AXIS = Axis(
    name="return_behavior",
    unit="refunds / sales",
    meaning="How much of what the customer bought was refunded.",
    crisp=Name(name="no_returns", meaning="no refund so far", phrase="send nothing back"),
    names=(
        Name(name="rare_returns", meaning="a few per cent of sales at most", phrase="rarely send things back"),
        Name(name="some_returns", meaning="a few per cent to a tenth of sales", phrase="send some things back"),
        Name(name="heavy_returns", meaning="a tenth of sales or more", phrase="send a lot back"),
    ),
    anchors=(0.015, 0.06, 0.24),
    into=logarithm,
    back=exponential,
    locate=locate,
    missing=missing,
)
