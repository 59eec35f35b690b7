"""What the figures of customers by their worth are: tiers, the retention plan, the win-back list, campaigns."""

from switchboard.intelligence.churn import ValueTiers
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.predictions_metrics import SHOP as PREDICTED
from switchboard.intelligence.questions.valued import BANDS
from switchboard.intelligence.value_records import (
    CampaignCustomers,
    Lapsed,
    PlanGroup,
    RetentionPlan,
    TierShown,
    Valued,
    WinBack,
)

SHOP = Shop(
    name="four tiers",
    about="Vera, Hugo, Mia and Sam each ordered once; Olga three times, ten days apart, a year ago.",
    sales=(
        Sale("o{n}", "olga", "2023-06-01", 300, times=3, every=10),
        Sale("m1", "mia", "2024-05-01", 600),
        Sale("s1", "sam", "2024-05-02", 100),
        Sale("h1", "hugo", "2024-05-03", 2500),
        Sale("v1", "vera", "2024-06-14", 6000),
    ),
)
EVERYBODY = {"least_tier": "Standard", "limit": 500}
ALL = Ask(PREDICTED, "intelligence.high_value_customers", dict(EVERYBODY))
BACK = Ask(SHOP, "intelligence.win_back")
LOST = Ask(PREDICTED, "intelligence.win_back", dict(EVERYBODY))
PLAN = Ask(SHOP, "intelligence.retention_plan")
CAMPAIGN = Ask(SHOP, "intelligence.recommend_customers", {"campaign_type": "winback", "min_ltv": 500})
SEVEN = 1e-5  # figures of lists are kept with seven digits
TIERS = ValueTiers()
VIP, OLGA = "tiers.tier=VIP", "customers.customer_id=olga"
SUBJECT = Subject(
    name="worth",
    title="Customers by their worth",
    about="Tiers of lifetime value and what they hold, whom to keep, to win back and to address in a campaign.",
    period="all orders up to the moment; what is expected is of the 90 days after it",
    source="orders and refunds of customers, their segments, their churn score, and what the shop's model expects",
    ask=Ask(SHOP, "intelligence.high_value_customers", dict(EVERYBODY)),
    thresholds=(
        Threshold("middle", TIERS.middle, "lifetime value from which a customer is Mid Value; a setting"),
        Threshold("high", TIERS.high, "lifetime value from which a customer is High Value; a setting"),
        Threshold("vip", TIERS.vip, "lifetime value from which a customer is a VIP; a setting"),
        *(Threshold(f"risk_{name}", low / 10, f"churn score from which the plan's risk is {name}") for name, low,
        _ in BANDS),
    ),
    metrics=(
        Metric(
            "from_value", "Border of a tier", "The least lifetime value of the tier; of the lowest 0.", "as set",
            "currency", of(TierShown, "from_value"), (Worked(f"{VIP}.from_value", 5000, "the setting"),),
        ),
        Metric(
            "tier_customers", "Customers of a tier", "Customers of that lifetime value, and their share of all.",
            "count; count / customers", "customers, share 0 to 1", of(TierShown, "customers", "share"),
            (
                Worked(f"{VIP}.customers", 1, "vera"),
                Worked("tiers.tier=Mid Value.customers", 2, "olga 900, mia 600"),
                Worked(f"{VIP}.share", 0.2, "1 of 5"),
            ),
        ),
        Metric(
            "tier_value", "Value of a tier", "Lifetime value of its customers, and its share of that of all.",
            "sum; sum / sum over all", "currency, share", of(TierShown, "lifetime_value", "value_share"),
            (
                Worked(f"{VIP}.lifetime_value", 6000, "vera's order"),
                Worked(f"{VIP}.value_share", 0.594059405940594, "6,000 of 900 + 600 + 100 + 2,500 + 6,000 = 10,100"),
            ),
        ),
        Metric(
            "tier_expected", "Expected of a tier", "What its customers are expected to bring within 90 days.",
            "sum of expected_value", "currency", of(TierShown, "expected_value"),
            (
                Worked("tiers.tier=Standard.expected_value", "customers.*.expected_value",
                "all customers are Standard", ALL,
                       SEVEN),
            ),
            period="the 90 days after the moment",
        ),
        Metric(
            "lifetime_value", "Lifetime value of a customer", "Net of all lines up to the moment.",
            "gross - discounts - refunds", "currency", of(Valued, "lifetime_value"),
            (Worked(f"{OLGA}.lifetime_value", 900, "3 x 300"),),
        ),
        Metric(
            "days_since", "Days since the last purchase", "Days since the last order.",
            "as_of - day of the last order",
            "days", of(Valued, "days_since_last_purchase"),
            (Worked(f"{OLGA}.days_since_last_purchase", 360, "2023-06-21 to 2024-06-15"),),
        ),
        Metric(
            "plan_customers", "Customers of the plan", "Customers with an order, and those of one tier and risk.",
            "count; count / customers", "customers, share 0 to 1",
            of(RetentionPlan, "customers") + of(PlanGroup, "customers", "share"),
            (
                Worked("customers", 5, "olga, mia, sam, hugo, vera", PLAN),
                Worked("groups.*.customers", 5, "everybody is of one group", PLAN),
                Worked("groups.tier=VIP.share", 0.2, "vera of five", PLAN),
            ),
        ),
        Metric(
            "plan_value", "Value of a group of the plan", "Lifetime value of its customers, and what they brought in"
            " the last 365 days: what is at stake in a year.", "sums of lifetime_value and of net_365", "currency",
            of(PlanGroup, "lifetime_value", "net_365"),
            (
                Worked("groups.tier=VIP.lifetime_value", 6000, "vera", PLAN),
                Worked("groups.*.net_365", 9500, "600 + 100 + 2,500 + 6,000, and olga's order of 2023-06-21", PLAN),
            ),
        ),
        Metric(
            "usual_gap_days", "Usual gap", "Mean of a customer's own gaps of at least a day.", "mean", "days",
            of(Lapsed, "usual_gap_days"), (Worked(f"{OLGA}.usual_gap_days", 10, "10 and 10", BACK),),
        ),
        Metric(
            "gaps_passed", "Gaps passed", "How many of their usual gaps have passed since the last purchase.",
            "days since the last purchase / usual gap", "gaps", of(Lapsed, "gaps_passed"),
            (Worked(f"{OLGA}.gaps_passed", 36, "360 / 10", BACK),),
        ),
        Metric(
            "yearly_net", "Net a year", "Lifetime value a year, of the time from the first order to one usual gap"
            " after the last, taken as a year at least; of a customer, and of all who lapsed.",
            "lifetime_value / max((last - first + usual gap) / 365, 1)", "currency a year",
            of(Lapsed, "yearly_net") + of(WinBack, "yearly_net"),
            (
                Worked(f"{OLGA}.yearly_net", 900, "900 / max((20 + 10) / 365, 1)", BACK),
                Worked("yearly_net", "customers.*.yearly_net", "of all who are listed", BACK),
            ),
        ),
        Metric(
            "expected_loss", "Expected loss", "What is expected to be lost in a year; of a customer, and of all who"
            " lapsed.", "yearly_net x probability of no purchase within 90 days", "currency a year",
            of(Lapsed, "expected_loss") + of(WinBack, "expected_loss"),
            (
                Worked("customers.0.expected_loss", "customers.0.yearly_net * customers.0.churn_probability",
                       "the product", LOST, SEVEN),
                Worked("expected_loss", "customers.*.expected_loss", "of all who are listed", LOST, SEVEN),
            ),
        ),
        Metric(
            "qualifying_count", "Customers who qualify", "Customers whom the campaign is for, and of them those with"
            " the least lifetime value.", "count", "customers",
            of(CampaignCustomers, "qualifying_count", "worth_count"),
            (
                Worked("qualifying_count", 1, "olga has gone quiet: 36 of her gaps", CAMPAIGN),
                Worked("worth_count", 1, "her 900 are at least 500", CAMPAIGN),
            ),
        ),
    ),
)  # fmt: skip
