"""What the figures of data health are."""

from switchboard.intelligence.health import MANY_GUESTS
from switchboard.intelligence.metrics import Ask, Metric, Subject, Threshold, Worked, of
from switchboard.intelligence.questions.selling_metrics import SHOP
from switchboard.intelligence.shop_records import DataHealth

SUBJECT = Subject(
    name="data_health",
    title="Data health",
    about="How much there is to work with, and how much of it belongs to nobody.",
    period="all orders up to the moment",
    source="order lines and refunds, guests included",
    ask=Ask(SHOP, "intelligence.data_health"),
    metrics=(
        Metric(
            "customers", "Customers", "Customers with an order.", "count", "customers", of(DataHealth, "customers"),
            (Worked("customers", 3, "ann, bob and cat; the guest is nobody"),),
        ),
        Metric(
            "orders", "Orders", "Orders of customers: documents with a line of positive gross.", "count", "orders",
            of(DataHealth, "orders"), (Worked("orders", 7, "a1, a2, a3, b1, b2, c1, x1; r1 is a return"),),
        ),
        Metric(
            "history_days", "History", "Days since the first order of a customer.", "as_of - day of the first order",
            "days", of(DataHealth, "history_days"), (Worked("history_days", 182, "2024-01-01 to 2024-07-01"),),
        ),
        Metric(
            "guest_share", "Share of guests", "Net of lines without a customer of all net.",
            "net of guests / net, between 0 and 1", "share, 0 to 1", of(DataHealth, "guest_share"),
            (Worked("guest_share", 0.08064516129032258, "10 of tea 59, cups 60 and the bag 5: 10 / 124"),),
            thresholds=(Threshold("many_guests", MANY_GUESTS, "the share beyond which it is told as a lack"),),
        ),
    ),
)  # fmt: skip
