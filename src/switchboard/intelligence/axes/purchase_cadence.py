"""Whether they are on schedule: days since the last order, in usual gaps of their own."""

import numpy as np

from switchboard.intelligence.axes.axis import Axis, Name, Position, ShopScale, exponential, logarithm, never
from switchboard.intelligence.features import Features

SOONEST = 0.5  # days: an order of today counts as half a day ago


def locate(features: Features, scale: ShopScale, _: tuple[float, ...]) -> Position:
    """Position ln(days since the last order / usual gap), with variance cv² / (gaps + 1).

    The usual gap is the mean of the own gaps of at least a day and one typical gap of the shop; cv² is their squared
    coefficient of variation, shrunk towards 1 by one gap.
    """
    gaps = features["gaps"]
    mean = np.nan_to_num(features["gap_mean"], nan=0.0)
    usual = (mean * gaps + scale.typical_gap) / (gaps + 1)
    spread = np.nan_to_num(features["gap_deviation"] / features["gap_mean"], nan=1.0) ** 2
    variation = (spread * gaps + 1) / (gaps + 1)
    x = np.log(np.maximum(features["recency_days"], SOONEST) / usual)
    return Position(x=x, e=variation / (gaps + 1), crisp=gaps == 0)


AXIS = Axis(
    name="purchase_cadence",
    unit="usual gaps since the last order",
    meaning="Whether the customer is on schedule: how many of their own usual gaps have passed since the last order.",
    crisp=Name(name="no_rhythm_yet", meaning="no gap of a day or more to judge by", phrase="with no rhythm yet"),
    names=(
        Name(name="in_rhythm", meaning="on schedule", phrase="right on schedule"),
        Name(name="running_late", meaning="one to four usual gaps have passed", phrase="running late"),
        Name(name="out_of_rhythm", meaning="gone quiet for several usual gaps", phrase="gone quiet"),
    ),
    anchors=(0.7, 2.1, 6.3),
    into=logarithm,
    back=exponential,
    locate=locate,
    missing=never,
)
