"""People found: by text, and by the tags of their served figures, newest order first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.profiles import SCALE, SEE_CONTACT
from switchboard.customers.stand_ins import asked_as, is_address
from switchboard.customers.store import figures as store
from switchboard.customers.store import people as people_store
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work

COUNTED = 10_000  # how far matches are counted
NEVER = datetime.min  # noqa: DTZ901 - without a zone: how the driver writes -infinity, "has never ordered"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BY_ID = "k."
MICROSECOND = timedelta(microseconds=1)
Keys = NDArray[np.int64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A person as a list shows them."""

    customer_id: str
    archetype_id: str | None
    risk_tenths: int | None
    lifetime_value: float | None
    last_order_at: datetime | None
    tags: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A place in a list of people by their newest orders."""

    at: datetime
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of people; either all were counted, or at least so many."""

    people: tuple[Found, ...]
    total: int | None
    total_at_least: int | None
    next_cursor: str | None


NOBODY = Page(people=(), total=0, total_at_least=None, next_cursor=None)


async def search(work: Work, text: str | None, tags: Sequence[int], cursor: str | None, limit: int) -> Page:
    """People who match the text and have all the tags.

    With the permission customers:contact the text also matches contacts by the beginnings of their words; without it,
    whole ids only. Ids that begin with the text come before contacts: while there are any, there are only those.
    """
    wanted, after = (text or "").strip(), _read(cursor)
    if wanted and not work.caller.may(SEE_CONTACT):
        return await _whole_id(work, wanted, tags)
    if wanted and not isinstance(after, At) and not is_address(wanted):
        by_id = await _by_id(work, wanted, tags, after, limit)
        if by_id.people or after:
            return by_id
    words = contact.asked_for(await tenants.data_key(work), wanted) if wanted else None
    if wanted and not words:
        return NOBODY
    tagged = list(tags) if tags or not wanted else None
    return await _page(work, words, tagged, after if isinstance(after, At) else None, limit)


async def among(work: Work, text: str, keys: Keys) -> Places:
    """Where in these keys, which ascend, those stand whom the text finds, as `search` reads it.

    Raise Invalid when the text by itself finds more people than are counted.
    """
    wanted = text.strip()
    if not work.caller.may(SEE_CONTACT):
        key = await people_store.key(work, await asked_as(work, wanted))
        return _common(keys, [] if key is None else [key])
    if not is_address(wanted):
        found = await store.starting_with(work, wanted, [], None, COUNTED + 1)
        by_id = _common(keys, _few(found))
        if len(by_id):
            return by_id
    words = contact.asked_for(await tenants.data_key(work), wanted)
    return _common(keys, await _keys_by_words(work, words) if words else [])


async def _keys_by_words(work: Work, words: Sequence[int]) -> Sequence[int]:
    if await store.count(work, words, None, COUNTED + 1) > COUNTED:  # without putting them in order first
        raise _too_many()
    return [row["person_key"] for row in await store.page(work, words, None, None, COUNTED)]


def _few(found: Sequence[int]) -> Sequence[int]:
    if len(found) > COUNTED:
        raise _too_many()
    return found


def _common(keys: Keys, found: Sequence[int]) -> Places:
    wanted = np.sort(np.array(found, np.int64))
    places = np.searchsorted(keys, wanted)
    within = places < len(keys)
    places, wanted = places[within], wanted[within]
    return places[keys[places] == wanted]


def _too_many() -> Invalid:
    return Invalid(f"the text fits more than {COUNTED:,} people; write more of its letters", field="text")


async def _page(
    work: Work, words: Sequence[int] | None, tagged: Sequence[int] | None, after: At | None, limit: int
) -> Page:
    rows = await store.page(work, words, tagged, (after.at, after.key) if after else None, limit + 1)
    shown = await _shown(work, [row["person_key"] for row in rows[:limit]])
    more = len(rows) > limit
    counted = await _count(work, words, tagged) if more or after else len(rows)
    last = rows[limit - 1] if more else None
    place = At(at=last["last_order_at"], key=last["person_key"]) if last else None
    return _of(shown, counted, written_cursor(place) if place else None)


async def _count(work: Work, words: Sequence[int] | None, tagged: Sequence[int] | None) -> int:
    return await store.count(work, words, tagged, COUNTED)


async def _whole_id(work: Work, text: str, tags: Sequence[int]) -> Page:
    """The person whose id this is."""
    key = await people_store.key(work, await asked_as(work, text))
    people = tuple(each for each in await _shown(work, [] if key is None else [key]) if each.tags.issuperset(tags))
    return _of(people, len(people), None)


async def _by_id(work: Work, text: str, tags: Sequence[int], after: str | None, limit: int) -> Page:
    """The people whose id begins with the text, in the order of their ids."""
    keys = await store.starting_with(work, text, tags, _key(after), limit + 1)
    more = len(keys) > limit
    counted = await store.count_starting_with(work, text, tags, COUNTED) if more or after else len(keys)
    return _of(await _shown(work, keys[:limit]), counted, f"{BY_ID}{keys[limit - 1]}" if more else None)


def _of(people: tuple[Found, ...], counted: int, next_cursor: str | None) -> Page:
    return Page(
        people=people,
        total=counted if counted < COUNTED else None,
        total_at_least=None if counted < COUNTED else COUNTED,
        next_cursor=next_cursor,
    )


async def _shown(work: Work, keys: Sequence[int]) -> tuple[Found, ...]:
    return tuple(
        Found(
            customer_id=row["customer_id"],
            archetype_id=row["archetype"],
            risk_tenths=row["risk"],
            lifetime_value=None if row["lifetime_value"] is None else row["lifetime_value"] / SCALE,
            last_order_at=None if row["last_order_at"] == NEVER else row["last_order_at"],
            tags=frozenset(row["tags"] or ()),
        )
        for row in (await store.shown(work, keys) if keys else [])
    )


def read_cursor(cursor: str | None) -> At | None:
    """Where a page of people who have ordered begins; raise Invalid for a cursor of another list."""
    after = _read(cursor)
    if isinstance(after, str) or (after is not None and after.at == NEVER):
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
