"""The served figures of people: what `intelligence` worked out last, for search, filters and profiles."""

from collections.abc import AsyncIterable

from switchboard.customers.store import figures as store
from switchboard.foundation.ground import Work


async def serve(work: Work, run: int, figures: AsyncIterable[bytes], details: AsyncIterable[bytes]) -> None:
    """Serve these figures and no others once the unit of work has committed.

    Both are PostgreSQL's binary COPY: (person_key, archetype, risk in tenths, lifetime value, orders, day of the last
    order, tags) and (person_key, everything else packed).
    """
    await store.write(work, run, figures, details)
