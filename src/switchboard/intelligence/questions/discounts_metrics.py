"""What the figures of discount dependency are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.question_records import Dependent, DiscountBand, DiscountDependency
from switchboard.intelligence.questions.discounts import BANDS

SHOP = Shop(
    name="with and without discount",
    about="Ann bought half with a discount, Bob all, Cat nothing.",
    sales=(
        Sale("a1", "ann", "2024-01-01", 10, discount=2),
        Sale("a2", "ann", "2024-02-01", 10, discount=0),
        Sale("b1", "bob", "2024-02-02", 40, discount=10),
        Sale("c1", "cat", "2024-02-03", 50, discount=0),
    ),
)
SUBJECT = Subject(
    name="discount_dependency",
    title="Discount dependency",
    about="How much is bought with a discount, and by whom; a line counts whole once it has any discount.",
    period="all orders up to the moment",
    source="order lines of customers with a positive gross; guests are left out",
    ask=Ask(SHOP, "intelligence.discount_dependency"),
    metrics=(
        Metric(
            "customers", "Customers", "Customers with an order.", "count", "customers",
            of(DiscountDependency, "customers"), (Worked("customers", 3, "ann, bob and cat"),),
        ),
        Metric(
            "gross", "Gross", "What was asked before discounts.", "sum of quantity x price", "currency",
            of(DiscountDependency, "gross"), (Worked("gross", 110, "10 + 10 + 40 + 50"),),
        ),
        Metric(
            "discounted_gross", "Gross with a discount", "Gross of the lines with a discount.", "sum over those lines",
            "currency", of(DiscountDependency, "discounted_gross"), (Worked("discounted_gross", 50, "10 + 40"),),
        ),
        Metric(
            "discounted_net", "Net with a discount", "What those lines brought, before refunds.",
            "gross - discount of those lines", "currency", of(DiscountDependency, "discounted_net"),
            (Worked("discounted_net", 38, "10 - 2 + 40 - 10"),),
        ),
        Metric(
            "discounted_share", "Share bought with a discount", "Gross of the lines with a discount of all gross.",
            "discounted_gross / gross", "share, 0 to 1", of(DiscountDependency, "discounted_share"),
            (Worked("discounted_share", 0.45454545454545453, "50 / 110"),),
        ),
        Metric(
            "discount", "Discounts given", "All discounts together.", "sum of discounts", "currency",
            of(DiscountDependency, "discount"), (Worked("discount", 12, "2 + 10"),),
        ),
        Metric(
            "discount_rate", "Discount rate", "Discounts of all gross.", "discount / gross", "share, 0 to 1",
            of(DiscountDependency, "discount_rate"), (Worked("discount_rate", 0.10909090909090909, "12 / 110"),),
        ),
        Metric(
            "band", "Customers of a band", "Customers by the share of their gross bought with a discount, above one"
            " border and up to the next; with what they bought before and after discounts.",
            "count; of all customers; sum of gross; sum of gross - discount", "customers, share, currency",
            of(DiscountBand, "customers", "share", "gross", "net"),
            (
                Worked("bands.name=some.customers", 1, "ann: 10 of 20 is 0.5, above 0.25 and up to 0.5"),
                Worked("bands.name=some.share", 0.3333333333333333, "1 of 3"),
                Worked("bands.name=some.gross", 20, "10 + 10"),
                Worked("bands.name=some.net", 18, "20 - 2"),
            ),
            thresholds=tuple(
                Threshold(name, up_to, "the highest share of the band") for name, _, up_to in BANDS
            ),
        ),
        Metric(
            "dependent", "Customers dependent on discounts", "Customers who bought at least so much of their gross"
            " with a discount, over at least so many orders; what they bought after discounts.",
            "count; of all customers; sum of gross - discount; of that of all customers", "customers, share, currency",
            of(Dependent, "customers", "share", "net", "net_share"),
            (
                Worked("dependent.customers", 1, "ann: half, over 2 orders; bob has one order"),
                Worked("dependent.share", 0.3333333333333333, "1 of 3"),
                Worked("dependent.net", 18, "8 + 10"),
                Worked("dependent.net_share", 0.1836734693877551, "18 / (18 + 30 + 50)"),
            ),
        ),
    ),
)  # fmt: skip
