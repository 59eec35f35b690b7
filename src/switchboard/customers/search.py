"""People found by text, newest order first, a page at a time; and what lists show of people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import compress
from math import ceil
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.customers import contact, texts_among
from switchboard.customers.placed import NEVER, At, Keys
from switchboard.customers.profiles import SCALE, SEE_CONTACT
from switchboard.customers.stand_ins import asked_as, is_address
from switchboard.customers.store import figures as store
from switchboard.customers.store import people as people_store
from switchboard.customers.texts_among import Kept
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work

COUNTED = 1_000  # how far matches are counted
READ = 10_000  # matches among which those of a filter are looked for
SPARE = 1.5  # more matches than should do are looked at first
LOOKED_THROUGH = 100_000  # matches that are looked through for people of the right kind
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BY_ID = "k."
MICROSECOND = timedelta(microseconds=1)
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A person as a list shows them; the figures, of the run with that number, are None for whom none has seen."""

    customer_id: str
    archetype_id: str | None
    risk_tenths: int | None
    lifetime_value: float | None
    run: int | None
    detail: bytes | None
    last_order_at: datetime | None


class ById(NamedTuple):
    """A place in a list of people by their ids: whose id it is, and to whom that leads."""

    named: int
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of people; either all were counted, or at least so many."""

    people: tuple[Found, ...]
    total: int | None
    total_at_least: int | None
    next_cursor: str | None
    by: Literal["id", "contact"] | None = None


class Counted(NamedTuple):
    """How many people there are, or, when they are not the whole, how many at least."""

    number: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Places of people for a page, after which the next one begins; and how many were seen on the way."""

    places: list[ById]
    last: ById | None
    counted: Counted


NOBODY = Page(people=(), total=0, total_at_least=None, next_cursor=None)


async def search(work: Work, text: str, kept: Kept | None, cursor: str | None, limit: int) -> Page:
    """People who match the text, of those that are kept.

    With the permission customers:contact the text also matches contacts by the beginnings of their words; without it,
    whole ids only. Ids that begin with the text come before contacts: while there are any, there are only those.
    """
    wanted, after = text.strip(), _read(cursor)
    if not work.caller.may(SEE_CONTACT):
        return replace(await _whole_id(work, wanted, kept), by="id")
    if not isinstance(after, At) and not is_address(wanted):
        by_id = await _by_id(work, wanted, kept, after, limit)
        if by_id.people or after:
            return replace(by_id, by="id")
    words = contact.asked_for(await tenants.data_key(work), wanted)
    if not words:
        return NOBODY
    found = await _by_words(work, words, kept, after if isinstance(after, At) else None, limit)
    return replace(found, by="contact")


async def finds_anybody(work: Work, text: str) -> bool:
    """Whether the text is the beginning of anybody's id, or of the words of anybody's contact."""
    wanted = text.strip()
    if not is_address(wanted) and await store.count_starting_with(work, wanted, 1):
        return True
    words = contact.asked_for(await tenants.data_key(work), wanted)
    return bool(words) and await store.count(work, words, 1) > 0


async def among(work: Work, text: str, keys: Keys) -> Places:
    """Where in these keys, which ascend, those stand whom the text finds, as `search` reads it.

    Raise Invalid when the text by itself finds more people than are read at a time.
    """
    wanted = text.strip()
    if not work.caller.may(SEE_CONTACT):
        key = await people_store.key(work, await asked_as(work, wanted))
        return _common(keys, [] if key is None else [key])
    if not is_address(wanted):
        found = await store.starting_with(work, wanted, None, READ + 1)
        by_id = _common(keys, [row["root"] for row in _few(found)])
        if len(by_id):
            return by_id
    words = contact.asked_for(await tenants.data_key(work), wanted)
    return _common(keys, await _keys_by_words(work, words) if words else [])


async def _keys_by_words(work: Work, words: Sequence[int]) -> Sequence[int]:
    if await store.count(work, words, READ + 1) > READ:  # without putting them in order first
        raise _too_many()
    return [row["person_key"] for row in await store.page(work, words, None, READ)]


def _few(found: Sequence[store.Row]) -> Sequence[store.Row]:
    if len(found) > READ:
        raise _too_many()
    return found


def _common(keys: Keys, found: Sequence[int]) -> Places:
    wanted = np.sort(np.array(found, np.int64))
    places = np.searchsorted(keys, wanted)
    within = places < len(keys)
    places, wanted = places[within], wanted[within]
    return places[keys[places] == wanted]


def _too_many() -> Invalid:
    return Invalid(f"the text fits more than {READ:,} people; write more of its letters", field="text")


async def _by_words(work: Work, words: Sequence[int], kept: Kept | None, after: At | None, limit: int) -> Page:
    """The people who have all these words, newest order first."""
    if kept is not None:
        found = await texts_among.page(work, words, kept, after, limit)
        cursor = written_cursor(found.following) if found.following else None
        return await _page(work, found.keys.tolist(), Counted(found.found, found.whole), cursor)
    place = (after.at, after.key) if after else None
    rows = await store.page(work, words, place, limit + 1)
    keys = [row["person_key"] for row in rows]
    counted = Counted(number=len(rows), whole=len(rows) <= limit and after is None)
    if rows and rows[0]["found"] is not None:
        counted = Counted(number=rows[0]["found"], whole=rows[0]["whole"])
    last = At(at=rows[limit - 1]["last_order_at"], key=keys[limit - 1]) if len(rows) > limit else None
    return await _page(work, keys[:limit], counted, written_cursor(last) if last else None)


async def _by_id(work: Work, text: str, kept: Kept | None, after: str | None, limit: int) -> Page:
    """The people whose id begins with the text, in the order of their ids."""
    named = _key(after)
    part = await _part(work, text, kept, None if named is None else ById(named=named, key=named), limit)
    counted = part.counted
    if kept is None and not counted.whole:
        number = await store.count_starting_with(work, text, COUNTED + 1)
        counted = Counted(number=min(number, COUNTED), whole=number <= COUNTED)
    cursor = f"{BY_ID}{part.last.named}" if part.last else None
    return await _page(work, [place.key for place in part.places], counted, cursor)


async def _whole_id(work: Work, text: str, kept: Kept | None) -> Page:
    """The person whose id this is."""
    key = await people_store.key(work, await asked_as(work, text))
    people = await shown(work, [key]) if key is not None and (kept is None or kept.among(np.array([key]))[0]) else ()
    return Page(people=people, total=len(people), total_at_least=None, next_cursor=None)


async def _part(work: Work, text: str, kept: Kept | None, after: ById | None, limit: int) -> _Part:
    """So many of those whose id begins so, after one, of those who are kept; looks through a bounded number of them."""
    first, found = after, list[ById]()
    for size in (limit + 1,) if kept is None else (_at_first(kept, limit), LOOKED_THROUGH):
        rows = await store.starting_with(work, text, after.named if after else None, size)
        here = [ById(named=row["person_key"], key=row["root"]) for row in rows]
        if kept is None:
            found += here
        else:
            found += compress(here, kept.among(np.fromiter((each.key for each in here), np.int64, len(here))))
        at_end = len(here) < size
        if at_end or len(found) > limit:
            last = found[limit - 1] if len(found) > limit else None
            return _Part(places=found[:limit], last=last, counted=Counted(len(found), at_end and first is None))
        after = here[-1]
    return _Part(places=found, last=after, counted=Counted(len(found), whole=False))


def _at_first(kept: Kept, limit: int) -> int:
    """So many ids are looked at first, among which there should be enough of them."""
    return min(ceil(SPARE * (limit + 1) / max(kept.share, 1 / LOOKED_THROUGH)), LOOKED_THROUGH)


async def _page(work: Work, keys: Sequence[int], counted: Counted, cursor: str | None) -> Page:
    """The page of these people."""
    return Page(
        people=await shown(work, keys),
        total=counted.number if counted.whole else None,
        total_at_least=None if counted.whole else counted.number,
        next_cursor=cursor,
    )


async def shown(work: Work, keys: Sequence[int]) -> tuple[Found, ...]:
    """What lists show of these people, in their order; who is gone is left out."""
    return tuple(
        Found(
            customer_id=row["customer_id"],
            archetype_id=row["archetype"],
            risk_tenths=row["risk"],
            lifetime_value=None if row["lifetime_value"] is None else row["lifetime_value"] / SCALE,
            run=row["run"],
            detail=row["detail"],
            last_order_at=None if row["last_order_at"] == NEVER else row["last_order_at"],
        )
        for row in (await store.shown(work, keys) if keys else [])
    )


def read_cursor(cursor: str | None, *, never: bool = False) -> At | None:
    """Where a page of people begins, who have ordered unless `never`; raise Invalid for a cursor of another list."""
    after = _read(cursor)
    if isinstance(after, str) or (after is not None and after.at == NEVER and not never):
        raise _not_ours()
    return after


def written_cursor(after: At) -> str:
    """The cursor of the page that begins after this place."""
    return f"{'never' if after.at == NEVER else (after.at - EPOCH) // MICROSECOND}.{after.key}"


def _read(cursor: str | None) -> "At | str | None":
    """Where a page by time begins, or the cursor of a page by ids."""
    if cursor is None or cursor.startswith(BY_ID):
        return cursor
    at, _, key = cursor.partition(".")
    try:
        return At(at=NEVER if at == "never" else EPOCH + int(at) * MICROSECOND, key=_int64(key))
    except (ValueError, OverflowError):
        raise _not_ours() from None


def _key(cursor: str | None) -> int | None:
    try:
        return None if cursor is None else _int64(cursor.removeprefix(BY_ID))
    except ValueError:
        raise _not_ours() from None


def _int64(written: str) -> int:
    number = int(written)
    if not 0 <= number < 1 << 63:
        raise ValueError(written)
    return number


def _not_ours() -> Invalid:
    return Invalid("the cursor is not one of ours; take next_cursor of the page before", field="cursor")
