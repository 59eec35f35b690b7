"""What the figures of one-time buyers are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.question_records import Ago, Beginning, Beginnings, OneTimeBuyers, Return
from switchboard.intelligence.questions.chance import LEVEL

SHOP = Shop(
    name="who comes back",
    about="Five customers began with tea and came back ten days later; five began with a cup and did not.",
    sales=(
        Sale("t{n}", "tea{n}", "2024-01-01", 10, "tea", times=5),
        Sale("c{n}", "cup{n}", "2024-01-06", 20, "cup", times=5),
        Sale("u{n}", "tea{n}", "2024-01-11", 10, "tea", times=5),
        Sale("z1", "tea1", "2024-03-01", 10, "tea"),
    ),
)
TEA = "products.brings_back.0"
SUBJECT = Subject(
    name="one_time_buyers",
    title="One-time buyers",
    about="Customers with exactly one order, and after which first products customers come back more or less often.",
    period="all orders up to the moment",
    source="orders and refunds of customers; guests are left out",
    ask=Ask(SHOP, "intelligence.one_time_buyers", {"within_days": 30, "least_customers": 5}),
    metrics=(
        Metric(
            "customers", "One-time buyers", "Customers with exactly one order up to the moment.", "count", "customers",
            of(OneTimeBuyers, "customers"), (Worked("customers", 5, "cup1 to cup5"),),
        ),
        Metric(
            "share", "Share of one-time buyers", "One-time buyers of all customers.", "one-time buyers / customers",
            "share, 0 to 1", of(OneTimeBuyers, "share"), (Worked("share", 0.5, "5 of 10"),),
        ),
        Metric(
            "net", "Net of one-time buyers", "Their lifetime value together.", "sum of lifetime values", "currency",
            of(OneTimeBuyers, "net"), (Worked("net", 100, "5 x 20"),),
        ),
        Metric(
            "net_share", "Share of one-time buyers in value", "Their lifetime value of that of all customers.",
            "their net / net of all customers", "share", of(OneTimeBuyers, "net_share"),
            (Worked("net_share", 0.47619047619047616, "100 / (100 + 5 x 20 + 10)"),),
        ),
        Metric(
            "median_days_ago", "Days since their order", "Median of the days since the one order.",
            "median of as_of - day of the order", "days", of(OneTimeBuyers, "median_days_ago"),
            (Worked("median_days_ago", 54, "2024-01-06 to 10 are 56 to 52 days ago; the middle is 54"),),
        ),
        Metric(
            "by_age", "One-time buyers by age", "One-time buyers whose order is so many days ago, and their net.",
            "count, and sum of lifetime values", "customers, currency", of(Ago, "customers", "net"),
            (
                Worked("ages.from_days=31.customers", 5, "all of them, 52 to 56 days ago"),
                Worked("ages.from_days=31.net", 100, "5 x 20"),
            ),
        ),
        Metric(
            "had_time", "Customers who had the time", "Customers whose first order is at least within_days ago.",
            "count", "customers", of(Return, "customers"), (Worked("returning.customers", 10, "all ten of January"),),
        ),
        Metric(
            "came_back", "Customers who came back", "Of those, who ordered again within so many days of the first"
            " order.",
            "count", "customers", of(Return, "came_back"), (Worked("returning.came_back", 5, "tea1 to tea5"),),
        ),
        Metric(
            "return_share", "Share who came back", "Of the customers who had the time.", "came_back / customers",
            "share, 0 to 1", of(Return, "share"), (Worked("returning.share", 0.5, "5 / 10"),),
        ),
        Metric(
            "beginnings_tested", "Beginnings tested", "Products or categories of enough first orders.",
            "count of those of at least least_customers first orders", "products or categories",
            of(Beginnings, "tested"), (Worked("products.tested", 2, "tea and cup"),),
        ),
        Metric(
            "beginning_customers", "Customers who began with it", "Customers who had the time, and whose first order"
            " had the product; and how many of them came back.", "count", "customers", of(Beginning, "customers",
            "came_back"),
            (Worked(f"{TEA}.customers", 5, "tea1 to tea5"), Worked(f"{TEA}.came_back", 5, "all of them")),
        ),
        Metric(
            "beginning_share", "Return after a beginning", "Share of them who came back.", "came_back / customers",
            "share, 0 to 1", of(Beginning, "share"), (Worked(f"{TEA}.share", 1, "5 / 5"),),
        ),
        Metric(
            "beginning_lift", "Lift of a beginning", "Their share against that of all customers who had the time.",
            "share / returning.share", "ratio; 1 is as all", of(Beginning, "lift"), (Worked(f"{TEA}.lift", 2,
            "1 / 0.5"),),
        ),
        Metric(
            "beginning_p_value", "Probability of chance", "How likely chance alone brings such a difference from the"
            " others or a greater one, in any of the tests.", "Fisher's exact test x 2 x beginnings tested",
            "probability", of(Beginning, "p_value"),
            (
                Worked(
                    f"{TEA}.p_value", 0.015873015873015872,
                    "1 of the 252 ways to draw 5 of 10 draws the 5 with tea; 1 / 252 x 2 tails x 2 products",
                ),
            ),
            thresholds=(Threshold("chance", LEVEL, "the greatest that is shown"),),
            source="R. A. Fisher, Journal of the Royal Statistical Society 85 (1922) 87; Bonferroni for many tests",
        ),
    ),
)  # fmt: skip
