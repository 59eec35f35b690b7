"""Everything that is held of a person, asked of every place; as data, and as a page for people."""

from html import escape

from pydantic import JsonValue

from switchboard.accounts import tenants
from switchboard.customers.erasure.records import Access, Told
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import PLACES, Entry, Whom

MOST = 20_000  # entries of a place in one answer
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2937}"
    "h2{margin-top:2rem;border-bottom:1px solid #d1d5db}dl{display:grid;grid-template-columns:12rem 1fr;"
    "gap:.15rem 1rem;margin:.75rem 0;padding:.75rem;background:#f3f4f6;border-radius:.5rem}"
    "dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}dl dl{background:#fff}"
)


async def access(work: Work, whom: Whom, name: str | None = None, after: int = 0) -> Access:
    """What every place holds of them, or one place after so many entries; a place that holds nothing is left out."""
    if name is None and after:
        raise Invalid("place: name the place whose further entries are asked for", field="place")
    if name is not None and name not in PLACES:
        raise Invalid(f"place: there is no place {name!r}; there are {', '.join(PLACES)}", field="place")
    told = list[Told]()
    for place in PLACES.values() if name is None else [PLACES[name]]:
        entries = (await place.tell(work, whom, after + MOST + 1))[after:]
        if entries:
            more = len(entries) > MOST
            following = after + MOST if more else None
            some = tuple(entries[:MOST])
            told.append(Told(place=place.name, about=place.about, entries=some, more=more, next_after=following))
    shop = (await tenants.current(work)).name
    page = as_page(shop, whom.customer_ids, work.now.strftime("%Y-%m-%d %H:%M UTC"), told)
    return Access(customer_ids=whom.customer_ids, at=work.now, places=tuple(told), page=page)


def as_page(shop: str, customer_ids: tuple[str, ...], at: str, places: list[Told]) -> str:
    """One HTML file without scripts or anything from elsewhere; all texts are escaped."""
    sections = "".join(_section(place) for place in places) or "<p>Nothing is held.</p>"
    ids = escape(", ".join(customer_ids))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>What is held of customer {ids}</title><style>{STYLE}</style></head><body>"
        f"<h1>What {escape(shop)} holds of customer {ids}</h1><p>As of {escape(at)}.</p>{sections}</body></html>"
    )


def _section(place: Told) -> str:
    rest = f"ask customers.access_export for place {place.place} after {place.next_after}"
    more = f"<p>There is more than fits here: {escape(rest)}.</p>" if place.more else ""
    entries = "".join(_facts(entry) for entry in place.entries)
    return f"<section><h2>{escape(place.place.capitalize())}</h2><p>{escape(place.about)}</p>{entries}{more}</section>"


def _facts(entry: Entry) -> str:
    facts = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{_shown(value)}</dd>"
        for name, value in entry.items()
        if value not in (None, "", [], {})
    )
    return f"<dl>{facts}</dl>"


def _shown(value: JsonValue) -> str:
    if isinstance(value, dict):
        return _facts(value)
    if isinstance(value, list):
        return "".join(_shown(each) if isinstance(each, dict) else f"{_shown(each)}<br>" for each in value)
    return escape(str(value))
