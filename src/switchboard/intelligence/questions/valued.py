"""Customers by their value and risk, from the figures that are served of them: lists in the order of a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import duckdb
import numpy as np
from pydantic import JsonValue

from switchboard.intelligence.churn import LEVEL_FROM, ValueTiers, by_value, level
from switchboard.intelligence.copies import fetched
from switchboard.intelligence.questions.parts import share
from switchboard.intelligence.value_records import PlanGroup, Risk, Tier, TierShown, Valued

TIERS: tuple[Tier, ...] = ("VIP", "High Value", "Mid Value", "Standard")
BANDS: tuple[tuple[Risk, int, int], ...] = (
    ("CRITICAL", 7, 10),
    ("ELEVATED", 5, 6),
    ("MODERATE", LEVEL_FROM[0], 4),
    ("LOW", 0, LEVEL_FROM[0] - 1),
)
"""Bands of the churn score in tenths, from and to, as the published table has them: its 70 % is a score of 0.7."""
SERVED = "run is not null and f_orders is not null"
SUMMED = ("value", "net_365", "expected", "churns")
KNOWN = "person, value, f_recency_days, risk, e_churns, e_value"
# Lifetime value a year, of the time that a customer was active: up to one usual gap after the last order.
YEARLY = "value / greatest((f_tenure_days - f_recency_days + coalesce(f_gap_mean, 0)) / 365, 1)"
PAGE = """
select {known}, {more}, count(*) over () as total from (select *, {yearly} as yearly from customer where {served})
where {fits} order by {by} desc nulls last, {then} desc, person limit {limit} offset {first}
"""
BY_TIER = """
select case when value >= $vip then 0 when value >= $high then 1 when value >= $middle then 2 else 3 end as tier,
    risk::integer as risk, count(*) as customers, sum(value) as value, sum(f_net_365::double) as net_365,
    sum(e_value::double) as expected, sum(e_churns::double) as churns, count(e_churns) as known
from customer where {served} group by all
"""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Somebody in a list: the figures all lists have, and by name those that one list adds."""

    person: int
    value: float
    recency_days: float
    risk_tenths: int
    churns: float | None
    expected: float | None
    more: Mapping[str, float]

    def shown(self, customer_id: str, tiers: ValueTiers) -> Valued:
        """What every list says of them."""
        return Valued(
            customer_id=customer_id, lifetime_value=self.value, value_tier=cast("Tier", tiers.tier(self.value)),
            days_since_last_purchase=round(self.recency_days), risk_level=level(self.risk_tenths),
            churn_probability=self.churns, expected_value=self.expected,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A page of a list: who fits, by which figure they stand, the highest first, and what else is told of them."""

    fits: str
    by: str
    then: str = "value"
    more: tuple[str, ...] = ()
    limit: int
    first: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """Customers, and how many there are in all."""

    customers: tuple[Listed, ...]
    total: int

    @property
    def persons(self) -> list[int]:
        """Who they are."""
        return [each.person for each in self.customers]


@dataclass(frozen=True, kw_only=True)
class Band:
    """The customers of a tier (of TIERS) and a band of risk (of BANDS); `churns` is a sum over the `known`."""

    tier: int
    band: int
    customers: int
    value: float
    net_365: float
    expected: float
    churns: float
    known: int


def page(served: duckdb.DuckDBPyConnection, wanted: Wanted) -> Page:
    """Customers who fit, in their order."""
    more = ", ".join(wanted.more) or "null"
    sql = PAGE.format(
        known=KNOWN, more=more, yearly=YEARLY, served=SERVED, fits=wanted.fits, by=wanted.by, then=wanted.then,
        limit=wanted.limit, first=wanted.first,
    )  # fmt: skip
    rows = served.execute(sql).fetchall()
    return Page(
        customers=tuple(
            Listed(
                person=row[0], value=row[1], recency_days=row[2], risk_tenths=row[3], churns=seven(row[4]),
                expected=seven(row[5]), more=_known(wanted.more, row[6:]),
            )
            for row in rows
        ),
        total=rows[0][-1] if rows else 0,
    )  # fmt: skip


def _known(names: Sequence[str], figures: Sequence[float | None]) -> dict[str, float]:
    """Those that are known, to the last digit of money."""
    return {name: round(each, 4) for name, each in zip(names, figures, strict=False) if each is not None}


def seven(figure: float | None) -> float | None:
    """A served figure with the seven digits that are kept of it."""
    return None if figure is None else float(f"{figure:.7g}")


def least_value(tier: Tier, tiers: ValueTiers) -> float | None:
    """From which lifetime value somebody is of this tier; None of the lowest, which everybody reaches."""
    return {"VIP": tiers.vip, "High Value": tiers.high, "Mid Value": tiers.middle, "Standard": None}[tier]


def reaches(tier: Tier, tiers: ValueTiers) -> str:
    """The condition that somebody is of this tier or of one above it."""
    least = least_value(tier, tiers)
    return "true" if least is None else f"value >= {least}"


def bands(served: duckdb.DuckDBPyConnection, tiers: ValueTiers) -> tuple[Band, ...]:
    """All customers by tier and band of risk, of those that have any."""
    sql = BY_TIER.format(served=SERVED)
    found = fetched(served.execute(sql, {"vip": tiers.vip, "high": tiers.high, "middle": tiers.middle}))
    of = {name: np.ma.filled(np.ma.asarray(column, np.float64), 0.0) for name, column in found.items()}
    told = list[Band]()
    for tier in range(len(TIERS)):
        for band, (_, low, high) in enumerate(BANDS):
            here = (of["tier"] == tier) & (of["risk"] >= low) & (of["risk"] <= high)
            if here.any():
                told.append(
                    Band(
                        tier=tier, band=band, customers=int(of["customers"][here].sum()),
                        known=int(of["known"][here].sum()),
                        **{name: round(float(of[name][here].sum()), 4) for name in SUMMED},
                    )
                )  # fmt: skip
    return tuple(told)


def tiers_shown(of: Sequence[Band], tiers: ValueTiers) -> tuple[TierShown, ...]:
    """All tiers, the highest first."""
    everybody, whole = sum(each.customers for each in of), sum(each.value for each in of)
    found = list[TierShown]()
    for number, tier in enumerate(TIERS):
        here = [each for each in of if each.tier == number]
        customers, value = sum(each.customers for each in here), round(sum(each.value for each in here), 4)
        known = sum(each.known for each in here)
        found.append(
            TierShown(
                tier=tier, from_value=least_value(tier, tiers) or 0.0, customers=customers,
                share=customers / max(everybody, 1), lifetime_value=value,
                value_share=share(value, whole) if whole > 0 else None,
                expected_value=round(sum(each.expected for each in here), 4) if known else None,
            )
        )  # fmt: skip
    return tuple(found)


def plan(of: Sequence[Band], tiers: ValueTiers) -> tuple[PlanGroup, ...]:
    """The groups of the published table and those beside it; with an action first, most at stake first."""
    everybody = sum(each.customers for each in of)
    found = [
        PlanGroup(
            tier=TIERS[each.tier], risk=BANDS[each.band][0], customers=each.customers,
            share=each.customers / everybody, lifetime_value=each.value, net_365=each.net_365,
            churn_probability=each.churns / each.known if each.known else None,
            action=action(each, tiers), filter=_filter(each, tiers),
        )
        for each in of
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.action is None, -each.net_365, each.tier, each.risk)))


def action(of: Band, tiers: ValueTiers) -> str | None:
    """What the published table says of this tier and band."""
    found = by_value(least_value(TIERS[of.tier], tiers) or 0.0, BANDS[of.band][1], tiers)
    return found[0].action if found else None


def _filter(of: Band, tiers: ValueTiers) -> dict[str, JsonValue]:
    """Finds the customers of this tier and band."""
    value, (_, low, high) = dict[str, JsonValue](), BANDS[of.band]
    if (least := least_value(TIERS[of.tier], tiers)) is not None:
        value["at_least"] = least
    if of.tier and (below := least_value(TIERS[of.tier - 1], tiers)) is not None:
        value["less_than"] = below
    risk: dict[str, JsonValue] = {"feature": "risk_score", "at_least": low / 10, "at_most": high / 10}
    return {"all": [{"feature": "lifetime_value", **value}, risk]}
