"""Customers: found, and one."""

from urllib.parse import quote, urlencode

from starlette.responses import Response

from switchboard.console.bars import stacked
from switchboard.console.pages.archetypes import EVERY_ARCHETYPE, segment_meanings
from switchboard.console.visits import Visit, to
from switchboard.foundation.errors import Invalid
from switchboard.foundation.reading import read_values
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.customers import churn_risk, profile, random_customer, search
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.records import Asked, ChurnAsked, CustomerAsked, Customers, SearchAsked, TopAsked

PAGE = 50
LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


async def find(visit: Visit) -> Response:
    """A search box and a page of who was found; who may not list customers goes to the one they name."""
    text = visit.request.query_params.get("text", "").strip()
    if text and not visit.caller.may(search.permission):
        return to(address(text))
    archetype, risk = (visit.request.query_params.get(name, "") for name in ("archetype", "risk"))
    cursor = visit.request.query_params.get("cursor")
    kept = {"text": text, "archetype": archetype, "risk": risk}
    found, told = await _found(visit, kept, cursor) if visit.caller.may(search.permission) else (None, "")
    top = await visit.ask(top_archetypes, TopAsked(metric="member_count", limit=EVERY_ARCHETYPE))
    more = {**kept, "cursor": found.next_cursor} if found and found.next_cursor else None
    shown = {
        **kept,
        "found": found,
        "told": told,
        "levels": LEVELS,
        "archetypes": top.archetypes,
        "is_first": cursor is None,
        "first": _link(kept),
        "more": _link(more) if more else None,
        "as_of": found.as_of if found else top.as_of,
    }
    return visit.page("customers.html", shown, 422 if told else 200)


async def one(visit: Visit) -> Response:
    """One customer: who they are, how likely they leave, what they bought."""
    asked = read_values(CustomerAsked, {"customer_id": visit.request.path_params["customer_id"]})
    found = await visit.ask(profile, asked)
    risk = await visit.ask(churn_risk, ChurnAsked(customer_id=asked.customer_id))
    meanings = segment_meanings(await visit.ask(axes, Asked()))
    shares = {axis: stacked(names, found.dominant_segments[axis]) for axis, names in found.memberships.items()}
    shown = {"profile": found, "risk": risk, "shares": shares, "meanings": meanings, "as_of": found.as_of}
    return visit.page("customer.html", shown)


async def somebody(visit: Visit) -> Response:
    """Go to a customer drawn by lot."""
    return to(address((await visit.ask(random_customer, Asked())).customer_id))


def address(customer_id: str) -> str:
    """The page of a customer, whatever their id is made of."""
    return f"/customers/{quote(customer_id, safe='')}"


async def _found(visit: Visit, kept: dict[str, str], cursor: str | None) -> tuple[Customers | None, str]:
    """Who was found, or what is wrong with the question."""
    asked = {"text": kept["text"], "archetype_id": kept["archetype"], "risk_level": kept["risk"], "cursor": cursor}
    try:
        wanted = read_values(SearchAsked, {name: said for name, said in asked.items() if said} | {"limit": PAGE})
        return await visit.ask(search, wanted), ""
    except Invalid as error:
        return None, str(error)


def _link(query: dict[str, str]) -> str:
    said = urlencode({name: value for name, value in query.items() if value})
    return f"/customers?{said}" if said else "/customers"
