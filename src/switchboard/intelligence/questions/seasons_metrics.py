"""What the figures of seasons and events are."""

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.questions.chance import LEVEL
from switchboard.intelligence.questions.peaks import LEAST_ORDERS, MOST_YEARS
from switchboard.intelligence.season_records import (
    EngagedCustomer,
    Engagement,
    Peak,
    SeasonalRecommendations,
    YearIndex,
)

AUTUMN = Shop(
    name="ann and zoe",
    about="Ann orders every thirty days, zoe four times in October.",
    sales=(
        Sale("a{n}", "ann", "2023-01-01", 10, times=12, every=30),
        Sale("z{n}", "zoe", "2023-10-05", 20, times=4, every=7),
    ),
)
TEA = Shop(
    name="tea and pumpkins",
    about="Somebody buys tea every week of a year, and ten customers bought a pumpkin last October.",
    sales=(
        Sale("e1", "eve", "2023-09-01", 10, "tea", "Drinks"),
        Sale("t{n}", "tom", "2023-10-02", 10, "tea", "Drinks", times=53, every=7),
        Sale("p{n}", "p{n}", "2023-10-02", 10, "pumpkin", "Decoration", times=10, every=2),
    ),
)
HALLOWEEN = Ask(AUTUMN, "intelligence.event_engagement", {"event": "Halloween"})
COMING = Ask(TEA, "intelligence.seasonal_recommendations", {"weeks": 4})
INSIDE = "ann on 2023-10-28, zoe on the 12th, 19th and 26th"
SUBJECT = Subject(
    name="seasons",
    title="Seasons and events",
    about="Who orders in certain days of the year, and what sells in them more than in the rest of it.",
    period="all orders up to the moment, the days inside the windows against all of them",
    source="orders and refunds of customers; guests are left out of customers' figures",
    ask=HALLOWEEN,
    thresholds=(Threshold("level", LEVEL, "probability below which something is not called chance"),),
    metrics=(
        Metric(
            "orders_inside", "Orders inside", "Orders placed in the days asked about.",
            "count of orders in the windows", "orders", of(Engagement, "orders_inside") + of(EngagedCustomer,
            "orders_inside"),
            (Worked("orders_inside", 4, INSIDE),),
        ),
        Metric(
            "orders", "Orders", "All orders, of the shop's customers or of one.", "count of orders", "orders",
            of(Engagement, "orders") + of(EngagedCustomer, "orders"), (Worked("orders", 16, "12 of ann, 4 of zoe"),),
        ),
        Metric(
            "share", "Share inside", "Of the orders, those inside.", "orders inside / orders", "share, 0 to 1",
            of(Engagement, "shop_share") + of(EngagedCustomer, "share"),
            (Worked("shop_share", 0.25, "4 of 16"), Worked("customers.customer_id=zoe.share", 0.75, "3 of 4")),
        ),
        Metric(
            "days_share", "Share of the days", "Of the days of the history, those inside.",
            "days in the windows / days from the first order to the last day seen", "share, 0 to 1",
            of(Engagement, "days_share"),
            (Worked("days_share", 22 / 331, "22 days, 2023-10-10 to 10-31, of the 331 from 01-01 to 11-27"),),
        ),
        Metric(
            "index", "Index of the days", "How many times as many orders a day has inside as a usual one.",
            "share inside / share of the days", "times", of(Engagement, "index"),
            (Worked("index", 0.25 / (22 / 331), "0.25 / (22 / 331)"),),
        ),
        Metric(
            "net_inside", "Net inside", "Spent in the days asked about, refunds in the days they happened.",
            "net of the lines in the windows", "currency",
            of(Engagement, "net_inside") + of(EngagedCustomer, "net_inside"),
            (Worked("net_inside", 70, "10 of ann and 3 x 20 of zoe"),),
        ),
        Metric(
            "net_share", "Share of the net", "Of the net of all customers, that inside.", "net inside / net",
            "share, 0 to 1", of(Engagement, "net_share"), (Worked("net_share", 0.35, "70 of 120 + 80"),),
        ),
        Metric(
            "engaged", "Engaged customers", "Customers with an order inside.", "count", "customers",
            of(Engagement, "engaged"), (Worked("engaged", 2, "ann and zoe"),),
        ),
        Metric(
            "engaged_share", "Share engaged", "Of all customers, those with an order inside.", "engaged / customers",
            "share, 0 to 1", of(Engagement, "engaged_share"), (Worked("engaged_share", 1, "2 of 2"),),
        ),
        Metric(
            "expected_share", "Expected share", "Of the shop's orders since a customer's first one, those inside.",
            "orders inside / orders, from the day of the first order on", "share, 0 to 1",
            of(EngagedCustomer, "expected_share"),
            (Worked("customers.customer_id=zoe.expected_share", 4 / 6,
            "since 2023-10-05 six orders, four of them inside"),),
        ),
        Metric(
            "p_value", "Chance of as many", "How likely a customer has as many orders inside, or more, if each falls"
            " inside with the expected share, to four digits.",
            "upper tail of the binomial distribution", "probability", of(EngagedCustomer, "p_value"),
            (Worked("customers.customer_id=zoe.p_value", 16 / 27, "3 or 4 of 4 at 2/3: 32/81 + 16/81", to=1e-3),),
        ),
        Metric(
            "clustered", "Clustered customers", "Customers with enough orders whose orders inside are more than chance"
            " brings.",
            "count of customers whose chance is at most the level", "customers", of(Engagement, "clustered"),
            (Worked("clustered", 0, "chance brings 3 of zoe's 4 in 59 % of cases, and ann's 1 of 12 in 97 %"),),
        ),
        Metric(
            "judged", "Customers judged", "Customers with as many orders as is asked for, who could have ordered inside"
            " and outside.",
            "count", "customers", of(Engagement, "judged"), (Worked("judged", 2,
            "12 and 4 orders, at least 3 are asked for"),),
        ),
        Metric(
            "chance_share", "Share by chance", "Of those judged, whom the test would find if orders fell by chance.",
            "mean over those judged of the highest chance up to the level that their number of orders can have",
            "share, 0 to 1", of(Engagement, "chance_share"),
            (Worked("chance_share", 0.014252781867980957 / 2, "7 or more of ann's 12 at 0.25; none of zoe's 4 can",
            to=1e-6),),
        ),
        Metric(
            "peak_orders_then", "Orders of the weeks", "Orders with the product in the same weeks of the years before.",
            "count", "orders", of(Peak, "orders_then") + of(YearIndex, "orders"),
            (Worked("peaks.0.orders_then", 10, "ten pumpkins from 2023-10-01 to 10-28", COMING),),
            period=f"the coming weeks in each whole year before, {MOST_YEARS} at most",
        ),
        Metric(
            "peak_orders", "Orders of the years", "Orders with the product in the whole years looked at.", "count",
            "orders", of(Peak, "orders"), (Worked("peaks.0.orders", 10, "ten pumpkins", COMING),),
            period=f"whole years before the moment, {MOST_YEARS} at most",
        ),
        Metric(
            "peak_index", "Seasonal index", "How many times its usual share of the orders a product has in the weeks.",
            "(its orders in the weeks / the shop's in them) / (its orders / the shop's, of the years)", "times",
            of(Peak, "index") + of(YearIndex, "index"),
            (Worked("peaks.0.index", 4.5, "(10 / 14) / (10 / 63)", COMING),),
            period=f"whole years before the moment, {MOST_YEARS} at most",
            thresholds=(Threshold("least_orders", LEAST_ORDERS, "orders in the weeks from which something is tested"),),
        ),
        Metric(
            "peak_p_value", "Chance of a peak", "How likely chance brings so many of a product's orders into the weeks,"
            " times the number tested.",
            "upper tail of the hypergeometric distribution x tested", "probability", of(Peak, "p_value"),
            (Worked("peaks.0.p_value", 1001 / 127_805_525_001, "(14 over 10) / (63 over 10)", COMING),),
        ),
        Metric(
            "peak_customers", "Buyers of a peak", "Customers who bought it in the same weeks of a year before.",
            "count", "customers", of(Peak, "customers"), (Worked("peaks.0.customers", 10, "p1 to p10", COMING),),
        ),
        Metric(
            "shop_index", "Index of the coming weeks",
            "How many times as many orders a day the weeks had as a usual day.",
            "(orders in the weeks / their days) / (orders of the years / their days)", "times",
            of(SeasonalRecommendations, "shop_index"),
            (Worked("shop_index", (14 / 28) / (63 / 366), "(14 / 28) / (63 / 366)", COMING),),
        ),
        Metric(
            "tested", "Tested", "Products or categories with orders enough in the weeks to be tested.", "count",
            "products or categories", of(SeasonalRecommendations, "tested"),
            (Worked("tested", 1, "pumpkins; tea has 4 orders in the weeks", COMING),),
        ),
        Metric(
            "years", "Years looked at", "Whole years before the moment that the indices are from.", "count", "years",
            of(SeasonalRecommendations, "years"),
            (Worked("years", 1, "from 2023-10-01; orders begin on 2023-09-01", COMING),),
        ),
    ),
)  # fmt: skip
