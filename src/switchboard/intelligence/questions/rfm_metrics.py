"""What the figures of RFM are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.question_records import Rfm, RfmCell, RfmGroup, RfmScore
from switchboard.intelligence.questions.rfm import BEST, GROUPS

SHOP = Shop(
    name="five customers",
    about="Five customers who differ in everything: each bought later, oftener and for more than the one before.",
    sales=(
        Sale("a1", "ann", "2024-01-01", 10),
        Sale("b1", "bob", "2024-01-08", 10),
        Sale("b2", "bob", "2024-01-11", 10),
        Sale("c1", "cat", "2024-01-15", 10),
        Sale("c2", "cat", "2024-01-18", 10),
        Sale("c3", "cat", "2024-01-21", 10),
        Sale("d1", "dan", "2024-01-22", 10),
        Sale("d2", "dan", "2024-01-25", 10),
        Sale("d3", "dan", "2024-01-28", 10),
        Sale("d4", "dan", "2024-01-31", 10),
        Sale("e{n}", "eve", "2024-01-29", 10, times=5, every=3),
    ),
)
ASK = Ask(SHOP, "intelligence.rfm")
SUBJECT = Subject(
    name="rfm",
    title="RFM",
    about="All customers scored by how recently, how often and for how much they bought, and named by their scores.",
    period="all orders up to the moment; days since the last order are counted to it",
    source="orders and refunds of customers; guests are left out",
    ask=ASK,
    thresholds=(
        Threshold("groups.recency", len(GROUPS), "scores of recency, each with a row of names"),
        Threshold("groups.rest", len(GROUPS[0]), "steps of the mean of the scores of orders and value, each named"),
    ),
    metrics=(
        Metric(
            "customers", "Customers scored", "Customers with at least one order up to the moment.",
            "count of customers with an order", "customers", of(Rfm, "customers"),
            (Worked("customers", 5, "ann, bob, cat, dan and eve each have an order"),),
        ),
        Metric(
            "score", "RFM score", "The fifth of all customers in which the middle of those of the same figure"
            " stands: 5 for the most recent, the most orders, the highest value. Who ties has the same score.",
            "1 + floor(5 x (customers below + half of those of the same figure) / customers)", "score, 1 to 5",
            of(RfmCell, "recency", "frequency", "monetary") + of(RfmScore, "score"),
            (
                Worked("cells.0.frequency", 5, "eve: 4 of 5 customers have fewer orders; 1 + floor(5 x 4.5 / 5) = 5"),
                Worked("cells.4.recency", 1, "ann: nobody's last order is longer ago; 1 + floor(5 x 0.5 / 5) = 1"),
            ),
            thresholds=(Threshold("best", BEST, "the highest score; so many equal parts of all customers"),),
        ),
        Metric(
            "score_range", "Figures of a score", "The lowest and the highest figure that has one score.",
            "least and greatest of the figure among customers of the score", "days, orders or currency, by `figure`",
            of(RfmScore, "low", "high"),
            (
                Worked("scores.0.low", 1, "scores of days since the last order begin with 5: eve, 1 day ago"),
                Worked("scores.4.high", 41, "and end with 1: ann, from 2024-01-01 to 2024-02-11 are 41 days"),
            ),
        ),
        Metric(
            "score_customers", "Customers of a score", "Customers who have one score of one figure.",
            "count", "customers", of(RfmScore, "customers"),
            (Worked("scores.0.customers", 1, "eve alone has 5 for the days since her last order"),),
        ),
        Metric(
            "cell_customers", "Customers of a cell", "Customers with the same three scores.",
            "count", "customers", of(RfmCell, "customers"),
            (Worked("cells.*.customers", 5, "five cells of one customer each"),),
        ),
        Metric(
            "cell_mean_value", "Mean value of a cell", "Mean lifetime value of the customers with the same three"
            " scores.",
            "sum of lifetime values / customers", "currency", of(RfmCell, "mean_value"),
            (Worked("cells.0.mean_value", 50, "eve alone: 5 orders x 10"),),
        ),
        Metric(
            "group_customers", "Customers of a group", "Customers whose scores have one name: by the score of"
            " recency and the mean of the other two, half a score counting up.",
            "count of customers whose scores have the name", "customers", of(RfmGroup, "customers"),
            (Worked("groups.name=hibernating.customers", 2, "ann (1, 1, 1) and bob (2, 2, 2)"),),
        ),
        Metric(
            "group_share", "Share of a group", "Customers of the group of all customers.",
            "customers of the group / customers", "share, 0 to 1", of(RfmGroup, "share"),
            (Worked("groups.name=hibernating.share", 0.4, "2 of 5"),),
        ),
        Metric(
            "group_value", "Value of a group", "Lifetime value of the group's customers together.",
            "sum of lifetime values", "currency", of(RfmGroup, "total_value"),
            (Worked("groups.name=hibernating.total_value", 30, "ann 1 x 10 and bob 2 x 10"),),
        ),
        Metric(
            "group_mean_value", "Mean value of a group", "Mean lifetime value; null where there is nobody.",
            "value of the group / its customers", "currency", of(RfmGroup, "mean_value"),
            (Worked("groups.name=hibernating.mean_value", 15, "30 / 2"),),
        ),
        Metric(
            "group_mean_orders", "Mean orders of a group", "Mean number of orders; null where there is nobody.",
            "orders of the group / its customers", "orders", of(RfmGroup, "mean_orders"),
            (Worked("groups.name=hibernating.mean_orders", 1.5, "(1 + 2) / 2"),),
        ),
        Metric(
            "group_mean_days", "Mean days since the last order", "Mean of the days since the last order; null where"
            " there is nobody.", "sum of the days / customers", "days", of(RfmGroup, "mean_days_since_last_order"),
            (Worked("groups.name=hibernating.mean_days_since_last_order", 36, "ann 41 days, bob 31: 72 / 2"),),
        ),
    ),
)  # fmt: skip
