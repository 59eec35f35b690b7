"""People found: by text, and by the tags of their served figures, newest order first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.profiles import SCALE, SEE_CONTACT
from switchboard.customers.store import figures as store
from switchboard.customers.store import people as people_store
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work

COUNTED = 10_000  # how far matches are counted
NEVER = datetime.min.replace(tzinfo=UTC)  # how the driver writes "has never ordered"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


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
class Page:
    """A page of people; either all were counted, or at least so many."""

    people: tuple[Found, ...]
    total: int | None
    total_at_least: int | None
    next_cursor: str | None


async def search(work: Work, text: str | None, tags: Sequence[int], cursor: str | None, limit: int) -> Page:
    """People who match the text and have all the tags.

    With the permission customers:contact the text also matches contacts by the beginnings of their words; without it,
    whole ids only.
    """
    wanted = (text or "").strip()
    if wanted and (by_id := await _by_id(work, wanted, tags, limit)):
        return by_id
    if wanted and not work.caller.may(SEE_CONTACT):
        return Page(people=(), total=0, total_at_least=None, next_cursor=None)
    words = contact.asked_for(await tenants.data_key(work), wanted) if wanted else None
    if wanted and not words:
        return Page(people=(), total=0, total_at_least=None, next_cursor=None)
    tagged = list(tags) if tags or not wanted else None
    return await _page(work, words, tagged, cursor, limit)


async def _page(
    work: Work, words: Sequence[int] | None, tagged: Sequence[int] | None, cursor: str | None, limit: int
) -> Page:
    rows = await store.page(work, words, tagged, _read(cursor), limit + 1)
    shown = await _shown(work, [row["person_key"] for row in rows[:limit]])
    more = len(rows) > limit
    counted = await _count(work, words, tagged) if more or cursor else len(rows)
    last = rows[limit - 1] if more else None
    return Page(
        people=shown,
        total=counted if counted < COUNTED else None,
        total_at_least=None if counted < COUNTED else COUNTED,
        next_cursor=_written(last["last_order_at"], last["person_key"]) if last else None,
    )


async def _count(work: Work, words: Sequence[int] | None, tagged: Sequence[int] | None) -> int:
    return await store.count(work, words, tagged, COUNTED)


async def _by_id(work: Work, text: str, tags: Sequence[int], limit: int) -> Page | None:
    """The people whose id is, or for those who see contacts begins with, the text."""
    if work.caller.may(SEE_CONTACT):
        keys = [row["person_key"] for row in await store.starting_with(work, text, limit)]
    else:
        key = await people_store.key(work, text)
        keys = [] if key is None else [key]
    people = tuple(each for each in await _shown(work, keys) if each.tags.issuperset(tags))
    if not people:
        return None
    full = len(keys) >= limit
    return Page(
        people=people, total=None if full else len(people), total_at_least=len(people) if full else None,
        next_cursor=None,
    )  # fmt: skip


async def _shown(work: Work, keys: Sequence[int]) -> tuple[Found, ...]:
    return tuple(
        Found(
            customer_id=row["customer_id"],
            archetype_id=row["archetype"],
            risk_tenths=row["risk"],
            lifetime_value=None if row["lifetime_value"] is None else row["lifetime_value"] / SCALE,
            last_order_at=row["last_order_at"] if row["last_order_at"] > NEVER else None,
            tags=frozenset(row["tags"] or ()),
        )
        for row in (await store.shown(work, keys) if keys else [])
    )


def _written(at: datetime, key: int) -> str:
    return f"{(at - EPOCH) // MICROSECOND}.{key}"


def _read(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    at, _, key = cursor.partition(".")
    try:
        return EPOCH + int(at) * MICROSECOND, int(key)
    except (ValueError, OverflowError):
        raise Invalid("the cursor is not one of ours; take next_cursor of the page before", field="cursor") from None
