"""What the features of a customer are: the table of `features`, with a customer worked out by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from switchboard.intelligence.features import FEATURES, MONEY, AsOf, Feature, measured
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Sale, Shop, Subject, Worked, of
from switchboard.intelligence.months import day_number
from switchboard.intelligence.records import Customer, Metrics, Profile
from switchboard.intelligence.sums import UNKNOWN

SHOP = Shop(
    name="three orders",
    about="Three orders over 320 days and a refund; the third order is of something without a product or a category.",
    sales=(
        Sale("o1", "ann", "2023-01-01", 10, "tea", "Drinks", quantity=2),
        Sale("o1", "ann", "2023-01-01", 20, "cup", "Ware"),
        Sale("o2", "ann", "2023-10-28", 40, "tea", "Drinks", discount=20),
        Sale("o2", "ann", "2023-10-28", 20, "pot", "Ware"),
        Sale("o3", "ann", "2023-11-17", 100),
        Sale("r1", "ann", "2023-12-17", 5, "tea", "Drinks", quantity=-1),
        Sale("x1", "bob", "2024-02-04", 1, "tea", "Drinks"),
    ),
)
ASK = Ask(SHOP, "intelligence.profile", {"customer_id": "ann"})
DAY = day_number(SHOP.as_of)
SEVEN = 1e-5  # figures are kept with seven digits, money with four places


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a feature of ann is, and how it comes about."""

    value: float
    how: str


WORKED: Mapping[str, _Shown] = {
    "orders": _Shown(3, "o1, o2, o3; a return is no order"),
    "orders_365": _Shown(2, "o2 and o3; 2023-02-05 is 365 days ago"),
    "orders_90": _Shown(1, "o3; 2023-11-07 is 90 days ago"),
    "pace": _Shown(2, "365 x 2 / 365: the tenure of 400 days counts as 365"),
    "tenure_days": _Shown(400, "2023-01-01 to 2024-02-05"),
    "recency_days": _Shown(80, "2023-11-17 to 2024-02-05"),
    "first_order_day": _Shown(19_358, "2023-01-01"),
    "last_order_day": _Shown(19_678, "2023-11-17"),
    "gross": _Shown(200, "20 + 20 + 40 + 20 + 100"),
    "discount": _Shown(20, "that of o2's tea"),
    "order_net": _Shown(180, "200 - 20"),
    "discounted_net": _Shown(20, "o2's tea: 40 - 20"),
    "refund": _Shown(5, "r1"),
    "refunded_orders": _Shown(1, "r1 is the one document with a refund"),
    "lifetime_value": _Shown(175, "200 - 20 - 5"),
    "net_365": _Shown(135, "o2 20 + 20, o3 100, 5 back"),
    "net_90": _Shown(95, "o3 100, 5 back"),
    "average_order_value": _Shown(58.333333333333336, "175 / 3"),
    "basket_value": _Shown(60, "180 / 3"),
    "largest_order": _Shown(100, "o3"),
    "gaps": _Shown(2, "o1 to o2, o2 to o3"),
    "gap_mean": _Shown(160, "(300 + 20) / 2"),
    "gap_deviation": _Shown(197.98989873223332, "300 and 20 lie 140 from 160: the root of (140^2 + 140^2) / (2 - 1)"),
    "products": _Shown(3, "tea, cup, pot"),
    "lines_per_order": _Shown(1.3333333333333333, "tea and cup, tea and pot: 4 / 3"),
    "later_lines": _Shown(2, "tea and pot in o2"),
    "repeat_lines": _Shown(1, "tea in o2, known from o1"),
    "repeat_share": _Shown(0.5, "1 / 2"),
    "categories": _Shown(2, "Drinks and Ware"),
    "top_category_share": _Shown(0.5, "Drinks 20 + 20 of 80"),
    "category_entropy": _Shown(0.6931471805599453, "two halves: -2 x 0.5 x ln 0.5"),
    "discount_share": _Shown(0.1, "20 / 200"),
    "deal_share": _Shown(0.1111111111111111, "20 / 180"),
    "return_share": _Shown(0.025, "5 / 200"),
}
SHOWN_IN: Mapping[str, str] = {
    "lifetime_value": "lifetime_value",
    "average_order_value": "average_order_value",
    "orders": "total_orders",
    "recency_days": "days_since_last_purchase",
    "tenure_days": "tenure_days",
}
"""Features that profiles and lists show among their metrics, too."""
OF_LISTS = ("lifetime_value", "days_since_last_purchase")


def _metric(feature: Feature) -> Metric:
    metrics, name = SHOWN_IN.get(feature.name), feature.name
    shown = of(Profile, "features") + (of(Metrics, metrics) if metrics else ())
    return Metric(
        name, feature.meaning, f"{feature.meaning}, of one customer.", feature.definition, feature.unit,
        shown + (of(Customer, metrics) if metrics in OF_LISTS else ()), tuple(_worked(feature)), period=feature.period,
    )  # fmt: skip


def _worked(feature: Feature) -> list[Worked | Reckoned]:
    name, shown = feature.name, WORKED[feature.name]
    if not feature.axes:  # of files and of averages alone
        return [Reckoned(lambda: _measured(name), f"{name} of ann of the shop {SHOP.name}", shown.value, shown.how)]
    found: list[Worked | Reckoned] = [Worked(f"features.{feature.axes[0]}.{name}", shown.value, shown.how, to=SEVEN)]
    if name in SHOWN_IN:
        found.append(Worked(f"metrics.{SHOWN_IN[name]}", f"features.{feature.axes[0]}.{name}", "the same", to=SEVEN))
    return found


def _measured(name: str) -> float:
    """A feature of ann, measured on her orders."""
    sales = [sale for sale in SHOP.sales if sale.customer == "ann"]
    documents, products = sorted({sale.order for sale in sales}), ["tea", "cup", "pot"]
    day = [day_number(sale.moments[0].date()) for sale in sales]
    columns = {
        "person": [1] * len(sales),
        "document": [documents.index(sale.order) for sale in sales],
        "day": day,
        "second": [86_400 * each for each in day],
        "product": [products.index(sale.product) if sale.product else UNKNOWN for sale in sales],
        "category": [UNKNOWN] * len(sales),
        "gross": [round(MONEY * max(sale.quantity, 0) * sale.price) for sale in sales],
        "discount": [round(MONEY * (sale.discount or 0)) for sale in sales],
        "refund": [round(MONEY * max(-sale.quantity, 0) * sale.price) for sale in sales],
    }
    lines = {column: np.array(values, np.int64) for column, values in columns.items()}
    return float(measured(lines, AsOf(day=DAY, second=DAY * 86_400))[name][0])


SUBJECT = Subject(
    name="features",
    title="Features of a customer",
    about="The figures that everything else is worked out from; profiles show them under the axes that use them.",
    period="all orders up to the moment",
    source="order lines and refunds of the customer",
    ask=ASK,
    metrics=tuple(_metric(feature) for feature in FEATURES.values()),
)
