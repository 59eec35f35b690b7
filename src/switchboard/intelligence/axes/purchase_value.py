"""How large their orders are, against the typical order of the shop."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, exponential, logarithm, never
from switchboard.intelligence.features import Features

LEAST = 0.01  # currency units: an order given away counts as this much


def locate(features: Features, scale: ShopScale, _: tuple[float, ...]) -> Position:
    """Position ln(average order before refunds / the shop's typical order), with variance 0.18 / orders."""
    x = np.log(np.maximum(features["basket_value"], LEAST) / scale.typical_order)
    return Position(x=x, e=0.18 / features["orders"], crisp=np.zeros(len(features), np.bool_))


AXIS = Axis(
    name="purchase_value",
    unit="times the typical order",
    meaning="How large the customer's orders are, as a multiple of the shop's typical order.",
    crisp=None,
    names=(
        Name(name="small_baskets", meaning="well under the typical order", phrase="with small baskets"),
        Name(name="typical_baskets", meaning="about the typical order", phrase="with typical baskets"),
        Name(name="large_baskets", meaning="about double the typical order", phrase="with large baskets"),
        Name(name="very_large_baskets", meaning="several times the typical order", phrase="with very large baskets"),
    ),
    anchors=(1 / 2.2, 1.0, 2.2, 2.2**2),
    into=logarithm,
    back=exponential,
    locate=locate,
    missing=never,
)
