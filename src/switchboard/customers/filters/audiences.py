"""Saved filters, as the rooms above keep and find them."""

import json

from switchboard.customers.cards import MASK, masked_json, without_cards
from switchboard.customers.filters.records import FilterSave, SavedFilter
from switchboard.customers.masking import HIDDEN
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.store import audiences as store
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work

MOST_LETTERS = 100_000


def written(filter_: object, field: str = "filter") -> str:
    """The filter as text, without numbers of cards; raise Invalid for one that is too long to keep."""
    text = masked_json(json.dumps(filter_, ensure_ascii=False)).text
    if len(text) > MOST_LETTERS:
        raise Invalid(f"{field}: {len(text):,} letters are more than {MOST_LETTERS:,}; name fewer values", field=field)
    return text


async def save(work: Work, asked: FilterSave) -> SavedFilter:
    """Keep a filter, which was checked, under a name; raise Conflict when another version is there than was meant.

    Raise Invalid where somebody who sees addresses masked would keep what they see in the place of what was there.
    """
    kept = store.Kept(
        name=without_cards(asked.name), about=without_cards(asked.about), filter=written(asked.filter),
        version=asked.version, sort=asked.sort,
    )  # fmt: skip
    if HIDDEN in kept.filter.replace(MASK, "") and not work.caller.may(SEE_CONTACT):
        raise Invalid(
            "filter: a number or address in it is hidden from you, and would be lost; ask somebody who sees contacts",
            field="filter",
        )
    row = await store.save(work, kept)
    if row is None or (kept.version is not None and row["version"] == 1):
        raise Conflict(f"the filter {kept.name!r} has another version; read it again and decide anew", code="changed")
    return saved(row)


async def named(work: Work, name: str) -> SavedFilter:
    """The filter of this name; raise NotFound."""
    row = await store.one(work, name)
    if row is None:
        raise NotFound(f"there is no saved filter {name!r}; customers.filters lists them")
    return saved(row)


def saved(row: store.Row) -> SavedFilter:
    """The filter of a row."""
    return SavedFilter(**(dict(row) | {"filter": json.loads(row["filter"])}))
