"""Which charts there are: each of what one operation answers."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from switchboard.foundation.charts import Definition
from switchboard.foundation.errors import NotFound
from switchboard.intelligence.charts import (
    ahead,
    attention,
    cohorts,
    customers,
    groups,
    maps,
    months,
    people,
    predictions,
    products,
    standing,
)
from switchboard.intelligence.charts.parts import LINE, says_why, wrapped

WIDE, MARGINS = 720, 30  # points
MOST_TOLD = 4  # lines
TITLE, BELOW = 32, 6  # points of height that a title takes, and what is below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a chart is drawn into: so many points wide, days in this zone; `beside` is what else was asked for it."""

    width: int
    zone: ZoneInfo
    beside: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart: `draw` gives its definition from what the operation answered.

    `beside` is a second operation whose answer is shown with it,
    asked for the same moment. A picture that stands alone
    says below its title what its marks are (`key`), or all that it shows in words (`is_told`).
    """

    title: str
    operation: str
    draw: Callable[[Any, Frame], Definition]
    beside: str | None = None
    is_told: bool = False
    key: str = ""

    def titled(self, definition: Definition, width: int) -> Definition:
        """The chart with its title, for where it stands alone; below it what it shows, where the picture says less."""
        title: dict[str, object] = {"text": self.title}
        said = "" if says_why(definition) else str(definition["description"]) if self.is_told else self.key
        lines = wrapped(said, width - MARGINS, MOST_TOLD) if said else []
        if lines:
            title["subtitle"] = lines
        taken = TITLE + (BELOW + LINE * len(lines) if lines else 0)
        return {**definition, "title": title, "height": float(str(definition["height"])) + taken}


def _of(title: str, operation: str, draw: Callable[..., Definition], *, is_told: bool = False, key: str = "") -> Chart:
    """A chart that needs to know nothing but its width."""
    return Chart(
        title=title, operation=f"intelligence.{operation}", is_told=is_told, key=key,
        draw=lambda answer, frame: draw(answer, width=frame.width),
    )  # fmt: skip


CHARTS: Mapping[str, Chart] = {
    "revenue_by_month": Chart(
        title="Revenue by month",
        operation="intelligence.revenue_by_month",
        draw=lambda answer, frame: months.revenue_by_month(answer, frame.zone, width=frame.width),
    ),
    "revenue_forecast": Chart(
        title="Revenue forecast",
        operation="intelligence.revenue_forecast",
        draw=lambda answer, frame: months.revenue_forecast(answer, frame.beside, width=frame.width),
        beside="intelligence.revenue_by_month",
        is_told=True,
    ),
    "growth_projection": _of("Growth of the customer base", "growth_projection", months.growth, is_told=True),
    "archetypes": _of(
        "Archetypes by members",
        "top_archetypes",
        groups.archetypes,
        key="Members, and their share of all",
    ),
    "archetype_map": _of("Map of archetypes", "archetype_map", maps.archetype_map, is_told=True),
    "archetype_trend": _of("Trend of an archetype", "archetype_trend", maps.archetype_trend, is_told=True),
    "axis_shapes": _of("Shapes of segments", "axis_shapes", maps.axis_shapes, is_told=True),
    "archetype_growth": _of(
        "Growth of archetypes",
        "archetype_growth",
        groups.archetype_growth,
        key="Diamond: now; point: expected; line: four of five cases",
    ),
    "segment_trend": _of("Trend of a segment", "segment_trends", groups.segment_trend),
    "group": _of("A group against the shop", "group_behaviour", groups.behaviour),
    "comparison": _of("Two groups compared", "compare_groups", groups.comparison),
    "targets": _of(
        "Whom to address",
        "recommend_segments",
        groups.targets,
        key="Thick bar: members; thin bar: who of them qualifies",
    ),
    "churn": _of(
        "Customers by risk of leaving", "churn_aggregate", customers.churn_levels, key="Customers, and their share"
    ),
    "rfm": _of("RFM", "rfm", customers.rfm, key="Customers of each field"),
    "cohort_retention": _of(
        "Retention of cohorts", "cohorts", cohorts.retention, key="Share of the customers of a month who ordered again"
    ),
    "cohort_revenue": _of("Value of cohorts", "cohorts", cohorts.revenue, key="What a customer brought so far"),
    "one_time_buyers": _of(
        "One-time buyers", "one_time_buyers", customers.one_time_buyers, key="Customers, and what they brought"
    ),
    "discount_dependency": _of(
        "Discount dependency",
        "discount_dependency",
        customers.discount_dependency,
        key="Customers by the share of what they buy that has a discount",
    ),
    "momentum": _of(
        "Momentum", "momentum", customers.momentum, key="Net of 90 days; thick bar: now; thin bar: the 90 days before"
    ),
    "declining": _of(
        "Declining customers",
        "declining_engagement",
        customers.declining,
        key="Net of 90 days; thick bar: now; thin bar: the 90 days before",
    ),
    "business_buyers": _of("Business buyers", "business_buyers", customers.business_buyers),
    "high_value": _of(
        "Value by tier", "high_value_customers", customers.high_value, key="Lifetime value; share of that of all"
    ),
    "win_back": _of(
        "Customers to win back",
        "win_back",
        customers.win_back,
        key="Expected loss in a year; days since the last order",
    ),
    "retention_plan": _of(
        "Retention plan", "retention_plan", customers.retention_plan, key="Customers, and what they brought in a year"
    ),
    "affinity": _of(
        "Bought together", "product_affinity", products.affinity, key="How many times as often as by chance"
    ),
    "category_trends": _of(
        "Category trends",
        "category_trends",
        products.category_trends,
        key="Net; thick bar: now; thin bar: as many months before",
    ),
    "product_performance": _of(
        "Product performance",
        "product_performance",
        products.product_performance,
        key="Net; share of buyers who bought it again; share that came back",
    ),
    "lifetime_value": _of("Lifetime value ahead", "ltv_forecast", predictions.lifetime_value, is_told=True),
    "next_purchase": _of("Next purchase", "next_purchase", predictions.next_purchase, is_told=True),
    "churn_factors": _of("Why a customer may leave", "churn_risk", predictions.churn_factors, is_told=True),
    "calibration": _of("Do probabilities come true?", "prediction_quality", predictions.calibration, is_told=True),
    "products_for_customer": _of(
        "Products for a customer", "recommend_products", ahead.products_for_customer, key="Probability of buying it"
    ),
    "products_for_group": _of(
        "Products for a group",
        "recommend_products_for_group",
        ahead.products_for_group,
        key="Probability of buying it; thick bar: the group; thin bar: the shop",
    ),
    "coming_weeks": _of(
        "What sells in the coming weeks",
        "seasonal_recommendations",
        ahead.coming_weeks,
        key="Times its usual share; customers who bought it then",
    ),
    "season": _of("Customers of a season", "seasonal_engagement", ahead.engagement, is_told=True),
    "event": _of("Customers of an event", "event_engagement", ahead.engagement, is_told=True),
    "subscription_conversion": _of("Who may subscribe", "subscription_conversion", ahead.outlooks, is_told=True),
    "cancellation_risk": _of("Who may cancel", "cancellation_risk", ahead.outlooks, is_told=True),
    "payment_failure_risk": _of("Whose payment may fail", "payment_failure_risk", ahead.outlooks, is_told=True),
    "memberships": _of("Where a customer stands", "profile", people.memberships, is_told=True),
    "orders": _of("A customer's orders", "orders", people.orders, key="Net of discounts and refunds, newest first"),
    "bought": _of("What a customer bought", "bought", people.bought, key="Net; orders that have it"),
    "similar_customers": _of(
        "Similar customers", "similar_customers", people.similar, key="What their memberships have in common"
    ),
    "found": _of("Customers found", "search", people.found, key="Lifetime value; days since the last order"),
    "campaign_customers": _of(
        "Customers for a campaign", "recommend_customers", people.addressed, key="Lifetime value, the best first"
    ),
    "axes": _of("Axes and segments", "axes", standing.axes, key="Customers of each segment; the darker, the more"),
    "data_health": _of("Data health", "data_health", standing.data_health, is_told=True),
    "snapshots": _of("Snapshots", "snapshots", standing.snapshots, key="Customers, newest first"),
    "movement": _of("Who moved", "movement", standing.movement, is_told=True),
    "settings_preview": _of(
        "What other settings change",
        "preview_settings",
        standing.preview,
        key="Customers; thick bar: with these settings; thin bar: now",
    ),
    "insights": _of("What needs attention", "insights", attention.insights, key="Money at stake"),
}


def chart_named(name: str) -> Chart:
    """The chart of this name; raise NotFound with the nearest ones."""
    if name not in CHARTS:
        near = difflib.get_close_matches(name, CHARTS, 3, 0.4) or list(CHARTS)
        raise NotFound(f"there is no chart {name[:100]!r}; there are {', '.join(near)}; intelligence.charts lists them")
    return CHARTS[name]


def charts_of(operation: str) -> tuple[str, ...]:
    """The names of an operation's charts, the usual one first."""
    return tuple(name for name, chart in CHARTS.items() if chart.operation == operation)
