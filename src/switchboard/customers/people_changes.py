"""What changed of people, for the rooms above that keep a copy: nothing of how they are reached."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass

from switchboard.customers.store import people_changes as store
from switchboard.foundation.ground import Work

Take = Callable[[bytes], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """A person as they are now: when they ordered last and were first known (Unix time), attributes as JSON."""

    key: int
    ordered: int | None
    country: str | None
    region: str | None
    city: str | None
    lat: float | None
    lon: float | None
    created: int | None
    attributes: str | None


async def changed_people(work: Work, since: str | None) -> AsyncGenerator[list[PersonSeen]]:
    """Everybody who changed since the snapshot, all when None, some thousand at a time."""
    async for rows in store.people(work, since):
        yield [
            PersonSeen(
                key=row["person_key"], ordered=row["ordered"], country=row["country"], region=row["region"],
                city=row["city"], lat=row["lat"], lon=row["lon"], created=row["created"],
                attributes=row["attributes"],
            )
            for row in rows
        ]  # fmt: skip


async def gone_people(work: Work, since: str) -> list[int]:
    """The people who are no more."""
    return await store.stale(work, since, "person")


async def people_with_other_events(work: Work, since: str) -> list[int]:
    """The people of whose events some changed or went: all of theirs have to be copied again."""
    return await store.stale(work, since, "activity")


async def new_kinds(work: Work, since: str | None) -> list[str]:
    """The kinds of events that came since the snapshot."""
    return await store.kinds(work, since)


async def kinds_of(work: Work, people: Sequence[int]) -> list[str]:
    """The kinds of events these people have."""
    return await store.kinds_of(work, people)


async def copy_events(work: Work, since: str | None, kinds: Sequence[str], take: Take) -> None:
    """Give `take` the events that came, as binary COPY of three bigints: person, place in `kinds` from 1, Unix time."""
    await store.copy_events(work, since, kinds, take)


async def copy_events_of(work: Work, people: Sequence[int], kinds: Sequence[str], take: Take) -> None:
    """The same of all events of these people."""
    await store.copy_events_of(work, people, kinds, take)


async def copy_served(work: Work, since: str | None, seen_run: int | None, size: int, take: Take) -> int | None:
    """Give `take` the served figures that changed since the snapshot, all of a run not seen; which run it is.

    Binary COPY as `figures.serve` takes it, of packed rows of this size; a missing archetype is blanks.
    """
    run = await store.served(work)
    if run is None:
        return None
    await store.copy_figures(work, run, since if run[0] == seen_run else None, size, take)
    return run[0]


async def served_another(work: Work, seen_run: int) -> bool:
    """Whether the figures of another run are served than of this one."""
    run = await store.served(work)
    return run is not None and run[0] != seen_run


async def anything_changed(work: Work, since: str, seen_run: int | None) -> bool:
    """Whether anything that is mirrored has changed since the snapshot, or another run is served."""
    return await store.anything(work, since, seen_run)
