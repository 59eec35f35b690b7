"""What the figures of one customer's purchases are, and how alike two customers are."""

from switchboard.intelligence.likeness import CANDIDATES, likeness
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Subject, Threshold, Worked, of
from switchboard.intelligence.purchase_records import Bought, CategoryBought, ProductBought, Similar, SimilarCustomers
from switchboard.intelligence.questions.selling_metrics import SHOP

BOB = Ask(SHOP, "intelligence.bought", {"customer_id": "bob"})
LIKE_BOB = Ask(SHOP, "intelligence.similar_customers", {"customer_id": "bob"})
TEA, DRINKS = "products.product_id=tea", "categories.category=Drinks"
ONE = {"purchase_frequency": {"regular": 0.7, "frequent": 0.3}, "purchase_value": {"small": 1.0, "large": 0.0}}
OTHER = {"purchase_frequency": {"regular": 0.4, "frequent": 0.6}, "purchase_value": {"small": 1.0, "large": 0.0}}


def _alike() -> float:
    found = likeness(ONE, OTHER)
    assert found is not None
    return found


SUBJECT = Subject(
    name="purchases",
    title="Purchases of a customer",
    about="What one customer bought, by product and category, and whom the customer is like.",
    period="all orders up to the moment",
    source="order lines and refunds of the customer, and of whoever was merged into them",
    ask=BOB,
    metrics=(
        Metric(
            "orders", "Orders with it", "Orders of the customer with a line of positive gross of the product, or of"
            " the category.", "count", "orders",
            (*of(ProductBought, "orders"), *of(CategoryBought, "orders")),
            (Worked(f"{TEA}.orders", 1, "b2; r1 is a return"), Worked(f"{DRINKS}.orders", 1, "the same")),
        ),
        Metric(
            "quantity", "Quantity", "Pieces of all lines of it, less those that came back as lines of their own.",
            "sum of quantities", "pieces", (*of(ProductBought, "quantity"), *of(CategoryBought, "quantity")),
            (Worked(f"{TEA}.quantity", 1, "2 of b2, 1 back"), Worked(f"{DRINKS}.quantity", 1, "the same")),
        ),
        Metric(
            "net", "Spent on it", "Net of all lines of it, with discounts and refunds taken off.",
            "gross - discounts - refunds", "currency", (*of(ProductBought, "net"), *of(CategoryBought, "net")),
            (Worked(f"{TEA}.net", 20, "40 of b2, 20 back"), Worked(f"{DRINKS}.net", 20, "the same")),
        ),
        Metric(
            "share", "Share of a category", "What the category brought of all that the customer did.",
            "net / net of all lines", "share", of(CategoryBought, "share"),
            (Worked(f"{DRINKS}.share", 0.4, "20 of 50"),),
        ),
        Metric(
            "total", "Products of the customer", "Different products the customer bought or gave back.", "count",
            "products", of(Bought, "total"), (Worked("total", 2, "cup and tea"),),
        ),
        Metric(
            "similarity", "Likeness", "How much of their memberships two customers have in common, on average over the"
            " axes: on each axis the sum over its segments of the smaller of the two shares. Compared are those with"
            " the most dominant segments in common.", "mean over axes of sum of min(share, share)",
            "0 to 1", of(Similar, "similarity"),
            (Reckoned(_alike, "one is 0.7 regular and 0.3 frequent, the other 0.4 and 0.6; both are small", 0.85,
                      "(0.4 + 0.3 + 1) / 2"),),
            thresholds=(Threshold("candidates", CANDIDATES, "customers, at most, whose memberships are compared"),),
            source="memberships of the run that is served, or of the moment",
        ),
        Metric(
            "axes", "Axes compared", "Axes that the shop's data carries, on which customers are compared.", "count",
            "axes", of(SimilarCustomers, "axes"),
            (Worked("axes", 6, "all eight but two that half a year does not carry", LIKE_BOB),),
            source="the run that is served, or the moment",
        ),
    ),
)  # fmt: skip
