"""What the figures of the past are: revenue by month, trends of segments, snapshots and moves between them."""

from datetime import date

import numpy as np

from switchboard.intelligence.features import AsOf
from switchboard.intelligence.metrics import Ask, Metric, Reckoned, Subject, Worked, of
from switchboard.intelligence.months import day_number
from switchboard.intelligence.past_records import Month, Move, Movement, SnapshotShown, TrendChange, TrendPoint
from switchboard.intelligence.questions.cohorts_metrics import SHOP
from switchboard.intelligence.trends import Change, Count, Roll, movement, trend

MONTHS = Ask(SHOP, "intelligence.revenue_by_month")
ONCE = Ask(SHOP, "intelligence.segment_trends", {"axis_name": "purchase_frequency", "segment_name": "one_time"})
TWO = "a segment of 20 of 100 customers on one month's end and of 30 of 120 on the next"
MOVED = "customers 1 to 4, of whom 1 and 2 were regular, 3 and 4 occasional; later 1 is regular, 2, 3 and 5 occasional"


def _trend() -> tuple[float, Change]:
    """The share of the last point, and the change."""
    days = [day_number(date(2024, 5, 1)), day_number(date(2024, 6, 1))]
    at = [AsOf(day=day, second=day * 86_400) for day in days]
    found = trend(
        [Count(as_of=at[0], members=20, customers=100), Count(as_of=at[1], members=30, customers=120)]
    )  # fmt: skip
    assert found.change is not None
    return found.points[1].share, found.change


def _moved(what: str) -> float:
    names = ("regular", "occasional")
    before = Roll(persons=np.array([1, 2, 3, 4]), codes=np.array([0, 0, 1, 1], np.uint8), names=names)
    after = Roll(persons=np.array([1, 2, 3, 5]), codes=np.array([0, 1, 1, 1], np.uint8), names=names)
    found = movement(before, after)
    return float({"moved": found.moves[0, 1], "joined": found.joined.sum(), "left": found.left.sum()}[what])


SUBJECT = Subject(
    name="history",
    title="The past",
    about="Revenue by month; how segments grew over the snapshots that are kept, and who moved between two of them.",
    period="one snapshot, or from one to another",
    source="snapshots: month ends, and every run that is kept",
    metrics=(
        Metric(
            "net", "Net revenue of a month", "What all lines of the month brought, guests included, refunds in the"
            " month they happened.", "gross - discounts - refunds", "currency", of(Month, "net"),
            (Worked("months.month=2024-03.net", 5, "cat 10, 5 back to bob", MONTHS),),
            period="one month of the workspace's calendar", source="order lines and refunds, guests included",
        ),
        Metric(
            "orders", "Orders of a month", "Orders placed in the month, guests included.", "count", "orders",
            of(Month, "orders"),
            (Worked("months.month=2024-02.orders", 2, "c1 and a2", MONTHS),),
            period="one month of the workspace's calendar", source="order lines, guests included",
        ),
        Metric(
            "customers", "Customers of a month", "Customers who ordered in the month.", "count", "customers",
            of(Month, "customers"),
            (Worked("months.month=2024-03.customers", 1, "cat", MONTHS),),
            period="one month of the workspace's calendar", source="order lines of customers",
        ),
        Metric(
            "members", "Members of a segment", "Customers whose dominant segment it is.", "count", "customers",
            of(TrendPoint, "members"),
            (
                Worked(
                    "points.0.members", 1, "bob ordered once; ann and cat twice", ONCE,
                ),
            ),
        ),
        Metric(
            "share", "Share of a segment", "Its members of all customers.", "members / customers", "share, 0 to 1",
            of(TrendPoint, "share"),
            (
                Worked(
                    "points.0.share", 0.3333333333333333, "1 of 3", ONCE,
                ),
                Reckoned(lambda: _trend()[0], TWO, 0.25, "30 / 120"),
            ),
        ),
        Metric(
            "change_members", "Change in members", "Members at the last point less those at the first.",
            "members at the end - members at the start", "customers", of(TrendChange, "members"),
            (Reckoned(lambda: _trend()[1].members, TWO, 10, "30 - 20"),),
        ),
        Metric(
            "change_share", "Change in share", "Share at the last point less that at the first, in points.",
            "100 x (share at the end - share at the start)", "points, -100 to 100", of(TrendChange, "share_points"),
            (Reckoned(lambda: _trend()[1].share_points, TWO, 5, "25 % after 20 %"),),
        ),
        Metric(
            "change_percent", "Change in per cent", "Change in members of those at the start; null where there were"
            " none.", "100 x change / members at the start", "per cent", of(TrendChange, "percent"),
            (Reckoned(lambda: _trend()[1].percent or 0, TWO, 50, "100 x 10 / 20"),),
        ),
        Metric(
            "snapshot_customers", "Customers of a snapshot", "Customers with an order by its moment.", "count",
            "customers", of(SnapshotShown, "customers"),
            (Worked("snapshots.0.customers", 3, "ann, bob and cat", Ask(SHOP, "intelligence.snapshots")),),
        ),
        Metric(
            "moved", "Customers who moved", "Customers who were one thing at the first snapshot and another, or the"
            " same, at the second.", "count by both names", "customers", of(Move, "customers"),
            (Reckoned(lambda: _moved("moved"), MOVED, 1, "from regular to occasional: customer 2"),),
        ),
        Metric(
            "joined", "Customers who joined", "Customers of the second snapshot who are not in the first.", "count",
            "customers", of(Movement, "joined"), (Reckoned(lambda: _moved("joined"), MOVED, 1, "customer 5"),),
        ),
        Metric(
            "left", "Customers who left", "Customers of the first snapshot who are not in the second.", "count",
            "customers", of(Movement, "left"), (Reckoned(lambda: _moved("left"), MOVED, 1, "customer 4"),),
        ),
    ),
)  # fmt: skip
