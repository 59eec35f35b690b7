"""What the figures of insights are: each rule's, with its threshold and the money at stake."""

from switchboard.intelligence.attention_records import Insight, RuleName, RuleShown
from switchboard.intelligence.churn_metrics import SHOP as LEAVING
from switchboard.intelligence.forecasting_metrics import SHOP as DAILY
from switchboard.intelligence.metrics import Ask, Metric, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.questions import attention
from switchboard.intelligence.questions.discounts_metrics import SHOP as DISCOUNTED
from switchboard.intelligence.questions.selling_metrics import SHOP as HALF_A_YEAR

FIGURES = of(Insight, "figure", "threshold") + of(RuleShown, "figure", "threshold")


def _rule(rule: RuleName, title: str, formula: str, shop: Shop, worked: tuple[float, str]) -> Metric:
    figure = Worked(f"rules.rule={rule}.figure", worked[0], worked[1], Ask(shop, "intelligence.insights"))
    least = BEYOND.get(rule)
    told = (Threshold(rule, least, "the figure beyond which it needs attention"),) if least is not None else ()
    return Metric(
        rule, title, f"{attention.MEANINGS[rule][0].upper()}{attention.MEANINGS[rule][1:]}.", formula, "share",
        FIGURES,
        (figure,), thresholds=told,
    )  # fmt: skip


BEYOND: dict[RuleName, float] = {
    "value_at_risk": attention.MOST_AT_RISK,
    "one_time_buyers": attention.MOST_ONE_TIME,
    "rising_returns": attention.HIGH_RETURNS,
    "falling_category": attention.MOST_FALLEN,
    "concentration": attention.MOST_IN_TOP,
    "guests": attention.MOST_OF_GUESTS,
    "discount_dependency": attention.MOST_DEPENDENT,
}
SUBJECT = Subject(
    name="insights",
    title="Insights",
    about="What needs attention: rules, each with a figure and the threshold beyond which it is told; at most five,"
    " most money at stake first.",
    period="the last 365 days, where the rule says nothing else",
    source="order lines and refunds, and the churn score",
    thresholds=(Threshold("most", attention.MOST, "insights that are told"),),
    metrics=(
        _rule("value_at_risk", "Value at risk", "net of the last 365 days of customers at HIGH or CRITICAL / net of"
        " all",
              LEAVING, (0.4722222222222222, "ann 100 and cat 70 of 100 + 190 + 70: 170 / 360")),
        _rule("behind_forecast", "Behind the forecast", "net of the last 30 days / forecast of them - 1; beyond low"
        " / forecast - 1", DAILY, (0, "300 came, 300 were expected")),
        _rule("one_time_buyers", "One-time buyers", "customers with one order / customers, of those who first came"
        " over 90 days ago", DAILY, (1, "nobody of c1 to c40 came back: 40 / 40")),
        _rule("rising_returns", "Rising returns", "refunds of the product / its gross, of the last 90 days",
        HALF_A_YEAR,
              (0.3333333333333333, "tea: 20 of 60; 1 of 3 orders with a return after 0 of 1 may be chance")),
        _rule("falling_category", "Falling category", "net of the last 3 months / net of the 3 before - 1; where"
        " none falls,"
              " the lowest change there is", HALF_A_YEAR, (0, "Ware: 30 after 30")),
        _rule("concentration", "Concentration", "net of the 10 customers who brought most / net", DAILY,
              (0.07692307692307693, "10 x 10 of 130 x 10")),
        _rule("guests", "Guests", "net of orders without a customer / net", HALF_A_YEAR,
              (0.08064516129032258, "10 of 124")),
        _rule("discount_dependency", "Discount dependency", "net of customers who bought at least half with a"
        " discount, in 2 orders or more / net of customers", DISCOUNTED, (0.1836734693877551, "ann: 18 of 98")),
        Metric(
            "money", "Money at stake", "What an insight is about in money, by which insights are ranked: the net of"
            " those at risk, of one-time buyers, of guests; what came back; what came less than expected or before.",
            "by the rule", "currency", of(Insight, "money"),
            (
                Worked("insights.rule=value_at_risk.money", 170, "ann 100 and cat 70", Ask(LEAVING,
                "intelligence.insights")),
                Worked("insights.rule=one_time_buyers.money", 400, "40 customers x 10", Ask(DAILY,
                "intelligence.insights")),
            ),
        ),
    ),
)  # fmt: skip
