"""One customer: who they are, how likely they leave or buy, what they bought, whom they are like."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from starlette.responses import Response

from switchboard.console import tables
from switchboard.console.addresses import address_of
from switchboard.console.bars import stacked
from switchboard.console.pages.archetypes import segment_meanings
from switchboard.console.timelines import timeline
from switchboard.console.visits import Visit
from switchboard.customers.erasure.operations import preview_erasure
from switchboard.customers.profiles import Order
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked as ShowAsked
from switchboard.foundation.errors import Conflict
from switchboard.foundation.operations import Operation
from switchboard.foundation.reading import read_values
from switchboard.intelligence.forecast_records import LtvAsked
from switchboard.intelligence.operations.customers import churn_risk, next_purchase, orders, profile
from switchboard.intelligence.operations.forecasts import ltv_forecast
from switchboard.intelligence.operations.products import recommend_products
from switchboard.intelligence.operations.purchases import bought, similar_customers
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.purchase_records import Bought, BoughtAsked, SimilarAsked, SimilarCustomers
from switchboard.intelligence.recommendation_records import ProductsForCustomerAsked
from switchboard.intelligence.records import Asked, ChurnAsked, CustomerAsked, OrdersAsked, Profile

Question = TypeVar("Question", bound=BaseModel)
Answer = TypeVar("Answer", bound=BaseModel)
ON_THE_LINE = 200  # orders
NEWEST, EVENTS, AHEAD = 8, 8, 5
MONTHS = 12
MOST_ORDERS = 20_000  # of a file
PAGE = 25
HORIZONS = (30, 60, 90, 180, 365)
Table = tuple[tables.Row, Iterable[tables.Row]]


def address(customer_id: str) -> str:
    """The page of a customer, whatever their id is made of."""
    return f"/customers/{quote(customer_id, safe='')}"


def orders_address(customer_id: str) -> str:
    """The page of all orders of a customer."""
    return f"/orders/{quote(customer_id, safe='')}"


def erase_address(customer_id: str) -> str:
    """The page on which a customer is erased."""
    return f"/erase/{quote(customer_id, safe='')}"


async def one(visit: Visit) -> Response:
    """The page, or one of its tables."""
    query = visit.request.query_params
    asked = read_values(ChurnAsked, {
        "customer_id": visit.request.path_params["customer_id"], "horizon_days": query.get("days", "90"),
    })  # fmt: skip
    who, wanted = asked.customer_id, tables.wanted(visit)
    shown_asked = read_values(ShowAsked, {"customer_id": who, "events": EVENTS, "search_id": query.get("from") or None})
    found = await visit.ask(profile, CustomerAsked(customer_id=who))
    if wanted:
        return await _file(visit, found, wanted)
    risk, coming, worth = await asyncio.gather(
        _unless_new(visit, churn_risk, asked),
        _unless_new(visit, next_purchase, asked),
        _unless_new(visit, ltv_forecast, LtvAsked(customer_id=who, months=MONTHS)),
    )
    basket, next_up, alike = await asyncio.gather(
        visit.ask(bought, BoughtAsked(customer_id=who, limit=NEWEST)),
        _unless_new(visit, recommend_products, ProductsForCustomerAsked(customer_id=who, limit=AHEAD)),
        _alike(visit, who),
    )
    meanings, shown, line = await asyncio.gather(
        visit.ask(axes, Asked()),
        visit.ask(show, shown_asked),
        visit.ask(orders, OrdersAsked(customer_id=who, limit=ON_THE_LINE)),
    )
    return visit.page("customer.html", {
        "profile": found,
        "who": shown,
        "risk": risk,
        "coming": coming,
        "worth": worth,
        "basket": basket,
        "next_up": next_up,
        "alike": alike,
        "line": timeline(line.orders, found.as_of, coming, ZoneInfo(visit.shop.time_zone)),
        "line_is_whole": line.next_cursor is None,
        "newest": found.orders[:NEWEST],
        "shares": {axis: stacked(names, found.dominant_segments[axis]) for axis, names in found.memberships.items()},
        "meanings": segment_meanings(meanings),
        "horizons": HORIZONS,
        "days": asked.horizon_days,
        "may_take": tables.may_take(visit),
        "may_erase": visit.caller.may(preview_erasure.permission),
        "is_masked": not visit.caller.may("customers:contact"),
        "as_of": found.as_of,
    })  # fmt: skip


async def all_orders(visit: Visit) -> Response:
    """Every order of a customer, a page at a time."""
    query, who = visit.request.query_params, visit.request.path_params["customer_id"]
    if tables.wanted(visit):
        return await _file(visit, await visit.ask(profile, CustomerAsked(customer_id=who)), "orders")
    asked = read_values(OrdersAsked, {"customer_id": who, "limit": PAGE, "cursor": query.get("cursor")})
    found = await visit.ask(orders, asked)
    here = orders_address(who)
    return visit.page("orders.html", {
        "customer_id": who, "orders": found.orders, "first": here if query.get("cursor") else None,
        "more": address_of(here, {"cursor": found.next_cursor}) if found.next_cursor else None,
        "may_take": tables.may_take(visit), "as_of": found.as_of,
    })  # fmt: skip


async def _unless_new(visit: Visit, operation: Operation[Question, Answer], asked: Question) -> Answer | None:
    """What the operation says; None of somebody of whom nothing is worked out yet."""
    try:
        return await visit.ask(operation, asked)
    except Conflict as error:
        if error.code == "not_segmented":
            raise
        return None


async def _alike(visit: Visit, who: str) -> SimilarCustomers | None:
    """Whom they are like; None for who may see no lists."""
    if not visit.caller.may(similar_customers.permission):
        return None
    return await visit.ask(similar_customers, SimilarAsked(customer_id=who, limit=6))


async def _file(visit: Visit, of: Profile, wanted: str) -> Response:
    """One of the page's tables."""
    make = FILES.get(wanted)
    if make is None:
        return tables.as_file(wanted, dict.fromkeys(FILES, ((), ())))  # which says those there are
    return tables.as_file(wanted, {wanted: await make(visit, of)})


async def _memberships(_: Visit, of: Profile) -> Table:
    rows = [(axis, name, share) for axis, names in of.memberships.items() for name, share in names.items()]
    return ("axis", "segment", "share"), rows


async def _orders(visit: Visit, of: Profile) -> Table:
    rows = [
        (each.order_id, each.placed_at.isoformat(), each.item_count, each.total, each.currency)
        for each in await _every_order(visit, of.customer_id)
    ]
    return ("order_id", "placed_at", "items", "total", "currency"), rows


async def _products(visit: Visit, of: Profile) -> Table:
    rows = [
        (each.product_id, each.name, each.category, each.orders, each.quantity, each.net, each.last_bought)
        for each in (await _every_product(visit, of.customer_id)).products
    ]
    return ("product_id", "name", "category", "orders", "quantity", "net", "last_bought"), rows


async def _categories(visit: Visit, of: Profile) -> Table:
    basket = await visit.ask(bought, BoughtAsked(customer_id=of.customer_id, limit=1))
    rows = [
        (each.category, each.orders, each.quantity, each.net, each.share, each.last_bought)
        for each in basket.categories
    ]
    return ("category", "orders", "quantity", "net", "share", "last_bought"), rows


async def _similar(visit: Visit, of: Profile) -> Table:
    found = await visit.ask(similar_customers, SimilarAsked(customer_id=of.customer_id, limit=50))
    rows = [
        (other.customer_id, each.similarity, other.archetype.name if other.archetype else "", other.lifetime_value,
         other.risk_level)
        for each in found.similar
        for other in (each.customer,)
    ]  # fmt: skip
    return ("customer_id", "similarity", "archetype", "lifetime_value", "risk_level"), rows


async def _every_order(visit: Visit, who: str) -> list[Order]:
    found, cursor = list[Order](), None
    while len(found) < MOST_ORDERS:
        page = await visit.ask(orders, OrdersAsked(customer_id=who, limit=200, cursor=cursor))
        found += page.orders
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


async def _every_product(visit: Visit, who: str) -> Bought:
    page = await visit.ask(bought, BoughtAsked(customer_id=who, limit=200))
    products = list(page.products)
    while page.next_cursor and len(products) < MOST_ORDERS:
        page = await visit.ask(bought, BoughtAsked(customer_id=who, limit=200, cursor=page.next_cursor))
        products += page.products
    return page.model_copy(update={"products": tuple(products)})


ADDRESSES = {"address": address, "orders_address": orders_address, "erase_address": erase_address}
FILES: Mapping[str, Callable[[Visit, Profile], Awaitable[Table]]] = {
    "memberships": _memberships, "orders": _orders, "products": _products, "categories": _categories,
    "similar": _similar,
}  # fmt: skip
PAGES = (("/customers/{customer_id:path}", "GET", one), ("/orders/{customer_id:path}", "GET", all_orders))
