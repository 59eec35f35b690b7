"""Items become the clean tables that imports stage: lines are worked out by the same statements."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path

import duckdb
from pydantic_core import to_json

from switchboard.customers.imports.cards import mask_cards
from switchboard.customers.imports.extras import extras_of
from switchboard.customers.imports.grouping import EARLIER, Keys, categorised, finish_orders
from switchboard.customers.imports.orders import absent, derived
from switchboard.customers.imports.people import EMAIL
from switchboard.customers.imports.planning import MOST_EXTRA
from switchboard.customers.imports.presets import VOID
from switchboard.customers.imports.records import (
    MONEY_SCALE,
    Counts,
    DateStyle,
    Extra,
    Kind,
    Mapped,
    Plan,
    Settings,
    Source,
    Staged,
)
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.work import Work
from switchboard.customers.ingest.records import Event, Order, Person
from switchboard.customers.ingest.sorting import Kept, Setting, buyer

MEMORY = "512MB"
NUMBERS = count()
NOWHERE = Source(path=Path(), name="stream", size=0)
KEYS = Keys(columns=("order_key", "number"))
MARK = ">"  # between the levels of a category
LINE = {
    "number": "BIGINT", "order_key": "VARCHAR", "line_id": "VARCHAR", "product_id": "VARCHAR", "state": "VARCHAR",
    "cancelled_at": "VARCHAR", "quantity_given": "BIGINT", "unit_price_given": "BIGINT", "total_given": "BIGINT",
    "discount_given": "BIGINT", "refund_given": "BIGINT", "order_discount_given": "BIGINT",
    "order_refund_given": "BIGINT",
}  # fmt: skip
ORDER = {
    "document_no": "BIGINT", "number": "BIGINT", "order_key": "VARCHAR", "first": "BIGINT", "owner": "VARCHAR",
    "placed_us": "BIGINT", "day": "INTEGER", "currency": "VARCHAR", "rate": "DECIMAL(18, 12)", "is_void": "BOOLEAN",
    "country": "VARCHAR", "email": "VARCHAR", "name": "VARCHAR", "phone": "VARCHAR",
}  # fmt: skip
PRODUCT = {
    "product_no": "INTEGER", "product_id": "VARCHAR", "name": "VARCHAR", "written": "VARCHAR", "earlier": "VARCHAR",
}  # fmt: skip
PERSON = {
    "person_no": "BIGINT", "customer": "VARCHAR", "email": "VARCHAR", "name": "VARCHAR", "phone": "VARCHAR",
    "country": "VARCHAR", "region": "VARCHAR", "city": "VARCHAR", "street": "VARCHAR", "postal_code": "VARCHAR",
    "created_us": "BIGINT", "consent_email": "BOOLEAN", "consent_sms": "BOOLEAN",
    "email_verified": "BOOLEAN", "phone_verified": "BOOLEAN",
}  # fmt: skip
EVENT = {
    "event_no": "BIGINT", "event_id": "VARCHAR", "customer": "VARCHAR", "email": "VARCHAR", "kind": "VARCHAR",
    "at_us": "BIGINT", "properties": "VARCHAR",
}  # fmt: skip
EVENTS = """
create table event as select event_no, event_id, customer, email, kind, make_timestamp(at_us) as "at",
    json_merge_patch('{}'::json, properties::json)::varchar as properties from given order by event_no
"""
PEOPLE = f"""
create table person as select * exclude (created_us), regexp_full_match(email, {literal(EMAIL)}) as email_ok,
    make_timestamp(created_us) as created_at, null::timestamp as updated_at, null::timestamp as consent_at,
    0::bigint as content from given order by person_no
"""  # noqa: S608 - a pattern of our own
PRICED = """
create table priced as select * exclude (placed_us), make_timestamp(placed_us) as placed_at from sold
order by document_no
"""
LONGEST_PRODUCT = 200  # letters of a name that stands for an id
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
Row = Sequence[object]
Dated = tuple[Order, datetime]


@dataclass(frozen=True, slots=True)
class Stated:
    """What an order says of its discounts and refunds or leaves open: it decides how the rest of it is read."""

    discount: bool
    refund: bool


def alike(orders: Kept[Order]) -> list[list[Dated]]:
    """The orders by what they state: what becomes of one must not hang on what is sent beside it."""
    groups: dict[Stated, list[Dated]] = {}
    for order, at in orders.items:
        assert at is not None, "an order without a moment is wrong"
        said = _said(order)
        refund = "status" in said and not said.isdisjoint({"refund", "order_refund"})
        stated = Stated(discount=not said.isdisjoint({"discount", "order_discount"}), refund=refund)
        groups.setdefault(stated, []).append((order, at))
    return list(groups.values())


@contextmanager
def staged_orders(orders: Sequence[Dated], setting: Setting) -> Generator[Staged]:
    """Orders that state the same, staged."""
    plan = _plan("orders", frozenset[str]().union(*(_said(order) for order, _ in orders)))
    numbered = sorted(orders, key=lambda each: (buyer(each[0]) is None, buyer(each[0]) or ""))
    lines, heads = list[Row](), list[Row]()
    products: dict[str, _Sold] = {}
    for number, (order, at) in enumerate(numbered, start=1):
        heads.append(_head(number, len(lines), order, at, setting))
        lines += _lines(number, order, products)
    with _scratch(setting) as work:
        _fill(work, "given", LINE, lines)
        worked_out = {name: sql for name, sql in derived(plan).items() if name not in absent(plan)}
        columns = [name for name in ("line_id",) if name not in absent(plan)]
        columns += ["number", "order_key", "product_id", *(f"{sql} as {name}" for name, sql in worked_out.items())]
        work.run(f"create table row as select {', '.join(columns)}, null::varchar as reasons from given")  # noqa: S608 - names of our own
        work.run("create table dropped (rid bigint, reason varchar)")
        _fill(work, "sold", ORDER, heads)
        work.run(PRICED)
        named = [(number, product, *said.row()) for number, (product, said) in enumerate(products.items(), start=1)]
        _fill(work, "named", PRODUCT, named)
        finish_orders(work, plan, KEYS)
        categorised(work, MARK)
        customers = len({owner for order, _ in orders if (owner := buyer(order))})
        counts = Counts(
            rows=len(lines), accepted=len(lines), quarantined=0, duplicates=0, reasons={}, documents=len(orders),
            orders=0, customers=customers, products=len(products),
        )  # fmt: skip
        yield _staged(work, plan, counts)


@contextmanager
def staged_people(people: Kept[Person], setting: Setting) -> Generator[Staged]:
    """People, staged."""
    rows, attributes = list[Row](), list[dict[str, str]]()
    for number, (person, created) in enumerate(people.items, start=1):
        said = (person.customer_id, person.email, person.name, person.phone, person.country, person.region)
        more = (person.city, person.street, person.postal_code, created and _micros(created))
        flags = (person.consent_email, person.consent_sms, person.email_verified, person.phone_verified)
        rows.append((number, *said, *more, *flags))
        written = {name: _written(value).strip() for name, value in person.attributes.items() if value is not None}
        attributes.append(
            {name: value for name, value in written.items() if value}
        )  # a blank says nothing, as in files
    with _scratch(setting) as work:
        _fill(work, "given", PERSON, rows)
        work.run(PEOPLE)
        plan = _plan("customers", frozenset())
        yield _staged(work, plan, _counted(len(rows)), _extras(work, plan, attributes))


@contextmanager
def staged_events(events: Kept[Event], setting: Setting) -> Generator[Staged]:
    """Events, staged."""
    rows: list[Row] = []
    for number, (event, at) in enumerate(events.items, start=1):
        assert at is not None, "an event without a moment is wrong"
        properties = to_json(event.properties).decode()
        who = (event.customer_id, event.email)
        rows.append((number, event.event_id, *who, event.kind, _micros(at), properties))
    with _scratch(setting) as work:
        _fill(work, "given", EVENT, rows)
        work.run(EVENTS)
        yield _staged(work, _plan("events", frozenset()), _counted(len(rows)))


def _said(order: Order) -> frozenset[str]:
    """The fields that the order or one of its lines names, be it with nothing."""
    return frozenset(order.model_fields_set).union(*(line.model_fields_set for line in order.lines))


def _plan(kind: Kind, said: frozenset[str]) -> Plan:
    """How the items are read, in the words of a file's plan: each field is a column of its own name."""
    fields = tuple(sorted(said))
    return Plan(
        kind=kind, format="jsonl", compression="none", encoding="utf-8", delimiter="", header_line=0, columns=fields,
        mapping=tuple(Mapped(field=name, columns=(name,), how="named") for name in fields),
        dates=DateStyle(order="iso", zoned=True), category_mark=MARK,
    )  # fmt: skip


def _head(number: int, first: int, order: Order, at: datetime, setting: Setting) -> Row:
    currency = order.currency or setting.currency
    state = (order.status or "").lower().replace("wc-", "")
    is_void = state in VOID or order.cancelled_at is not None
    contact = (order.country, order.email, order.name, order.phone)
    rate = str(setting.rate(currency, at))
    moment = (_micros(at), setting.day(at))
    return (number, number, order.order_id, first, buyer(order), *moment, currency, rate, is_void, *contact)


@dataclass(frozen=True, slots=True)
class _Sold:
    """What the lines say of a product: its last name and category, and the names that earlier lines have for it."""

    name: str | None = None
    category: str | None = None
    earlier: tuple[str, ...] = ()

    def with_news(self, name: str | None, category: str | None) -> "_Sold":
        """What is known once another line was read."""
        known = self.earlier if self.name in {None, name or self.name} else (*self.earlier, self.name or "")
        return _Sold(name or self.name, category or self.category, tuple(dict.fromkeys(known)))

    def row(self) -> tuple[str | None, str | None, str | None]:
        """As the stage takes it, the earlier names as JSON."""
        return self.name, self.category, to_json(self.earlier[-EARLIER:]).decode() if self.earlier else None


def _lines(number: int, order: Order, products: dict[str, _Sold]) -> list[Row]:
    """The lines of an order, of which those with a line_id of a later one do not count; `products` learns of theirs."""
    last = {line.line_id: place for place, line in enumerate(order.lines) if line.line_id}
    state = (order.status or "").lower().replace("wc-", "") or None
    of_order = (_scaled(order.order_discount), _scaled(order.order_refund))
    rows: list[Row] = []
    for place, line in enumerate(order.lines):
        if line.line_id and order.order_id and last[line.line_id] != place:
            continue
        product = line.product_id or (line.product[:LONGEST_PRODUCT] if line.product else None)
        if product is not None:
            products[product] = products.get(product, _Sold()).with_news(line.product, line.category)
        amounts = (line.quantity, line.unit_price, line.total, line.discount, line.refund)
        ids = (order.order_id, line.line_id, product, state, order.cancelled_at)
        rows.append((number, *ids, *(_scaled(amount) for amount in amounts), *of_order))
    return rows


def _extras(work: Work, plan: Plan, attributes: Sequence[dict[str, str]]) -> tuple[Extra, ...]:
    """The table `extra`, of a column for each attribute that anybody has; what each of them is."""
    often = Counter(name for each in attributes for name in each)
    names, more = tuple(often)[:MOST_EXTRA], tuple(often)[MOST_EXTRA:]
    columns = {"person_no": "BIGINT"} | {f"t{place}": "VARCHAR" for place in range(len(names))}
    rows = [(number, *(each.get(name) for name in names)) for number, each in enumerate(attributes, start=1)]
    _fill(work, "kept", columns, rows)
    found = extras_of(work, replace(plan, columns=names), range(len(names)))
    work.run("alter table kept rename to extra")
    return (*found, *(_too_many(name, often[name]) for name in more))


def _too_many(name: str, values: int) -> Extra:
    reason = f"a batch has at most {MOST_EXTRA:,} attributes"
    return Extra(name=name, place=-1, kind="text", mark=".", dates=None, kept_out=reason, no_column=values)


def _written(value: str | float) -> str:
    """A value as a file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _scaled(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * MONEY_SCALE)


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _counted(rows: int) -> Counts:
    return Counts(rows=rows, accepted=rows, quarantined=0, duplicates=0, reasons={}, customers=rows)


def _staged(work: Work, plan: Plan, counts: Counts, extras: tuple[Extra, ...] = ()) -> Staged:
    counts = replace(counts, card_numbers_masked=mask_cards(work, plan.kind, extras))
    return Staged(
        database=work.database,
        plan=plan,
        counts=counts,
        quarantine=None,
        first_at=None,
        last_at=None,
        few=True,
        extras=extras,
    )


def _fill(work: Work, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """A table of these rows: as one text of JSON, which is read with the types it shall have."""
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    shape = ", ".join(f'"{name}": "{kind}"' for name, kind in columns.items())
    query = f"create table {table} as select unnest(from_json($1, '[{{{shape}}}]'), recursive := true)"
    work.database.execute(query, [to_json(named).decode()])


@contextmanager
def _scratch(setting: Setting) -> Generator[Work]:
    """A database of its own in memory, inside the one that this process keeps: to open one takes fifty milliseconds."""
    name = f"batch_{next(NUMBERS)}"
    settings = Settings(
        scratch=Path(), quarantine=Path(), key=b"", zone=str(setting.zone), currency=setting.currency, now=setting.now
    )  # it writes no file
    with ExitStack() as leaving, _database().cursor() as cursor:
        # Of so few rows the best plan costs more than any other.
        cursor.execute(f"pragma disable_optimizer; attach ':memory:' as {name}; use {name}")
        try:
            yield Work(database=cursor, scratch=Path(), settings=settings, source=NOWHERE, leaving=leaving)
        finally:
            cursor.execute(f"use memory; detach {name}")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,  # to share so little between threads takes longer than to work it out
        "memory_limit": MEMORY,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=limits)
