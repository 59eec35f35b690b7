"""What the figures of groups and of their comparison are."""

from switchboard.intelligence.group_records import (
    Behaviour,
    Bought,
    Comparison,
    Difference,
    FeatureMean,
)
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Worked, of

SHOP = Shop(
    name="one of two",
    about="Ann ordered once, Bob three times.",
    sales=(
        Sale("b1", "bob", "2024-01-01", 10, "tea", "Drinks"),
        Sale("b2", "bob", "2024-01-11", 10, "cup", "Ware"),
        Sale("a1", "ann", "2024-01-20", 20, "tea", "Drinks"),
        Sale("b3", "bob", "2024-01-21", 10, "cup", "Ware"),
    ),
)
ONCE = {"axis_name": "purchase_frequency", "segment_name": "one_time"}
COMPARED = Ask(SHOP, "intelligence.compare_groups", {"one": dict(ONCE), "other": {}})
SUBJECT = Subject(
    name="groups",
    title="Behaviour of groups, and groups compared",
    about="How the customers of an archetype, of a segment or of the whole shop buy, against all customers.",
    period="all orders up to the moment",
    source="orders and refunds of customers; guests are left out",
    ask=Ask(SHOP, "intelligence.group_behaviour", dict(ONCE)),
    metrics=(
        Metric(
            "customers", "Customers of the group", "Customers who are in it.", "count", "customers",
            of(Behaviour, "customers"), (Worked("customers", 1, "ann"),),
        ),
        Metric(
            "share", "Share of the group", "Of all customers.", "customers of the group / customers", "share, 0 to 1",
            of(Behaviour, "share"), (Worked("share", 0.5, "1 of 2"),),
        ),
        Metric(
            "total_value", "Value of the group", "Lifetime value of its customers together.", "sum of lifetime values",
            "currency", of(Behaviour, "total_value"), (Worked("total_value", 20, "ann's order"),),
        ),
        Metric(
            "value_share", "Share of the group in value", "Of the lifetime value of all customers.",
            "value of the group / value of all", "share", of(Behaviour, "value_share"),
            (Worked("value_share", 0.4, "20 / (20 + 30)"),),
        ),
        Metric(
            "mean", "Mean of a feature", "Mean over the group's customers who have the figure, and over all"
            " customers.",
            "sum / customers who have it", "the feature's unit", of(FeatureMean, "mean", "shop_mean"),
            (
                Worked("features.feature=lifetime_value.mean", 20, "ann"),
                Worked("features.feature=lifetime_value.shop_mean", 25, "(20 + 30) / 2"),
            ),
        ),
        Metric(
            "lift", "Lift of a feature", "The group's mean against the shop's.", "mean / shop_mean",
            "ratio; 1 is as all",
            of(FeatureMean, "lift"), (Worked("features.feature=lifetime_value.lift", 0.8, "20 / 25"),),
        ),
        Metric(
            "bought_net", "Spent on a product", "What the group's customers spent on a product or category, less"
            " discounts and refunds.", "gross - discounts - refunds", "currency", of(Bought, "net"),
            (Worked("products.product_id=tea.net", 20, "ann's tea"),),
        ),
        Metric(
            "bought_lines", "Lines of a product", "Their order lines of it; quantities are not looked at.", "count",
            "lines", of(Bought, "lines"), (Worked("products.product_id=tea.lines", 1, "ann's one line"),),
        ),
        Metric(
            "bought_share", "Share of a product", "Of the net of all products, or of all categories: of the group,"
            " and of all customers.", "net of it / net of all", "share", of(Bought, "share", "shop_share"),
            (
                Worked("products.product_id=tea.share", 1, "all that ann bought"),
                Worked("products.product_id=tea.shop_share", 0.6, "(20 + 10) / 50"),
            ),
        ),
        Metric(
            "bought_lift", "Preference for a product", "The group's share of it against the shop's.",
            "share / shop_share", "ratio; 1 is as all", of(Bought, "lift"),
            (Worked("products.product_id=tea.lift", 1.6666666666666667, "1 / 0.6"),),
        ),
        Metric(
            "in_both", "Customers of both", "Customers who are in both groups that are compared.", "count",
            "customers",
            of(Comparison, "in_both"), (Worked("in_both", 1, "ann is in her segment and in the shop", COMPARED),),
        ),
        Metric(
            "difference", "Difference of two groups", "The means of a feature in both groups, side by side.",
            "sum / customers who have it", "the feature's unit", of(Difference, "one", "other"),
            (
                Worked("differences.feature=lifetime_value.one", 20, "ann", COMPARED),
                Worked("differences.feature=lifetime_value.other", 25, "(20 + 30) / 2", COMPARED),
            ),
        ),
        Metric(
            "ratio", "Ratio of two groups", "The one's mean against the other's; null where that is 0 or not known.",
            "one / other", "ratio", of(Difference, "ratio"),
            (Worked("differences.feature=lifetime_value.ratio", 0.8, "20 / 25", COMPARED),),
        ),
    ),
)  # fmt: skip
