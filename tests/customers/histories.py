"""Files of a small shop, and what is left when some of them are undone: the plain account the store is held against."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
Line = tuple[str, int]  # product, quantity; each costs 2
Kind = str


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order of the file."""

    customer: str
    day: int
    lines: tuple[Line, ...]
    email: str

    @property
    def country(self) -> str:
        """Each customer orders from one: of several, that of the order stored first would count."""
        return {"c1": "DE", "c2": "FR"}.get(self.customer, "")


@dataclass(frozen=True, kw_only=True)
class File:
    """What one file says, by the ids in it: of a customer e-mail, phone and country, of an event who and which day."""

    kind: Kind
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    people: dict[str, tuple[str, str, str]] = field(default_factory=dict[str, tuple[str, str, str]])
    events: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])

    def text(self) -> str:
        """The file as CSV."""
        if self.kind == "orders":
            lines = [
                f"{name},{o.customer},{_at(o.day)},{product},{quantity},2,{o.country},{o.email}"
                for name, o in self.orders.items()
                for product, quantity in o.lines
            ]
            return "\n".join(["order_id,customer_id,placed_at,product_id,quantity,unit_price,country,email", *lines])
        if self.kind == "customers":
            lines = [",".join((who, *said)) for who, said in self.people.items()]
            return "\n".join(["customer_id,email,phone,country", *lines])
        lines = [f"{name},{who},opened,{_at(day)}" for name, (who, day) in self.events.items()]
        return "\n".join(["event_id,customer_id,kind,at", *lines])


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a reader of the store sees."""

    orders: dict[str, tuple[str, datetime, tuple[tuple[str, int], ...]]]
    people: dict[str, tuple[str | None, str | None, str | None, datetime | None]]
    events: dict[str, tuple[str, datetime]]


def known(files: Sequence[File]) -> Known:
    """What these files come to, read in this order and no others ever."""
    orders: dict[str, Order] = {}
    first_seen: list[str] = []
    for file in files:
        orders |= file.orders
        first_seen += [name for name in file.orders if name not in first_seen]
    events = {name: said for file in reversed(files) for name, said in file.events.items()}
    mentioned = {who for file in files for who in _mentioned(file)}
    return Known(
        orders={name: (o.customer, _moment(o.day), tuple(sorted(o.lines))) for name, o in orders.items()},
        people={who: _person(who, files, [orders[name] for name in first_seen]) for who in sorted(mentioned)},
        events={name: (who, _moment(day)) for name, (who, day) in events.items()},
    )


def _person(
    who: str, files: Sequence[File], orders: Sequence[Order]
) -> tuple[str | None, str | None, str | None, datetime | None]:
    email = phone = country = ""
    for file in files:
        if who in file.people:
            said = file.people[who]
            email, phone, country = said[0] or email, said[1] or phone, said[2] or country
        mails = [order.email for order in file.orders.values() if order.customer == who and order.email]
        email = mails[-1] if mails else email
    own = [order for order in orders if order.customer == who]
    country = country or next((order.country for order in own if order.country), "")
    newest = max((_moment(order.day) for order in own), default=None)
    return (email or None, phone or None, country or None, newest)


def _mentioned(file: File) -> set[str]:
    return {o.customer for o in file.orders.values()} | set(file.people) | {who for who, _ in file.events.values()}


def _moment(day: int) -> datetime:
    return BEGIN + timedelta(days=day)


def _at(day: int) -> str:
    return _moment(day).strftime("%Y-%m-%dT%H:%M:%SZ")


a_day = st.integers(0, 3)


def _one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


a_customer = _one_of("c1", "c2", "c3")
an_email = _one_of("", "ann@example.com", "bo@example.org")
a_country = _one_of("", "DE", "FR")
an_order = st.builds(
    Order,
    customer=a_customer, day=a_day, email=an_email,
    lines=st.lists(st.tuples(_one_of("p1", "p2"), st.integers(1, 2)), min_size=1, max_size=2).map(tuple),
)  # fmt: skip
order_files = st.dictionaries(_one_of("o1", "o2", "o3"), an_order, min_size=1).map(
    lambda said: File(kind="orders", orders=said)
)
people_files = st.dictionaries(
    a_customer, st.tuples(an_email, _one_of("", "+49 30 1234567"), a_country), min_size=1
).map(lambda said: File(kind="customers", people=said))
event_files = st.dictionaries(_one_of("e1", "e2"), st.tuples(a_customer, a_day), min_size=1).map(
    lambda said: File(kind="events", events=said)
)
