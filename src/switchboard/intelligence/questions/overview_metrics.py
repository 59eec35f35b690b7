"""What the figures of the overview are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.overview_records import Figure, FigurePoint, Overview
from switchboard.intelligence.questions.overview import ACTIVE_DAYS, PERIODS

SHOP = Shop(
    name="four months",
    about="Ann orders every 30 days, Bob twice and Cat once; a guest buys in the last ten days; one order comes back.",
    sales=(
        Sale("a{n}", "ann", "2024-01-02", 10, "tea", times=5, every=30),
        Sale("b1", "bob", "2024-02-10", 40, "cup"),
        Sale("b2", "bob", "2024-04-20", 20, "cup"),
        Sale("c1", "cat", "2024-04-25", 30, "cup"),
        Sale("g1", None, "2024-04-28", 100, "cup"),
        Sale("r1", "bob", "2024-04-29", 20, "cup", quantity=-1),
    ),
)
TEN = Ask(SHOP, "intelligence.overview", {"days": 10})
SUBJECT = Subject(
    name="overview",
    title="The shop at a glance",
    about=f"Five figures of the last days, against as many before, and of the last {PERIODS} such periods.",
    period="the last so many days of 24 hours up to the moment",
    source="order lines and refunds; for the share at risk the run that is served, and snapshots",
    ask=TEN,
    metrics=(
        Metric(
            "revenue", "Net revenue", "What all lines of the period brought, guests included, with refunds taken off.",
            "gross - discounts - refunds", "currency", of(Figure, "value"),
            (Worked("revenue.value", 120, "cat 30, the guest 100, ann 10, 20 back to bob"),),
        ),
        Metric(
            "active_customers", "Active customers", "Customers who ordered within the days before the end of the"
            " period.", "count", "customers", of(Figure, "value"),
            (Worked("active_customers.value", 3, "ann, bob and cat"),),
            period="90 days up to the end of the period",
            thresholds=(Threshold("active_days", ACTIVE_DAYS, "days within which a customer is active"),),
        ),
        Metric(
            "repeat_rate", "Repeat rate", "Of the customers who ordered in the period, those who had ordered before.",
            "customers with an earlier order / customers with an order", "share, 0 to 1", of(Figure, "value"),
            (Worked("repeat_rate.value", 0.5, "ann of ann and cat"),),
        ),
        Metric(
            "at_risk_share", "Share at risk", "Of all customers, those whose churn score is HIGH or CRITICAL.",
            "at_risk_count / customers", "share, 0 to 1", of(Figure, "value"),
            (Worked("at_risk_share.value", 0, "nobody was away for long enough"),),
            period="at the end of the period, by the newest snapshot of the 31 days before it",
        ),
        Metric(
            "average_lifetime_value", "Lifetime value", "What all customers brought up to the end of the period, on"
            " average.", "net of customers / customers with an order", "currency", of(Figure, "value"),
            (Worked("average_lifetime_value.value", 40, "ann 50, bob 40, cat 30"),),
            period="all orders up to the end of the period",
        ),
        Metric(
            "before", "The period before", "The same figure of as many days before.", "as the figure", "as the figure",
            of(Figure, "before"), (Worked("revenue.before", 20, "b2"),),
        ),
        Metric(
            "difference", "Difference", "How much more it is than in the period before; of shares, in shares.",
            "value - before", "as the figure", of(Figure, "difference"),
            (Worked("revenue.difference", 100, "120 - 20"),),
        ),
        Metric(
            "change", "Change", "The difference as a share of the period before.", "(value - before) / before", "share",
            of(Figure, "change"), (Worked("revenue.change", 5, "100 / 20"),),
        ),
        Metric(
            "points", "Figures of earlier periods", f"The same figure of the last {PERIODS} periods; the last is the"
            " value.", "as the figure", "as the figure", of(FigurePoint, "value"),
            (Worked("revenue.points.11.value", 20, "the period before the last"),
             Worked("revenue.points.12.value", 120, "the last")),
        ),
        Metric(
            "days", "Days of a period", "How long each period is.", "as asked", "days", of(Overview, "days"),
            (Worked("days", 10, "as asked"),),
        ),
    ),
)  # fmt: skip
