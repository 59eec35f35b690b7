"""What the figures of momentum and of declining engagement are."""

from switchboard.intelligence.engagement_records import Balance, Moved, Moving
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.selling import QUARTER

SHOP = Shop(
    name="three ways to go",
    about="Ann ordered 8 times in the 90 days before and not since, Bob 4 and 4 times, Eve not and then 6 times.",
    sales=(
        Sale("a0", "ann", "2024-01-10", 10),
        Sale("b0", "bob", "2024-01-12", 10),
        Sale("e0", "eve", "2024-01-15", 10),
        Sale("a{n}", "ann", "2024-02-05", 10, times=8, every=10),
        Sale("b{n}", "bob", "2024-02-10", 10, times=4, every=20),
        Sale("c{n}", "bob", "2024-05-05", 10, times=4, every=28),
        Sale("e{n}", "eve", "2024-05-10", 10, times=6, every=10),
    ),
)
GROWING = Ask(SHOP, "intelligence.momentum")
SUBJECT = Subject(
    name="momentum",
    title="Momentum and declining engagement",
    about="Customers whose orders of the last 90 days rose or fell against the 90 before by more than chance.",
    period="the last 90 days and the 90 before, of customers who first ordered before both",
    source="orders and refunds of customers; guests are left out",
    ask=Ask(SHOP, "intelligence.declining_engagement"),
    thresholds=(
        Threshold("window", QUARTER, "days of each of the two times"),
        Threshold("chance", LEVEL, "the greatest p_value at which orders rose or fell"),
    ),
    metrics=(
        Metric(
            "compared", "Customers compared", "Customers who first ordered before both times, and ordered in one of"
            " them.", "count", "customers", of(Moving, "compared"), (Worked("compared", 3, "ann, bob and eve"),),
        ),
        Metric(
            "share", "Share who moved", "Customers who are found, of the customers compared.", "total / compared",
            "share, 0 to 1", of(Moving, "share"), (Worked("share", 0.3333333333333333, "ann of three"),),
        ),
        Metric(
            "chance_share", "Share that chance would find", "The share of the customers compared whom the test would"
            " find at an unchanged pace, each with the orders they have.",
            "mean over customers of the largest probability of so few orders that is at most 0.05", "share, 0 to 0.05",
            of(Moving, "chance_share"),
            (
                Worked(
                    "chance_share", 0.028645833333333332,
                    "ann and bob, 8 orders: at most 1 of 8 has 9 / 256; eve, 6: none of 6 has 1 / 64; the mean of"
                    " 0.0352, 0.0352 and 0.0156",
                ),
            ),
        ),
        Metric(
            "net_change", "Change of their net", "Net of the last 90 days less that of the 90 before, of all who are"
            " found.", "sum of net - sum of net_before", "currency", of(Moving, "net_change"),
            (Worked("net_change", -80, "ann: 0 after 8 x 10"),),
        ),
        Metric(
            "orders", "Orders of the compared", "Orders of all customers compared, in each of the two times.", "count",
            "orders", of(Moving, "orders", "orders_before"),
            (Worked("orders", 10, "bob 4, eve 6"), Worked("orders_before", 12, "ann 8, bob 4")),
        ),
        Metric(
            "customer_orders", "Orders of a customer", "A customer's orders in each of the two times.", "count",
            "orders",
            of(Moved, "orders", "orders_before"),
            (Worked("customers.0.orders", 0, "ann ordered last in April"), Worked("customers.0.orders_before", 8,
            "ann's 8")),
        ),
        Metric(
            "customer_net", "Net of a customer", "A customer's net in each of the two times.",
            "gross - discounts - refunds of those days", "currency", of(Moved, "net", "net_before"),
            (Worked("customers.0.net", 0, "no order"), Worked("customers.0.net_before", 80, "8 x 10")),
        ),
        Metric(
            "p_value", "Probability of chance", "How likely chance alone brings such a change or a greater one, at"
            " an unchanged pace.", "of both times' orders, the probability that so few (or so many) fall into the"
            " last 90 days, when each does with probability 1/2", "probability, 0 to 1", of(Moved, "p_value"),
            (Worked("customers.0.p_value", 0.00390625, "none of 8: 1 / 2^8"),),
            source="J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313",
        ),
        Metric(
            "balance", "Balance", "All customers compared, by whether their orders grew, stayed or declined, with"
            " what they brought in each of the two times.", "count; of those compared; sums of net",
            "customers, share, currency",
            of(Balance, "customers", "share", "net", "net_before"),
            (
                Worked("balance.way=growing.customers", 1, "eve: 6 of 6 has 1 / 64", GROWING),
                Worked("balance.way=growing.share", 0.3333333333333333, "1 of 3", GROWING),
                Worked("balance.way=growing.net", 60, "6 x 10", GROWING),
                Worked("balance.way=steady.net_before", 40, "bob, 4 x 10", GROWING),
            ),
        ),
    ),
)  # fmt: skip
