"""What the figures of the churn score are."""

from switchboard.intelligence.churn import LEVEL_FROM, LEVELS, LONG_AGO, RULES, ValueTiers
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.records import ChurnAggregate, ChurnRisk, Factor

SHOP = Shop(
    name="who may leave",
    about="Ann ordered once, 182 days ago. Bob ordered every ten days to the end, Cat every ten days until March.",
    sales=(
        Sale("a1", "ann", "2024-01-01", 100),
        Sale("b{n}", "bob", "2024-01-02", 10, times=19, every=10),
        Sale("c{n}", "cat", "2024-01-03", 10, times=7, every=10),
    ),
)
ANN = Ask(SHOP, "intelligence.churn_risk", {"customer_id": "ann"})
TIERS = ValueTiers()
SUBJECT = Subject(
    name="churn_score",
    title="Churn score",
    about="The published score: four rules, each adding tenths where it applies, and a level. The probability that a"
    " model of the shop gives stands beside it; see predictions.",
    period="the segments and the last order of the moment",
    source="orders of customers, by way of the axes purchase_frequency and customer_maturity",
    ask=Ask(SHOP, "intelligence.churn_aggregate"),
    thresholds=(
        *(
            Threshold(f"from_{name}", least / 10, f"the score from which the level is {name}")
            for name, least in zip(LEVELS[1:], LEVEL_FROM, strict=True)
        ),
        *(Threshold(rule.name, rule.tenths / 10, "what the rule adds to the score") for rule in RULES),
        Threshold("long_ago", LONG_AGO, "days since the last order, beyond which long_since_last_purchase applies"),
        Threshold("middle", TIERS.middle, "lifetime value from which a customer is Mid Value; a setting"),
        Threshold("high", TIERS.high, "lifetime value from which a customer is High Value; a setting"),
        Threshold("vip", TIERS.vip, "lifetime value from which a customer is a VIP; a setting"),
    ),
    metrics=(
        Metric(
            "risk_score", "Churn risk score", "Sum of the rules that apply: membership in purchase_frequency weak;"
            " the last order more than 90 days ago; one_time or occasional; new.", "sum of the points of its factors",
            "score, 0 to 1 in tenths", of(ChurnRisk, "risk_score"),
            (
                Worked("risk_score", 0.5, "last order 182 days ago: 0.3; one order is one_time: 0.2", ANN),
                Worked("risk_score", "factors.*.points", "the points of its factors", ANN),
            ),
        ),
        Metric(
            "points", "Points of a factor", "What a rule that applies adds to the score.", "the rule's tenths / 10",
            "score, 0 to 1 in tenths", of(Factor, "points"),
            (Worked("factors.name=long_since_last_purchase.points", 0.3, "182 days are more than 90", ANN),),
        ),
        Metric(
            "customers", "Customers scored", "Customers with an order.", "count", "customers",
            of(ChurnAggregate, "customers"), (Worked("customers", 3, "ann, bob and cat"),),
        ),
        Metric(
            "by_level", "Customers by level", "Customers whose score is of the level.", "count by level", "customers",
            of(ChurnAggregate, "by_level"),
            (
                Worked("by_level.HIGH", 2, "ann 0.5; cat 0.6: long ago 0.3, a pace that fades 0.3"),
                Worked("by_level.*", 3, "everybody has a level"),
            ),
        ),
        Metric(
            "at_risk_count", "Customers at risk", "Customers of level HIGH or CRITICAL.", "count of both", "customers",
            of(ChurnAggregate, "at_risk_count"),
            (Worked("at_risk_count", "by_level.HIGH + by_level.CRITICAL", "HIGH and CRITICAL"),),
        ),
        Metric(
            "critical_risk_count", "Customers at critical risk", "Customers of level CRITICAL.", "count", "customers",
            of(ChurnAggregate, "critical_risk_count"), (Worked("critical_risk_count", "by_level.CRITICAL",
            "the level"),),
        ),
        Metric(
            "value_at_risk", "Value at risk", "What the customers at risk brought in the last 365 days.",
            "sum of net_365 of customers of level HIGH or CRITICAL", "currency", of(ChurnAggregate, "value_at_risk"),
            (Worked("value_at_risk", 170, "ann 100 and cat 7 x 10"),), period="the last 365 days",
        ),
    ),
)  # fmt: skip
