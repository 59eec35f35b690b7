"""Customers: found as one types, kept as views, taken out as a file."""

import json
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import JsonValue
from starlette.responses import Response

from switchboard.console import listed, tables
from switchboard.console.addresses import address_of, page_after
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.pages.archetypes import EVERY_ARCHETYPE
from switchboard.console.pages.customer import address
from switchboard.console.visits import Visit, to
from switchboard.customers.filters.operations import filters, show_filter
from switchboard.customers.filters.records import FilterRef, FiltersAsked, FilterSave, SavedFilter
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ids import new_id
from switchboard.foundation.reading import read_values
from switchboard.intelligence.operations.archetypes import top_archetypes
from switchboard.intelligence.operations.customers import random_customer, search
from switchboard.intelligence.operations.exports import export_profiles
from switchboard.intelligence.operations.filters import save_filter
from switchboard.intelligence.operations.shop import axes
from switchboard.intelligence.records import Asked, Customers, SearchAsked, TopAsked

PATH = "/customers"
PAGE = 50
LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
VIEWS = 200
SORTS = (
    ("", "Usual order"),
    ("newest", "Newest order"),
    ("oldest", "Oldest order"),
    ("risk", "Highest risk"),
    ("value", "Highest value"),
)
SEARCH = "search"  # by which all keystrokes of one search, and who comes back to it, say that they are one
MINUTE_MS = 60_000  # that a browser's clock may be ahead
ONE_SEARCH_MS = 12 * 3600 * 1000  # of an address that was kept for longer, another search begins


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a list of customers is narrowed to, as its address says; `segment` is axis:segment."""

    text: str = ""
    archetype: str = ""
    risk: str = ""
    segment: str = ""
    audience: str = ""
    sort: str = ""
    usual: str = ""  # the order that the audience has of its own

    @property
    def query(self) -> dict[str, str]:
        """The words of an address that lead to it."""
        said = {"text": self.text, "archetype": self.archetype, "risk": self.risk, "segment": self.segment,
                "audience": self.audience}  # fmt: skip
        return said | {"sort": self.sort}

    @property
    def is_narrow(self) -> bool:
        """Whether anything but a text narrows it: what can be kept as a view."""
        return bool(self.archetype or self.risk or self.segment)

    def asked(self, **more: object) -> SearchAsked:
        """The question it is; raise Invalid."""
        axis, _, name = self.segment.partition(":")
        said: dict[str, object] = {
            "text": self.text, "archetype_id": self.archetype, "risk_level": self.risk, "audience": self.audience,
            "segment_filter": {axis: name} if self.segment else {},
            "sort": "" if self.text else self.sort or self.usual,
        } | more  # fmt: skip
        return read_values(SearchAsked, {name: value for name, value in said.items() if value})

    def as_usual_for(self, of: SavedFilter | None) -> "View":
        """The same in the order that its audience has, unless another is asked for."""
        return replace(self, usual=(of.sort if of else None) or "")

    def filter(self, of: SavedFilter | None) -> dict[str, JsonValue]:
        """The same as a filter that can be kept; the text is none of it, for it may be of a contact."""
        axis, _, name = self.segment.partition(":")
        terms: list[JsonValue] = [of.filter] if of else []
        if self.archetype:
            terms.append({"archetype": self.archetype})
        if self.risk:
            terms.append({"risk_level": self.risk})
        if self.segment:
            terms.append({"segment": {axis: name}})
        return {"all": terms}


async def find(visit: Visit) -> Response:
    """A search box and a page of who was found; who may not list customers goes to the one they name."""
    query = visit.request.query_params
    view = View(**{name: query.get(name, "").strip() for name in ("text", "archetype", "risk", "segment", "audience")},
                sort=query.get("sort", ""))  # fmt: skip
    if not visit.caller.may(search.permission):
        return to(address(view.text)) if view.text else visit.page("one_customer.html", {})
    if name := tables.wanted(visit):
        of = await _saved(visit, view)
        found = await listed.everybody(visit, view.as_usual_for(of).asked())
        return tables.as_file(name, {"customers": (listed.HEAD, listed.rows(found))})
    return await _page(visit, view, EMPTY)


async def keep(visit: Visit) -> Response:
    """Keep what the list is narrowed to as a view, under a name."""
    fields = await visit.form()
    view = View(**{name: fields.get(name, "") for name in ("archetype", "risk", "segment", "audience", "sort")})
    said = {"name": fields.get("name", "").strip()}
    try:
        of = await _saved(visit, view)
        about, order = "A view of the list of customers", view.sort or (of.sort if of else None)
        asked = read_values(FilterSave, {**said, "about": about, "filter": view.filter(of), "sort": order})
        await visit.ask(save_filter, asked)
    except Invalid as error:
        return await _page(visit, view, Filled.after(said, error), error.status)
    return visit.after(address_of(PATH, {"audience": asked.name}), f"The view “{asked.name}” is kept.")


async def somebody(visit: Visit) -> Response:
    """Go to a customer drawn by lot."""
    return to(address((await visit.ask(random_customer, Asked())).customer_id))


async def _page(visit: Visit, view: View, filled: Filled, status: int = 200) -> Response:
    query = visit.request.query_params
    cursor, search_id = query.get("cursor"), _search_id(visit)
    searched = search_id if view.text else None
    views = (await visit.ask(filters, FiltersAsked(limit=VIEWS))).filters
    of = next((each for each in views if each.name == view.audience), None)
    view = view.as_usual_for(of)
    found, told = await _found(visit, view, cursor, searched)
    top = await visit.ask(top_archetypes, TopAsked(metric="member_count", limit=EVERY_ARCHETYPE))
    here = view.query | ({SEARCH: str(searched)} if searched else {})
    shown = {
        "view": view,
        "found": found,
        "told": told,
        "levels": LEVELS,
        "sorts": SORTS,
        "archetypes": top.archetypes,
        "views": views,
        "axes": [each for each in (await visit.ask(axes, Asked())).axes if each.absent is None],
        "search_id": search_id,
        "seen_from": searched,
        "first": address_of(PATH, here) if cursor else None,
        "more": page_after(PATH, here, found.next_cursor if found else None),
        "file": address_of(PATH, {**view.query, "csv": "customers"}),
        "may_take": tables.may_take(visit),
        "may_export": visit.caller.may(export_profiles.permission),
        "may_keep": visit.caller.may(save_filter.permission),
        "written": json.dumps(view.filter(of)),
        "filled": filled,
        "as_of": found.as_of if found else top.as_of,
    }
    return visit.page("customers.html", shown, 422 if told else status)


async def _found(
    visit: Visit, view: View, cursor: str | None, searched: UUID | None
) -> tuple[Customers | None, str]:  # fmt: skip
    """Who was found, or what is wrong with the question."""
    try:
        asked = view.asked(cursor=cursor, limit=PAGE, search_id=str(searched) if searched else None)
        return await visit.ask(search, asked), ""
    except Invalid as error:
        return None, str(error)


async def _saved(visit: Visit, view: View) -> SavedFilter | None:
    return await visit.ask(show_filter, read_values(FilterRef, {"name": view.audience})) if view.audience else None


def _search_id(visit: Visit) -> UUID:
    """The search that this keystroke belongs to; a new one for who comes without, or with one of another day."""
    new = new_id()
    try:
        said = UUID(visit.request.query_params.get(SEARCH, ""))
    except ValueError:
        return new
    return said if 0 <= (new.int >> 80) - (said.int >> 80) + MINUTE_MS <= ONE_SEARCH_MS else new


PAGES = (
    (PATH, "GET", find), (f"{PATH}/", "GET", find), (f"{PATH}/views", "POST", keep),
    ("/random-customer", "GET", somebody),
)  # fmt: skip
