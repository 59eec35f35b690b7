"""The kinds of terms that filters have, each with an example that is right."""

from switchboard.customers.filters.facts import BOUGHT, DID
from switchboard.customers.filters.tests import DATE, EVERY, NUMBER
from switchboard.intelligence.filter_records import TermKind

TERMS = (
    TermKind(term="all", meaning="all of the terms hold", fields=(), example={"all": [{"country": "GB"}]}),
    TermKind(term="any", meaning="one of the terms holds", fields=(), example={"any": [{"country": ["GB", "IE"]}]}),
    TermKind(term="not", meaning="the term does not hold", fields=(), example={"not": {"ordered": True}}),
    TermKind(
        term="attribute", meaning="an attribute of the shop's own; text is compared without accents and capitals",
        fields=EVERY, example={"attribute": "vip", "is": True},
    ),
    TermKind(
        term="feature", meaning="a figure that was worked out", fields=NUMBER,
        example={"feature": "orders_365", "at_least": 3, "at_most": 12},
    ),
    TermKind(
        term="segment", meaning="dominant segments {axis: segment or list}, and how strong they are",
        fields=("strength",), example={"segment": {"purchase_frequency": ["weekly", "frequent"]}, "strength": "strong"},
    ),
    TermKind(term="archetype", meaning="id or name, or a list", fields=(), example={"archetype": "4f53cda1"}),
    TermKind(
        term="risk_level", meaning="of the churn score", fields=(), example={"risk_level": ["HIGH", "CRITICAL"]}
    ),
    TermKind(
        term="bought", meaning="orders with a product (id or name) or category, how many and for how much, net",
        fields=BOUGHT, example={"bought": {"category": "Toys", "times_at_least": 2, "within_days": 90}},
    ),
    TermKind(
        term="did", meaning="events of a kind, and how many", fields=DID,
        example={"did": {"event": "email_opened", "times_at_least": 1, "within_days": 30}},
    ),
    TermKind(term="ordered", meaning="has ever ordered, or never", fields=(), example={"ordered": False}),
    TermKind(
        term="last_order", meaning="when they ordered last", fields=DATE,
        example={"last_order": {"older_than_days": 90}},
    ),
    TermKind(
        term="created", meaning="since when they are known", fields=DATE,
        example={"created": {"after": "2024-01-31"}},
    ),
    TermKind(
        term="near", meaning="within so many kilometres", fields=("lat", "lon", "km"),
        example={"near": {"lat": 51.5, "lon": -0.13, "km": 25}},
    ),
    TermKind(term="country", meaning="its code or a name, or a list", fields=(), example={"country": "GB"}),
    TermKind(term="region", meaning="as it was told, or a list", fields=(), example={"region": "Bavaria"}),
    TermKind(term="city", meaning="as it was told, or a list", fields=(), example={"city": ["Berlin", "Köln"]}),
    TermKind(term="customer_id", meaning="these people", fields=(), example={"customer_id": ["c1", "c2"]}),
)  # fmt: skip
