"""What callers can do with attributes."""

import json

from pydantic import JsonValue

from switchboard.accounts import audit, tenants
from switchboard.customers.attributes import defining
from switchboard.customers.attributes.records import (
    AttributeDefined,
    AttributeForgotten,
    Attributes,
    AttributesAsked,
    AttributesSet,
    DefineAttribute,
    ForgetAttribute,
    SetAttributes,
)
from switchboard.customers.attributes.values import checked
from switchboard.customers.cards import A_CARD, masked, names_a_thing, value_without_cards, without_cards
from switchboard.customers.imports.records import AttributeType
from switchboard.customers.masking import masked_as
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import attributes as store
from switchboard.customers.store import consent as people_store
from switchboard.customers.store import imports as imports_store
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.terms import not_undone, undone_by

LONGEST_S = 600.0


@operation("customers.attributes", title="List attributes", permission="customers:read", reads=True)
async def attributes(work: Work, asked: AttributesAsked) -> Attributes:
    """Which attributes customers have, of which type each is, who said so, and how many have it."""
    rows = await store.page(work, asked.cursor, asked.limit + 1)
    shown, currency = rows[: asked.limit], (await tenants.current(work)).currency
    people = await store.people(work, [row["name"] for row in shown])
    return Attributes(
        attributes=tuple(defining.attribute(row, people.get(row["name"], 0), currency) for row in shown),
        next_cursor=shown[-1]["name"] if len(rows) > asked.limit else None,
    )


@operation(
    "customers.define_attribute",
    title="Define an attribute",
    permission="customers:attributes",
    timeout_s=LONGEST_S,
    undo=undone_by(
        "customers.define_attribute", "with the type and title before; what was new: customers.forget_attribute"
    ),
)
async def define_attribute(work: Work, asked: DefineAttribute) -> AttributeDefined:
    """Say of which type an attribute is and what people call it, before its first values come or after.

    A new type converts the values that are there; while some do not fit, nothing is changed unless leave_out forgets
    them. preview tells how many, and changes nothing.
    """
    if masked(asked.name).found:
        raise Invalid(f"name: {A_CARD}", field="name")
    label = None if asked.label is None else without_cards(asked.label)
    await imports_store.lock(work)
    return await defining.define(work, asked.model_copy(update={"label": label}))


@operation(
    "customers.set_attributes",
    title="Set attributes",
    permission="customers:edit",
    undo=undone_by("customers.set_attributes", "with the values before"),
)
async def set_attributes(work: Work, asked: SetAttributes) -> AttributesSet:
    """Set attributes of one customer by hand; they count until something newer is said of them."""
    await audit.about(work, asked.customer_id)
    known = {row["name"].casefold(): row for row in await store.definitions(work)}
    said = dict[str, object]()
    for name, value in asked.attributes.items():
        row = known.get(name.casefold())
        if row is None:
            raise Invalid(
                f"attributes.{name}: there is no such attribute; define it with customers.define_attribute",
                field=f"attributes.{name}",
            )
        said[row["name"]] = checked(row["name"], row["type"], _without_cards(row["name"], row["type"], value))
    person = await people_store.hold(work, await asked_as(work, asked.customer_id))
    if person is None:
        raise NotFound(f"there is no customer {asked.customer_id!r}; find them with search_customers")
    await store.set_values(work, person, without_cards(asked.source), said)
    now = {row["name"]: json.loads(row["value"]) for row in await store.of_one(work, [person])}
    if not work.caller.may(SEE_CONTACT):
        now = {name: masked_as(name, value) for name, value in now.items()}
    return AttributesSet(attributes=now)


def _without_cards(name: str, kind: AttributeType, value: JsonValue) -> JsonValue:
    """A value as it may be kept; amounts and days are what they are, and a number that is a card's is refused."""
    if kind in {"text", "list"}:
        return value_without_cards(value, name)
    if kind == "number" and not names_a_thing(name) and masked(str(value)).found:
        raise Invalid(f"attributes.{name}: {A_CARD}", field=f"attributes.{name}")
    return value


@operation(
    "customers.forget_attribute",
    title="Forget an attribute",
    permission="customers:attributes",
    timeout_s=LONGEST_S,
    undo=not_undone("the values are gone; a file that has them brings them again"),
)
async def forget_attribute(work: Work, asked: ForgetAttribute) -> AttributeForgotten:
    """Forget an attribute and everybody's values of it, for good; a file that has it brings it again."""
    await imports_store.lock(work)
    return AttributeForgotten(people=await defining.forget(work, asked.name))
