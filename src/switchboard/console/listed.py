"""Lists of customers as files: everybody a page lists, as far as a file from a page goes."""

from collections.abc import Iterable

from switchboard.console.tables import Row
from switchboard.console.visits import Visit
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.records import Customer, SearchAsked

MOST_ROWS = 20_000
PAGE = 1_000
HEAD = ("customer_id", "archetype", "risk_level", "days_since_last_purchase", "lifetime_value")


async def everybody(visit: Visit, asked: SearchAsked) -> list[Customer]:
    """All whom the question finds, a page after the other, up to the most rows of a file."""
    found, cursor = list[Customer](), None
    while len(found) < MOST_ROWS:
        page = await visit.ask(search, asked.model_copy(update={"cursor": cursor, "limit": PAGE}))
        found += [each for each in page.customers if isinstance(each, Customer)]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def rows(customers: Iterable[Customer]) -> list[Row]:
    """A row of `HEAD` for each."""
    return [
        (each.customer_id, each.archetype.name if each.archetype else "", each.risk_level or "",
         each.days_since_last_purchase, each.lifetime_value)
        for each in customers
    ]  # fmt: skip
