"""The served figures of people: what `intelligence` worked out last, for lists and profiles."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from switchboard.customers.placed import Keys
from switchboard.customers.store import figures as store
from switchboard.foundation.ground import Work

LOADED_FROM = 100_000  # people; of more, inserting row by row takes longer than loading a table of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Lifetime values in 1/10,000 of the currency, by ascending keys of people."""

    persons: Keys
    values: Keys


async def values(work: Work) -> Values:
    """The lifetime values of everybody as they are served."""
    persons, found = await store.values(work)
    return Values(persons=_numbers(persons), values=_numbers(found))


def _numbers(packed: bytes) -> Keys:
    return np.frombuffer(packed, ">i8").astype(np.int64)


async def serve(work: Work, run: int, people: int, rows: AsyncGenerator[bytes]) -> None:
    """Serve the figures of so many people and no others once the unit of work has committed.

    The rows are PostgreSQL's binary COPY: person_key, archetype, risk in tenths, lifetime value, and the rest packed.
    """
    await (store.load if people >= LOADED_FROM else store.write)(work, run, rows)


async def hold_served(work: Work) -> tuple[int, int] | None:
    """The run that is served and where its figures lie; no other is, until this unit of work ends. None before any."""
    return await store.hold_served(work)


async def renew(
    work: Work, served: tuple[int, int], as_of: datetime, rows: AsyncGenerator[bytes], gone: Sequence[int]
) -> None:
    """Serve figures of a later moment of some people, in the form `serve` takes; of the ones that are gone, none."""
    await store.renew(work, served, as_of, rows, gone)


async def sweep(work: Work) -> None:
    """Make room: drop what was served before. In a unit of work of its own."""
    await store.sweep(work)


async def forget(work: Work, person_keys: Sequence[int]) -> None:
    """Serve nothing of these people, who are gone."""
    await store.forget(work, person_keys)
