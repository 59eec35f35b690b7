"""A batch sorted: the items that count, the ones that a later item stands for, and the ones that are wrong."""

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from switchboard.customers.imports.grouping import RATE_DAYS
from switchboard.customers.imports.orders import EARLIEST, MOST_WORTH
from switchboard.customers.imports.people import EMAIL
from switchboard.customers.imports.records import MONEY_SCALE, Rate
from switchboard.customers.ingest.records import Batch, Event, Item, Kind, Order, Person, Rejected, Wrong

FIRST = datetime.fromisoformat(EARLIEST.split("'")[1]).replace(tzinfo=UTC)
One = TypeVar("One", bound=Item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a batch is read with: the workspace's zone, currency and rates, and the moment it came."""

    zone: ZoneInfo
    currency: str
    rates: Sequence[Rate]
    now: datetime

    def instant(self, said: datetime) -> datetime:
        """The moment in UTC; without a zone it is one of the workspace's clock."""
        return (said if said.tzinfo else said.replace(tzinfo=self.zone)).astimezone(UTC)

    def day(self, at: datetime) -> int:
        """Its day in the workspace's zone, since 1970-01-01."""
        return (at.astimezone(self.zone).date() - date(1970, 1, 1)).days

    def rate(self, currency: str, at: datetime) -> Decimal | None:
        """What a unit is worth in the workspace's currency then; None without a rate of the seven days before."""
        if currency == self.currency:
            return Decimal(1)
        on = at.astimezone(self.zone).date()
        known = sorted((rate for rate in self.rates if rate.currency == currency), key=lambda rate: rate.day)
        place = bisect_right(known, on, key=lambda rate: rate.day)
        if not place or (on - known[place - 1].day).days > RATE_DAYS:
            return None
        return known[place - 1].rate


@dataclass(slots=True, kw_only=True)
class Kept(Generic[One]):
    """The items of a kind that count, with their instant, in the order they came."""

    items: list[tuple[One, datetime | None]] = field(default_factory=list[tuple[One, datetime | None]])
    repeated: int = 0


@dataclass(slots=True, kw_only=True)
class Sorted:
    """A batch, sorted."""

    events: Kept[Event]
    orders: Kept[Order]
    people: Kept[Person]
    rejected: tuple[Rejected, ...]


def sort(batch: Batch, setting: Setting) -> Sorted:
    """The batch by what counts and what is wrong; of items with the same identity the last counts."""
    rejected: list[Rejected] = []

    def take(
        kind: Kind,
        given: Iterable[One | Wrong],
        check: Callable[[One, Setting], tuple[datetime | None, Wrong | None]],
        identity: Callable[[One, datetime | None], Hashable | None],
    ) -> Kept[One]:
        found: list[tuple[One, datetime | None]] = []
        for index, item in enumerate(given):
            at, wrong = (None, item) if isinstance(item, Wrong) else check(item, setting)
            if wrong is not None:
                rejected.append(Rejected(kind=kind, index=index, field=wrong.field, reason=wrong.reason))
            elif not isinstance(item, Wrong):
                found.append((item, at))
        return _last(found, identity)

    return Sorted(
        events=take("event", batch.events, _event, lambda each, _: each.event_id),
        orders=take("order", batch.orders, _order, _order_identity),
        people=take("person", batch.people, _person, _person_identity),
        rejected=tuple(rejected),
    )


def buyer(order: Order) -> str | None:
    """Whose order it is: an e-mail stands in for an id, without case; None for a guest."""
    return order.customer_id or (order.email.lower() if order.email else None)


def _last(
    found: list[tuple[One, datetime | None]], identity: Callable[[One, datetime | None], Hashable | None]
) -> Kept[One]:
    last = {named: place for place, (item, at) in enumerate(found) if (named := identity(item, at)) is not None}
    kept = [each for place, each in enumerate(found) if (named := identity(*each)) is None or last[named] == place]
    return Kept(items=kept, repeated=len(found) - len(kept))


def _order_identity(order: Order, at: datetime | None) -> Hashable:
    return order.order_id or (buyer(order), at)


def _person_identity(person: Person, _: datetime | None) -> Hashable:
    return ("id", person.customer_id) if person.customer_id else ("e-mail", (person.email or "").lower())


def _event(event: Event, setting: Setting) -> tuple[datetime | None, Wrong | None]:
    if event.customer_id is None and event.email is None:
        return None, Wrong(field="customer_id", reason="missing, and no e-mail")
    return _moment("at", event.at, setting)


def _order(order: Order, setting: Setting) -> tuple[datetime | None, Wrong | None]:
    at, wrong = _moment("placed_at", order.placed_at, setting)
    if at is None or wrong is not None:
        return None, wrong
    size = Decimal(0)
    for number, line in enumerate(order.lines):
        if line.unit_price is None and line.total is None:
            return None, Wrong(field=f"lines.{number}.unit_price", reason="missing")
        worth = abs(line.total if line.total is not None else (line.unit_price or 0) * _pieces(line.quantity))
        if worth * MONEY_SCALE > MOST_WORTH:
            return None, Wrong(field=f"lines.{number}.unit_price", reason="out of range")
        size += worth
    currency = order.currency or setting.currency
    rate = setting.rate(currency, at)
    if rate is None:
        reason = f"no rate for {currency} within {RATE_DAYS} days (customers.set_rates keeps one)"
        return None, Wrong(field="currency", reason=reason)
    too_large = size * rate * MONEY_SCALE > MOST_WORTH
    return (None, Wrong(field="unit_price", reason="out of range")) if too_large else (at, None)


def _person(person: Person, setting: Setting) -> tuple[datetime | None, Wrong | None]:
    if person.customer_id is None and person.email is None:
        return None, Wrong(field="customer_id", reason="missing, and no e-mail")
    if person.customer_id is None and not re.fullmatch(EMAIL, person.email or ""):
        return None, Wrong(field="email", reason="not an address, and no customer_id")
    return (None, None) if person.created_at is None else _moment("created_at", person.created_at, setting)


def _moment(name: str, said: datetime, setting: Setting) -> tuple[datetime | None, Wrong | None]:
    try:
        at = setting.instant(said)
    except OverflowError:
        return None, Wrong(field=name, reason="out of range")
    if at < FIRST:
        return None, Wrong(field=name, reason="before 1990")
    if at > setting.now + timedelta(days=1):
        return None, Wrong(field=name, reason="in the future")
    return at, None


def _pieces(quantity: Decimal | None) -> Decimal:
    return Decimal(1) if quantity is None else quantity
