"""What the figures of category trends and of product performance are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.product_question_records import CategoryTrend, CategoryTrends, ProductPerformance, Sold
from switchboard.intelligence.questions.chance import BEYOND
from switchboard.intelligence.questions.selling import QUARTER

SHOP = Shop(
    name="half a year",
    about="Two categories over six months, with a discount, a return, a guest and a product without a category.",
    sales=(
        Sale("a1", "ann", "2024-01-01", 10, "tea", "Drinks"),
        Sale("a2", "ann", "2024-02-10", 10, "tea", "Drinks"),
        Sale("b1", "bob", "2024-03-01", 30, "cup", "Ware"),
        Sale("a3", "ann", "2024-05-10", 10, "tea", "Drinks", discount=1),
        Sale("b2", "bob", "2024-05-20", 20, "tea", "Drinks", quantity=2),
        Sale("g1", None, "2024-06-01", 10, "tea", "Drinks"),
        Sale("r1", "bob", "2024-06-10", 20, "tea", "Drinks", quantity=-1),
        Sale("x1", "cat", "2024-06-15", 5, "bag"),
        Sale("c1", "cat", "2024-06-30", 30, "cup", "Ware"),
    ),
)
TRENDS = Ask(SHOP, "intelligence.category_trends", {"months": 3})
PRODUCTS = Ask(SHOP, "intelligence.product_performance", {"product_id": "tea"})
NOW, BEFORE = "categories.category=Drinks.now", "categories.category=Drinks.before"
SOURCE = "order lines and refunds, guests included"
CATEGORIES = Subject(
    name="category_trends",
    title="Category trends",
    about="What each category brings in the last months, against as many months before.",
    period="the last so many months up to the moment (`now`), and as many before (`before`)",
    source=SOURCE,
    ask=TRENDS,
    thresholds=(
        Threshold("beyond_chance", BEYOND, "standard deviations from an even pace from which a trend rises or falls"),
    ),
    metrics=(
        Metric(
            "net", "Net of a category", "What its lines brought, less discounts and refunds of that time.",
            "gross - discounts - refunds", "currency", of(Sold, "net"),
            (Worked(f"{NOW}.net", 39, "10 - 1 + 40 + 10 - 20 given back"), Worked(f"{BEFORE}.net", 20, "10 + 10")),
        ),
        Metric(
            "lines", "Lines of a category", "Order lines that were sold; quantities are not looked at.",
            "count of lines with a positive gross", "lines", of(Sold, "lines"),
            (Worked(f"{NOW}.lines", 3, "a3, b2, g1; a return is no sale"),),
        ),
        Metric(
            "orders", "Orders of a category", "Orders with a line of it.", "count of such orders", "orders",
            of(Sold, "orders"), (Worked(f"{NOW}.orders", 3, "a3, b2, g1"),),
        ),
        Metric(
            "buyers", "Buyers of a category", "Customers with a line of it; guests are nobody.",
            "count of such customers", "customers", of(Sold, "buyers"), (Worked(f"{NOW}.buyers", 2, "ann and bob"),),
        ),
        Metric(
            "net_change", "Change of a category", "Net now against net before; null where nothing was earned before.",
            "net now / net before - 1", "share, -1 to no end", of(CategoryTrend, "net_change"),
            (Worked("categories.category=Drinks.net_change", 0.95, "39 / 20 - 1"),),
        ),
        Metric(
            "net_share", "Share of a category", "Its net of the net of all categories, now.",
            "net now / sum of the net now of all categories", "share", of(CategoryTrend, "net_share"),
            (Worked("categories.category=Drinks.net_share", 0.5652173913043478, "39 / (39 + 30)"),),
        ),
        Metric(
            "uncategorised", "Net without a category", "What lines without a category brought, now.",
            "gross - discounts - refunds", "currency", of(CategoryTrends, "uncategorised_net"),
            (Worked("uncategorised_net", 5, "the bag"),),
        ),
    ),
)  # fmt: skip
PERFORMANCE = Subject(
    name="product_performance",
    title="Product performance",
    about="What each product brings, who buys it again, how much of it comes back, and which way it goes.",
    period="all orders up to the moment",
    source=SOURCE,
    ask=PRODUCTS,
    thresholds=(
        Threshold("window", QUARTER, "days of each of the two times that are compared"),
        Threshold("beyond_chance", BEYOND, "standard deviations from an even pace from which a trend rises or falls"),
    ),
    metrics=(
        Metric(
            "lines", "Lines of a product", "Order lines that were sold; quantities are not looked at.",
            "count of lines with a positive gross", "lines", of(ProductPerformance, "lines"),
            (Worked("products.0.lines", 5, "a1, a2, a3, b2, g1"),),
        ),
        Metric(
            "gross", "Gross of a product", "What was asked for it, before discounts and refunds.",
            "sum of quantity x price", "currency", of(ProductPerformance, "gross"),
            (Worked("products.0.gross", 80, "10 + 10 + 10 + 2 x 20 + 10"),),
        ),
        Metric(
            "net", "Net of a product", "What it brought.", "gross - discounts - refunds", "currency",
            of(ProductPerformance, "net"), (Worked("products.0.net", 59, "80 - 1 - 20"),),
        ),
        Metric(
            "buyers", "Buyers of a product", "Customers who bought it; guests are nobody.", "count", "customers",
            of(ProductPerformance, "buyers"), (Worked("products.0.buyers", 2, "ann and bob"),),
        ),
        Metric(
            "repeat_rate", "Repeat rate", "Share of the buyers who bought it again in a later order.",
            "buyers with two orders of it or more / buyers", "share, 0 to 1", of(ProductPerformance, "repeat_rate"),
            (Worked("products.0.repeat_rate", 0.5, "ann did, bob did not: 1 / 2"),),
        ),
        Metric(
            "return_rate", "Return rate", "Share of what was asked for it that was refunded.", "refunds / gross",
            "share", of(ProductPerformance, "return_rate"), (Worked("products.0.return_rate", 0.25, "20 / 80"),),
        ),
        Metric(
            "orders", "Orders of a product", "Orders with it of the last 90 days, and of the 90 before.", "count",
            "orders", of(ProductPerformance, "orders", "orders_before"),
            (
                Worked("products.0.orders", 3, "from 2024-04-02 on: a3, b2, g1"),
                Worked("products.0.orders_before", 1, "from 2024-01-03 on: a2"),
            ),
            period="the last 90 days, and the 90 before",
        ),
        Metric(
            "net_90", "Net of a product lately", "What it brought in the last 90 days, and in the 90 before.",
            "gross - discounts - refunds of those days", "currency",
            of(ProductPerformance, "net_90", "net_90_before"),
            (
                Worked("products.0.net_90", 39, "10 - 1 + 40 + 10 - 20"),
                Worked("products.0.net_90_before", 10, "a2; a1 was earlier"),
            ),
            period="the last 90 days, and the 90 before",
        ),
        Metric(
            "net_change", "Change of a product", "Net of the last 90 days against the 90 before; null where nothing"
            " was earned before.", "net_90 / net_90_before - 1", "share, -1 to no end",
            of(ProductPerformance, "net_change"), (Worked("products.0.net_change", 2.9, "39 / 10 - 1"),),
            period="the last 90 days, and the 90 before",
        ),
    ),
)  # fmt: skip
