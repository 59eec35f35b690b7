"""One customer, for whoever serves or addresses them."""

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from switchboard.accounts import audit, searched, tenants
from switchboard.customers import contact, groups
from switchboard.customers.consent.deciding import holding
from switchboard.customers.consent.records import Holding
from switchboard.customers.masking import Known, known_of, masked_as, masked_text
from switchboard.customers.profiles import EPOCH, MICROSECOND, NOT_OURS, SEE_CONTACT
from switchboard.customers.showing.records import (
    Activity,
    ActivityAsked,
    AttributeShown,
    CustomerAsked,
    CustomerShown,
    Event,
    PlaceShown,
)
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import attributes as attributes_store
from switchboard.customers.store import showing as store
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation


@operation("customers.show", title="Show a customer", permission="customers:read", reads=True)
async def show(work: Work, asked: CustomerAsked) -> CustomerShown:
    """One customer: contact, place, attributes with their source, what they consent to, and what they did lately.

    Their orders are in intelligence.orders, segments and risk in intelligence.profile.
    """
    await audit.about(work, asked.customer_id)
    if asked.search_id is not None:
        await searched.opened(work, asked.search_id, asked.customer_id)
    people = await _people(work, asked.customer_id)
    rows, counts = await store.members(work, people), await store.counts(work, people)
    held = (await holding(work, people[:1])).get(people[0], {})
    known = await _known(work, rows)
    events, cursor = await _events(work, known, people, None, asked.events)
    placed = next((row for row in rows if row["city"]), next((row for row in rows if row["country"]), rows[0]))
    created: list[datetime] = [row["created_at"] for row in rows if row["created_at"]]
    first: list[datetime | None] = [*created, counts["first_at"]]
    last: list[datetime | None] = [*created, counts["last_at"]]
    return CustomerShown(
        customer_id=rows[0]["customer_id"],
        merged_ids=tuple(row["customer_id"] for row in rows[1:]),
        contact=await _contact(work, rows),
        place=PlaceShown(**{name: placed[name] for name in PlaceShown.model_fields}),
        orders=counts["orders"],
        events=counts["events"],
        first_seen_at=min((at for at in first if at), default=None),
        last_seen_at=max((at for at in last if at), default=None),
        last_order_at=counts["newest_order_at"],
        attributes=await _attributes(work, known, people),
        consent=tuple(
            Holding(channel=channel, purpose=purpose, state=of.state, since=of.since, jurisdiction=of.jurisdiction)
            for (channel, purpose), of in sorted(held.items())
        ),
        activity=events,
        activity_cursor=cursor,
    )


@operation("customers.activity", title="A customer's events", permission="customers:read", reads=True)
async def activity(work: Work, asked: ActivityAsked) -> Activity:
    """What a customer opened, clicked and asked, newest first; goes on where customers.show ends."""
    await audit.about(work, asked.customer_id)
    people = await _people(work, asked.customer_id)
    known = await _known(work, await store.members(work, people))
    events, cursor = await _events(work, known, people, _read(asked.cursor), asked.limit)
    return Activity(activity=events, next_cursor=cursor)


async def _people(work: Work, customer_id: str) -> tuple[int, ...]:
    """The keys of all who are one with the person of this id, the survivor first; raise NotFound."""
    person = await store.key(work, await asked_as(work, customer_id))
    if person is None:
        raise NotFound(f"there is no customer {customer_id!r}; find them with search_customers")
    return await groups.of(work, person)


async def _contact(work: Work, rows: Sequence[store.Row]) -> contact.Contact | None:
    if all(row["contact"] is None for row in rows):
        return None
    key = await tenants.data_key(work)
    said = groups.folded(key, [(row["person_key"], row["contact"]) for row in rows])
    return said if work.caller.may(SEE_CONTACT) else said.masked()


async def _known(work: Work, rows: Sequence[store.Row]) -> Known | None:
    """What of them is to be hidden from the caller, wherever it stands; None for who may see it."""
    if work.caller.may(SEE_CONTACT):
        return None
    key = await tenants.data_key(work)
    return known_of(contact.unseal(key, row["person_key"], row["contact"]) for row in rows)


async def _attributes(work: Work, hidden: Known | None, people: Sequence[int]) -> tuple[AttributeShown, ...]:
    """What is known of them, by name; what nobody defined is text."""
    known = {row["name"]: row for row in await attributes_store.definitions(work)}
    found = list[AttributeShown]()
    for row in await attributes_store.of_one(work, people):
        of = known.get(row["name"])
        found.append(
            AttributeShown(
                name=row["name"],
                label=of["label"] if of else row["name"],
                type=of["type"] if of else "text",
                value=_as_seen(row["name"], json.loads(row["value"]), hidden),
                source=row["source"] if hidden is None else masked_text(row["source"], hidden),
                said_at=row["said_at"],
                import_id=row["import_id"],
            )
        )
    return tuple(found)


async def _events(
    work: Work, hidden: Known | None, people: Sequence[int], before: tuple[datetime, str] | None, limit: int
) -> tuple[tuple[Event, ...], str | None]:
    """So many events and the cursor of those that follow."""
    rows = await store.events(work, people, before, limit + 1) if limit else []
    shown = rows[:limit]
    events = tuple(
        Event(
            kind=row["kind"] if hidden is None else masked_text(row["kind"], hidden),
            at=row["at"],
            properties=_properties(row["properties"], hidden),
        )
        for row in shown
    )
    return events, _written(shown[-1]) if len(rows) > limit else None


def _properties(said: str | None, hidden: Known | None) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = json.loads(said) if said else {}
    if hidden is None:
        return found
    return {masked_text(name, hidden): masked_as(name, value, hidden) for name, value in found.items()}


def _as_seen(name: str, value: JsonValue, hidden: Known | None) -> JsonValue:
    return value if hidden is None else masked_as(name, value, hidden)


def _written(row: store.Row) -> str:
    return f"{(row['at'] - EPOCH) // MICROSECOND}.{row['number']}"


def _read(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, _, number = cursor.partition(".")
    try:
        return EPOCH + int(at) * MICROSECOND, bytes.fromhex(number).hex()
    except (ValueError, OverflowError):
        raise Invalid(NOT_OURS, field="cursor") from None
