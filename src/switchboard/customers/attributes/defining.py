"""What an attribute is, said by hand; under a new type its values become values of that type."""

import asyncio
import json
from dataclasses import dataclass

from switchboard.accounts import tenants
from switchboard.customers.attributes.arriving import MOST
from switchboard.customers.attributes.records import Attribute, AttributeDefined, DefineAttribute
from switchboard.customers.attributes.values import converted
from switchboard.customers.imports.records import AttributeType
from switchboard.customers.store import attributes as store
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Work

MOST_VALUES = 200_000
AT_ONCE = 5_000
DEFAULT: AttributeType = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Old and new values as JSON, and those that fit no more."""

    new: tuple[tuple[str, str], ...]
    unfit: tuple[str, ...]


async def named(work: Work, name: str) -> store.Row | None:
    """The attribute of this name, in large or small letters."""
    rows = await store.definitions(work)
    return next((row for row in rows if row["name"].casefold() == name.casefold()), None)


async def define(work: Work, asked: DefineAttribute) -> AttributeDefined:
    """Say what an attribute is, and convert what is there; raise Conflict while values do not fit."""
    currency = (await tenants.current(work)).currency
    if asked.currency not in {None, currency}:
        raise Invalid(f"currency: money is kept in {currency}, the workspace's; convert it first", field="currency")
    old = await named(work, asked.name)
    if old is None and len(await store.definitions(work)) >= MOST:
        raise Invalid(
            f"name: a workspace has at most {MOST:,} attributes; forget one with customers.forget_attribute",
            field="name",
        )
    name: str = old["name"] if old else asked.name
    kind: AttributeType = asked.type or (old["type"] if old else DEFAULT)
    change = _Change(new=(), unfit=())
    if old and old["type"] != kind:
        change = await _change(work, name, kind, currency)
    people = await store.having(work, name, change.unfit)
    if change.unfit and not (asked.preview or asked.leave_out):
        raise Conflict(
            f"{len(change.unfit):,} values of {people:,} people are no {kind}; preview tells so too, "
            "and leave_out forgets them",
            code="values_do_not_fit",
        )
    unit = asked.unit if kind == "number" else None
    if not asked.preview:
        kept_unit = old["unit"] if old and kind == "number" else None
        await store.define(work, name, kind, asked.label or (old["label"] if old else name), unit or kept_unit)
        await _carry_out(work, name, change)
    return AttributeDefined(
        attribute=await _shown(work, name, kind, asked, currency), converted=len(change.new),
        not_fitting=len(change.unfit), people_not_fitting=people,
    )  # fmt: skip


async def _shown(work: Work, name: str, kind: AttributeType, asked: DefineAttribute, currency: str) -> Attribute:
    """The attribute as it is, or as it would be."""
    row = await named(work, name)
    people = (await store.people(work, [name])).get(name, 0)
    if row:
        return attribute(row, people, currency).model_copy(
            update={"type": kind, "currency": currency if kind == "money" else None}
        )
    return Attribute(
        name=name, type=kind, label=asked.label or name, unit=asked.unit, people=people, by_hand=True,
        currency=currency if kind == "money" else None, made_by=work.caller.id, made_at=work.now,
    )  # fmt: skip


def attribute(row: store.Row, people: int, currency: str) -> Attribute:
    """A row as callers see it."""
    return Attribute(**dict(row), people=people, currency=currency if row["type"] == "money" else None)


async def _change(work: Work, name: str, kind: AttributeType, currency: str) -> _Change:
    """What the values that were ever said become."""
    values = await store.values(work, name, MOST_VALUES + 1)
    if len(values) > MOST_VALUES:
        raise Invalid(
            f"type: {name} has more than {MOST_VALUES:,} distinct values; forget it, define it, and import it again",
            field="type",
        )
    became = await asyncio.to_thread(converted, values, kind, currency)
    pairs = list(zip(values, became, strict=True))
    return _Change(
        new=tuple((old, new) for old, new in pairs if new is not None),
        unfit=tuple(old for old, new in pairs if new is None),
    )


async def _carry_out(work: Work, name: str, change: _Change) -> None:
    """Put the new values in place, and fold everybody's anew."""
    if not (change.new or change.unfit):
        return
    touched = await _everybody(work, name)
    await store.change(work, name, [*change.new, *((old, "null") for old in change.unfit)])
    for begin in range(0, len(touched), AT_ONCE):
        await store.fold(work, touched[begin : begin + AT_ONCE])


async def _everybody(work: Work, name: str) -> list[int]:
    """The keys of all of whom the attribute was ever said."""
    found, after = list[int](), 0
    while some := await store.who(work, name, after, AT_ONCE):
        found += some
        after = some[-1]
    return found


async def forget(work: Work, name: str) -> int:
    """Forget an attribute and everybody's values of it; how many had it. Raise NotFound."""
    row = await named(work, name)
    if row is None:
        raise NotFound(f"there is no attribute {json.dumps(name)}; customers.attributes lists them")
    return await store.forget(work, row["name"])
