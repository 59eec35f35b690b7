"""What is held of a person as a page for them to read: who they are and what they agreed to first, in plain words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from html import escape
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from switchboard.customers.erasure.records import Told
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.personal import Entry
from switchboard.foundation.retention import KINDS

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2937}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #d1d5db}"
    "dl{display:grid;grid-template-columns:fit-content(14rem) minmax(8rem,1fr);"
    "gap:.15rem 1rem;margin:.5rem 0}dt{color:#4b5563}dd{margin:0;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;"
    "border-bottom:1px solid #e5e7eb}td{overflow-wrap:break-word}th{white-space:nowrap;color:#4b5563;font-weight:600}"
    "article{margin:.75rem 0;padding:.25rem 1rem;background:#f3f4f6;border-radius:.5rem}.wide{overflow-x:auto}"
    "@media print{body{margin:0;max-width:none}article{background:none;border:1px solid #d1d5db}}"
)
TITLES = {
    "person": "Who you are",
    "consent": "What you said of being contacted",
    "orders": "Your orders",
    "events": "What you did",
    "attributes": "Facts noted by hand",
    "figures": "Figures worked out from your orders",
    "segments": "Groups your orders were taken to belong to",
    "told": "What each file or system said of you",
    "identities": "How you are recognised",
    "contested identities": "Addresses told of you that are somebody else's",
    "merges": "Records taken for one person",
    "earlier orders": "Orders as they were before a correction",
    "repeated events": "Events that were told again",
    "saved filters": "Saved selections that name you",
    "approvals": "Changes about you that somebody was asked to allow",
    "first answers": "Answers kept for a day",
    "searches": "What was typed to find you",
    "audit trail": "Who looked at this, and what was done",
}
"""Of each place, in the order of the page; a place without one comes after them, under its name."""
LABELS = {
    "order_id": "order", "placed_at": "ordered", "gross": "before discounts", "is_order": "counts as an order",
    "at": "when", "began": "when", "kind": "what", "identity": "id", "event_id": "id", "lines": "items",
    "operation": "what", "door": "by way of", "caller_kind": "by", "how": "told by", "told_at": "last told",
    "said_at": "told", "stated": "the time is the source's own", "lat": "latitude", "lon": "longitude",
    "country_guessed": "country guessed", "as_of": "as of", "merged_into": "one with", "created_at": "customer since",
    "last_order_at": "last order",
}  # fmt: skip
OURS = {"changed", "run", "id", "archetype_id"}
"""Numbers of our own, which stand in the data and say nothing to people."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
AMOUNTS = {"gross", "discount", "refund", "unit_price", "total", "lifetime_value"}
TIMES = "\N{MULTIPLICATION SIGN}"
MOST_COLUMNS, MOST_IN_A_CELL = 7, 6
TOLD_OF = ("orders", "events", "profiles", "audit", "uploads", "quarantine", "backups", "logs")
DAY_ZERO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Of whom the page is and who holds it; `kept` is how many days by kind, None for ever."""

    shop: str
    customer_ids: tuple[str, ...]
    at: datetime
    zone: ZoneInfo
    kept: Mapping[str, int | None]


def as_page(about: About, places: Sequence[Told]) -> str:
    """One HTML file without scripts or anything from elsewhere; all texts are escaped."""
    order = {name: place for place, name in enumerate(TITLES)}
    some = sorted(places, key=lambda each: order.get(each.place, len(order)))
    ids, shop = escape(", ".join(about.customer_ids)), escape(about.shop)
    contents = "".join(
        f'<li><a href="#{_anchor(each)}">{_title(each)}</a> ({len(each.entries):,}{"+" if each.more else ""})</li>'
        for each in some
    )
    held = f"<ul>{contents}</ul>" + "".join(_section(each, about) for each in some) if some else "<p>Nothing.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>What {shop} holds about customer {ids}</title><style>{STYLE}</style></head><body>"
        f"<h1>What {shop} holds about you</h1><p>Customer {ids}, as of {_moment(about.at, about.zone)}. "
        f"All times are those of {escape(about.zone.key)}.</p>{held}{_rights(about)}</body></html>"
    )


def _section(place: Told, about: About) -> str:
    rest = f"{about.shop} gives you the rest: customers.access_export for place {place.place} after {place.next_after}"
    more = f"<p>There is more than fits here. {escape(rest)}.</p>" if place.more else ""
    names = list(dict.fromkeys(name for entry in place.entries for name in _facts(entry)))
    shown = _table(place.entries, names, about) if _fits(place, names) else _cards(place.entries, about)
    said = "" if place.place in TITLES else f"<p>{escape(place.about)}</p>"
    return f'<section id="{_anchor(place)}"><h2>{_title(place)}</h2>{said}{shown}{more}</section>'


def _fits(place: Told, names: Sequence[str]) -> bool:
    """Whether the entries are a table that can be read."""
    inner = (value for entry in place.entries for value in entry.values() if isinstance(value, dict))
    return len(names) <= MOST_COLUMNS and place.place != "person" and all(len(each) <= MOST_IN_A_CELL for each in inner)


def _table(entries: Sequence[Entry], names: Sequence[str], about: About) -> str:
    head = "".join(f"<th>{_label(name)}</th>" for name in names)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_shown(name, _facts(entry).get(name), about)}</td>' for name in names)}</tr>"
        for entry in entries
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cards(entries: Sequence[Entry], about: About) -> str:
    return "".join(f"<article>{_list(entry, about)}</article>" for entry in entries)


def _list(entry: Mapping[str, JsonValue], about: About) -> str:
    contact_first = sorted(_facts(entry).items(), key=lambda each: each[0] != "contact")
    facts = "".join(f"<dt>{_label(name)}</dt><dd>{_shown(name, value, about)}</dd>" for name, value in contact_first)
    return f"<dl>{facts}</dl>"


def _facts(entry: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in entry.items() if name not in OURS and value not in (None, "", [], {})}


def _shown(name: str, value: JsonValue, about: About) -> str:
    if isinstance(value, dict):
        return _list(value, about)
    if isinstance(value, list):
        return "<br>".join(_item(each) if _is_line(each) else _shown(name, each, about) for each in value)
    return escape(_written(name, value, about.zone))


def _written(name: str, value: str | float | None, zone: ZoneInfo) -> str:
    """A plain value as people write it."""
    match value:
        case None:
            said = ""
        case bool():
            said = "yes" if value else "no"
        case int() | float() if name.endswith("_day"):
            said = (DAY_ZERO + timedelta(days=int(value))).isoformat()
        case float():
            said = f"{value:,.2f}".removesuffix(".00")
        case str() if MOMENT.fullmatch(value):
            said = _moment(datetime.fromisoformat(value), zone)
        case str() if name == "operation" and value in OPERATIONS:
            said = OPERATIONS[value].title
        case _:
            said = _amount(str(value)) if name in AMOUNTS else str(value)
    return said


def _is_line(value: JsonValue) -> bool:
    return isinstance(value, dict) and "unit_price" in value and "quantity" in value


def _item(line: JsonValue) -> str:
    """A line of an order, as a receipt has it."""
    assert isinstance(line, dict)
    what = line.get("product") or line.get("product_id") or "something"
    said = f"{line['quantity']} {TIMES} {what}, {_amount(str(line['unit_price']))} each"
    less = "".join(
        f", {_amount(str(line[name]))} {word}"
        for name, word in (("discount", "off"), ("refund", "given back"))
        if line.get(name) not in (None, "0")
    )
    return escape(said + less)


def _amount(said: str) -> str:
    try:
        return f"{Decimal(said):,.2f}"
    except InvalidOperation:
        return said


def _moment(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here.day} {here:%B %Y, %H:%M}"


def _rights(about: About) -> str:
    shop = escape(about.shop)
    kept = "".join(
        f"<tr><td>{escape(KINDS[name].about)}</td><td>{_days(about.kept[name])}</td></tr>"
        for name in TOLD_OF
        if name in about.kept and name in KINDS
    )
    return (
        f"<section><h2>How long it is kept</h2><table><tbody>{kept}</tbody></table></section>"
        f"<section><h2>What you can ask for</h2><p>You can ask {shop} to correct or to erase what is held about you, "
        "to stop contacting you, and for all of this as data that other programs read. If you think that it is not "
        "treated as it should be, you can complain to the authority for data protection where you live.</p></section>"
    )


def _days(days: int | None) -> str:
    return "until it is erased" if days is None else f"{days:,} {'day' if days == 1 else 'days'}"


def _title(place: Told) -> str:
    return escape(TITLES.get(place.place, place.place.capitalize()))


def _anchor(place: Told) -> str:
    return re.sub(r"\W+", "-", place.place)


def _label(name: str) -> str:
    return escape(LABELS.get(name, name.replace("_", " ")))
