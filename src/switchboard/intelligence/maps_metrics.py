"""What the figures of the archetype map, of an archetype's trend and of segments' shapes are."""

from switchboard.intelligence.archetype_map import BEFORE_DAYS, growth
from switchboard.intelligence.archetypes_metrics import SHOP
from switchboard.intelligence.map_records import ArchetypeMap, ArchetypePoint, Placed, ShapePoint, Shapes
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Subject, Threshold, Worked, of

ONCE = "archetypes.name=One-time buyers"
TREND = Ask(SHOP, "intelligence.archetype_trend", {"archetype_id": "4feeea72"})
SHAPES = Ask(SHOP, "intelligence.axis_shapes", {"axis_name": "purchase_frequency", "uncertainty": 0})
SUBJECT = Subject(
    name="archetype_map",
    title="Map of archetypes, their trends, and shapes of segments",
    about="Archetypes side by side by size, value, growth and risk; one over time; and how far somebody belongs to"
    " the segments of an axis.",
    period="all orders up to the moment; growth from an earlier snapshot on",
    source="the segments and the churn score of all customers; snapshots of months",
    ask=Ask(SHOP, "intelligence.archetype_map"),
    thresholds=(Threshold("before_days", BEFORE_DAYS, "days that the snapshot growth is told from is old, at least"),),
    metrics=(
        Metric(
            "size", "Size on the map", "Members of an archetype, and their share of all customers.",
            "count; 100 x members / customers", "customers; per cent, 0 to 100",
            of(Placed, "member_count", "population_percent"),
            (
                Worked(f"{ONCE}.member_count", 12, "twelve ordered again, and twelve once"),
                Worked(f"{ONCE}.population_percent", 50, "100 x 12 / 24"),
            ),
        ),
        Metric(
            "value", "Value on the map", "Lifetime value of a member on average, and of all of them together.",
            "sum of lifetime values / members; sum", "currency",
            of(Placed, "average_lifetime_value", "total_revenue"),
            (
                Worked(f"{ONCE}.average_lifetime_value", 30, "one order of 30 each"),
                Worked(f"{ONCE}.total_revenue", 360, "12 x 30"),
            ),
        ),
        Metric(
            "at_risk", "Risk on the map", "Members whose risk of leaving is high or critical.",
            "count; count / members", "customers; share, 0 to 1", of(Placed, "at_risk_count", "at_risk_share"),
            (
                Worked(f"{ONCE}.at_risk_count", 0, "their only order is 21 days ago"),
                Worked(f"{ONCE}.at_risk_share", 0, "0 / 12"),
            ),
        ),
        Metric(
            "growth", "Growth on the map", "Members now against those at the last snapshot of a month that was"
            " 90 days old; null where there is none, or nobody was in it.", "members / members before - 1",
            "ratio; 0 is as many", of(Placed, "growth", "members_before"),
            (Reckoned(lambda: growth(12, 10) or 0.0, "12 members now, 10 before", 0.2, "12 / 10 - 1"),),
        ),
        Metric(
            "customers", "Customers on the map", "Customers of all archetypes.", "sum of members", "customers",
            of(ArchetypeMap, "customers"), (Worked("customers", 24, "12 + 12"),),
        ),
        Metric(
            "trend_members", "Members over time", "Members of an archetype at the last snapshot of each month.",
            "count", "customers", of(ArchetypePoint, "members"),
            (Worked("points.0.members", 12, "the twelve, at the only snapshot", TREND),),
        ),
        Metric(
            "shape", "Shape of a segment", "How far somebody who stands at a place of the axis belongs to the segment,"
            " with so much uncertainty of where they stand.",
            "(1 / ((x - anchor)^2 + e)) / sum of the same over all anchors", "axis's unit; share, 0 to 1",
            of(ShapePoint, "at", "share") + of(Shapes, "uncertainty"),
            (
                Worked("shapes.segment=regular.points.30.at", 6, "regular is written at 6 orders a year", SHAPES),
                Worked("shapes.segment=regular.points.30.share", 1, "who stands on an anchor belongs there", SHAPES),
                Worked("uncertainty", 0, "as asked", SHAPES),
            ),
        ),
    ),
)  # fmt: skip
