"""What the figures of cohorts are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Worked, of
from switchboard.intelligence.question_records import Cohort, CohortMonth, Retention

SHOP = Shop(
    name="two cohorts",
    about="Ann and Bob came first in January, Cat in February; Bob had 5 back in March, which is not over.",
    sales=(
        Sale("a1", "ann", "2024-01-10", 10),
        Sale("b1", "bob", "2024-01-20", 30),
        Sale("c1", "cat", "2024-02-05", 40),
        Sale("a2", "ann", "2024-02-10", 20),
        Sale("r1", "bob", "2024-03-02", 5, quantity=-1),
        Sale("c2", "cat", "2024-03-20", 10),
    ),
)
SUBJECT = Subject(
    name="cohorts",
    title="Cohorts",
    about="Customers by the month of their first order, and what they did in each month from then on: the triangles"
    " of retention and of revenue.",
    period="months of the workspace's calendar, from that of the first order on",
    source="orders and refunds of customers, refunds in the month they happened; guests are left out",
    ask=Ask(SHOP, "intelligence.cohorts", {"months": 3}),
    metrics=(
        Metric(
            "customers", "Customers of a cohort", "Customers whose first order was in the month.",
            "count of customers by the month of their first order", "customers", of(Cohort, "customers"),
            (Worked("cohorts.month=2024-01.customers", 2, "ann and bob"),),
        ),
        Metric(
            "net", "Net of a cohort", "What the cohort's customers brought in all months shown, less what they had"
            " back.",
            "sum of the net of its months", "currency", of(Cohort, "net"),
            (Worked("cohorts.month=2024-01.net", 55, "10 + 30 in January, 20 in February, 5 back in March"),),
        ),
        Metric(
            "active", "Active customers of a cohort", "Customers of the cohort with an order in the month.",
            "count of its customers with an order in the month", "customers", of(CohortMonth, "active"),
            (Worked("cohorts.month=2024-01.months.1.active", 1, "in February ann ordered, bob did not"),),
            period="one month of the cohort",
        ),
        Metric(
            "retained", "Retention of a cohort", "Share of the cohort's customers with an order in the month; null"
            " where the cohort has nobody.", "active / customers", "share, 0 to 1", of(CohortMonth, "retained"),
            (Worked("cohorts.month=2024-01.months.1.retained", 0.5, "1 of 2"),),
            period="one month of the cohort",
        ),
        Metric(
            "month_net", "Net of a cohort in a month", "What the cohort's customers bought in the month, less"
            " discounts and less what they had back in it.", "gross - discounts - refunds of the month", "currency",
            of(CohortMonth, "net"),
            (Worked("cohorts.month=2024-01.months.2.net", -5, "in March nobody of them ordered, and bob had 5 back"),),
            period="one month of the cohort",
        ),
        Metric(
            "value_so_far", "Value of a customer so far", "Net of all months up to this one, per customer of the"
            " cohort.",
            "sum of the net of months up to this one / customers", "currency", of(CohortMonth, "value_so_far"),
            (Worked("cohorts.month=2024-01.months.2.value_so_far", 27.5, "(40 + 20 - 5) / 2"),),
        ),
        Metric(
            "reached", "Customers who have come so far", "Customers of all cohorts for whom this month after the"
            " first is over.", "sum of the customers of those cohorts", "customers", of(Retention, "customers"),
            (Worked("retention.1.customers", 2, "one month after the first is over for January's cohort alone"),),
            period="months that are over",
        ),
        Metric(
            "retention", "Retention", "Share of the customers of all cohorts who ordered so many months after the"
            " first.",
            "sum of the active / sum of the customers, over cohorts whose month is over", "share, 0 to 1",
            of(Retention, "retained"),
            (Worked("retention.1.retained", 0.5, "ann of ann and bob; March is not over for cat"),),
            period="months that are over",
        ),
    ),
)  # fmt: skip
