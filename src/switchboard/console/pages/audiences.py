"""Audiences: the saved ones, and the builder, whose whole state is its address."""

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import JsonValue
from starlette.datastructures import QueryParams
from starlette.responses import Response

from switchboard.console.audiences.knowing import LABELS, NO_VALUE, Known, known_from
from switchboard.console.audiences.reading import tree_in, tree_of
from switchboard.console.audiences.telling import in_words
from switchboard.console.audiences.tree import MATCHES, MOST_RULES, ROOT, Group, changed
from switchboard.console.audiences.writing import Written, written
from switchboard.console.visits import Visit, to
from switchboard.customers.filters.operations import delete_filter, filters, show_filter
from switchboard.customers.filters.records import FilterRef, FiltersAsked, FilterSave, SavedFilter
from switchboard.foundation.errors import Invalid, NotFound, SwitchboardError
from switchboard.foundation.reading import read_values
from switchboard.intelligence.filter_records import FilterAsked, FilterCounted, VocabularyAsked
from switchboard.intelligence.group_records import BehaviourAsked
from switchboard.intelligence.operations.archetypes import churn_aggregate
from switchboard.intelligence.operations.exports import export_profiles
from switchboard.intelligence.operations.filters import count_filter, filter_vocabulary, save_filter
from switchboard.intelligence.operations.groups import group_behaviour
from switchboard.intelligence.records import Asked

SAMPLE = 10
NAMES = 500
SAVED_ON_A_PAGE = 100
AT_RISK: JsonValue = {"risk_level": ["HIGH", "CRITICAL"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the builder: the tree, its filter, and the saved audience it is a change of."""

    root: Group
    written: Written
    name: str
    version: int | None

    @property
    def as_json(self) -> str:
        """The filter, as addresses and forms carry it."""
        return json.dumps(self.written.filter, ensure_ascii=False, separators=(",", ":"))

    @property
    def mark(self) -> str:
        """A short name of the filter: another one for another filter."""
        return hashlib.sha256(self.as_json.encode()).hexdigest()[:10]

    @property
    def address(self) -> str:
        """Where the draft can be seen again."""
        about = {"name": self.name, "version": str(self.version or "")} if self.name else {}
        return f"/audiences/build?{urlencode({**about, 'filter': self.as_json})}"


async def all_of_them(visit: Visit) -> Response:
    """The saved audiences, by name."""
    cursor = visit.request.query_params.get("cursor")
    found = await visit.ask(filters, FiltersAsked(limit=SAVED_ON_A_PAGE, cursor=cursor))
    known = known_from(await visit.ask(filter_vocabulary, VocabularyAsked(limit=NAMES)))
    shown = {
        "saved": [(each, in_words(tree_of(each.filter), known)) for each in found.filters],
        "more": f"/audiences?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else None,
        "first": "/audiences" if cursor else None,
        "may_save": visit.caller.may(save_filter.permission),
    }
    return visit.page("audiences.html", shown)


async def build(visit: Visit) -> Response:
    """The builder: what its form or its address says, counted, with the first of those it finds."""
    known = known_from(await visit.ask(filter_vocabulary, VocabularyAsked(limit=NAMES)))
    query = visit.request.query_params
    saved = await _saved(visit, query.get("name", ""))
    draft = _draft(query, known, saved)
    found, told, where = await _counted(visit, draft.written)
    theirs = saved if saved is not None and draft.version not in {None, saved.version} else None
    shown = {
        **_around(visit, draft, known),
        "found": found,
        "told": told,
        "where": where,
        "saved": saved,
        "theirs": theirs,
        "is_saved": saved is not None
        and theirs is None
        and written(tree_of(saved.filter), known).filter == draft.written.filter,
        "focus": _focus(draft.root, query.get("do", "")),
    }
    answer = visit.page("audience.html", shown, 422 if told and not visit.request.headers.get("hx-request") else 200)
    if visit.request.headers.get("hx-request") and f"{ROOT}.match" in query:
        kept = draft.address.encode("ascii", "ignore").decode()
        answer.headers["HX-Push-Url" if "do" in query else "HX-Replace-Url"] = kept
    return answer


async def worth(visit: Visit) -> Response:
    """What the audience of a filter is worth, and how many of it may leave: fetched once the count stands there."""
    filter_ = _read(visit.request.query_params.get("filter", ""))
    group = await visit.ask(group_behaviour, read_values(BehaviourAsked, {"filter": filter_, "limit": 3}))
    both: JsonValue = {"all": [filter_, AT_RISK]}
    at_risk = await visit.ask(count_filter, read_values(FilterAsked, {"filter": both}))
    shop = await visit.ask(churn_aggregate, Asked())
    shown = {
        "group": group,
        "at_risk": at_risk.count,
        "shop_at_risk": shop.at_risk_count / shop.customers if shop.customers else None,
        "filter": json.dumps(filter_, ensure_ascii=False),
    }
    return visit.page("audience_worth.html", shown)


async def save(visit: Visit) -> Response:
    """Keep the filter under a name; where somebody changed that audience meanwhile, show theirs beside ours."""
    fields = await visit.form()
    said = {name: fields[name] for name in ("name", "about", "version") if fields.get(name)}
    asked = read_values(FilterSave, {**said, "filter": _read(fields.get("filter", ""))})
    there = await _saved(visit, asked.name)
    if there is not None and there.version != asked.version:
        return await _both(visit, asked, there)
    try:
        kept = await visit.ask(save_filter, asked)
    except SwitchboardError as error:
        there = await _saved(visit, asked.name)
        if error.code != "changed" or there is None:
            raise
        return await _both(visit, asked, there)
    about = urlencode({"name": kept.name})
    return visit.after(f"/audiences/build?{about}", f"“{kept.name}” is saved.")


async def forget(visit: Visit) -> Response:
    """Delete a saved audience."""
    fields = await visit.form()
    asked = read_values(FilterRef, {"name": fields.get("name", "")})
    await visit.ask(delete_filter, asked)
    return visit.after("/audiences", f"“{asked.name}” is deleted; nobody in it was touched.")


async def export(visit: Visit) -> Response:
    """A file of everybody in the audience: their figures, segments and risk."""
    fields = await visit.form()
    asked = read_values(export_profiles.asks, {"filter": _read(fields.get("filter", "")), "format": "csv"})
    made = await visit.ask(export_profiles, asked)
    return to(f"/exports/{made.export_id}")


async def _both(visit: Visit, mine: FilterSave, theirs: SavedFilter) -> Response:
    """Ours and theirs side by side, with what each finds."""
    known = known_from(await visit.ask(filter_vocabulary, VocabularyAsked(limit=NAMES)))
    sides = [
        {
            "whose": whose, "words": in_words(tree_of(filter_), known), "about": about,
            "count": (await visit.ask(count_filter, FilterAsked(filter=filter_))).count,
        }
        for whose, filter_, about in (("theirs", theirs.filter, theirs.about), ("yours", mine.filter, mine.about))
    ]  # fmt: skip
    shown = {
        "sides": sides, "theirs": theirs, "mine": json.dumps(mine.filter, ensure_ascii=False), "about": mine.about,
        "is_own": theirs.changed_by == visit.caller.id, "is_new": mine.version is None,
        "back": f"/audiences/build?{urlencode({'filter': json.dumps(mine.filter, ensure_ascii=False)})}",
    }  # fmt: skip
    return visit.page("audience_both.html", shown, 409)


def _draft(query: QueryParams, known: Known, saved: SavedFilter | None) -> Draft:
    said = query.get("version", "")
    version = int(said) if said.isascii() and said.isdigit() else saved.version if saved else None
    if f"{ROOT}.match" in query:
        root = changed(tree_in(query, known), query.get("do", ""), known.fresh())
    elif query.get("filter"):
        root = tree_of(_read(query["filter"]))
    elif saved is not None:
        root, version = tree_of(saved.filter), saved.version
    else:
        root = Group(items=(known.fresh(),))
    return Draft(root=root, written=written(root, known), name=query.get("name", ""), version=version)


def _around(visit: Visit, draft: Draft, known: Known) -> dict[str, object]:
    return {
        "draft": draft, "known": known, "matches": MATCHES, "labels": LABELS, "no_value": NO_VALUE, "most": MOST_RULES,
        "may_save": visit.caller.may(save_filter.permission),
        "may_export": visit.caller.may(export_profiles.permission),
        "may_weigh": visit.caller.may(group_behaviour.permission),
    }  # fmt: skip


def _focus(root: Group, action: str) -> str:
    """The row that a button added, where the keyboard goes on."""
    verb, _, path = action.partition(":")
    group = root
    for step in path.split(".")[1:]:
        below = group.items[int(step)] if step.isdigit() and int(step) < len(group.items) else None
        if not isinstance(below, Group):
            return ""
        group = below
    last = len(group.items) - 1
    if verb not in {"add", "group"} or last < 0:
        return ""
    return f"{path}.{last}" if verb == "add" else f"{path}.{last}.0"


async def _counted(visit: Visit, of: Written) -> tuple[FilterCounted | None, str, str]:
    """How many there are; else what is wrong, and with which row."""
    try:
        return await visit.ask(count_filter, FilterAsked(filter=of.filter, rows=SAMPLE)), "", ""
    except Invalid as error:
        place = error.field or ""
        return None, str(error).removeprefix(f"{place}: "), of.row_of(place)


async def _saved(visit: Visit, name: str) -> SavedFilter | None:
    if not name:
        return None
    try:
        return await visit.ask(show_filter, read_values(FilterRef, {"name": name}))
    except NotFound:
        return None


def _read(said: str) -> JsonValue:
    """A filter out of an address or a form."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        raise Invalid("filter: the address does not hold a filter as JSON; begin a new audience") from None


PAGES = (
    ("/audiences", "GET", all_of_them),
    ("/audiences/build", "GET", build),
    ("/audiences/worth", "GET", worth),
    ("/audiences/save", "POST", save),
    ("/audiences/delete", "POST", forget),
    ("/audiences/export", "POST", export),
)
