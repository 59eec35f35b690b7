"""What the figures of product affinity are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.product_question_records import Affinity, Pair
from switchboard.intelligence.questions.affinity import LARGEST, MOST_LINES, MOST_PRODUCTS
from switchboard.intelligence.questions.chance import LEVEL

SHOP = Shop(
    name="tea and cups",
    about="Five orders of tea and a cup, one of tea alone, five of a pot: eleven orders of eleven customers.",
    sales=(
        Sale("b{n}", "both{n}", "2024-01-01", 5, "cup", times=5),
        Sale("b{n}", "both{n}", "2024-01-01", 3, "tea", times=5),
        Sale("t1", "tea1", "2024-01-02", 3, "tea"),
        Sale("p{n}", "pot{n}", "2024-01-03", 20, "pot", times=5),
    ),
)
SUBJECT = Subject(
    name="affinity",
    title="Product affinity",
    about="Pairs of products that are bought in the same order more often than chance explains.",
    period="the newest orders: of the days asked for, and of so many lines at most",
    source="order lines with a known product, guests included",
    ask=Ask(SHOP, "intelligence.product_affinity", {"least_orders": 5}),
    thresholds=(
        Threshold("chance", LEVEL, "the greatest p_value that is shown"),
        Threshold("largest_order", LARGEST, "products of an order beyond which it is left out"),
        Threshold("most_lines", MOST_LINES, "lines of the newest orders that are looked at"),
        Threshold("most_products", MOST_PRODUCTS, "products that are compared, those in most orders"),
    ),
    metrics=(
        Metric(
            "orders", "Orders looked at", "Orders with a known product, and with not too many of them.",
            "count of such orders", "orders", of(Affinity, "orders"), (Worked("orders", 11, "5 + 1 + 5"),),
        ),
        Metric(
            "products", "Products compared", "Products that are in enough orders.", "count of products with at least"
            " least_orders orders", "products", of(Affinity, "products"), (Worked("products", 3, "tea, cup and pot"),),
        ),
        Metric(
            "tested", "Pairs that could have been found", "Pairs of the products compared; with one product asked for,"
            " its pairs with the others.", "products x (products - 1) / 2", "pairs", of(Affinity, "tested"),
            (Worked("tested", 3, "3 x 2 / 2"),),
        ),
        Metric(
            "found", "Pairs found", "Pairs with enough orders that chance does not explain.",
            "count of pairs with p_value at most 0.05", "pairs", of(Affinity, "found"),
            (Worked("found", 1, "tea and cup"),),
        ),
        Metric(
            "together", "Orders with both", "Orders that have both products.", "count", "orders", of(Pair, "orders"),
            (Worked("pairs.0.orders", 5, "the five of tea and a cup"),),
        ),
        Metric(
            "support", "Support", "Share of all orders looked at that have both products.",
            "orders with both / orders looked at", "share, 0 to 1", of(Pair, "support"),
            (Worked("pairs.0.support", 0.45454545454545453, "5 / 11"),),
        ),
        Metric(
            "confidence", "Confidence", "Share of the orders with one product that have the other too, and the same"
            " the other way round.", "orders with both / orders with the first (back: with the second)",
            "share, 0 to 1",
            of(Pair, "confidence", "confidence_back"),
            (
                Worked("pairs.0.confidence", 1, "all 5 orders with a cup have tea"),
                Worked("pairs.0.confidence_back", 0.8333333333333334, "5 of the 6 with tea have a cup"),
            ),
        ),
        Metric(
            "lift", "Lift", "How many times as many orders have both as chance would bring, if one had nothing to do"
            " with the other.", "orders with both x orders looked at / (orders with one x orders with the other)",
            "ratio; 1 is chance", of(Pair, "lift"), (Worked("pairs.0.lift", 1.8333333333333333, "5 x 11 / (6 x 5)"),),
        ),
        Metric(
            "p_value", "Probability of chance", "How likely chance alone brings so many orders with both or more, in"
            " any of the pairs that could have been found.", "Fisher's exact test (upper tail) x pairs tested",
            "probability, 0 to 1", of(Pair, "p_value"),
            (
                Worked(
                    "pairs.0.p_value", 0.03896103896103896,
                    "of the 462 ways to draw 5 of 11 orders, 6 x 1 draw 5 of the 6 with tea; 6 / 462 x 3 pairs",
                ),
            ),
            source="R. A. Fisher, Journal of the Royal Statistical Society 85 (1922) 87; Bonferroni for many tests",
        ),
    ),
)  # fmt: skip
