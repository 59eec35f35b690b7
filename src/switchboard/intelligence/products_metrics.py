"""What the figures of recommended products are."""

import numpy as np

from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.predictions.special import Numbers, sigmoid
from switchboard.intelligence.products.candidates import INPUTS, Candidates, Owned
from switchboard.intelligence.products.ranking import FEWEST_CUSTOMERS, FEWEST_DAYS, FEWEST_PRODUCTS, Lesson, hit_rate
from switchboard.intelligence.products.shelf import WINDOW
from switchboard.intelligence.recommendation_records import (
    ProductFavoured,
    ProductRecommended,
    ProductsForCustomer,
    ProductsForGroup,
    RecommendationQuality,
)

SHOP = Shop(
    name="twenty products in turn",
    about="240 customers, c1 to c120 and d1 to d120, a new one of each every day; each buys p0 first, p1 five days"
    " later, and so on. The last one gives p19 back.",
    sales=(
        *(
            Sale(f"{who}{at}-{{n}}", f"{who}{{n}}", f"{np.datetime64('2024-01-01') + 5 * at}", 10, f"p{at}", times=120)
            for who in "cd"
            for at in range(20)
        ),
        Sale("r1", "c120", "2024-08-02T18:00", 10, "p19", quantity=-1),
    ),
)
FOR_LAST = Ask(SHOP, "intelligence.recommend_products", {"customer_id": "c120", "limit": 50})
EVER = Ask(SHOP, "intelligence.recommend_products",
           {"customer_id": "c120", "limit": 50, "sold_within_days": 365})  # fmt: skip
FOR_ALL = Ask(SHOP, "intelligence.recommend_products_for_group", {"limit": 50, "sold_within_days": 365})


def _rate(score: Numbers) -> float:
    """The hit rate of two customers with eleven candidates each, of which the first bought 0 and the other 10."""
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    owned = Owned(customer=none, place=none, times=nothing, faded=nothing, first=none, last=none, since=nothing,
                  span=nothing, newest=nothing, orders=np.ones(2, np.int64))  # fmt: skip
    place = np.tile(np.arange(11), 2)
    of_two = Candidates(
        customer=np.repeat([0, 1], 11), place=place, inputs=np.zeros((22, len(INPUTS)), np.float32),
        owned=np.full(22, -1), of=owned,
    )  # fmt: skip
    bought = place == np.repeat([0, 10], 11)
    return hit_rate(Lesson(of=of_two, bought=bought), score)


RATE = Reckoned(
    lambda: _rate(-np.tile(np.arange(11.0), 2)), "Two customers, eleven candidates each, of which ten are told",
    0.5, "the first bought the one told first, the other the one that is not told",
)  # fmt: skip
SUBJECT = Subject(
    name="products_next",
    title="Recommended products",
    about="What a customer, or the customers of a group, are likely to buy next.",
    period=f"purchases of two years; the model learns from the last {2 * WINDOW} days",
    source="order lines that name a product; a spline-logistic regression and trees, fitted on the shop",
    ask=FOR_LAST,
    thresholds=(
        Threshold("fewest_customers", FEWEST_CUSTOMERS, f"customers in {2 * WINDOW} days, from which one can learn"),
        Threshold("fewest_products", FEWEST_PRODUCTS, "products sold, from which one can learn"),
        Threshold("fewest_days", FEWEST_DAYS, "days of history, from which one can learn"),
    ),
    metrics=(
        Metric(
            "probability", "Probability of a product", f"Of buying the product within {WINDOW} days, for a customer who"
            " orders within them; of a group the mean of its customers.",
            "1 / (1 + exp(-log-odds)), the log-odds learned on earlier windows of the shop, at the level of the last",
            "probability", of(ProductRecommended, "probability") + of(ProductFavoured, "probability",
            "shop_probability"),
            (
                Reckoned(lambda: float(sigmoid(np.array([-np.log(3)]))[0]), "Log-odds of -1.0986", 0.25,
                         "the odds are 1 to 3"),
                Worked("recommendations.0.probability", "recommendations.0.shop_probability",
                       "the group is the whole shop", FOR_ALL),
            ),
        ),
        Metric(
            "lift", "Lift of a product", "How many times as likely the group's customers buy it as all customers.",
            "probability of the group / that of the shop", "times", of(ProductFavoured, "lift"),
            (Worked("recommendations.0.lift", 1, "the group is the whole shop", FOR_ALL),),
        ),
        Metric(
            "times_bought", "Times bought", "Orders of the customer in the last two years that have the product.",
            "count of orders", "orders", of(ProductRecommended, "times_bought"),
            (Worked("recommendations.product_id=p0.times_bought", 1, "c120 bought p0 once, on 2024-04-29", EVER),),
        ),
        Metric(
            "bought_share", "Share who bought it",
            "Of the group's customers, or all, those who bought it in two years.",
            "customers who bought it / customers", "share, 0 to 1",
            of(ProductFavoured, "bought_share", "shop_bought_share"),
            (Worked("recommendations.product_id=p0.bought_share", 1, "all 240 bought p0", FOR_ALL),),
        ),
        Metric(
            "returned_left_out", "Returned, left out", "Products they gave back and did not buy again.", "count",
            "products", of(ProductsForCustomer, "returned_left_out"),
            (Worked("returned_left_out", 1, "c120 gave p19 back"),),
        ),
        Metric(
            "unsold_left_out", "Sold no more, left out", "Products nobody has bought in the days asked about.", "count",
            "products", of(ProductsForCustomer, "unsold_left_out"),
            (Worked("unsold_left_out", 2, "p0 was sold last on 2024-04-29 and p1 on 05-04; 90 days ago was 05-05"),),
        ),
        Metric(
            "group_customers", "Customers looked at", "Customers of the group with purchases of products in two years,"
            " 500 drawn at most.",
            "count", "customers", of(ProductsForGroup, "customers"), (Worked("customers", 240, "2 x 120", FOR_ALL),),
        ),
        Metric(
            "hit_rate", "Hit rate at ten",
            f"Of customers who ordered in the last {WINDOW} days, the share who bought at"
            " least one of ten products told, by what was known before.",
            "customers with a hit / customers", "share, 0 to 1",
            of(RecommendationQuality, "hit_rate", "hit_rate_of_popular", "hit_rate_of_bought"), (RATE,),
        ),
        Metric(
            "quality_customers", "Customers it was tried on",
            f"Who had bought before the last {WINDOW} days and ordered"
            " in them, a thousand at most.",
            "count", "customers", of(RecommendationQuality, "customers"),
            (Worked("quality.customers", 60, "c91 to c120 and d91 to d120 ordered from 2024-07-04 on"),),
        ),
    ),
)  # fmt: skip
