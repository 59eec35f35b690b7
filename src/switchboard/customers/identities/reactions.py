"""What identities do about the news of others."""

from switchboard.customers import contact
from switchboard.customers.events import AddressConfirmed
from switchboard.customers.identities import noting
from switchboard.customers.identities.noting import note
from switchboard.customers.identities.records import Kind
from switchboard.customers.store import identities as store
from switchboard.foundation.events import reaction
from switchboard.foundation.ground import Work

REACHED_BY: dict[str, Kind] = {"email": "email", "sms": "phone", "whatsapp": "phone", "phone": "phone"}


@reaction(AddressConfirmed)
async def verify(work: Work, news: AddressConfirmed) -> None:
    """Somebody confirmed that we may write: the address they are known by is verified."""
    await store.hold(work)
    finder, kind = await noting.finder(work), REACHED_BY.get(news.channel)
    for row in await store.own(work, [news.person_key]):
        known = contact.unseal(finder.key, row["person_key"], row["contact"])
        finder.look(row["person_key"], known, row["country"], frozenset(() if kind is None else (kind,)), again=True)
    await note(work, news.statement_id, finder.take(), "statement")
