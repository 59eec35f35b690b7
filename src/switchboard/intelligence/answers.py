"""Answers in the published shape, from what was worked out."""

from datetime import datetime
from typing import Literal, cast

from switchboard.accounts.records import Workspace
from switchboard.customers.contact import Contact
from switchboard.customers.search import Found
from switchboard.intelligence import moments, portraits, records
from switchboard.intelligence.churn import level, risk_of
from switchboard.intelligence.expecting import Expected
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.packing import VOCABULARY, Result, dominant
from switchboard.intelligence.runs import Run
from switchboard.intelligence.views import View, archetype_of, archetype_ref, signs_of

Strength = Literal["strong", "moderate", "weak"]

SHOWN = {axis: tuple(name for name, each in FEATURES.items() if axis in each.axes) for axis in VOCABULARY}
WHERE_ARCHETYPES_ARE = "intelligence.top_archetypes lists them, and search_customers says whose is which"


def profile(seen: View, workspace: Workspace) -> records.Profile:
    """All that is worked out of a customer."""
    known = seen.known
    return records.Profile(
        customer_id=seen.person.customer_id,
        contact=_contact(seen.person.contact),
        archetype=seen.archetype,
        memberships=known.memberships,
        dominant_segments=known.dominant,
        membership_strength=cast("dict[str, Strength]", known.strength),
        absent_axes=seen.absent,
        features=_by_axis(known.features),
        metrics=_metrics(seen, workspace.currency),
        orders=seen.person.orders,
        orders_cursor=seen.person.orders_cursor,
        as_of=seen.as_of,
    )


def churn_risk(seen: View, expected: Expected, quality: records.Quality | None) -> records.ChurnRisk:
    """The published churn score of a customer, and the model's probability."""
    risk = risk_of(signs_of(seen), 0, seen.lifetime_value, seen.settings.value_tiers)
    return records.ChurnRisk(
        customer_id=seen.person.customer_id,
        risk_score=risk.risk_score,
        risk_level=risk.risk_level,
        factors=tuple(records.Factor(name=each.name, points=each.points) for each in risk.factors),
        recommendations=tuple(
            records.Recommendation(action=each.action, reason=each.reason) for each in risk.recommendations
        ),
        model=_model(expected, quality) if expected.figures else None,
        not_enough_data=expected.missing,
        as_of=seen.as_of,
    )


def next_purchase(seen: View, expected: Expected, quality: records.Quality | None) -> records.NextPurchase:
    """When a customer buys next."""
    known = expected.figures
    return records.NextPurchase(
        customer_id=seen.person.customer_id,
        expected_date=expected.day("next_middle") if known else None,
        window=records.DateWindow(since=expected.day("next_low"), to=expected.day("next_high")) if known else None,
        probability=1 - known["churns"] if known else None,
        horizon_days=expected.horizon_days,
        quality=quality,
        not_enough_data=expected.missing,
        as_of=seen.as_of,
    )


def customer(found: Found, run: Run | None, workspace: Workspace) -> records.Customer:
    """A customer as lists show them; without a run, of whom nothing is worked out yet."""
    last = None if found.last_order_at is None or run is None else moments.day(found.last_order_at, workspace)
    return records.Customer(
        customer_id=found.customer_id,
        archetype=archetype_ref(run, found.archetype_id) if run else None,
        dominant_segments=dominant(found.detail) if found.detail else {},
        lifetime_value=found.lifetime_value or 0.0,
        days_since_last_purchase=None if last is None or run is None else max(run.day - last, 0),
        risk_level=None if found.risk_tenths is None else level(found.risk_tenths),
    )


def customer_then(customer_id: str, result: Result, row: int) -> records.Customer:
    """A customer as lists show them, from what was worked out for a moment."""
    features, standings = result.features, result.segmentation.standings
    return records.Customer(
        customer_id=customer_id,
        archetype=archetype_of(result, row),
        dominant_segments={
            axis: standings[axis].names[standings[axis].codes[row]] for axis in VOCABULARY if axis in standings
        },
        lifetime_value=float(features["lifetime_value"][row]),
        days_since_last_purchase=max(int(features["recency_days"][row]), 0),
        risk_level=level(int(result.tenths[row])),
    )


def archetype(of: portraits.Archetype, currency: str, as_of: datetime) -> records.Archetype:
    """An archetype and its members."""
    return records.Archetype(
        archetype_id=of.archetype_id,
        name=of.name,
        dominant_segments=dict(of.dominant_segments),
        signature=tuple(
            records.SignaturePart(axis=sign.axis, segment=sign.segment, strength=sign.strength, share=sign.share)
            for sign in of.signature
        ),
        member_count=of.member_count,
        population_percent=of.population_percent,
        average_lifetime_value=round(of.average_lifetime_value, 4),
        total_revenue=round(of.total_revenue, 4),
        currency=currency,
        traits=tuple(
            records.Trait(
                feature=trait.feature, unit=FEATURES[trait.feature].unit, mean=trait.mean, shop_mean=trait.shop_mean,
                lift=trait.lift,
            )
            for trait in of.traits
        ),
        as_of=as_of,
    )  # fmt: skip


def _model(expected: Expected, quality: records.Quality | None) -> records.ChurnModel:
    """Its factors add up to the probability as it is shown."""
    return records.ChurnModel(
        probability=expected.figures["churns"],
        horizon_days=expected.horizon_days,
        factors=tuple(
            records.Contribution(name=name, contribution=points)
            for name, points in ({"base": expected.base} | expected.factors).items()
        ),
        quality=quality,
    )


def _contact(contact: Contact | None) -> records.ContactShown | None:
    if contact is None:
        return None
    return records.ContactShown(
        name=contact.name, email=contact.email, phone=contact.phone, street=contact.street,
        postal_code=contact.postal_code, city=contact.city, region=contact.region,
    )  # fmt: skip


def _by_axis(features: dict[str, float]) -> dict[str, dict[str, float]]:
    known = {axis: {name: features[name] for name in names if name in features} for axis, names in SHOWN.items()}
    return {axis: figures for axis, figures in known.items() if figures}


def _metrics(seen: View, currency: str) -> records.Metrics:
    known = seen.known.features
    orders = int(known.get("orders", 0))
    return records.Metrics(
        lifetime_value=seen.lifetime_value,
        average_order_value=round(seen.lifetime_value / orders, 4) if orders else None,
        total_orders=orders,
        days_since_last_purchase=int(known["recency_days"]) if orders else None,
        tenure_days=int(known["tenure_days"]) if orders else None,
        currency=currency,
    )
