"""Everything that is held of a person, asked of every place; as data, and as a page for people."""

from switchboard.accounts import tenants
from switchboard.customers.days_kept import days_kept
from switchboard.customers.erasure.page import About, as_page
from switchboard.customers.erasure.records import Access, Told
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.personal import PLACES, Whom

MOST = 20_000  # entries of a place in one answer


async def access(work: Work, whom: Whom, name: str | None = None, after: int = 0) -> Access:
    """What every place holds of them, or one place after so many entries; a place that holds nothing is left out."""
    if name is None and after:
        raise Invalid("place: name the place whose further entries are asked for", field="place")
    if name is not None and name not in PLACES:
        raise Invalid(f"place: there is no place {name!r}; there are {', '.join(PLACES)}", field="place")
    told = list[Told]()
    for place in PLACES.values() if name is None else [PLACES[name]]:
        entries = [each for each in (await place.tell(work, whom, after + MOST + 1))[after:] if each]
        if entries:
            more = len(entries) > MOST
            following = after + MOST if more else None
            some = tuple(entries[:MOST])
            told.append(Told(place=place.name, about=place.about, entries=some, more=more, next_after=following))
    workspace = await tenants.current(work)
    about = About(
        shop=workspace.name, customer_ids=whom.customer_ids, at=work.now, zone=workspace.zone,
        kept=await days_kept(work),
    )  # fmt: skip
    return Access(customer_ids=whom.customer_ids, at=work.now, places=tuple(told), page=as_page(about, told))
