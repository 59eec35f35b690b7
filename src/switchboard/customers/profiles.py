"""One person as the rooms above see them: contact as the caller may see it, served figures, newest orders."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypedDict

from pydantic import AwareDatetime, Field
from pydantic_core import from_json

from switchboard.accounts import tenants
from switchboard.customers import groups
from switchboard.customers.contact import NO_CONTACT, Contact
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import people as store
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work

NEWEST_ORDERS = 20
NOT_OURS = "the cursor is not one of ours; take orders_cursor or next_cursor of the page before"
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
SCALE = 10_000
SEE_CONTACT = "customers:contact"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an order."""

    product_id: str | None
    name: str | None
    quantity: float
    total: Annotated[float, Field(description="net, in the workspace's currency")]


@dataclass(frozen=True, slots=True)
class Order:
    """An order, or a document of refunds alone."""

    order_id: str
    placed_at: AwareDatetime
    total: Annotated[float, Field(description="net of discounts and refunds")]
    currency: str
    items: Annotated[tuple[Item, ...], Field(description="the first fifty lines")]
    item_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person; the figures, of the run with that number, are None as long as no segmentation has seen them.

    `figures_at` is the moment of figures that were worked out after their run; None: they are of its moment.
    """

    key: int
    customer_id: str
    contact: Contact | None
    archetype_id: str | None
    risk_tenths: int | None
    lifetime_value: float | None
    run: int | None
    detail: bytes | None
    figures_at: datetime | None
    orders: tuple[Order, ...]
    orders_cursor: str | None


class _Said(TypedDict):
    """An order as the store's function writes it."""

    key: int
    id: str
    at: str
    net: int
    items: list[tuple[str | None, str | None, int, int]] | None
    lines: int


async def find(work: Work, customer_id: str, until: datetime | None = None, orders: int = NEWEST_ORDERS) -> Person:
    """The person of this id, their contact masked unless the caller may see it, with the newest orders before `until`.

    Raise NotFound when there is nobody of this id.
    """
    row, shown, cursor = await _page(work, customer_id, None if until is None else (until, 0), orders)
    return Person(
        key=row.person_key,
        customer_id=row.customer_id,
        contact=await _contact(work, row),
        archetype_id=row.archetype,
        risk_tenths=row.risk,
        lifetime_value=None if row.lifetime_value is None else row.lifetime_value / SCALE,
        run=row.run,
        detail=row.detail,
        figures_at=row.as_of,
        orders=shown,
        orders_cursor=cursor,
    )


async def orders_of(
    work: Work, customer_id: str, until: datetime, cursor: str | None, limit: int
) -> tuple[tuple[Order, ...], str | None]:
    """A person's orders before `until`, newest first, after the cursor, and the next page's cursor; raise NotFound."""
    before, after = (until, 0), read_cursor(cursor)
    _, shown, following = await _page(work, customer_id, min(before, after) if after else before, limit)
    return shown, following


async def _page(
    work: Work, customer_id: str, before: tuple[datetime, int] | None, limit: int
) -> tuple[store.Seen, tuple[Order, ...], str | None]:
    """The person, so many of their orders, and the cursor of those that follow."""
    row = await store.profile(work, await asked_as(work, customer_id), limit + 1 if limit else 0, before)
    if row is None:
        raise NotFound(f"there is no customer {customer_id!r}; find them with search_customers")
    said: list[_Said] = from_json(row.orders) if row.orders else []
    currency = (await tenants.current(work)).currency
    orders = tuple(_order(each, currency) for each in said[:limit])
    return row, orders, written_cursor(orders[-1].placed_at, said[limit - 1]["key"]) if len(said) > limit else None


async def ids_of_all(work: Work) -> dict[int, str]:
    """The customer id of every person, by their key in the columnar mirror."""
    return await store.all_ids(work)


async def ids_of(work: Work, keys: Sequence[int]) -> dict[int, str]:
    """The customer ids of the people with these keys who are there."""
    return await store.ids(work, keys)


async def key_of(work: Work, customer_id: str) -> int | None:
    """The key of the person of this id; None when there is nobody."""
    return await store.key(work, await asked_as(work, customer_id))


async def _contact(work: Work, row: store.Seen) -> Contact | None:
    if row.contact is None and row.merged is None:
        return None
    others: list[tuple[int, str | None]] = from_json(row.merged) if row.merged else []
    sealed = [(key, None if each is None else base64.b64decode(each)) for key, each in others]
    said = groups.folded(await tenants.data_key(work), [(row.person_key, row.contact), *sealed])
    if said == NO_CONTACT:
        return None
    return said if work.caller.may(SEE_CONTACT) else said.masked()


def _order(said: _Said, currency: str) -> Order:
    items = tuple(
        Item(product, name, quantity / SCALE, total / SCALE) for product, name, quantity, total in said["items"] or ()
    )
    placed_at = datetime.fromisoformat(said["at"])
    return Order(said["id"], placed_at, said["net"] / SCALE, currency, items, said["lines"])


def written_cursor(at: datetime, key: int) -> str:
    """Where the next page of orders begins."""
    return f"{(at - EPOCH) // MICROSECOND}.{key}"


def read_cursor(cursor: str | None) -> tuple[datetime, int] | None:
    """What `written_cursor` wrote; raise Invalid for anything else."""
    if cursor is None:
        return None
    at, _, key = cursor.partition(".")
    if not (at.lstrip("-").isdigit() and key.isdigit() and int(key) < 1 << 63):
        raise Invalid(NOT_OURS, field="cursor")
    try:
        return EPOCH + int(at) * MICROSECOND, int(key)
    except OverflowError:
        raise Invalid(NOT_OURS, field="cursor") from None
