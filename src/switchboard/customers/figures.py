"""The served figures of people: what `intelligence` worked out last, for search, filters and profiles."""

from collections.abc import AsyncIterable

from switchboard.customers.store import figures as store
from switchboard.foundation.ground import Work

LOADED_FROM = 100_000  # people; of more, changing the rows that changed takes longer than writing all of them anew


async def serve(
    work: Work, run: int, people: int, figures: AsyncIterable[bytes], details: AsyncIterable[bytes]
) -> None:
    """Serve the figures of so many people and no others once the unit of work has committed.

    Both are PostgreSQL's binary COPY: (person_key, archetype, risk in tenths, lifetime value, orders, day of the last
    order, tags) and (person_key, everything else packed).
    """
    await (store.load if people >= LOADED_FROM else store.write)(work, run, figures, details)


async def sweep(work: Work) -> None:
    """Make room: drop what was served before. In a unit of work of its own."""
    await store.sweep(work)
