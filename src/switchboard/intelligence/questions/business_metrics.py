"""What the figures of business buyers are."""

from switchboard.intelligence.engagement_records import BusinessBuyer, BusinessBuyers
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.questions.business import LEAST_SIGNS, OFFICE, TIMES_TYPICAL
from switchboard.intelligence.questions.chance import LEVEL

SHOP = Shop(
    name="an office",
    about="Ann and Bob buy one thing each evening; an office buys four things at ten in the morning, Monday to"
    " Wednesday.",
    sales=(
        Sale("a{n}", "ann", "2024-03-04T20:00", 10, "tea", times=3),
        Sale("b{n}", "bob", "2024-03-04T21:00", 10, "tea", times=3),
        Sale("f{n}", "office", "2024-03-04T10:00", 40, "tea", times=3),
        Sale("f{n}", "office", "2024-03-04T10:00", 30, "cup", times=3),
        Sale("f{n}", "office", "2024-03-04T10:00", 20, "pot", times=3),
        Sale("f{n}", "office", "2024-03-04T10:00", 10, "bag", times=3),
    ),
)
OF = "customers.customer_id=office"
SUBJECT = Subject(
    name="business_buyers",
    title="Business buyers",
    about="Customers who may buy for a business, by three signs held against the shop's own typical order; signs, no"
    " proof.",
    period="all orders up to the moment",
    source="orders and refunds of customers; guests are left out",
    ask=Ask(SHOP, "intelligence.business_buyers", {"least_orders": 3}),
    thresholds=(
        Threshold("times_typical", TIMES_TYPICAL, "times the shop's median order, in money or lines, that is a sign"),
        Threshold("office_from", OFFICE[0], "hour from which an order of Monday to Friday is in office hours"),
        Threshold("office_to", OFFICE[1], "hour before which it is"),
        Threshold("chance", LEVEL, "the probability of chance up to which many orders in office hours are a sign"),
        Threshold("least_signs", LEAST_SIGNS, "signs from which a customer is found"),
    ),
    metrics=(
        Metric(
            "judged", "Customers judged", "Customers with enough orders.", "count of those with at least least_orders",
            "customers", of(BusinessBuyers, "judged"), (Worked("judged", 3, "each has 3 orders"),),
        ),
        Metric(
            "net", "Net of business buyers", "Lifetime value of all who are found.", "sum of lifetime values",
            "currency",
            of(BusinessBuyers, "net"), (Worked("net", 300, "the office: 3 x 100"),),
        ),
        Metric(
            "net_share", "Share of business buyers", "Their lifetime value of that of all customers.",
            "net / net of all customers", "share", of(BusinessBuyers, "net_share"),
            (Worked("net_share", 0.8333333333333334, "300 / (300 + 30 + 30)"),),
        ),
        Metric(
            "typical_order", "Typical order", "Median of all customers' orders, after discounts.", "median",
            "currency",
            of(BusinessBuyers, "typical_order"), (Worked("typical_order", 10, "six orders of 10, three of 100"),),
        ),
        Metric(
            "typical_lines", "Typical lines", "Median of the lines of all customers' orders.", "median", "lines",
            of(BusinessBuyers, "typical_lines"), (Worked("typical_lines", 1, "six orders of 1 line, three of 4"),),
        ),
        Metric(
            "office_share", "Orders in office hours", "Share of orders on Monday to Friday in office hours: of all"
            " customers, and of one; null where times of day are not known.", "orders in office hours / orders",
            "share, 0 to 1", of(BusinessBuyers, "office_share") + of(BusinessBuyer, "office_share"),
            (
                Worked("office_share", 0.3333333333333333, "3 of 9 orders"),
                Worked(f"{OF}.office_share", 1, "3 of the office's 3"),
            ),
        ),
        Metric(
            "score", "Signs shown", "Share of the signs that can be told here which the customer shows; not a"
            " probability.", "signs shown / signs that can be told", "share, 0 to 1", of(BusinessBuyer, "score"),
            (
                Worked(
                    f"{OF}.score", 1,
                    "100 is 10 times the median order, 4 lines are 4 times the median, and 3 of 3 in office hours"
                    " has (1/3)^3 = 0.037: 3 of 3 signs",
                ),
            ),
        ),
        Metric(
            "orders", "Orders of a customer", "Orders up to the moment.", "count", "orders", of(BusinessBuyer,
            "orders"),
            (Worked(f"{OF}.orders", 3, "Monday to Wednesday"),),
        ),
        Metric(
            "mean_order", "Mean order", "Mean of their orders, after discounts, before refunds.",
            "sum of orders / orders", "currency", of(BusinessBuyer, "mean_order"),
            (Worked(f"{OF}.mean_order", 100, "40 + 30 + 20 + 10"),),
        ),
        Metric(
            "lines_per_order", "Lines of an order", "Mean lines of their orders.", "lines / orders", "lines",
            of(BusinessBuyer, "lines_per_order"), (Worked(f"{OF}.lines_per_order", 4, "12 / 3"),),
        ),
        Metric(
            "customer_net", "Lifetime value", "Net of all their lines up to the moment.",
            "gross - discounts - refunds",
            "currency", of(BusinessBuyer, "net"), (Worked(f"{OF}.net", 300, "3 x 100"),),
        ),
    ),
)  # fmt: skip
