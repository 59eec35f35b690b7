"""The churn score: four published rules in integer tenths, a level, and what to do about it.

Source of the rules: the requirement's "Churn Risk Algorithm"; of the actions: its table of retention recommendations by
lifetime value and risk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from switchboard.foundation.errors import Invalid
from switchboard.intelligence.features import Features, Numbers
from switchboard.intelligence.segments import WEAK, Codes, Segmentation

Level = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
LEVELS: tuple[Level, ...] = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
LEVEL_FROM = (3, 5, 8)  # the tenths from which MEDIUM, HIGH and CRITICAL count: HIGH <= 0.7 < CRITICAL
LEVEL_OF = np.digitize(np.arange(11), LEVEL_FROM).astype(np.uint8)
"""The level of each score in tenths, as an index of LEVELS."""
LONG_AGO = 90  # days
MOST_RECOMMENDATIONS = 3

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What the rules look at, one entry per customer."""

    weak_frequency: Mask
    days_since_last: Numbers
    rare_buyer: Mask
    is_new: Mask


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the score: the tenths it adds where it applies, and what it suggests there."""

    name: str
    tenths: int
    applies: Callable[[Signs], Mask]
    action: str
    reason: str


RULES = (
    Rule(
        name="weak_purchase_frequency",
        tenths=3,
        applies=lambda signs: signs.weak_frequency,
        action="Give them a reason to return to their usual pace, such as a reminder of what they buy.",
        reason="Their buying pace is fading, rests on few orders, or lies between two segments.",
    ),
    Rule(
        name="long_since_last_purchase",
        tenths=3,
        applies=lambda signs: signs.days_since_last > LONG_AGO,
        action="Send a win-back message.",
        reason="Their last order was {days:.0f} days ago, more than 90.",
    ),
    Rule(
        name="one_time_or_occasional",
        tenths=2,
        applies=lambda signs: signs.rare_buyer,
        action="Invite them to the next order with a product that goes with the last one.",
        reason="They bought once, or every few months at most.",
    ),
    Rule(
        name="new_customer",
        tenths=2,
        applies=lambda signs: signs.is_new,
        action="Welcome them: new customers leave more often than others.",
        reason="Their first order was within the last three months.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class ValueTiers:
    """From which lifetime value, in workspace currency, a customer is of middle, of high value or a VIP."""

    middle: float = 500.0
    high: float = 2_000.0
    vip: float = 5_000.0

    def __post_init__(self) -> None:
        if not 0 < self.middle < self.high < self.vip:
            raise Invalid("The tiers of lifetime value must rise: 0 < middle < high < vip.", field="value_tiers")

    def tier(self, lifetime_value: float) -> str:
        """The requirement's word for this lifetime value."""
        tiers = ((self.vip, "VIP"), (self.high, "High Value"), (self.middle, "Mid Value"))
        return next((word for least, word in tiers if lifetime_value >= least), "Standard")


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A rule that applies, and the part of the score (0 to 1) it adds."""

    name: str
    points: float


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What to do, and why for this customer."""

    action: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ChurnRisk:
    """One customer's risk: the points of the factors sum to `risk_score` (0 to 1, exact in tenths)."""

    risk_score: float
    risk_level: Level
    factors: tuple[Factor, ...]
    recommendations: tuple[Recommendation, ...]


def signs(features: Features, segmentation: Segmentation) -> Signs:
    """What the rules look at, of all customers; without an axis none of its names applies."""
    frequency = segmentation.standings["purchase_frequency"]
    maturity = segmentation.standings.get("customer_maturity")
    return Signs(
        weak_frequency=frequency.strengths == WEAK,
        days_since_last=features["recency_days"],
        rare_buyer=frequency.has("one_time", "occasional"),
        is_new=maturity.has("new") if maturity else np.zeros(len(features), np.bool_),
    )


def tenths(seen: Signs) -> Codes:
    """The score of all customers in tenths, 0 to 10."""
    score = np.zeros(len(seen.days_since_last), np.uint8)
    for rule in RULES:
        score += np.where(rule.applies(seen), rule.tenths, 0).astype(np.uint8)
    return score


def levels(score: Codes) -> Codes:
    """The level of each score in tenths, as an index of LEVELS."""
    return LEVEL_OF[score]


def level(score: int) -> Level:
    """The level of one score in tenths."""
    return LEVELS[int(LEVEL_OF[score])]


def risk_of(seen: Signs, row: int, lifetime_value: float, tiers: ValueTiers | None = None) -> ChurnRisk:
    """The risk of the customer in this row, by the same rules as all customers' scores."""
    applying = [rule for rule in RULES if rule.applies(seen)[row]]
    score = sum(rule.tenths for rule in applying)
    of_value = by_value(lifetime_value, score, tiers or ValueTiers())
    days = float(seen.days_since_last[row])
    by_factor = [
        Recommendation(action=rule.action, reason=rule.reason.format(days=days))
        for rule in sorted(applying, key=lambda rule: -rule.tenths)
    ]
    return ChurnRisk(
        risk_score=score / 10,
        risk_level=level(score),
        factors=tuple(Factor(name=rule.name, points=rule.tenths / 10) for rule in applying),
        recommendations=tuple((of_value + by_factor)[:MOST_RECOMMENDATIONS]),
    )


def by_value(lifetime_value: float, score: int, tiers: ValueTiers) -> list[Recommendation]:
    """The row of the requirement's table that fits, if one does: 70 % and more is a score from 0.7."""
    is_high = lifetime_value >= tiers.high
    if is_high and score >= 7:
        action = "Retention priority: maximum intervention, VIP treatment."
    elif is_high and score >= 5:
        action = "Retention strategy: quick resolution, retention offer."
    elif score >= 7:
        action = "Retention alert: exceptional service, quick resolution."
    elif is_high and score < LEVEL_FROM[0]:
        action = "VIP customer: maintain excellent service quality."
    else:
        return []
    side = "at or above" if is_high else "below"
    reason = f"Lifetime value {lifetime_value:,.2f} is {side} {tiers.high:,.0f}, and the risk score is {score / 10}."
    return [Recommendation(action=action, reason=reason)]
