"""One customer's orders on a line of time, drawn in the page itself: everything in per cent of its width and height."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from switchboard.customers.profiles import Order
from switchboard.intelligence.months import following
from switchboard.intelligence.records import NextPurchase

BASE, HIGHEST = 74.0, 68.0  # per cent: where columns stand, and how high the largest is
LEAST_HIGH = 5.0
LABELS = 4  # of the line of time, so that they fit a telephone
EDGE = 1.5  # per cent left free on both sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An order: where it stands, how high it is, and what it was; `is_back` for documents of refunds alone."""

    order: Order
    at: float
    top: float
    high: float
    is_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The days between which four of five next purchases lie, and the expected one."""

    at: float
    wide: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The line: its columns, days that are named on it, the present, and what is ahead."""

    columns: tuple[Column, ...]
    labels: tuple[tuple[float, date], ...]
    now: float
    ahead: Ahead | None


def timeline(orders: Sequence[Order], as_of: datetime, coming: NextPurchase | None, zone: ZoneInfo) -> Timeline | None:
    """The orders with the next purchase; None without orders."""
    if not orders:
        return None
    today = as_of.astimezone(zone).date()
    first = min(each.placed_at for each in orders).astimezone(zone).date()
    window = coming.window if coming else None
    last = max(today, window.to if window else today)
    scale = _Scale(first=first, days=max((last - first).days, 1))
    most = max((each.total for each in orders), default=0.0)
    ahead = None
    if window and coming and coming.expected_date:
        ahead = Ahead(
            at=scale.at(window.since), wide=max(scale.at(window.to) - scale.at(window.since), 0.6),
            expected=scale.at(coming.expected_date),
        )  # fmt: skip
    return Timeline(
        columns=tuple(_column(each, scale.at(each.placed_at.astimezone(zone).date()), most) for each in orders),
        labels=tuple((scale.at(day), day) for day in _named(first, last)),
        now=scale.at(today),
        ahead=ahead,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    first: date
    days: int

    def at(self, day: date) -> float:
        return round(EDGE + (100 - 2 * EDGE) * (day - self.first).days / self.days, 2)


def _column(order: Order, at: float, most: float) -> Column:
    is_back = order.total <= 0
    high = LEAST_HIGH if is_back or most <= 0 else max(HIGHEST * order.total / most, LEAST_HIGH)
    return Column(order=order, at=at, top=round(BASE if is_back else BASE - high, 2), high=round(high, 2),
                  is_back=is_back)  # fmt: skip


def _named(first: date, last: date) -> list[date]:
    """Starts of months between the two, evenly chosen; the first day alone where there is none."""
    starts = list[date]()
    start = following(first.replace(day=1))
    while start <= last:
        starts.append(start)
        start = following(start)
    if not starts:
        return [first]
    step = -(-len(starts) // LABELS)
    span = timedelta(days=(last - first).days)
    inside = [each for each in starts if 0.06 * span <= each - first <= 0.94 * span]
    return inside[step // 2 :: step] or [starts[len(starts) // 2]]
